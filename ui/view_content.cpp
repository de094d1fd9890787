// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/view_content.h"

#include <QLocale>
#include <QObject>
#include <algorithm>

#include "ui/estimator_names.h"

namespace keel::ui {
namespace {

bool names_estimator(const std::string& shows) { return shows != kShowsOriginal && shows != kShowsResult; }

std::optional<FrameResult> result_of(const EstimatorView* estimator, const DecodedFrame& shown) {
  if (estimator == nullptr || !estimator->solution || shown.index < 0 || shown.frame.empty()) return std::nullopt;
  const WarpPlan& plan = estimator->solution->plan;
  auto at = static_cast<std::size_t>(shown.index);
  // The export repeats the last warp where a file delivers more frames than were analysed.
  if (estimator->stage == AnalysisStage::kDone && !plan.frames.empty() && plan.frames.size() == estimator->track->pts.size())
    at = std::min(at, plan.frames.size() - 1);
  if (at >= plan.frames.size()) return std::nullopt;
  return FrameResult{plan.frames[at], plan.output, plan.window.empty() ? plan.picture_kept : plan.window[at]};
}

/// The name of an estimator's result, or why there is none yet.
SideName result_label(const EstimatorView* estimator, const std::optional<FrameResult>& result) {
  if (estimator == nullptr) return {QObject::tr("Stabilized"), {}};
  const QString name = estimator_label(estimator->id);
  if (result && result->picture_kept > 0) return {QObject::tr("Stabilized · %1").arg(name), QObject::tr("%1 ×").arg(QLocale().toString(1 / result->picture_kept, 'f', 2))};
  switch (estimator->stage) {
    case AnalysisStage::kWaiting:
    case AnalysisStage::kRunning:
      return {QObject::tr("%1, after analysis").arg(name), {}};
    case AnalysisStage::kUnavailable:
      return {QObject::tr("%1, not available").arg(name), {}};
    case AnalysisStage::kFailed:
      return {QObject::tr("%1, failed").arg(name), {}};
    case AnalysisStage::kNone:
    case AnalysisStage::kCancelled:
    case AnalysisStage::kDone:
      break;
  }
  return {QObject::tr("%1, not analysed here").arg(name), {}};
}

struct SideContent {
  std::optional<FrameResult> result;
  SideName label;
};

SideContent side_content(const SessionSnapshot& session, const DecodedFrame& shown, const ViewLook& look, const std::string& shows) {
  if (shows == kShowsOriginal) return {std::nullopt, {is_overlaid(look.mode) ? QObject::tr("Original, same crop") : QObject::tr("Original"), {}}};
  const EstimatorView* estimator = session.find(shows == kShowsResult ? session.state.estimator : shows);
  const auto result = result_of(estimator, shown);
  return {result, result_label(estimator, result)};
}

}  // namespace

ViewContent make_view_content(const SessionSnapshot& session, const DecodedFrame& shown, const ViewLook& look) {
  ViewContent content;
  content.frame = shown.frame;
  content.look = look;
  content.output = shown.frame.size();
  if (session.clip) content.sample_aspect = session.clip->sample_aspect;
  const SideContent original = side_content(session, shown, look, look.original_shows);
  const SideContent stabilized = side_content(session, shown, look, look.stabilized_shows);
  content.instead_of_original = original.result;
  content.original_label = original.label;
  content.stabilized_label = stabilized.label;
  if (stabilized.result) {
    content.warp = stabilized.result->warp;
    content.output = stabilized.result->output;
    content.picture_kept = stabilized.result->picture_kept;
  }
  if (!look.stabilized) content.stabilized_label = {QObject::tr("Original (stabilization off)"), {}};
  return content;
}

std::vector<std::string> compared_estimators(const ViewLook& look) {
  std::vector<std::string> ids;
  for (const std::string& shows : {look.stabilized_shows, look.original_shows})
    if (names_estimator(shows) && std::find(ids.begin(), ids.end(), shows) == ids.end()) ids.push_back(shows);
  return ids;
}

const EstimatorView* second_opinion(const SessionSnapshot& session, const ViewLook& look) {
  for (const std::string& id : compared_estimators(look))
    if (const EstimatorView* view = session.find(id); view != nullptr && view->track && id != session.state.estimator) return view;
  for (const EstimatorView& view : session.estimators)
    if (view.id != session.state.estimator && view.stage == AnalysisStage::kDone) return &view;
  return nullptr;
}

}  // namespace keel::ui
