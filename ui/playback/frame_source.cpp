// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/frame_source.h"

#include <algorithm>
#include <utility>

#include "engine/backend/gpu_runtime.h"

namespace keel::ui {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{256} << 20U;
constexpr std::size_t kMinCachedFrames = 4;
/// Small pictures would otherwise fill the budget with minutes of video and keep the decoder busy for nobody.
constexpr std::size_t kMaxCachedFrames = 256;
/// Up to this far ahead, decoding on is cheaper than seeking back to a key frame.
constexpr std::int64_t kDecodeOnFrames = 24;
/// While nothing plays, a frame or two beyond the playhead make single steps immediate.
constexpr std::int64_t kStillAhead = 2;
/// While playing: enough to hide a slow frame; the rest of the cache keeps what was seen, for stepping back.
constexpr std::int64_t kPlayAhead = 16;
/// Frames beyond the playhead that say where they lie on a device, and how far is decoded ahead of playing where they do: a frame that came while all were lent would have
/// to be sent. A decoder lends eight: these, the playhead's, the one on the screen, and one in the decoder's or the view's hands.
constexpr std::int64_t kLentAhead = 5;
/// Decoding runs forwards only, so that reverse play fetches whole chunks. A long one shares the cost of decoding from the key frame among more
/// frames; it is limited by the cache, which has to hold the frames still to be shown as well.
constexpr std::int64_t kBackwardChunk = 96;
/// Frames before the playhead that are fetched once it has rested, so that stepping back is immediate too.
constexpr std::int64_t kStillBehind = 12;
/// A scrub asks for another frame sooner than this, and must not wait for frames that nobody wants by then.
constexpr std::chrono::milliseconds kRest{120};

std::size_t frame_bytes(const Frame& frame) {
  std::size_t bytes = 0;
  for (int i = 0; i < frame.plane_count(); ++i) {
    const PlaneView& plane = frame.plane(i);
    bytes +=
        static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height) * static_cast<std::size_t>(frame.format().bytes_per_sample());
  }
  return std::max<std::size_t>(bytes, 1);
}

}  // namespace

FrameSource::FrameSource(std::function<void()> wake) : wake_(std::move(wake)), thread_([this] { run(); }) {}

FrameSource::~FrameSource() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FrameSource::decode_on(const DecodeDevice* device) {
  std::lock_guard lock(mutex_);
  decode_on_ = device;
}

void FrameSource::lend_to(GpuRuntime* gpu) {
  {
    std::lock_guard lock(mutex_);
    lend_to_ = gpu;
    take_back_surfaces_locked();
  }
  changed_.notify_all();
}

void FrameSource::open(const std::filesystem::path& path) {
  {
    std::lock_guard lock(mutex_);
    to_open_ = path;
    const std::uint64_t opening = status_.opening + 1;
    status_ = {};
    status_.opening = opening;
    request_ = {};
    lends_ = false;
    cache_.clear();
  }
  changed_.notify_all();
}

void FrameSource::set_times(FrameTimes times) {
  std::lock_guard lock(mutex_);
  if (!status_.ready || times.empty() || *status_.times == times) return;
  // Indices may mean other frames from now on.
  cache_.clear();
  status_.times = std::make_shared<const FrameTimes>(std::move(times));
  changed_.notify_all();
}

void FrameSource::request(std::int64_t index, Direction direction) {
  {
    std::lock_guard lock(mutex_);
    if (request_.index != index || request_.direction != direction) requested_at_ = std::chrono::steady_clock::now();
    request_ = {index, direction};
    take_back_surfaces_locked();
  }
  changed_.notify_all();
}

