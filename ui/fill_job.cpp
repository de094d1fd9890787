// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/fill_job.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/backend/thread_pool.h"
#include "engine/media/decoder.h"
#include "engine/render/neighbour_fill.h"

namespace keel::ui {
namespace {

/// Somebody who steps or drags does not stop to look at the borders.
constexpr int kRestMs = 250;

/// Empty when cancelled, or where the file does not deliver what it did before.
Frame fill_frame(const FillRequest& request, const std::stop_token& stop) {
  lower_thread_priority();
  const WarpPlan& plan = request.solution->plan;
  const std::vector<std::int64_t>& times = request.track->pts;
  const auto last = static_cast<std::int64_t>(times.size()) - 1;
  DecoderOptions options;
  options.threads = 1;
  auto decoder = Decoder::open(request.clip->path, options);
  if (!decoder) return {};
  const std::int64_t reach = neighbour_reach(plan.source, (*decoder)->info().format);
  const std::int64_t first = std::max<std::int64_t>(request.frame - reach, 0), end = std::min(request.frame + reach, last);
  if (first > 0 && !(*decoder)->seek(times[static_cast<std::size_t>(first)])) return {};
  std::vector<Frame> frames;
  while (first + static_cast<std::int64_t>(frames.size()) <= end) {
    if (stop.stop_requested()) return {};
    auto next = (*decoder)->next();
    if (!next || !next->has_value()) return {};
    if ((*next)->pts != times[static_cast<std::size_t>(first) + frames.size()]) return {};
    frames.push_back(std::move((*next)->frame));
  }
  return fill_from_neighbours(plan, {frames, first}, request.frame, Interpolation::kBicubic, stop).frame;
}

}  // namespace

FillJob::FillJob(QObject* parent) : QObject(parent) {
  rested_.setSingleShot(true);
  rested_.setInterval(kRestMs);
  connect(&rested_, &QTimer::timeout, this, &FillJob::begin);
}

std::optional<Frame> FillJob::find(const FillRequest& request) {
  if (request == known_) return picture_.empty() ? std::nullopt : std::optional(picture_);
  if (request != wanted_) {
    job_.cancel();
    wanted_ = request;
    rested_.start();
  }
  return std::nullopt;
}

void FillJob::cancel() {
  job_.cancel();
  rested_.stop();
  wanted_ = known_ = {};
  picture_ = {};
}

void FillJob::begin() {
  job_.start([this, request = wanted_](const std::stop_token& stop, const NewestJob::Tell& tell) {
    Frame picture = fill_frame(request, stop);
    if (stop.stop_requested()) return;
    tell([this, request, picture = std::move(picture)] {
      known_ = request;
      picture_ = picture;
      Q_EMIT filled();
    });
  });
}

}  // namespace keel::ui
