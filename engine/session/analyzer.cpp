// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/analyzer.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/base/bounded_queue.h"
#include "engine/motion/anchor_tracker.h"
#include "engine/motion/scene_cut.h"

namespace keel {
namespace {

/// A frame after it has been reduced to what the estimator needs; the picture itself is already released.
struct Prepared {
  PreparedFramePtr frame;
  std::int64_t pts = 0;
  bool repeated = false;
};

constexpr std::size_t kQueuedFrames = 16;
/// Pairs estimated together, or as many as the estimator takes at once: enough to share among threads and for a network to batch, few enough to answer a cancel at once.
constexpr std::size_t kBatchPairs = 8;
constexpr auto kPartialEvery = std::chrono::milliseconds(250);

/// Decodes and prepares on a thread of its own until the end, an error or a stop.
class PreparingReader {
 public:
  PreparingReader(Decoder& decoder, const MotionEstimator& estimator, std::stop_token stop)
      : queue_(kQueuedFrames), thread_([this, &decoder, &estimator, stop] { run(decoder, estimator, stop); }) {}
  ~PreparingReader() {
    queue_.close();
    thread_.join();
  }

  std::optional<Prepared> pop() { return queue_.pop(); }
  /// Call after pop() returned nothing.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  void run(Decoder& decoder, const MotionEstimator& estimator, std::stop_token stop) {
    while (!stop.stop_requested()) {
      auto decoded = decoder.next();
      if (!decoded) {
        error_ = decoded.error();
        break;
      }
      if (!decoded->has_value()) break;
      auto prepared = estimator.prepare((*decoded)->frame);
      if (!prepared) {
        error_ = prepared.error();
        break;
      }
      if (!queue_.push({std::move(*prepared), (*decoded)->pts, (*decoded)->repeated})) break;
    }
    queue_.close();
  }

  BoundedQueue<Prepared> queue_;
  std::optional<Error> error_;  // written before the queue closes, read after it has drained
  std::thread thread_;
};

/// Estimates a batch of pairs, as many a task as the estimator likes. Pairs with a frame that could not be decoded have no motion.
Result<void> estimate_batch(ThreadPool& pool, const MotionEstimator& estimator, const std::vector<Prepared>& frames, std::vector<PairMotion>& out,
                            std::stop_token stop) {
  const int count = static_cast<int>(frames.size()) - 1;
  const std::size_t base = out.size();
  out.resize(base + static_cast<std::size_t>(count));
  std::vector<std::optional<Error>> errors(static_cast<std::size_t>(count));
  pool.parallel_for(0, count, estimator.preferred_batch(), [&](int begin, int end) {
    std::vector<FramePair> pairs;
    std::vector<std::size_t> places;
    for (int i = begin; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (frames[at].repeated || frames[at + 1].repeated) continue;
      pairs.push_back({frames[at].frame, frames[at + 1].frame});
      places.push_back(base + at);
    }
    if (pairs.empty()) return;
    const auto motions = estimator.estimate(pairs, stop);
    if (!motions) errors[static_cast<std::size_t>(begin)] = motions.error();
    else for (std::size_t k = 0; k < places.size(); ++k) out[places[k]] = (*motions)[k];
  });
  for (const auto& error : errors)
    if (error) return *error;
  return {};
}

}  // namespace

Result<Analysis> analyze_clip(const std::filesystem::path& path, const std::string& estimator_id, std::stop_token stop, const ProgressFn& progress,
                              const PartialTrackFn& partial, const AnalysisOptions& options) {
  KEEL_ASSIGN(const auto estimator, make_motion_estimator(estimator_id, options.estimator, options.gpu));
  KEEL_ASSIGN(const auto decoder, Decoder::open(path, {.device = options.decode_on, .surfaces_in = options.gpu.runtime}));
  const ClipInfo& info = decoder->info();
  Analysis analysis;
  MotionTrack& track = analysis.track;
  track.estimator = estimator_id;
  track.size = info.size;
  track.time_base = info.time_base;
  ThreadPool& pool = options.background ? ThreadPool::background() : ThreadPool::shared();

  {
    PreparingReader reader(*decoder, *estimator, stop);
    AnchorTracker anchors(*estimator, info.size);
    const auto picture = [](const Prepared& p) { return p.repeated ? PreparedFramePtr() : p.frame; };
    std::vector<Prepared> batch;
    auto last_partial = std::chrono::steady_clock::now();
    const auto flush = [&]() -> Result<void> {
      if (batch.size() < 2) return {};
      if (options.before_batch) options.before_batch();
      const std::size_t first = track.pairs.size();
      KEEL_TRY(estimate_batch(pool, *estimator, batch, track.pairs, stop));
      if (first == 0) anchors.begin(picture(batch.front()));
      for (std::size_t i = 1; i < batch.size(); ++i) KEEL_TRY(anchors.add(track.pairs[first + i - 1], picture(batch[i]), stop, track.anchors));
      batch.erase(batch.begin(), batch.end() - 1);
      return {};
    };
    while (auto prepared = reader.pop()) {
      track.pts.push_back(prepared->pts);
      batch.push_back(std::move(*prepared));
      if (batch.size() <= std::max(kBatchPairs, static_cast<std::size_t>(estimator->preferred_batch()))) continue;
      KEEL_TRY(flush());
      report(progress, track.frame_count(), info.frame_count_hint);
      const auto now = std::chrono::steady_clock::now();
      if (partial && now - last_partial > kPartialEvery) {
        partial(std::make_shared<const MotionTrack>(track));
        last_partial = now;
      }
    }
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "The analysis was cancelled."};
    if (reader.error()) return *reader.error();
    KEEL_TRY(flush());
  }
  if (track.pts.empty()) return Error{ErrorCode::kCorrupt, "No frame of \"" + path.string() + "\" could be decoded; the file is damaged or empty."};
  confirm_scene_cuts(track.pairs);
  report(progress, track.frame_count(), track.frame_count());
  analysis.health = decoder->health();
  analysis.decode = decoder->decode_path();
  analysis.compute = estimator->compute();
  return analysis;
}

}  // namespace keel
