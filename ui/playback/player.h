// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>

#include "ui/playback/frame_source.h"

namespace keel::ui {

/// The playhead: follows the clock while playing, goes where it is told otherwise, and shows the frames that the decoding thread has ready. Late
/// frames are left out and counted; the clock waits when decoding falls far behind.
class Player : public QObject {
  Q_OBJECT

 public:
  explicit Player(QObject* parent = nullptr);
  ~Player() override;

  void open(const std::filesystem::path& path);
  /// Of clips that are opened from now on: FrameSource::decode_on().
  void decode_on(const DecodeDevice* device) { source_.decode_on(device); }
  /// FrameSource::lend_to().
  void lend_to(GpuRuntime* gpu) { source_.lend_to(gpu); }
  void set_times(FrameTimes times) { source_.set_times(std::move(times)); }

  void seek(std::int64_t index);
  void step(std::int64_t frames) { seek(playhead_ + frames); }
  /// `speed` 1 is the clip's own pace; negative plays backwards, 0 pauses.
  void play(double speed);
  void pause() { play(0); }
  void toggle() { playing() ? pause() : play(1); }
  /// J and L: first press plays that way, each further one doubles the speed up to 8.
  void faster(int direction);
  void set_loop(bool loop) { loop_ = loop; }

  /// The part that is played: from `first` to `last`, both included. Playing that starts within stops (or loops) at its end.
  struct Range {
    std::int64_t first = 0, last = 0;
    bool operator==(const Range&) const = default;
  };
  /// The in and out points where they are set, else the clip's ends.
  [[nodiscard]] Range range() const;
  [[nodiscard]] std::optional<std::int64_t> in_point() const { return in_; }
  [[nodiscard]] std::optional<std::int64_t> out_point() const { return out_; }
  /// A point beyond the other one takes that one away, so that in never lies after out. Nothing is set where there is no clip.
  void set_in(std::optional<std::int64_t> frame);
  void set_out(std::optional<std::int64_t> frame);
  /// Both at once, as they were left; an `in` after `out`, as a damaged project may name, is none.
  void set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out);

  /// To be called when a frame was painted: only that counts as shown.
  void note_painted(std::uint64_t serial);

  [[nodiscard]] bool ready() const { return status_.ready; }
  [[nodiscard]] bool playing() const { return speed_ != 0; }
  [[nodiscard]] double speed() const { return speed_; }
  [[nodiscard]] std::int64_t playhead() const { return playhead_; }
  [[nodiscard]] std::int64_t frame_count() const;
  /// Seconds from the first frame to frame `index`.
  [[nodiscard]] double time_of(std::int64_t index) const;
  /// Mean frame rate of the clip; of a single frame what the file tells; 0 where nothing does.
  [[nodiscard]] double clip_fps() const;
  /// Frames that should be shown per second at the present speed; 0 while paused.
  [[nodiscard]] double asked_fps() const { return clip_fps() * std::abs(speed_); }
  /// Frames painted per second, over the last second of playing.
  [[nodiscard]] double shown_fps() const;
  /// Frames that playing has passed over without painting them, since it started; at higher speeds as well.
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }
  /// The frame on show; its `frame` is empty before the first. `shown_serial` changes with it.
  [[nodiscard]] const DecodedFrame& shown() const { return shown_; }
  [[nodiscard]] std::uint64_t shown_serial() const { return serial_; }
  /// Who decodes what is shown; empty before the clip is open.
  [[nodiscard]] const DecodePath& decode_path() const { return status_.decode; }
  [[nodiscard]] std::uint64_t decoded_frames() const { return source_.decoded_frames(); }

 Q_SIGNALS:
  void opened();
  void failed(const QString& sentence);
  void decoding_changed();
  void times_changed();
  void playhead_changed(qint64 index);
  void frame_shown();
  void playing_changed(bool playing);
  void range_changed();

 private:
  void drain();
  void tick();
  void anchor_clock();
  void show_nearest(std::int64_t wanted);
  void set_playhead(std::int64_t index);
  [[nodiscard]] std::int64_t index_at(double seconds) const;
  [[nodiscard]] FrameSource::Direction direction() const;

  FrameSource::Status status_;
  DecodedFrame shown_;
  std::uint64_t serial_ = 0;
  std::int64_t shown_index_ = -1;
  std::int64_t playhead_ = 0;
  double speed_ = 0;
  bool loop_ = false;
  bool error_told_ = false;
  double anchor_s_ = 0;  ///< clip time at the moment the clock was started
  QElapsedTimer clock_;
  QTimer timer_;
  std::optional<std::int64_t> in_, out_;
  std::int64_t dropped_ = 0;
  std::int64_t painted_index_ = -1;  ///< of the last frame painted while playing; -1 after a jump
  std::uint64_t painted_serial_ = 0;
  std::deque<qint64> shown_at_ms_;
  QElapsedTimer wall_;
  std::atomic<bool> wake_posted_{false};  ///< set by the decoding thread, cleared by this one: many wakes, one event
  FrameSource source_;                    ///< last: its thread calls back into the members above
};

}  // namespace keel::ui
