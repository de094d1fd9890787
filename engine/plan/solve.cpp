// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/path/path_smoother.h"
#include "engine/plan/crop.h"
#include "engine/plan/framing.h"
#include "engine/plan/output_size.h"
#include "engine/plan/warp_plan.h"

namespace keel {
namespace {

Result<void> in_range(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} is {} but must lie between {} and {}.", name, value, low, high)};
}

/// Seconds on either side over which the adaptive window changes; octaves, as for smoothness.
double zoom_window_s(double zoom_smoothness) { return 0.5 * std::pow(16.0, zoom_smoothness); }

double largest_of(const RowBend& bend) {
  const auto [x, y] = bend.bound();
  return std::max(x, y);
}

/// What the fastest motion of the camera can bend rows by: a sensor is read in less than the time of a frame, and what is linear over it is no bend.
double largest_bend_px(const CameraPath& raw, Size picture) {
  constexpr double kShareOfStep = 0.5;
  double largest = 0;
  for (const auto& shot : raw.shots)
    for (auto t = static_cast<std::size_t>(shot.begin) + 1; t < static_cast<std::size_t>(shot.end); ++t) {
      double step = 0;
      for (std::size_t c = 0; c < kPathChannels; ++c) step += std::abs(raw.points[t][c] - raw.points[t - 1][c]);
      largest = std::max(largest, step);
    }
  return kShareOfStep * largest * PathFrame{picture}.unit_px();
}

/// The motions between neighbouring frames of a shot, as they were measured; those of little trust are bridges over frames without any.
std::vector<std::optional<Mat3>> pair_motions(const CameraPath& raw, Size picture) {
  constexpr double kLeastTrust = 0.1;
  const Mat3 to = PathFrame{picture}.normalized_from_pixel(), from = PathFrame{picture}.pixel_from_normalized();
  std::vector<std::optional<Mat3>> out(raw.points.size());
  for (const auto& shot : raw.shots)
    for (auto t = static_cast<std::size_t>(shot.begin) + 1; t < static_cast<std::size_t>(shot.end); ++t) {
      if (std::min(raw.weight[t - 1], raw.weight[t]) < kLeastTrust) continue;
      PathPoint step;
      for (std::size_t c = 0; c < kPathChannels; ++c) step[c] = raw.points[t][c] - raw.points[t - 1][c];
      out[t] = from * exp_path_point(step) * to;
    }
  return out;
}

/// The bends of the rows as far as there is room for them, and as far as the camera's shake can have made them.
std::vector<RowBend> bends_within(const CameraPath& raw, Size picture, double keep) {
  // The room that all windows leave for bends is not dictated by the few largest ones.
  constexpr double kShareInFull = 0.9;
  std::vector<RowBend> bends = raw.bends;
  if (bends.empty()) return bends;
  std::vector<double> sizes(bends.size());
  std::transform(bends.begin(), bends.end(), sizes.begin(), largest_of);
  std::vector<double> ordered = sizes;
  const auto at = ordered.begin() + static_cast<std::ptrdiff_t>(kShareInFull * static_cast<double>(ordered.size() - 1));
  std::nth_element(ordered.begin(), at, ordered.end());
  const double most = std::min({*at, most_bend_px(picture, keep), largest_bend_px(raw, picture)});
  for (std::size_t t = 0; t < bends.size(); ++t)
    if (sizes[t] > most) bends[t] = bends[t].scaled(most / sizes[t]);
  return bends;
}

}  // namespace

Size native_size(Size picture, double crop) {
  // A difference of a pixel and less is rounding.
  if (crop * (std::min(picture.width, picture.height) - 1) > std::min(picture.width, picture.height) - 1.5) return picture;
  // Pixel centres of the output's outermost pixels lie on the window's border.
  const auto most = [&](int pixels) { return static_cast<int>(std::floor(crop * (pixels - 1) + 1)) / 2 * 2; };
  const int most_width = std::max(2, most(picture.width)), most_height = std::max(2, most(picture.height));
  const double aspect = static_cast<double>(picture.width) / picture.height;
  Size best{most_width, most_height};
  double least = std::numeric_limits<double>::infinity();
  // A wrong aspect stretches the picture; a few lines less do not, so twenty of those weigh as much as a line of that.
  constexpr double kLess = 0.05;
  for (int height = most_height; height >= std::max(2, most_height - most_height / 50); height -= 2) {
    const int width = std::min(most_width, static_cast<int>(std::lround(0.5 * height * aspect)) * 2);
    if (width < 2) continue;
    const double cost = std::abs(std::log(static_cast<double>(width) / height / aspect)) + kLess * (1 - static_cast<double>(height) / most_height);
    if (cost < least) {
      least = cost;
      best = {width, height};
    }
  }
  return best;
}

std::string_view to_string(Framing framing) {
  switch (framing) {
    case Framing::kFixed: return "fixed";
    case Framing::kAdaptive: return "adaptive";
    case Framing::kNone: return "none";
  }
  return "";
}