std::optional<DecodedFrame> FrameSource::find(std::int64_t index) const {
  std::lock_guard lock(mutex_);
  const auto it = cache_.find(index);
  return it == cache_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<DecodedFrame> FrameSource::newest_between(std::int64_t after, std::int64_t to) const {
  std::lock_guard lock(mutex_);
  if (to >= after) {
    const auto it = cache_.upper_bound(to);
    if (it == cache_.begin() || std::prev(it)->first <= after) return std::nullopt;
    return std::prev(it)->second;
  }
  const auto it = cache_.lower_bound(to);
  if (it == cache_.end() || it->first >= after) return std::nullopt;
  return it->second;
}

FrameSource::Status FrameSource::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::uint64_t FrameSource::decoded_frames() const {
  std::lock_guard lock(mutex_);
  return decoded_;
}

void FrameSource::run() {
  for (;;) {
    std::optional<std::filesystem::path> path;
    std::uint64_t opening = 0;
    const DecodeDevice* device = nullptr;
    GpuRuntime* gpu = nullptr;
    {
      std::unique_lock lock(mutex_);
      const auto busy = [&](bool rested) { return closing_ || to_open_ || (decoder_ && next_missing_locked(rested)); };
      while (!busy(has_rested_locked())) {
        if (decoder_ && next_missing_locked(true)) {
          changed_.wait_until(lock, requested_at_ + kRest);
        } else {
          changed_.wait(lock);
        }
      }
      if (closing_) return;
      path = std::exchange(to_open_, std::nullopt);
      opening = status_.opening;
      device = decode_on_;
      gpu = lend_to_;
    }
    if (path) {
      decoder_.reset();
      if (!path->empty()) open_clip(*path, device, gpu, opening);
    } else {
      decode_one();
    }
  }
}

bool FrameSource::open_clip(const std::filesystem::path& path, const DecodeDevice* device, GpuRuntime* gpu, std::uint64_t opening) {
  auto decoder = Decoder::open(path, {.device = device, .surfaces_in = gpu});
  if (!decoder) {
    fail(decoder.error().message, opening);
    return false;
  }
  auto times = scan_frame_times(path);
  if (!times) {
    fail(times.error().message, opening);
    return false;
  }
  decoder_ = std::move(*decoder);
  position_ = 0;
  {
    std::lock_guard lock(mutex_);
    if (opening != status_.opening) return false;
    status_.ready = true;
    status_.time_base = decoder_->info().time_base;
    status_.file_fps = decoder_->info().frame_rate.num > 0 ? decoder_->info().frame_rate.value() : 0;
    status_.decode = decoder_->decode_path();
    status_.times = std::make_shared<const FrameTimes>(std::move(*times));
    capacity_ = kMinCachedFrames;
  }
  wake_();
  return true;
}

void FrameSource::fail(std::string message, std::uint64_t opening) {
  decoder_.reset();
  {
    std::lock_guard lock(mutex_);
    if (opening != status_.opening) return;
    status_.error = std::move(message);
  }
  wake_();
}

bool FrameSource::has_rested_locked() const { return std::chrono::steady_clock::now() >= requested_at_ + kRest; }

std::optional<std::int64_t> FrameSource::next_missing_locked(bool rested) const {
  if (!status_.ready || !status_.error.empty()) return std::nullopt;
  const auto count = static_cast<std::int64_t>(status_.times->size());
  if (count == 0) return std::nullopt;
  const std::int64_t index = std::clamp<std::int64_t>(request_.index, 0, count - 1);
  // The playhead's own frame and one in the decoder's hands stay out of the count.
  const auto room = static_cast<std::int64_t>(capacity_) - 2;
  std::int64_t first = index, last = index;
  switch (request_.direction) {
    case Direction::kStill:
      last = std::min(index + std::min(kStillAhead, room), count - 1);
      if (rested) {
        // Half of the cache at most: or a frame just fetched would be the farthest, thrown out and fetched again.
        const std::int64_t behind = std::clamp<std::int64_t>(static_cast<std::int64_t>(capacity_) / 2 - kStillAhead - 1, 0, kStillBehind);
        first = std::max<std::int64_t>(index - behind, 0);
      }
      break;
    case Direction::kForward:
      last = std::min(index + std::min(lends_ && lend_to_ != nullptr ? kLentAhead : kPlayAhead, room), count - 1);
      break;
    case Direction::kBackward: {
      const std::int64_t chunk = std::min(kBackwardChunk, room);
      first = std::max<std::int64_t>(index - chunk, 0);
      // The next chunk is fetched when half of the last one is used up.
      if (cache_.contains(index) && cache_.contains(std::max<std::int64_t>(index - chunk / 2, 0))) return std::nullopt;
      break;
    }
  }
  if (request_.direction != Direction::kBackward && !cache_.contains(index)) return index;
  const std::int64_t start = request_.direction == Direction::kStill ? index : first;
  for (std::int64_t i = start; i <= last; ++i)
    if (!cache_.contains(i)) return i;
  for (std::int64_t i = first; i < start; ++i)
    if (!cache_.contains(i)) return i;
  return std::nullopt;
}

void FrameSource::decode_one() {
  std::int64_t wanted = 0, seek_pts = 0;
  std::uint64_t opening = 0;
  {
    std::lock_guard lock(mutex_);
    const auto missing = next_missing_locked(has_rested_locked());
    if (!missing) return;
    wanted = *missing;
    seek_pts = (*status_.times)[static_cast<std::size_t>(wanted)];
    opening = status_.opening;
  }
  if (wanted < position_ || wanted > position_ + kDecodeOnFrames) {
    if (const auto sought = decoder_->seek(seek_pts); !sought) {
      fail(sought.error().message, opening);
      return;
    }
    position_ = wanted;
  }
  auto decoded = decoder_->next();
  if (!decoded) {
    fail(decoded.error().message, opening);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    if (opening != status_.opening) return;
    status_.decode = decoder_->decode_path();
    if (!decoded->has_value()) {
      end_at_locked(position_);
    } else {
      ++decoded_;
      lends_ = status_.decode.hardware && (lends_ || (*decoded)->frame.surface() != nullptr);
      (*decoded)->index = index_of_locked((*decoded)->pts);
      position_ = (*decoded)->index + 1;
      // A frame that the packets promise and the decoder leaves out is shown as its successor, or it would be asked for without end.
      if ((*decoded)->index > wanted) store_locked(wanted, **decoded);
      store_locked((*decoded)->index, std::move(**decoded));
    }
  }
  wake_();
}

std::int64_t FrameSource::index_of_locked(std::int64_t pts) const {
  const FrameTimes& times = *status_.times;
  const auto after = std::upper_bound(times.begin(), times.end(), pts);
  return std::max<std::int64_t>(after - times.begin() - 1, 0);
}

void FrameSource::store_locked(std::int64_t index, DecodedFrame frame) {
  capacity_ = std::clamp(kCacheBytes / frame_bytes(frame.frame), kMinCachedFrames, kMaxCachedFrames);
  frame.index = index;
  cache_[index] = std::move(frame);
  while (cache_.size() > capacity_) {
    const auto first = cache_.begin(), last = std::prev(cache_.end());
    const std::int64_t before = request_.index - first->first, behind = last->first - request_.index;
    // Backwards, what has been seen goes first: the chunk being fetched starts farther away than that.
    const bool seen = request_.direction == Direction::kBackward && behind > 0;
    cache_.erase(before > behind && !seen ? first : last);
  }
  take_back_surfaces_locked();
}

std::pair<std::int64_t, std::int64_t> FrameSource::lent_range_locked() const {
  const std::int64_t index = request_.index;
  if (request_.direction == Direction::kBackward) return {index - kLentAhead, index};
  // Where decoding is late, the newest frame before the one that is due is shown.
  const auto after = cache_.upper_bound(index);
  return {after == cache_.begin() ? index : std::prev(after)->first, index + kLentAhead};
}

void FrameSource::take_back_surfaces_locked() {
  const auto [first, last] = lent_range_locked();
  for (auto& [index, cached] : cache_)
    if (cached.frame.surface() && (lend_to_ == nullptr || index < first || index > last)) cached.frame = cached.frame.with_surface(nullptr);
}

void FrameSource::end_at_locked(std::int64_t count) {
  // The file delivers less than its packets promise; what is there stays usable.
  FrameTimes shorter = *status_.times;
  shorter.resize(static_cast<std::size_t>(std::min<std::int64_t>(count, static_cast<std::int64_t>(shorter.size()))));
  if (shorter.size() == status_.times->size()) return;
  status_.times = std::make_shared<const FrameTimes>(std::move(shorter));
}

}  // namespace keel::ui
