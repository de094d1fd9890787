// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/feature_tails.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/backend/thread_pool.h"
#include "engine/media/decoder.h"
#include "engine/motion/motion_estimator.h"

namespace keel {
namespace {

/// The one whose estimate rests on points.
constexpr const char* kEstimator = "classical";
/// Decoding a few frames on is quicker than seeking back to a key frame.
constexpr std::int64_t kReadOn = 12;

}  // namespace

struct FeatureTails::Impl {
  struct Request {
    std::filesystem::path clip;
    std::shared_ptr<const MotionTrack> track;
    std::int64_t frame = 0;
  };

  explicit Impl(std::function<void()> wake_owner) : wake(std::move(wake_owner)) {
    thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~Impl() {
    thread.request_stop();
    changed.notify_all();
    // Joined here, while every member that the thread uses is still alive.
    thread.join();
  }

  void run(const std::stop_token& stop);
  [[nodiscard]] TailsPtr answer(const Request& request, const std::stop_token& stop);
  [[nodiscard]] bool prepare_clip(const std::filesystem::path& clip);
  /// Finds the pairs that end at frames `first` to `last`; false when it was overtaken by a newer request, or the clip cannot be read.
  bool follow(const Request& request, std::int64_t first, std::int64_t last, const std::stop_token& stop);
  [[nodiscard]] bool overtaken() {
    const std::lock_guard lock(mutex);
    return pending.has_value();
  }

  const std::function<void()> wake;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  // Guarded by `mutex`.
  std::optional<Request> pending;
  std::filesystem::path answered_clip;
  std::int64_t answered_frame = -1;
  TailsPtr tails;

  // Touched by the thread only.
  std::unique_ptr<MotionEstimator> estimator;
  std::filesystem::path open_clip;
  std::unique_ptr<Decoder> decoder;
  std::int64_t position = 0;                                 ///< index of the frame that decoder->next() would return
  PreparedFramePtr last;                                     ///< of frame position - 1; null after a seek
  std::map<std::int64_t, std::vector<FollowedPoint>> pairs;  ///< by the frame that a pair ends at

  std::jthread thread;
};

bool FeatureTails::Impl::prepare_clip(const std::filesystem::path& clip) {
  if (decoder && open_clip == clip) return true;
  pairs.clear();
  last.reset();
  decoder.reset();
  open_clip = clip;
  if (!estimator) {
    auto made = make_motion_estimator(kEstimator);
    if (!made) return false;
    estimator = std::move(*made);
  }
  auto opened = Decoder::open(clip, {.threads = 1});
  if (!opened) return false;
  decoder = std::move(*opened);
  position = 0;
  return true;
}

bool FeatureTails::Impl::follow(const Request& request, std::int64_t first, std::int64_t last_frame, const std::stop_token& stop) {
  const auto& pts = request.track->pts;
  // The pair's first frame is needed as well.
  const std::int64_t from = first - 1;
  const bool goes_on = position <= from + (last ? 1 : 0) && position + kReadOn >= from;
  if (!goes_on) {
    if (!decoder->seek(pts[static_cast<std::size_t>(from)])) return false;
    position = from;
    last.reset();
  }
  while (position <= last_frame) {
    if (stop.stop_requested() || overtaken()) return false;
    const auto decoded = decoder->next();
    if (!decoded || !decoded->has_value()) return false;
    // The times say which frame it really is.
    const auto at = std::lower_bound(pts.begin(), pts.end(), (*decoded)->pts) - pts.begin();
    const bool in_a_row = at == position;
    position = at + 1;
    auto prepared = estimator->prepare((*decoded)->frame);
    if (!prepared) return false;
    if (last && in_a_row && !(*decoded)->repeated) pairs[at] = estimator->followed_points({last, *prepared}, kMostPoints);
    last = std::move(*prepared);
  }
  return true;
}

TailsPtr FeatureTails::Impl::answer(const Request& request, const std::stop_token& stop) {
  if (!prepare_clip(request.clip)) return nullptr;
  const auto known = static_cast<std::int64_t>(std::min(request.track->pts.size(), request.track->pairs.size() + 1));
  // Unknown as yet: a longer track may tell.
  if (request.frame >= known) return nullptr;
  std::int64_t oldest = request.frame;
  const auto shown = [&](std::int64_t end) {
    return end >= 1 && end > request.frame - kFrames && request.track->pairs[static_cast<std::size_t>(end - 1)].status == MotionStatus::kOk;
  };
  // A cut, or a frame without motion, ends the tails.
  if (!shown(oldest)) return std::make_shared<const std::vector<Tail>>();
  while (shown(oldest - 1)) --oldest;
  std::optional<std::int64_t> first, last_missing;
  for (std::int64_t end = oldest; end <= request.frame; ++end) {
    if (pairs.count(end) != 0) continue;
    if (!first) first = end;
    last_missing = end;
  }
  if (first && !follow(request, *first, *last_missing, stop)) return nullptr;
  auto found = std::make_shared<std::vector<Tail>>();
  for (std::int64_t end = oldest; end <= request.frame; ++end)
    for (const FollowedPoint& p : pairs[end]) found->push_back({p.prev, p.cur, static_cast<int>(request.frame - end)});
  // Those furthest from the playhead go.
  while (pairs.size() > kKeptPairs) {
    const bool front = request.frame - pairs.begin()->first > std::prev(pairs.end())->first - request.frame;
    pairs.erase(front ? pairs.begin() : std::prev(pairs.end()));
  }
  return found;
}

void FeatureTails::Impl::run(const std::stop_token& stop) {
  lower_thread_priority();
  while (!stop.stop_requested()) {
    Request request;
    {
      std::unique_lock lock(mutex);
      if (!changed.wait(lock, stop, [&] { return pending.has_value(); })) return;
      request = *pending;
      pending.reset();
    }
    TailsPtr found = answer(request, stop);
    if (!found) continue;
    {
      const std::lock_guard lock(mutex);
      answered_clip = request.clip;
      answered_frame = request.frame;
      tails = std::move(found);
    }
    if (wake) wake();
  }
}

FeatureTails::FeatureTails(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
FeatureTails::~FeatureTails() = default;

void FeatureTails::request(const std::filesystem::path& clip, std::shared_ptr<const MotionTrack> track, std::int64_t frame) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->pending = Impl::Request{clip, std::move(track), frame};
  }
  impl_->changed.notify_all();
}

TailsPtr FeatureTails::find(const std::filesystem::path& clip, std::int64_t frame) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->answered_clip == clip && impl_->answered_frame == frame ? impl_->tails : nullptr;
}

}  // namespace keel
