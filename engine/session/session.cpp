// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/session.h"

#include <algorithm>

#include "engine/motion/motion_estimator.h"
#include "engine/session/session_impl.h"

namespace keel {
namespace {

bool is_active(AnalysisStage stage) { return stage == AnalysisStage::kWaiting || stage == AnalysisStage::kRunning; }

/// As it is before a clip is opened: nothing asked for, or the reason why there will be nothing.
EstimatorView idle_view(const std::string& id) {
  EstimatorView view;
  view.id = id;
  if (const auto available = motion_estimator_available(id); !available) {
    view.stage = AnalysisStage::kUnavailable;
    view.reason = available.error().message;
  }
  return view;
}

}  // namespace

const EstimatorView* SessionSnapshot::find(const std::string& id) const {
  const auto it = std::find_if(estimators.begin(), estimators.end(), [&](const EstimatorView& view) { return view.id == id; });
  return it == estimators.end() ? nullptr : &*it;
}

Session::Impl::Impl(std::function<void()> wake_owner) : wake(std::move(wake_owner)) {
  for (const AlgorithmInfo& info : motion_estimators()) {
    lanes.push_back(std::make_unique<Lane>());
    lanes.back()->view = idle_view(info.id);
  }
  publish_locked();
  for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i]->thread = std::jthread([this, i] { run_analyse_lane(i); });
  solve_thread = std::jthread([this] { run_solve_lane(); });
}

Session::Impl::~Impl() {
  {
    std::lock_guard lock(mutex);
    closing = true;
    for (const auto& lane : lanes) lane->stop.request_stop();
    solve_stop.request_stop();
  }
  changed.notify_all();
  // Joined here, while every member that the threads use is still alive.
  for (const auto& lane : lanes) lane->thread.join();
  solve_thread.join();
}

std::size_t Session::Impl::index_of(const std::string& id) const {
  const auto it = std::find_if(lanes.begin(), lanes.end(), [&](const auto& lane) { return lane->view.id == id; });
  return static_cast<std::size_t>(it - lanes.begin());
}

std::size_t Session::Impl::rank_locked(std::size_t lane) const {
  if (lane == shown_locked()) return 0;
  const auto& compared = current.state.compared;
  const auto it = std::find(compared.begin(), compared.end(), lanes[lane]->view.id);
  const auto place = static_cast<std::size_t>(it - compared.begin());
  return it != compared.end() ? 1 + place : 1 + compared.size() + lane;
}

void Session::Impl::publish_locked() {
  current.estimators.clear();
  for (const auto& lane : lanes) current.estimators.push_back(lane->view);
  const std::size_t at = shown_locked();
  const EstimatorView shown = at < lanes.size() ? lanes[at]->view : EstimatorView{};
  current.track = shown.track;
  current.solution = shown.solution;
  current.track_complete = shown.stage == AnalysisStage::kDone;
  current.analysing = is_active(shown.stage);
  current.frames_done = shown.frames_done;
  current.frames_total = shown.frames_total;
  current.analysis_fps = shown.fps;
  published = std::make_shared<const SessionSnapshot>(current);
}

std::uint64_t Session::Impl::edit(const SessionState& state) {
  std::uint64_t given = 0;
  update([&] {
    given = ++revision;
    const bool new_clip = state.clip != current.state.clip;
    const bool new_estimator = state.estimator != current.state.estimator;
    const bool new_settings = state.settings != current.state.settings;
    std::vector<OptionValues> options_before;
    for (std::size_t i = 0; i < lanes.size(); ++i) options_before.push_back(options_locked(i));
    const auto known = new_clip ? std::vector<std::string>{} : current.state.compared;
    const bool fewer = current.state.analyse_all && !state.analyse_all;
    current.state = state;
    if (new_clip) leave_clip_locked();
    if (state.clip.empty()) return true;
    if (!new_clip)
      for (std::size_t i = 0; i < lanes.size(); ++i)
        if (options_locked(i) != options_before[i]) restart_locked(i);
    if (new_clip || new_estimator) show_locked();
    request_compared_locked(known);
    request_all_locked();
    if (fewer) drop_unasked_locked();
    if (new_settings)
      for (std::size_t i = 0; i < lanes.size(); ++i) want_solve_locked(i, SolveUrgency::kNow);
    if (const std::size_t shown = shown_locked(); shown < lanes.size() && fresh_locked(*lanes[shown])) current.revision = revision;
    return true;
  });
  return given;
}

void Session::Impl::leave_clip_locked() {
  solve_stop.request_stop();
  current.clip.reset();
  current.decode = {};
  for (const auto& lane : lanes) {
    lane->stop.request_stop();
    ++lane->generation;
    lane->view = idle_view(lane->view.id);
    lane->solve_wanted = SolveUrgency::kNone;
    lane->solved_track.reset();
  }
  // What was wrong with the last clip says nothing about this one.
  current.error.reset();
}

