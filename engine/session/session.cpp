// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/session.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "engine/session/analyzer.h"

namespace keel {
namespace {

using Clock = std::chrono::steady_clock;

/// Partial tracks are solved at most this often: enough to watch the path grow, little enough to leave the cores to the analysis.
constexpr std::chrono::milliseconds kPartialSolveInterval{250};
/// Progress is published at most this often; a person cannot read faster.
constexpr std::chrono::milliseconds kProgressInterval{50};
/// A running solve is let finish when settings change, so that a drag shows pictures all along; one slower than this is dropped for the newer
/// request.
constexpr std::chrono::milliseconds kSlowSolve{250};

double frames_per_second(std::int64_t frames, Clock::time_point since) {
  const double seconds = std::chrono::duration<double>(Clock::now() - since).count();
  return seconds > 0 ? static_cast<double>(frames) / seconds : 0;
}

/// What an error in the snapshot is about: only a success of the same kind clears it.
enum class ActionKind { kAnalyse = 1, kSolve };
enum class SolveUrgency { kNone = 1, kPartial, kNow };

struct AnalysisJob {
  std::filesystem::path clip;
  std::string estimator;
  std::uint64_t generation = 0;
  std::stop_token stop;
};

struct SolveJob {
  std::shared_ptr<const MotionTrack> track;
  StabilizeSettings settings;
  std::uint64_t revision = 0;
  std::uint64_t generation = 0;
  std::stop_token stop;
};

}  // namespace

struct Session::Impl {
  explicit Impl(std::function<void()> wake_owner) : wake(std::move(wake_owner)) {
    analyse_lane = std::jthread([this] { run_analyse_lane(); });
    solve_lane = std::jthread([this] { run_solve_lane(); });
  }

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      closing = true;
      analyse_stop.request_stop();
      solve_stop.request_stop();
    }
    changed.notify_all();
    // Joined here, while every member that the lanes use is still alive.
    analyse_lane.join();
    solve_lane.join();
  }

  std::uint64_t edit(const SessionState& state);
  void cancel_analysis();

  void run_analyse_lane();
  void analyse(const AnalysisJob& job);
  void finish_analysis(const AnalysisJob& job, Result<Analysis> result);
  void run_solve_lane();
  void finish_solve(const SolveJob& job, Result<Solution> result);

  void start_analysis_locked();
  void want_solve_locked(SolveUrgency urgency);
  void publish_locked() { published = std::make_shared<const SessionSnapshot>(current); }
  void fail_locked(ActionKind kind, std::string message) {
    current.error = std::move(message);
    error_kind = kind;
  }
  void succeed_locked(ActionKind kind) {
    if (error_kind == kind) current.error.reset();
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
  std::mutex mutex;
  std::condition_variable changed;  ///< lanes wait on it for work

  // Everything down to the lanes is guarded by `mutex`.
  bool closing = false;
  SessionSnapshot current;
  std::shared_ptr<const SessionSnapshot> published = std::make_shared<const SessionSnapshot>();
  std::uint64_t revision = 0;
  ActionKind error_kind = ActionKind::kAnalyse;
  std::map<std::string, std::shared_ptr<const MotionTrack>> complete_tracks;  ///< of the present clip, by estimator
  std::optional<AnalysisJob> pending_analysis;
  std::uint64_t generation = 0;  ///< counts analyses (and cancels): results of another generation are stale
  std::stop_source analyse_stop;
  SolveUrgency solve_wanted = SolveUrgency::kNone;
  Clock::time_point next_partial_solve;
  std::optional<Clock::time_point> solve_started;  ///< empty while the lane is idle
  std::stop_source solve_stop;

  std::jthread analyse_lane, solve_lane;  ///< written by the constructor and destructor only
};

std::uint64_t Session::Impl::edit(const SessionState& state) {
  std::uint64_t given = 0;
  update([&] {
    given = ++revision;
    const bool new_clip = state.clip != current.state.clip;
    const bool new_motion = new_clip || state.estimator != current.state.estimator;
    const bool new_settings = state.settings != current.state.settings;
    current.state = state;
    if (new_clip) {
      complete_tracks.clear();
      current.clip.reset();
      current.track.reset();
      current.solution.reset();
    }
    if (new_motion) {
      start_analysis_locked();
    } else if (new_settings) {
      want_solve_locked(SolveUrgency::kNow);
    } else if (current.solution) {
      current.revision = revision;
    }
    return true;
  });
  return given;
}

void Session::Impl::start_analysis_locked() {
  analyse_stop.request_stop();
  analyse_stop = {};
  solve_stop.request_stop();
  pending_analysis.reset();
  ++generation;
  current.frames_done = current.frames_total = 0;
  current.analysis_fps = 0;
  current.track_complete = false;
  current.analysing = false;
  // What was wrong with the last clip says nothing about this one.
  succeed_locked(ActionKind::kAnalyse);
  if (current.state.clip.empty()) return;
  if (const auto known = complete_tracks.find(current.state.estimator); known != complete_tracks.end() && current.clip) {
    current.track = known->second;
    current.track_complete = true;
    current.frames_done = current.frames_total = current.track->frame_count();
    want_solve_locked(SolveUrgency::kNow);
    return;
  }
  current.analysing = true;
  pending_analysis = AnalysisJob{current.state.clip, current.state.estimator, generation, analyse_stop.get_token()};
}

