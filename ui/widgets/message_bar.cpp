// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <utility>

namespace keel::ui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), label_(new QLabel(this)), action_(new QPushButton(this)) {
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
  row->addWidget(action_);
  // Until it is given words.
  action_->hide();
  connect(action_, &QPushButton::clicked, this, [this] {
    hide();
    if (const auto act = std::exchange(act_, {})) act();
  });
  row->addWidget(close);
  hide();
}

void MessageBar::show_message(Kind kind, const QString& sentence) { show_message(kind, sentence, {}, {}); }

void MessageBar::show_message(Kind kind, const QString& sentence, const QString& button, std::function<void()> act) {
  act_ = std::move(act);
  action_->setText(button);
  action_->setVisible(!button.isEmpty());
  label_->setText(sentence);
  setAccessibleName(sentence);
  setProperty("kind", kind == Kind::kError ? QStringLiteral("error") : QStringLiteral("info"));
  // The style sheet looks at properties when a widget is polished only.
  style()->unpolish(this);
  style()->polish(this);
  show();
}

void MessageBar::show_later(Kind kind, const QString& sentence, const QString& button, std::function<void()> act) {
  if (isHidden()) show_message(kind, sentence, button, std::move(act));
  else waiting_.push_back({kind, sentence, button, std::move(act)});
}

void MessageBar::show_next() {
  // Another message may have come up meanwhile.
  if (waiting_.empty() || !isHidden()) return;
  Message next = std::move(waiting_.front());
  waiting_.pop_front();
  show_message(next.kind, next.sentence, next.button, std::move(next.act));
}

void MessageBar::hideEvent(QHideEvent* event) {
  QFrame::hideEvent(event);
  // Not while it is being hidden, and not when it only goes with its window.
  if (!waiting_.empty() && isHidden()) QMetaObject::invokeMethod(this, &MessageBar::show_next, Qt::QueuedConnection);
}

QString MessageBar::text() const { return isVisibleTo(parentWidget()) ? label_->text() : QString(); }

}  // namespace keel::ui
