// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/player.h"

#include <algorithm>
#include <cmath>

namespace keel::ui {
namespace {

constexpr int kTickMs = 4;
/// Playing waits for the decoder when it is this far behind, instead of skipping on.
constexpr double kGiveUpLag_s = 0.4;
constexpr double kMaxSpeed = 8;
constexpr qint64 kRateWindowMs = 1000;

}  // namespace

Player::Player(QObject* parent)
    : QObject(parent), source_([this] {
        if (!wake_posted_.exchange(true))
          QMetaObject::invokeMethod(
              this, [this] { drain(); }, Qt::QueuedConnection);
      }) {
  timer_.setTimerType(Qt::PreciseTimer);
  timer_.setInterval(kTickMs);
  connect(&timer_, &QTimer::timeout, this, &Player::tick);
  wall_.start();
}

Player::~Player() = default;

void Player::open(const std::filesystem::path& path) {
  pause();
  source_.open(path);
  // Not asked for here: the thread may have opened the clip already, and `drain` has to see the change to tell of it.
  status_ = {};
  shown_ = {};
  shown_index_ = -1;
  ++serial_;
  dropped_ = 0;
  painted_index_ = -1;
  shown_at_ms_.clear();
  error_told_ = false;
  in_.reset();
  out_.reset();
  Q_EMIT range_changed();
  set_playhead(0);
  Q_EMIT times_changed();
  Q_EMIT frame_shown();
}

void Player::drain() {
  wake_posted_ = false;
  const FrameSource::Status before = std::exchange(status_, source_.status());
  if (!status_.error.empty() && !error_told_) {
    error_told_ = true;
    pause();
    Q_EMIT failed(QString::fromStdString(status_.error));
  }
  if (status_.ready && !before.ready) {
    source_.request(playhead_, direction());
    Q_EMIT opened();
  }
  if (!(status_.decode == before.decode)) Q_EMIT decoding_changed();
  if (status_.times != before.times) {
    if (frame_count() > 0 && playhead_ >= frame_count()) set_playhead(frame_count() - 1);
    Q_EMIT times_changed();
  }
  if (!playing()) show_nearest(playhead_);
}

void Player::show_nearest(std::int64_t wanted) {
  if (!status_.ready || shown_index_ == wanted) return;
  auto frame = source_.find(wanted);
  // While a far frame is still being decoded, one on the way there is better than the old one.
  if (!frame) frame = source_.newest_between(shown_index_, wanted);
  if (!frame) return;
  shown_ = std::move(*frame);
  shown_index_ = shown_.index;
  ++serial_;
  if (playing()) set_playhead(shown_index_);
  Q_EMIT frame_shown();
}

void Player::note_painted(std::uint64_t serial) {
  if (!playing() || serial != serial_ || serial == painted_serial_) return;
  painted_serial_ = serial;
  const qint64 now = wall_.elapsed();
  shown_at_ms_.push_back(now);
  while (shown_at_ms_.front() < now - kRateWindowMs) shown_at_ms_.pop_front();
  if (painted_index_ >= 0) dropped_ += std::max<std::int64_t>(std::abs(shown_index_ - painted_index_) - 1, 0);
  painted_index_ = shown_index_;
}

Player::Range Player::range() const {
  const std::int64_t last = std::max<std::int64_t>(frame_count() - 1, 0);
  return {std::clamp<std::int64_t>(in_.value_or(0), 0, last), std::clamp<std::int64_t>(out_.value_or(last), 0, last)};
}

void Player::set_in(std::optional<std::int64_t> frame) {
  if (frame && frame_count() == 0) return;
  const bool beyond = frame && out_ && *out_ < *frame;
  set_points(frame, beyond ? std::nullopt : out_);
}

void Player::set_out(std::optional<std::int64_t> frame) {
  if (frame && frame_count() == 0) return;
  const bool beyond = frame && in_ && *frame < *in_;
  set_points(beyond ? std::nullopt : in_, frame);
}

void Player::set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out) {
  if (in && out && *out < *in) in.reset();
  if (in == in_ && out == out_) return;
  in_ = in;
  out_ = out;
  Q_EMIT range_changed();
}

void Player::seek(std::int64_t index) {
  if (!status_.ready || frame_count() == 0) return;
  set_playhead(std::clamp<std::int64_t>(index, 0, frame_count() - 1));
  if (playing()) anchor_clock();
  source_.request(playhead_, direction());
  painted_index_ = -1;
  if (playing()) shown_index_ = -1;
  show_nearest(playhead_);
}