void Session::Impl::show_locked() {
  const std::size_t shown = shown_locked();
  if (shown == lanes.size()) {
    const auto unknown = motion_estimator_available(current.state.estimator);
    fail_locked(ActionKind::kAnalyse, unknown ? std::string() : unknown.error().message);
    return;
  }
  succeed_locked(ActionKind::kAnalyse);
  request_locked(shown);
  Lane& lane = *lanes[shown];
  if (lane.view.track && !fresh_locked(lane)) want_solve_locked(shown, SolveUrgency::kNow);
}

void Session::Impl::request_locked(std::size_t index) {
  Lane& lane = *lanes[index];
  if (is_active(lane.view.stage) || lane.view.stage == AnalysisStage::kDone || current.state.clip.empty()) return;
  lane.view = idle_view(lane.view.id);
  if (lane.view.stage == AnalysisStage::kUnavailable) {
    if (index == shown_locked()) fail_locked(ActionKind::kAnalyse, lane.view.reason);
    return;
  }
  lane.view.stage = AnalysisStage::kWaiting;
  if (current.clip) lane.view.frames_total = current.clip->frame_count_hint;
  lane.stop.request_stop();
  lane.stop = {};
  ++lane.generation;
}

OptionValues Session::Impl::options_locked(std::size_t lane) const {
  const auto it = current.state.estimator_options.find(lanes[lane]->view.id);
  return it == current.state.estimator_options.end() ? OptionValues{} : it->second;
}

void Session::Impl::restart_locked(std::size_t index) {
  Lane& lane = *lanes[index];
  const AnalysisStage stage = lane.view.stage;
  if (stage == AnalysisStage::kNone || stage == AnalysisStage::kUnavailable) return;
  lane.stop.request_stop();
  ++lane.generation;
  lane.view = idle_view(lane.view.id);
  lane.solve_wanted = SolveUrgency::kNone;
  lane.solved_track.reset();
  // Who stopped it does not want it under other options either.
  if (stage != AnalysisStage::kCancelled) request_locked(index);
}

void Session::Impl::request_compared_locked(const std::vector<std::string>& known) {
  for (const std::string& id : current.state.compared) {
    const std::size_t index = index_of(id);
    if (index < lanes.size() && std::find(known.begin(), known.end(), id) == known.end()) request_locked(index);
  }
}

void Session::Impl::request_all_locked() {
  const std::size_t shown = shown_locked();
  if (!current.state.analyse_all || shown == lanes.size() || lanes[shown]->view.stage != AnalysisStage::kDone) return;
  if (lanes[shown]->view.track->frame_count() > kMostFramesUnasked) return;
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (lanes[i]->view.stage == AnalysisStage::kNone) request_locked(i);
}

void Session::Impl::drop_unasked_locked() {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (rank_locked(i) <= current.state.compared.size() || !is_active(lanes[i]->view.stage)) continue;
    cancel_locked(i);
    // Not cancelled by name: it may start again when all are asked for again.
    lanes[i]->view.stage = AnalysisStage::kNone;
  }
}

void Session::Impl::cancel_locked(std::size_t index) {
  Lane& lane = *lanes[index];
  if (!is_active(lane.view.stage)) return;
  lane.stop.request_stop();
  ++lane.generation;
  lane.view.stage = AnalysisStage::kCancelled;
  lane.view.fps = 0;
  // What has been found so far stays usable for looking.
  want_solve_locked(index, SolveUrgency::kNow);
}

Session::Session(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
Session::~Session() = default;

void Session::use_cache(const std::filesystem::path& folder) {
  std::lock_guard lock(impl_->mutex);
  if (!folder.empty()) impl_->cache.emplace(folder);
}

void Session::use_gpu(Gpu gpu) {
  std::lock_guard lock(impl_->mutex);
  impl_->gpu = gpu;
}

void Session::decode_on(const DecodeDevice* device) {
  std::lock_guard lock(impl_->mutex);
  impl_->decode_on = device;
}

std::uint64_t Session::edit(const SessionState& state) { return impl_->edit(state); }

std::shared_ptr<const SessionSnapshot> Session::snapshot() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->published;
}

void Session::analyse(const std::string& estimator) {
  impl_->update([&] {
    const std::size_t index = impl_->index_of(estimator);
    if (index < impl_->lanes.size()) impl_->request_locked(index);
    return index < impl_->lanes.size();
  });
}

void Session::cancel_analysis(const std::string& estimator) {
  impl_->update([&] {
    const std::size_t index = impl_->index_of(estimator);
    if (index < impl_->lanes.size()) impl_->cancel_locked(index);
    return index < impl_->lanes.size();
  });
}

}  // namespace keel
