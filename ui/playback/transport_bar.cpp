// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/transport_bar.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QStyleOptionSlider>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/panels/panel_parts.h"
#include "ui/playback/player.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

constexpr int kRateRefreshMs = 250;
constexpr int kHandle = 14;  ///< width of a slider's handle, as in the style sheet

/// A slider that goes where it is clicked, as everybody expects of a scrub bar.
class ScrubBar : public QSlider {
 public:
  explicit ScrubBar(QWidget* parent) : QSlider(Qt::Horizontal, parent) { setFocusPolicy(Qt::NoFocus); }

 protected:
  void mousePressEvent(QMouseEvent* event) override { follow(*event); }
  void mouseMoveEvent(QMouseEvent* event) override { follow(*event); }

 private:
  void follow(const QMouseEvent& event) {
    if ((event.buttons() & Qt::LeftButton) == 0) return;
    QStyleOptionSlider option;
    initStyleOption(&option);
    const int handle = style()->pixelMetric(QStyle::PM_SliderLength, &option, this);
    const auto x = static_cast<int>(event.position().x());
    setValue(QStyle::sliderValueFromPosition(minimum(), maximum(), x - handle / 2, width() - handle));
  }
};

}  // namespace

QString timecode(double seconds, double fps) {
  const double rate = std::max(fps, 1.0);
  // A thousandth of a frame of slack keeps whole seconds whole.
  const auto whole = static_cast<long long>(std::floor(seconds + 0.001 / rate));
  const auto frame = static_cast<long long>(std::floor((seconds - static_cast<double>(whole)) * rate + 0.001));
  return QStringLiteral("%1:%2:%3:%4")
      .arg(whole / 3600, 2, 10, QLatin1Char('0'))
      .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
      .arg(whole % 60, 2, 10, QLatin1Char('0'))
      .arg(std::max(frame, 0LL), 2, 10, QLatin1Char('0'));
}

TransportBar::TransportBar(Player& player, QWidget* parent)
    : QWidget(parent),
      player_(player),
      scrub_(new ScrubBar(this)),
      time_(new QLabel(this)),
      range_(make_label(QString(), "dim", this)),
      rates_(make_label(QString(), "dim", this)),
      rate_timer_(new QTimer(this)) {
  scrub_->setAccessibleName(tr("Playhead, frame"));
  scrub_->setToolTip(tr("Drag to scrub. Left and Right step a frame, with Shift ten."));
  QFont digits = time_->font();
  // Figures of equal width do not jump about while playing.
  digits.setStyleHint(QFont::Monospace);
  digits.setFamilies({QStringLiteral("DejaVu Sans Mono"), QStringLiteral("monospace")});
  time_->setFont(digits);
  time_->setAccessibleName(tr("Time and frame"));
  time_->setToolTip(tr("Time of the frame in hours, minutes, seconds and frames, and its number. Frames are counted from 0, as in reports and motion files."));
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 4, 0, 4);
  rows->setSpacing(2);
  // The handle's middle stands over the playhead of the strips and plots below.
  auto* axis = new QHBoxLayout;
  axis->setContentsMargins(kTimeAxisLeft - kHandle / 2, 0, kTimeAxisRight - kHandle / 2, 0);
  axis->addWidget(scrub_);
  rows->addLayout(axis);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(kTimeAxisLeft - kHandle / 2, 0, kTimeAxisRight, 0);
  row->setSpacing(2);
  rows->addLayout(row);
  auto* first = add_button(TransportIcon::kFirst, tr("First frame"), tr("Home"));
  auto* back = add_button(TransportIcon::kBack, tr("One frame back"), tr("Left"));
  play_ = add_button(TransportIcon::kPlay, tr("Play or pause"), tr("Space"));
  auto* forward = add_button(TransportIcon::kForward, tr("One frame on"), tr("Right"));
  auto* last = add_button(TransportIcon::kLast, tr("Last frame"), tr("End"));
  for (QToolButton* button : {first, back, play_, forward, last}) row->addWidget(button);
  row->addSpacing(12);
  row->addWidget(time_);
  row->addSpacing(12);
  range_row_ = new QHBoxLayout;
  range_row_->setSpacing(2);
  row->addLayout(range_row_);
  row->addSpacing(6);
  row->addWidget(range_);
  row->addStretch(1);
  rates_->setToolTip(
      tr("Frames per second that the speed asks for, those really painted in the last second, and frames passed over since playing started."));
  row->addWidget(rates_);
  connect(first, &QToolButton::clicked, &player_, [this] { player_.seek(0); });
  connect(back, &QToolButton::clicked, &player_, [this] { player_.step(-1); });
  connect(play_, &QToolButton::clicked, &player_, &Player::toggle);
  connect(forward, &QToolButton::clicked, &player_, [this] { player_.step(1); });
  connect(last, &QToolButton::clicked, &player_, [this] { player_.seek(player_.frame_count() - 1); });
  connect(scrub_, &QSlider::valueChanged, &player_, [this](int frame) { player_.seek(frame); });
  connect(&player_, &Player::playhead_changed, this, &TransportBar::show_playhead);
  connect(&player_, &Player::times_changed, this, &TransportBar::show_clip);
  connect(&player_, &Player::opened, this, &TransportBar::show_clip);
  connect(&player_, &Player::range_changed, this, &TransportBar::show_range);
  connect(&player_, &Player::playing_changed, this, [this](bool playing) {
    play_->setIcon(make_transport_icon(playing ? TransportIcon::kPause : TransportIcon::kPlay));
    playing ? rate_timer_->start(kRateRefreshMs) : rate_timer_->stop();
    show_rates();
  });
  connect(rate_timer_, &QTimer::timeout, this, &TransportBar::show_rates);
  show_clip();
}

