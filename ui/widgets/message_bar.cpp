// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace keel::ui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), label_(new QLabel(this)) {
  setObjectName(QStringLiteral("messageBar"));
  label_->setWordWrap(true);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  // A file name is no mark-up.
  label_->setTextFormat(Qt::PlainText);
  auto* close = new QToolButton(this);
  close->setText(QStringLiteral("✕"));
  close->setToolTip(tr("Close this message"));
  close->setAccessibleName(tr("Close this message"));
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 6, 6);
  row->addWidget(label_, 1);
  row->addWidget(close);
  hide();
}

void MessageBar::show_message(Kind kind, const QString& sentence) {
  label_->setText(sentence);
  setAccessibleName(sentence);
  setProperty("kind", kind == Kind::kError ? QStringLiteral("error") : QStringLiteral("info"));
  // The style sheet looks at properties when a widget is polished only.
  style()->unpolish(this);
  style()->polish(this);
  show();
}

QString MessageBar::text() const { return isVisibleTo(parentWidget()) ? label_->text() : QString(); }

}  // namespace keel::ui
