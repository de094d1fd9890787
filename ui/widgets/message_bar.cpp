// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace keel::ui {
namespace {

constexpr int kMostLines = 5;  ///< in sight; the rest scrolls

}  // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), label_(new QLabel(this)), action_(new QPushButton(this)), unfold_(new QPushButton(tr("Details"), this)), details_(new QPlainTextEdit(this)) {
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
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(12, 6, 6, 6);
  auto* row = new QHBoxLayout;
  box->addLayout(row);
  row->addWidget(label_, 1);
  row->addWidget(unfold_);
  row->addWidget(action_);
  unfold_->setCheckable(true);
  unfold_->setToolTip(tr("Show the reason for each file, or hide the reasons"));
  unfold_->hide();
  connect(unfold_, &QPushButton::toggled, details_, &QWidget::setVisible);
  details_->setReadOnly(true);
  details_->setTabChangesFocus(true);
  details_->setAccessibleName(tr("Details of the message"));
  details_->hide();
  box->addWidget(details_);
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
  unfold_->setChecked(false);
  unfold_->hide();
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

void MessageBar::show_details(Kind kind, const QString& sentence, const QStringList& lines) {
  show_message(kind, sentence);
  details_->setPlainText(lines.join(QLatin1Char('\n')));
  const int shown = std::min(static_cast<int>(lines.size()), kMostLines);
  const int border = static_cast<int>(2 * (details_->frameWidth() + details_->document()->documentMargin()));
  details_->setFixedHeight(shown * details_->fontMetrics().lineSpacing() + border + 2);
  unfold_->show();
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