void Session::Impl::want_solve_locked(SolveUrgency urgency) {
  if (!current.track) return;
  if (urgency == SolveUrgency::kNow && solve_started && Clock::now() - *solve_started > kSlowSolve) solve_stop.request_stop();
  if (solve_wanted != SolveUrgency::kNow) solve_wanted = urgency;
}

void Session::Impl::cancel_analysis() {
  update([&] {
    if (!current.analysing) return false;
    analyse_stop.request_stop();
    pending_analysis.reset();
    ++generation;
    current.analysing = false;
    current.analysis_fps = 0;
    // What has been found so far stays usable for looking.
    want_solve_locked(SolveUrgency::kNow);
    return true;
  });
}

void Session::Impl::run_analyse_lane() {
  for (;;) {
    std::optional<AnalysisJob> job;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closing || pending_analysis; });
      if (closing) return;
      job = std::exchange(pending_analysis, std::nullopt);
    }
    analyse(*job);
  }
}

void Session::Impl::analyse(const AnalysisJob& job) {
  auto clip = probe(job.clip);
  if (!clip) {
    finish_analysis(job, clip.error());
    return;
  }
  update([&] {
    if (job.generation != generation) return false;
    current.clip = std::make_shared<const ClipInfo>(std::move(*clip));
    current.frames_total = current.clip->frame_count_hint;
    succeed_locked(ActionKind::kAnalyse);
    return true;
  });
  const Clock::time_point start = Clock::now();
  Clock::time_point next_report = start;
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    if (Clock::now() < next_report) return;
    next_report = Clock::now() + kProgressInterval;
    update([&] {
      if (job.generation != generation) return false;
      current.frames_done = done;
      if (total > 0) current.frames_total = total;
      current.analysis_fps = frames_per_second(done, start);
      return true;
    });
  };
  const auto partial = [&](std::shared_ptr<const MotionTrack> track) {
    update([&] {
      if (job.generation != generation) return false;
      current.track = std::move(track);
      want_solve_locked(SolveUrgency::kPartial);
      return true;
    });
  };
  finish_analysis(job, analyze_clip(job.clip, job.estimator, job.stop, progress, partial));
}

void Session::Impl::finish_analysis(const AnalysisJob& job, Result<Analysis> result) {
  update([&] {
    if (job.generation != generation) return false;
    current.analysing = false;
    if (!result) {
      fail_locked(ActionKind::kAnalyse, result.error().message);
      return true;
    }
    current.track = std::make_shared<const MotionTrack>(std::move(result->track));
    current.track_complete = true;
    current.frames_done = current.frames_total = current.track->frame_count();
    complete_tracks[job.estimator] = current.track;
    succeed_locked(ActionKind::kAnalyse);
    want_solve_locked(SolveUrgency::kNow);
    return true;
  });
}

void Session::Impl::run_solve_lane() {
  // The raw path depends on the track alone: it is built once for all moves of a slider.
  std::shared_ptr<const MotionTrack> raw_of;
  CameraPath raw;
  for (;;) {
    SolveJob job;
    {
      std::unique_lock lock(mutex);
      while (!closing && solve_wanted != SolveUrgency::kNow) {
        if (solve_wanted == SolveUrgency::kNone) {
          changed.wait(lock);
        } else if (changed.wait_until(lock, next_partial_solve) == std::cv_status::timeout) {
          break;
        }
      }
      if (closing) return;
      solve_wanted = SolveUrgency::kNone;
      if (!current.track) continue;
      solve_stop = {};
      solve_started = Clock::now();
      job = {current.track, current.state.settings, revision, generation, solve_stop.get_token()};
    }
    if (job.track != raw_of) {
      raw = build_camera_path(*job.track);
      raw_of = job.track;
    }
    auto result = solve(raw, job.track->size, job.settings, job.stop);
    finish_solve(job, std::move(result));
  }
}

void Session::Impl::finish_solve(const SolveJob& job, Result<Solution> result) {
  update([&] {
    solve_started.reset();
    next_partial_solve = Clock::now() + kPartialSolveInterval;
    // A cancelled analysis changes the generation but keeps its track: the track says whether the answer still fits.
    const bool stale_clip = !current.track || (job.generation != generation && job.track != current.track);
    if (stale_clip) return false;
    if (result.ok()) {
      current.solution = std::make_shared<const Solution>(std::move(*result));
      current.revision = job.revision;
      succeed_locked(ActionKind::kSolve);
      return true;
    }
    if (result.error().code == ErrorCode::kCancelled) return false;
    fail_locked(ActionKind::kSolve, result.error().message);
    return true;
  });
}

Session::Session(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
Session::~Session() = default;

std::uint64_t Session::edit(const SessionState& state) { return impl_->edit(state); }

std::shared_ptr<const SessionSnapshot> Session::snapshot() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->published;
}

void Session::cancel_analysis() { impl_->cancel_analysis(); }

}  // namespace keel