Result<void> StabilizeSettings::validate() const {
  KEEL_TRY(in_range("smoothness", smoothness, 0, 1));
  KEEL_TRY(in_range("keep", keep, 0.5, 1));
  KEEL_TRY(in_range("strength", strength, 0, 1));
  KEEL_TRY(in_range("zoom smoothness", zoom_smoothness, 0, 1));
  return {};
}

BorderMargins border_margins(const FrameWarp& warp, Size output, Size source) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  BorderMargins margins{kFar, kFar, kFar, kFar};
  const Point most = warp.bend.bound();
  for (const Point corner : corner_centres(output)) {
    if (!(denominator(warp.src_from_dst, corner) > 0)) return {-kFar, -kFar, -kFar, -kFar};
    const Point p = apply(warp.src_from_dst, corner);
    margins.left = std::min(margins.left, p.x - most.x);
    margins.right = std::min(margins.right, source.width - 1 - p.x - most.x);
    margins.top = std::min(margins.top, p.y - most.y);
    margins.bottom = std::min(margins.bottom, source.height - 1 - p.y - most.y);
  }
  return margins;
}

BorderCertificate certify_borders(const std::vector<FrameWarp>& frames, Size output, Size source) {
  BorderCertificate certificate;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < frames.size(); ++t)
    if (const auto [left, right, top, bottom] = border_margins(frames[t], output, source); std::min({left, right, top, bottom}) < smallest) {
      smallest = std::min({left, right, top, bottom});
      certificate = {smallest, static_cast<int>(t)};
    }
  return certificate;
}

Result<Solution> solve(const MotionTrack& track, const StabilizeSettings& settings, std::stop_token stop) {
  KEEL_TRY(settings.validate());
  return solve(build_camera_path(track), track.size, settings, std::move(stop));
}

Result<Solution> solve(CameraPath raw, Size picture, const StabilizeSettings& settings, std::stop_token stop) {
  KEEL_TRY(settings.validate());
  OptionValues options = settings.smoother_options;
  options["smoothness"] = settings.smoothness;
  KEEL_ASSIGN(const auto smoother, make_path_smoother(settings.smoother, options));

  const std::vector<RowBend> bends = settings.rolling_shutter && settings.strength > 0 ? bends_within(raw, picture, settings.keep) : std::vector<RowBend>{};
  PathLimits limits{picture, settings.keep};
  for (const RowBend& bend : bends) limits.bend_px = std::max(limits.bend_px, largest_of(bend));
  // {smooth, transport, smooth}; see transport_path. What is done with is handed back at once: touching fresh memory is a good part of a solve.
  KEEL_ASSIGN(CameraPath smooth, smoother->smooth(raw, limits, stop));
  CameraPath moved = transport_path(raw, smooth);
  smooth = {};
  KEEL_ASSIGN(smooth, smoother->smooth(moved, limits, stop));
  std::vector<PathPoint> correction = std::move(smooth.points);
  for (std::size_t t = 0; t < correction.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) correction[t][c] = settings.strength * (correction[t][c] - moved.points[t][c]);
  FittedCorrection fit = fit_crop(correction, raw.shots, limits);

  Solution solution{std::move(raw), std::move(moved), {}};
  WarpPlan& plan = solution.plan;
  plan.source = plan.output = picture;
  plan.picture_kept = settings.framing == Framing::kNone ? 1 : fit.crop;
  if (settings.framing == Framing::kAdaptive && !correction.empty()) {
    plan.window = slow_windows(fit.largest, solution.raw, zoom_window_s(settings.zoom_smoothness));
    plan.picture_kept = *std::min_element(plan.window.begin(), plan.window.end());
  }
  plan.output = output_size(plan, settings.size);
  plan.frames = std::move(fit.frames);
  const Mat3 fixed_window = virtual_from_output(plan.picture_kept, picture, plan.output);
  ThreadPool::shared().parallel_for(0, static_cast<int>(correction.size()), 512, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const auto t = static_cast<std::size_t>(i);
      const double strength = fit.strength[t];
      Mat3& src_from_dst = plan.frames[t].src_from_dst;
      src_from_dst = src_from_dst * (plan.window.empty() ? fixed_window : virtual_from_output(plan.window[t], picture, plan.output));
      if (!bends.empty()) plan.frames[t].bend = bends[t].scaled(settings.strength * strength);
      for (std::size_t c = 0; c < kPathChannels; ++c) solution.smooth.points[t][c] = solution.raw.points[t][c] + strength * correction[t][c];
    }
  });
  plan.strength = std::move(fit.strength);
  plan.borders = certify_borders(plan.frames, plan.output, picture);
  if (settings.framing == Framing::kNone) {
    plan.filled = measure_filled(plan.frames, plan.output, picture);
    plan.cur_from_prev = pair_motions(solution.raw, picture);
  }
  return solution;
}

}  // namespace keel