QToolButton* TransportBar::add_button(TransportIcon icon, const QString& name, const QString& keys) {
  auto* button = new QToolButton(this);
  button->setIcon(make_transport_icon(icon));
  button->setToolTip(QStringLiteral("%1 (%2)").arg(name, keys));
  button->setAccessibleName(name);
  button->setFocusPolicy(Qt::NoFocus);
  return button;
}

void TransportBar::add_range_action(QAction* action, TransportIcon icon) {
  action->setIcon(make_transport_icon(icon));
  action->setIconVisibleInMenu(false);
  auto* button = new QToolButton(this);
  button->setDefaultAction(action);
  button->setToolTip(QStringLiteral("%1 (%2)").arg(action->text().remove(QLatin1Char('&')), action->shortcut().toString(QKeySequence::NativeText)));
  button->setAccessibleName(action->text().remove(QLatin1Char('&')));
  button->setFocusPolicy(Qt::NoFocus);
  range_row_->addWidget(button);
}

void TransportBar::show_clip() {
  const QSignalBlocker quiet(scrub_);
  const std::int64_t count = player_.frame_count();
  setEnabled(player_.ready() && count > 0);
  scrub_->setRange(0, static_cast<int>(std::max<std::int64_t>(count - 1, 0)));
  scrub_->setPageStep(10);
  show_playhead();
  show_rates();
}

void TransportBar::show_playhead() {
  const QSignalBlocker quiet(scrub_);
  const std::int64_t frame = player_.playhead();
  scrub_->setValue(static_cast<int>(frame));
  // As everywhere, reports included, frames are counted from 0: "119 of 119" would read as if one were missing.
  time_->setText(tr("%1  frame %2, last %3")
                     .arg(timecode(player_.time_of(frame), player_.clip_fps()))
                     .arg(frame)
                     .arg(std::max<std::int64_t>(player_.frame_count() - 1, 0)));
}

QString TransportBar::rates_text() const {
  if (!player_.ready() || player_.frame_count() == 0) return {};
  QString text;
  if (player_.playing()) {
    const double speed = player_.speed();
    text = tr("asked %1 fps, shown %2").arg(locale().toString(player_.asked_fps(), 'f', 1), locale().toString(player_.shown_fps(), 'f', 1));
    if (speed != 1) text.prepend(tr("%1 ×  ").arg(locale().toString(speed, 'g', 3)));
  } else if (player_.clip_fps() > 0) {
    text = tr("%1 fps").arg(locale().toString(player_.clip_fps(), 'f', 2));
  }
  if (player_.dropped() > 0) text += tr(", %1 dropped").arg(player_.dropped());
  return text;
}

void TransportBar::show_rates() {
  rates_->setText(rates_text());
  Q_EMIT rates_changed();
}

void TransportBar::show_range() {
  QStringList points;
  if (const auto in = player_.in_point()) points << tr("in %1").arg(*in);
  if (const auto out = player_.out_point()) points << tr("out %1").arg(*out);
  range_->setText(points.join(QStringLiteral("  ")));
}

}  // namespace keel::ui
