// SPDX-License-Identifier: GPL-3.0-or-later
// The session's threads: one per estimator that analyses, and one that solves.
#include <algorithm>

#include "engine/backend/thread_pool.h"
#include "engine/session/session_impl.h"

namespace keel {
namespace {

/// Partial tracks are solved at most this often: enough to watch the path grow, little enough to leave the cores to the analysis.
constexpr std::chrono::milliseconds kPartialSolveInterval{250};
/// Progress is published at most this often; a person cannot read faster.
constexpr std::chrono::milliseconds kProgressInterval{50};
/// A running solve is let finish when settings change, so that a drag shows pictures all along; one slower than this is dropped for the newer
/// request.
constexpr std::chrono::milliseconds kSlowSolve{250};

double frames_per_second(std::int64_t frames, std::chrono::steady_clock::time_point since) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  return seconds > 0 ? static_cast<double>(frames) / seconds : 0;
}

}  // namespace

bool Session::Impl::may_run_locked(std::size_t lane) const {
  for (std::size_t other = 0; other < lanes.size(); ++other) {
    const AnalysisStage stage = lanes[other]->view.stage;
    const bool active = stage == AnalysisStage::kWaiting || stage == AnalysisStage::kRunning;
    if (other != lane && active && rank_locked(other) < rank_locked(lane)) return false;
  }
  return true;
}

std::optional<Session::Impl::AnalysisJob> Session::Impl::next_analysis_locked(std::size_t index) {
  Lane& lane = *lanes[index];
  if (lane.view.stage != AnalysisStage::kWaiting || !may_run_locked(index)) return std::nullopt;
  lane.view.stage = AnalysisStage::kRunning;
  return AnalysisJob{
      index, lane.view.id, options_locked(index), current.state.clip, current.clip != nullptr, index != shown_locked(), lane.generation, lane.stop.get_token(), cache, gpu, decode_on};
}

void Session::Impl::run_analyse_lane(std::size_t index) {
  for (;;) {
    std::optional<AnalysisJob> job;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closing || (job = next_analysis_locked(index)); });
      if (closing) return;
      publish_locked();
    }
    if (wake) wake();
    analyse(*job);
  }
}

void Session::Impl::analyse(const AnalysisJob& job) {
  if (!job.probed) {
    auto clip = probe(job.clip, job.decode_on);
    if (!clip) {
      finish_analysis(job, clip.error());
      return;
    }
    update([&] {
      if (job.generation != lanes[job.lane]->generation) return false;
      current.decode = clip->decode;
      current.clip = std::make_shared<const ClipInfo>(std::move(*clip));
      lanes[job.lane]->view.frames_total = current.clip->frame_count_hint;
      succeed_locked(ActionKind::kAnalyse);
      return true;
    });
  }
  std::optional<Digest> clip_before;
  if (job.cache) {
    if (auto kept = kept_track(*job.cache, job.clip, job.id, job.options, job.gpu)) {
      update([&] {
        Lane& lane = *lanes[job.lane];
        if (job.generation != lane.generation) return false;
        lane.view.fps = 0;
        show_kept_locked(lane.view, std::move(*kept));
        if (job.lane == shown_locked()) succeed_locked(ActionKind::kAnalyse);
        want_solve_locked(job.lane, SolveUrgency::kNow);
        return true;
      });
      look_up_others(job);
      return;
    }
    if (const auto known = track_key(job.clip, job.id, job.options)) clip_before = *known;
  }
  // A priority that was given up cannot be taken back, so a thread that did so serves one analysis only.
  std::optional<Result<Analysis>> result;
  std::jthread([&] {
    if (job.background) lower_thread_priority();
    result = measure_track(job);
  }).join();
  if (!*result) {
    finish_analysis(job, result->error());
    return;
  }
  const MotionTrack found = (*result)->track;
  const std::optional<TrackBy> by = track_kept_as((*result)->compute);
  // What a disk or connection failed to deliver may come the next time, and what is wrong with a file is to be told each time.
  const bool whole = (*result)->health == DecodeHealth{};
  finish_analysis(job, std::move((**result).track));
  // A clip that changed while it was read would be stored under a wrong key.
  if (clip_before && by && whole) {
    const auto key = track_key(job.clip, job.id, job.options, *by), still = track_key(job.clip, job.id, job.options);
    if (still && key && *still == *clip_before) job.cache->store(found, *key);
  }
  look_up_others(job);
}

