// SPDX-License-Identifier: GPL-3.0-or-later
// Inside of Session; for session*.cpp only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "engine/session/analyzer.h"
#include "engine/session/session.h"
#include "engine/session/track_cache.h"

namespace keel {

struct Session::Impl {
  using Clock = std::chrono::steady_clock;

  /// What an error in the snapshot is about: only a success of the same kind clears it.
  enum class ActionKind { kAnalyse = 1, kSolve };
  enum class SolveUrgency { kNone = 1, kPartial, kNow };

  /// One estimator and its analysing thread.
  struct Lane {
    // Guarded by `mutex`.
    EstimatorView view;
    std::uint64_t generation = 0;  ///< counts analyses (and cancels): results of another generation are stale
    std::stop_source stop;
    SolveUrgency solve_wanted = SolveUrgency::kNone;
    Clock::time_point next_partial_solve;
    StabilizeSettings solved_settings;                ///< of view.solution
    std::shared_ptr<const MotionTrack> solved_track;  ///< of view.solution

    std::jthread thread;  ///< written by the constructor and destructor only
  };

  struct AnalysisJob {
    std::size_t lane = 0;
    std::string id;
    OptionValues options;
    std::filesystem::path clip;
    bool probed = false;
    bool background = false;
    std::uint64_t generation = 0;
    std::stop_token stop;
    std::optional<TrackCache> cache;
    Gpu gpu;
    const DecodeDevice* decode_on = nullptr;
  };
  struct SolveJob {
    std::size_t lane = 0;
    std::shared_ptr<const MotionTrack> track;
    StabilizeSettings settings;
    std::uint64_t revision = 0;
    std::uint64_t generation = 0;
    std::stop_token stop;
  };

  explicit Impl(std::function<void()> wake_owner);
  ~Impl();

  // session.cpp: what the owner asks for.
  std::uint64_t edit(const SessionState& state);
  void leave_clip_locked();
  /// Puts a lane to work unless it is done or at it already.
  void request_locked(std::size_t lane);
  void request_compared_locked(const std::vector<std::string>& known);
  void request_all_locked();
  void drop_unasked_locked();
  void show_locked();
  /// Forgets what other options have found, and asks for it again where somebody had asked for it.
  void restart_locked(std::size_t lane);
  [[nodiscard]] OptionValues options_locked(std::size_t lane) const;
  void cancel_locked(std::size_t lane);
  void publish_locked();
  void fail_locked(ActionKind kind, std::string message) {
    current.error = std::move(message);
    error_kind = kind;
  }
  void succeed_locked(ActionKind kind) {
    if (error_kind == kind) current.error.reset();
  }

  // session_lanes.cpp: the threads.
  void run_analyse_lane(std::size_t lane);
  [[nodiscard]] std::optional<AnalysisJob> next_analysis_locked(std::size_t lane);
  void analyse(const AnalysisJob& job);
  [[nodiscard]] Result<Analysis> measure_track(const AnalysisJob& job);
  /// A finished track on disk, and who computed it.
  struct KeptTrack {
    MotionTrack track;
    TrackBy by = TrackBy::kCpu;
    std::optional<std::string> trouble{};  ///< MotionCompute::trouble, as far as the options tell
  };
  [[nodiscard]] static std::optional<KeptTrack> kept_track(const TrackCache& cache, const std::filesystem::path& clip, const std::string& id, const OptionValues& options, Gpu gpu);
  static void show_kept_locked(EstimatorView& view, KeptTrack kept);
  void finish_analysis(const AnalysisJob& job, Result<MotionTrack> result);
  void look_up_others(const AnalysisJob& job);
  void pause_for_others(const AnalysisJob& job);
  /// No other lane that waits or runs goes first.
  [[nodiscard]] bool may_run_locked(std::size_t lane) const;
  void run_solve_lane();
  [[nodiscard]] std::optional<SolveJob> next_solve(std::unique_lock<std::mutex>& lock);
  void finish_solve(const SolveJob& job, Result<Solution> result);
  void want_solve_locked(std::size_t lane, SolveUrgency urgency);

  [[nodiscard]] std::size_t shown_locked() const { return index_of(current.state.estimator); }
  /// Index of an estimator; lanes.size() for an unknown one.
  [[nodiscard]] std::size_t index_of(const std::string& id) const;
  /// Small numbers go first: the shown one, then those compared with it, then the registry's order.
  [[nodiscard]] std::size_t rank_locked(std::size_t lane) const;
  [[nodiscard]] bool fresh_locked(const Lane& lane) const {
    return lane.view.solution && lane.solved_track == lane.view.track && lane.solved_settings == current.state.settings;
  }

  /// Runs `change` under the lock, publishes, wakes the owner outside the lock. `change` returns false to drop a stale result.
  template <class Change>
  void update(Change change) {
    {
      std::lock_guard lock(mutex);
      if (!change()) return;
      publish_locked();
    }
    changed.notify_all();
    if (wake) wake();
  }

  const std::function<void()> wake;
  mutable std::mutex mutex;
  std::condition_variable changed;  ///< lanes wait on it for work

  // Everything down to the solving thread is guarded by `mutex`.
  bool closing = false;
  SessionSnapshot current;
  std::shared_ptr<const SessionSnapshot> published;
  std::uint64_t revision = 0;
  ActionKind error_kind = ActionKind::kAnalyse;
  std::optional<TrackCache> cache;
  Gpu gpu;
  const DecodeDevice* decode_on = nullptr;
  std::optional<std::size_t> solving;              ///< lane that is being solved
  std::optional<Clock::time_point> solve_started;  ///< empty while nothing is solved
  std::stop_source solve_stop;

  std::vector<std::unique_ptr<Lane>> lanes;  ///< the vector and the ids in it never change
  std::jthread solve_thread;                 ///< written by the constructor and destructor only
};

}  // namespace keel
