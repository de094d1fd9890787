// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/media/decoder.h"

namespace keel {
class GpuRuntime;
}

namespace keel::ui {

using FrameTimes = std::vector<std::int64_t>;

/// Decodes what the window looks at, on a thread of its own: the frame asked for last and some around it, within a memory budget. Free of
/// Qt. All functions return at once and may be called from any one thread.
class FrameSource {
 public:
  enum class Direction { kStill = 1, kForward, kBackward };  ///< where to decode ahead

  struct Status {
    std::uint64_t opening = 0;                ///< counts `open` calls: tells old news from new
    bool ready = false;                       ///< the clip is open and its times are known
    std::shared_ptr<const FrameTimes> times;  ///< of all frames in display order; never null once ready
    Rational time_base;
    double file_fps = 0;  ///< the frame rate that the file tells; what is known where its times tell none
    DecodePath decode;  ///< who decodes at present
    std::string error;  ///< one sentence; empty while all is well
  };

  /// `wake` is called from the decoding thread when a frame came or the status changed; it may only post.
  explicit FrameSource(std::function<void()> wake);
  ~FrameSource();
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;

  /// Clips that are opened from now on are decoded on `device` where they can (DecoderOptions::device); without it in software.
  void decode_on(const DecodeDevice* device);
  /// Who shows the frames on `gpu` is told where they lie there (DecoderOptions::surfaces_in): those of clips that are opened from now on, where the device decodes
  /// there. Few can be lent, so only the frame that is to be shown and the next ones are; what comes from farther away in the cache, as stepping back does, has to be
  /// sent. Null: from now on none are, not of the present clip either.
  void lend_to(GpuRuntime* gpu);
  /// Leaves the present clip and opens another in the background; an empty path only leaves.
  void open(const std::filesystem::path& path);
  /// Replaces the scanned times by those that a complete decode found.
  void set_times(FrameTimes times);
  /// What should be decoded next; a newer request replaces an older one.
  void request(std::int64_t index, Direction direction);
  /// The frame, if it is in the cache now.
  [[nodiscard]] std::optional<DecodedFrame> find(std::int64_t index) const;
  /// The cached frame nearest to `to` in the half-open range of indices after `after` up to `to`, either way round.
  [[nodiscard]] std::optional<DecodedFrame> newest_between(std::int64_t after, std::int64_t to) const;
  [[nodiscard]] Status status() const;
  /// Frames decoded since construction; grows only when pictures are really decoded.
  [[nodiscard]] std::uint64_t decoded_frames() const;

 private:
  struct Request {
    std::int64_t index = 0;
    Direction direction = Direction::kStill;
  };

  void run();
  bool open_clip(const std::filesystem::path& path, const DecodeDevice* device, GpuRuntime* gpu, std::uint64_t opening);
  void decode_one();
  [[nodiscard]] std::optional<std::int64_t> next_missing_locked(bool rested) const;
  [[nodiscard]] bool has_rested_locked() const;
  [[nodiscard]] std::int64_t index_of_locked(std::int64_t pts) const;
  void store_locked(std::int64_t index, DecodedFrame frame);
  /// First and last frame that may say where they lie.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> lent_range_locked() const;
  /// From the frames beyond that range.
  void take_back_surfaces_locked();
  void end_at_locked(std::int64_t count);
  void fail(std::string message, std::uint64_t opening);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;

  // Guarded by mutex_.
  bool closing_ = false;
  std::optional<std::filesystem::path> to_open_;
  const DecodeDevice* decode_on_ = nullptr;
  GpuRuntime* lend_to_ = nullptr;
  bool lends_ = false;  ///< frames of the present clip say where they lie
  Status status_;
  Request request_;
  std::chrono::steady_clock::time_point requested_at_;  ///< when the playhead last moved
  std::map<std::int64_t, DecodedFrame> cache_;
  std::size_t capacity_ = 1;
  std::uint64_t decoded_ = 0;

  // Touched by the decoding thread only.
  std::unique_ptr<Decoder> decoder_;
  std::int64_t position_ = 0;  ///< index of the frame that decoder_->next() would return

  std::jthread thread_;  ///< last, so that everything it uses is there before it starts
};

}  // namespace keel::ui