void Player::play(double speed) {
  const bool was_playing = playing();
  speed_ = status_.ready && frame_count() > 0 ? speed : 0;
  if (playing()) {
    const auto [first, last] = range();
    if (!was_playing && speed_ > 0 && playhead_ == last) set_playhead(first);
    if (!was_playing && speed_ < 0 && playhead_ == first) set_playhead(last);
    if (!was_playing) {
      dropped_ = 0;
      painted_index_ = -1;
      shown_at_ms_.clear();
    }
    anchor_clock();
    source_.request(playhead_, direction());
    timer_.start();
  } else {
    timer_.stop();
  }
  if (was_playing != playing()) Q_EMIT playing_changed(playing());
}

void Player::faster(int direction) {
  const bool same_way = speed_ * direction > 0;
  play(same_way ? std::copysign(std::min(std::abs(speed_) * 2, kMaxSpeed), direction) : direction);
}

void Player::anchor_clock() {
  anchor_s_ = time_of(playhead_);
  clock_.start();
}

void Player::tick() {
  const double wanted_s = anchor_s_ + speed_ * static_cast<double>(clock_.nsecsElapsed()) * 1e-9;
  const auto [first, last] = range();
  // Who starts beyond a point plays to the clip's end: the point has been passed already.
  const std::int64_t end = speed_ > 0 ? (playhead_ <= last ? last : frame_count() - 1) : (playhead_ >= first ? first : 0);
  const std::int64_t due = index_at(wanted_s);
  const std::int64_t wanted = speed_ > 0 ? std::min(due, end) : std::max(due, end);
  source_.request(wanted, direction());
  show_nearest(wanted);
  const bool past_end = speed_ > 0 ? wanted_s >= time_of(end) + 1 / std::max(clip_fps(), 1.0) : wanted_s <= time_of(end);
  if (shown_index_ == end && past_end) {
    if (!loop_) {
      pause();
      return;
    }
    set_playhead(speed_ > 0 ? first : last);
    shown_index_ = painted_index_ = -1;
    anchor_clock();
    // Now, not at the next tick, which may be late: every round shows its first frame.
    show_nearest(playhead_);
  } else if (shown_index_ >= 0 && std::abs(time_of(shown_index_) - time_of(wanted)) > kGiveUpLag_s * std::abs(speed_)) {
    anchor_clock();
  }
}

void Player::set_playhead(std::int64_t index) {
  if (index == playhead_) return;
  playhead_ = index;
  Q_EMIT playhead_changed(playhead_);
}

std::int64_t Player::frame_count() const { return status_.times ? static_cast<std::int64_t>(status_.times->size()) : 0; }

double Player::time_of(std::int64_t index) const {
  if (frame_count() == 0) return 0;
  const FrameTimes& times = *status_.times;
  const auto clamped = static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, frame_count() - 1));
  return static_cast<double>(times[clamped] - times.front()) * status_.time_base.value();
}

std::int64_t Player::index_at(double seconds) const {
  const FrameTimes& times = *status_.times;
  const double unit = status_.time_base.value();
  // Half a tick of slack: a frame is due at its time, not one rounding error later.
  const double pts = static_cast<double>(times.front()) + (unit > 0 ? seconds / unit : 0) + 0.5;
  const auto after = std::upper_bound(times.begin(), times.end(), pts, [](double a, std::int64_t b) { return a < static_cast<double>(b); });
  return std::max<std::int64_t>(after - times.begin() - 1, 0);
}

double Player::clip_fps() const {
  const double length = time_of(frame_count() - 1);
  // One frame has no distance to another.
  return length > 0 ? static_cast<double>(frame_count() - 1) / length : status_.file_fps;
}

double Player::shown_fps() const {
  const qint64 now = wall_.elapsed();
  const auto recent = std::count_if(shown_at_ms_.begin(), shown_at_ms_.end(), [&](qint64 at) { return at > now - kRateWindowMs; });
  // Until a second has passed, the rate is taken over the time there is.
  const double window = shown_at_ms_.empty() ? 1 : std::clamp(static_cast<double>(now - shown_at_ms_.front()) / kRateWindowMs, 0.2, 1.0);
  return static_cast<double>(recent) / window;
}

FrameSource::Direction Player::direction() const {
  if (speed_ == 0) return FrameSource::Direction::kStill;
  return speed_ > 0 ? FrameSource::Direction::kForward : FrameSource::Direction::kBackward;
}

}  // namespace keel::ui
