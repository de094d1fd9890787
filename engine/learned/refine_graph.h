// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/learned/ihn.h"

namespace keel::learned {

/// Work on a device that is recorded once and then repeated as one piece, on the same memory. What fails throws.
class Recording {
 public:
  virtual ~Recording() = default;
  /// Runs `work`, possibly several times, and remembers what it queues on the device.
  virtual void record(const std::function<void()>& work) = 0;
  /// Queues it all again, on the current stream.
  virtual void replay() = 0;
};

/// Where recordings come from.
struct Recorder {
  std::function<std::unique_ptr<Recording>()> make;
  /// The queue that the calling thread's work goes to: what is recorded for one is replayed for it only, so that its memory is never written while another still reads.
  std::function<std::uint64_t()> queue;
};

/// CUDA graphs; empty where this build's LibTorch has no CUDA.
[[nodiscard]] std::optional<Recorder> cuda_graphs();

/// Largest difference of a corner (normalised coordinates, 0.006 px of a view 320 px wide) at which a replayed refinement counts as the same.
inline constexpr double kReplayTolerance = 4e-5;

/// IhnImpl::refine(), some 250 small operations an iteration, as one recording for each shape of batch. A recording is used after it gave, from other contents of its memory than it
/// was recorded with, what plain execution gives; where it differs, or anything of it fails, plain execution goes on for good. One comparison reads from the device,
/// at a shape's first use; nothing waits later. The network's weights may change in place, not move. For inference. Thread-safe.
class RefineGraphs {
 public:
  using Refine = std::function<std::vector<Step>(const Features& prev, const Features& cur, const ViewGeometry& geometry)>;
  RefineGraphs(Refine plain, Recorder recorder);
  ~RefineGraphs();

  [[nodiscard]] std::vector<Step> refine(const Features& prev, const Features& cur, const ViewGeometry& geometry);

  /// Why plain execution does what recordings were meant to do; one sentence.
  [[nodiscard]] std::optional<std::string> trouble() const;
  /// Refinements that were replayed so far.
  [[nodiscard]] std::int64_t replays() const;

 private:
  struct Graph;
  /// Queue, pairs, size of the view, type of the features.
  using Key = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t, int>;
  [[nodiscard]] std::vector<Step> first_use(const Key& key, const Features& prev, const Features& cur, const ViewGeometry& geometry);

  Refine plain_;
  Recorder recorder_;
  mutable std::mutex mutex_;  ///< of everything below; held while a replay is queued, not while it runs
  std::map<Key, std::unique_ptr<Graph>> graphs_;
  std::optional<std::string> trouble_;
  std::int64_t replays_ = 0;
};

}  // namespace keel::learned