std::optional<Session::Impl::KeptTrack> Session::Impl::kept_track(const TrackCache& cache, const std::filesystem::path& clip, const std::string& id, const OptionValues& options, Gpu gpu) {
  for (const TrackBy by : tracks_that_serve(id, gpu.runtime != nullptr)) {
    const auto key = track_key(clip, id, options, by);
    if (auto track = key ? cache.load(*key) : std::nullopt)
      return KeptTrack{std::move(*track), by, by == TrackBy::kCpu ? motion_options_without_effect(id, options) : std::nullopt};
  }
  return std::nullopt;
}

void Session::Impl::show_kept_locked(EstimatorView& view, KeptTrack kept) {
  view.track = std::make_shared<const MotionTrack>(std::move(kept.track));
  view.stage = AnalysisStage::kDone;
  view.from_cache = true;
  view.compute = {kept.by == TrackBy::kGpu, std::move(kept.trouble), kept.by == TrackBy::kGpu};
  view.health = {};
  view.frames_done = view.frames_total = view.track->frame_count();
}

Result<Analysis> Session::Impl::measure_track(const AnalysisJob& job) {
  const Clock::time_point start = Clock::now();
  Clock::time_point next_report = start;
  const auto change_view = [&](const std::function<void(Lane&)>& change) {
    update([&] {
      Lane& lane = *lanes[job.lane];
      if (job.generation != lane.generation) return false;
      change(lane);
      return true;
    });
  };
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    if (Clock::now() < next_report) return;
    next_report = Clock::now() + kProgressInterval;
    change_view([&](Lane& lane) {
      lane.view.frames_done = done;
      if (total > 0) lane.view.frames_total = total;
      lane.view.fps = frames_per_second(done, start);
    });
  };
  const auto partial = [&](std::shared_ptr<const MotionTrack> track) {
    change_view([&](Lane& lane) {
      lane.view.track = std::move(track);
      // Those that nobody looks at are solved when they are done.
      if (rank_locked(job.lane) <= current.state.compared.size()) want_solve_locked(job.lane, SolveUrgency::kPartial);
    });
  };
  AnalysisOptions options;
  options.estimator = job.options;
  options.background = job.background;
  options.gpu = job.gpu;
  options.decode_on = job.decode_on;
  options.before_batch = [&] { pause_for_others(job); };
  KEEL_ASSIGN(Analysis analysis, analyze_clip(job.clip, job.id, job.stop, progress, partial, options));
  change_view([&](Lane& lane) {
    lane.view.compute = analysis.compute;
    lane.view.health = analysis.health;
    current.decode = analysis.decode;
  });
  return analysis;
}

void Session::Impl::pause_for_others(const AnalysisJob& job) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return closing || job.stop.stop_requested() || may_run_locked(job.lane); });
}

void Session::Impl::finish_analysis(const AnalysisJob& job, Result<MotionTrack> result) {
  update([&] {
    Lane& lane = *lanes[job.lane];
    if (job.generation != lane.generation) return false;
    lane.view.fps = 0;
    const bool shown = job.lane == shown_locked();
    if (!result) {
      lane.view.stage = AnalysisStage::kFailed;
      lane.view.reason = result.error().message;
      if (shown) fail_locked(ActionKind::kAnalyse, lane.view.reason);
      return true;
    }
    lane.view.track = std::make_shared<const MotionTrack>(std::move(*result));
    lane.view.stage = AnalysisStage::kDone;
    lane.view.from_cache = false;
    lane.view.frames_done = lane.view.frames_total = lane.view.track->frame_count();
    if (shown) succeed_locked(ActionKind::kAnalyse);
    want_solve_locked(job.lane, SolveUrgency::kNow);
    // Before anything else is analysed it is looked up, which takes no time.
    if (!cache) request_all_locked();
    return true;
  });
}

void Session::Impl::look_up_others(const AnalysisJob& job) {
  if (!job.cache) return;
  for (std::size_t other = 0; other < lanes.size(); ++other) {
    std::string id;
    OptionValues options;
    Gpu wanted_gpu;
    std::uint64_t other_generation = 0;
    {
      std::lock_guard lock(mutex);
      if (closing || job.generation != lanes[job.lane]->generation) return;
      if (lanes[other]->view.stage != AnalysisStage::kNone) continue;
      id = lanes[other]->view.id;
      options = options_locked(other);
      wanted_gpu = gpu;
      other_generation = lanes[other]->generation;
    }
    auto kept = kept_track(*job.cache, job.clip, id, options, wanted_gpu);
    if (!kept) continue;
    update([&] {
      EstimatorView& view = lanes[other]->view;
      if (job.generation != lanes[job.lane]->generation || view.stage != AnalysisStage::kNone) return false;
      if (other_generation != lanes[other]->generation || options != options_locked(other)) return false;
      show_kept_locked(view, std::move(*kept));
      want_solve_locked(other, SolveUrgency::kNow);
      return true;
    });
  }
  update([&] {
    if (job.generation != lanes[job.lane]->generation) return false;
    request_all_locked();
    return true;
  });
}

void Session::Impl::want_solve_locked(std::size_t index, SolveUrgency urgency) {
  Lane& lane = *lanes[index];
  if (!lane.view.track) return;
  if (lane.solve_wanted != SolveUrgency::kNow) lane.solve_wanted = urgency;
  if (urgency != SolveUrgency::kNow || !solving || index != shown_locked()) return;
  // The shown one waits for nothing but a quick solve of its own.
  const bool other = *solving != index;
  if (other) lanes[*solving]->solve_wanted = SolveUrgency::kNow;
  if (other || Clock::now() - *solve_started > kSlowSolve) solve_stop.request_stop();
}

std::optional<Session::Impl::SolveJob> Session::Impl::next_solve(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (closing) return std::nullopt;
    std::optional<std::size_t> best;
    std::optional<Clock::time_point> wait_until;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      Lane& lane = *lanes[i];
      if (lane.solve_wanted == SolveUrgency::kNone) continue;
      const bool due = lane.solve_wanted == SolveUrgency::kNow || Clock::now() >= lane.next_partial_solve;
      if (due && (!best || rank_locked(i) < rank_locked(*best))) best = i;
      if (!due) wait_until = std::min(wait_until.value_or(lane.next_partial_solve), lane.next_partial_solve);
    }
    if (best) {
      Lane& lane = *lanes[*best];
      lane.solve_wanted = SolveUrgency::kNone;
      if (!lane.view.track) continue;
      solve_stop = {};
      solving = best;
      solve_started = Clock::now();
      return SolveJob{*best, lane.view.track, current.state.settings, revision, lane.generation, solve_stop.get_token()};
    }
    wait_until ? void(changed.wait_until(lock, *wait_until)) : changed.wait(lock);
  }
}

void Session::Impl::run_solve_lane() {
  // The raw path depends on the track alone: it is built once for all moves of a slider.
  struct Raw {
    std::shared_ptr<const MotionTrack> of;
    CameraPath path;
  };
  std::vector<Raw> raws(lanes.size());
  for (;;) {
    std::optional<SolveJob> job;
    {
      std::unique_lock lock(mutex);
      job = next_solve(lock);
    }
    if (!job) return;
    Raw& raw = raws[job->lane];
    if (raw.of != job->track) raw = {job->track, build_camera_path(*job->track)};
    auto result = solve(raw.path, job->track->size, job->settings, job->stop);
    finish_solve(*job, std::move(result));
  }
}

void Session::Impl::finish_solve(const SolveJob& job, Result<Solution> result) {
  update([&] {
    Lane& lane = *lanes[job.lane];
    solving.reset();
    solve_started.reset();
    lane.next_partial_solve = Clock::now() + kPartialSolveInterval;
    // A cancelled analysis changes the generation but keeps its track: the track says whether the answer still fits.
    const bool stale_clip = !lane.view.track || (job.generation != lane.generation && job.track != lane.view.track);
    if (stale_clip) return false;
    const bool shown = job.lane == shown_locked();
    if (result.ok()) {
      lane.view.solution = std::make_shared<const Solution>(std::move(*result));
      lane.solved_track = job.track;
      lane.solved_settings = job.settings;
      if (shown) {
        current.revision = job.revision;
        succeed_locked(ActionKind::kSolve);
      }
      return true;
    }
    if (result.error().code == ErrorCode::kCancelled || !shown) return false;
    fail_locked(ActionKind::kSolve, result.error().message);
    return true;
  });
}

}  // namespace keel
