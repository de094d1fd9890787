// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plan/crop.h"

#include <algorithm>
#include <cmath>

#include "engine/backend/thread_pool.h"
#include "engine/math/crop_window.h"
#include "engine/path/crop_limits.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

/// Rounding in later products must not push a corner out again.
constexpr double kSlack = 1e-9;
/// Share of the picture by which a path that was planned inside linearised limits may miss them: less than a tenth of a pixel of 640.
constexpr double kPlanned = 1e-4;

class CropFitter {
 public:
  CropFitter(const std::vector<PathPoint>& correction, Size picture, double inset_px)
      : correction_(correction), picture_(picture), inset_px_(inset_px), to_(PathFrame{picture}.normalized_from_pixel()), from_(PathFrame{picture}.pixel_from_normalized()) {}

  /// With `strength` of the correction, and of that only `zoom` of its zoom.
  [[nodiscard]] Mat3 src_from_virtual(int t, double strength, double zoom = 1) const {
    PathPoint back;
    for (std::size_t c = 0; c < kPathChannels; ++c) back[c] = -strength * correction_[static_cast<std::size_t>(t)][c];
    back[kPathLogZoom] *= zoom;
    return from_ * exp_path_point(back) * to_;
  }
  [[nodiscard]] double largest(const Mat3& src_from_virtual) const { return largest_crop(src_from_virtual, picture_, inset_px_) - kSlack; }
  [[nodiscard]] double largest(int t, double strength) const { return largest(src_from_virtual(t, strength)); }

  /// Largest share of the correction that keeps the window inside. The inside is convex around 0 for practical sizes; bisection from below is safe in any case.
  [[nodiscard]] double largest_strength(int t, double crop) const {
    double low = 0, high = 1;
    for (int i = 0; i < 16; ++i) {
      const double middle = 0.5 * (low + high);
      (largest(t, middle) >= crop ? low : high) = middle;
    }
    return low;
  }

 private:
  const std::vector<PathPoint>& correction_;
  const Size picture_;
  const double inset_px_;
  const Mat3 to_, from_;
};

/// Smallest value of `of(t)` over [begin, end), at most 1; computed side by side.
template <typename Of>
double smallest(int begin, int end, const Of& of) {
  std::vector<double> values(static_cast<std::size_t>(end - begin));
  ThreadPool::shared().parallel_for(begin, end, 512, [&](int from, int to) {
    for (int t = from; t < to; ++t) values[static_cast<std::size_t>(t - begin)] = of(t);
  });
  double least = 1;
  for (const double v : values) least = std::min(least, v);
  return least;
}

/// How much of each shot's zoom correction is applied, and the window that this takes. A frame that the correction enlarges shows less than its window, so that the window must be larger than
/// `keep` by as much; all shots share the largest enlargement for which there is room.
struct ZoomFit {
  double least_crop;
  std::vector<double> part;  ///< per shot, 0 to 1
};

ZoomFit fit_zoom(const CropFitter& fitter, const std::vector<PathPoint>& correction, const std::vector<CameraPath::Shot>& shots, double keep, double crop) {
  constexpr int kHalvings = 8;
  std::vector<double> enlargement;
  double most = 0;
  for (const auto& shot : shots) {
    double highest = 0;
    for (int t = shot.begin; t < shot.end; ++t) highest = std::max(highest, correction[static_cast<std::size_t>(t)][kPathLogZoom]);
    enlargement.push_back(highest);
    most = std::max(most, highest);
  }
  ZoomFit fit{keep, std::vector<double>(shots.size(), 1.0)};
  if (keep * std::exp(most) <= crop + kPlanned) return fit;

  const auto part = [&](std::size_t s, double allowed) { return enlargement[s] > allowed ? allowed / enlargement[s] : 1.0; };
  const auto least_of = [&](std::size_t s, double zoom) { return smallest(shots[s].begin, shots[s].end, [&](int t) { return fitter.largest(fitter.src_from_virtual(t, 1, zoom)); }); };
  // A shot that leaves the picture even without a zoom is weakened in any case, and has no say beyond a part of the room.
  std::vector<std::size_t> inside;
  for (std::size_t s = 0; s < shots.size(); ++s) {
    if (least_of(s, 0) >= keep)
      inside.push_back(s);
    else
      most = std::min(most, unlimited_reach(keep)[kPathLogZoom]);
  }
  const auto has_room = [&](double allowed) { return std::all_of(inside.begin(), inside.end(), [&](std::size_t s) { return least_of(s, part(s, allowed)) >= keep * std::exp(allowed) - kPlanned; }); };
  double allowed = has_room(most) ? most : 0;
  if (allowed < most)
    for (int i = 1; i <= kHalvings; ++i) {
      const double more = allowed + std::ldexp(most, -i);
      if (has_room(more)) allowed = more;
    }
  for (std::size_t s = 0; s < shots.size(); ++s) fit.part[s] = part(s, allowed);
  fit.least_crop = std::max(keep, keep * std::exp(allowed) - kPlanned);
  return fit;
}

/// How far, at most, the corrections move any point of the picture near its border.
double largest_shift_px(const std::vector<PathPoint>& correction, Size picture) {
  double largest = 0;
  for (const PathPoint& d : correction) {
    double sum = 0;
    for (const double v : d) sum += std::abs(v);
    largest = std::max(largest, sum);
  }
  return largest * PathFrame{picture}.unit_px();
}

/// Running minimum, then a mean over the same reach: smooth and nowhere above the input.
void lower_smoothly(std::vector<float>& values, int begin, int end) {
  constexpr int kReach = 20;
  std::vector<float> low(static_cast<std::size_t>(end - begin));
  for (int t = begin; t < end; ++t) {
    const auto first = values.begin() + std::max(begin, t - kReach), last = values.begin() + std::min(end, t + kReach + 1);
    low[static_cast<std::size_t>(t - begin)] = *std::min_element(first, last);
  }
  for (int t = begin; t < end; ++t) {
    double sum = 0, total = 0;
    for (int i = std::max(begin, t - kReach); i < std::min(end, t + kReach + 1); ++i) {
      const double w = 1 + std::cos(3.14159265358979 * (i - t) / (kReach + 1));
      sum += w * low[static_cast<std::size_t>(i - begin)];
      total += w;
    }
    values[static_cast<std::size_t>(t)] = static_cast<float>(sum / total);
  }
}

}  // namespace

FittedCorrection fit_crop(std::vector<PathPoint>& correction, const std::vector<CameraPath::Shot>& shots, const PathLimits& limits) {
  const Size picture = limits.picture;
  const double keep = limits.crop;
  const int frames = static_cast<int>(correction.size());
  // A clip that hardly moves needs hardly any distance from the border; one that does not move at all keeps every pixel.
  const CropFitter fitter(correction, picture, std::min(border_inset_px(picture, keep), largest_shift_px(correction, picture)) + limits.bend_px);
  FittedCorrection fit;
  std::vector<double>& largest = fit.largest;
  largest.resize(correction.size());
  fit.frames.resize(correction.size());
  // The smallest of the largest windows, and what belongs to each frame.
  const auto measure = [&](int first, int last) {
    return smallest(first, last, [&](int t) {
      Mat3& transform = fit.frames[static_cast<std::size_t>(t)].src_from_dst;
      transform = fitter.src_from_virtual(t, 1);
      return largest[static_cast<std::size_t>(t)] = fitter.largest(transform);
    });
  };
  const double whole = measure(0, frames);
  fit.strength.assign(correction.size(), 1.0f);
  const ZoomFit zoom = fit_zoom(fitter, correction, shots, keep, whole);
  for (std::size_t s = 0; s < shots.size(); ++s) {
    if (zoom.part[s] == 1) continue;
    for (int t = shots[s].begin; t < shots[s].end; ++t) correction[static_cast<std::size_t>(t)][kPathLogZoom] *= zoom.part[s];
    measure(shots[s].begin, shots[s].end);
  }
  for (const double k : largest) fit.crop = std::min(fit.crop, k);
  if (fit.crop >= zoom.least_crop || frames == 0) return fit;

  fit.crop = zoom.least_crop - kSlack;
  for (const auto& shot : shots) {
    bool lowered = false;
    for (int t = shot.begin; t < shot.end; ++t) {
      if (largest[static_cast<std::size_t>(t)] >= fit.crop) continue;
      fit.strength[static_cast<std::size_t>(t)] = static_cast<float>(fitter.largest_strength(t, fit.crop));
      lowered = true;
    }
    if (!lowered) continue;
    lower_smoothly(fit.strength, shot.begin, shot.end);
    // A lower strength is inside too unless the correction is so large that the inside is not convex; then the frame decides for itself.
    for (int t = shot.begin; t < shot.end; ++t) {
      auto& strength = fit.strength[static_cast<std::size_t>(t)];
      if (strength < 1 && fitter.largest(t, strength) < fit.crop) strength = static_cast<float>(strength * fitter.largest_strength(t, fit.crop));
      while (strength > 0 && fitter.largest(t, strength) < fit.crop) strength = strength > 1e-3f ? strength * 0.99f : 0.0f;
      if (strength == 1) continue;
      Mat3& transform = fit.frames[static_cast<std::size_t>(t)].src_from_dst;
      transform = fitter.src_from_virtual(t, strength);
      largest[static_cast<std::size_t>(t)] = std::max(fitter.largest(transform), fit.crop);
    }
  }
  return fit;
}

Mat3 virtual_from_output(double crop, Size picture, Size output) {
  const auto scale = [](int from, int to) { return to > 1 ? static_cast<double>(from - 1) / (to - 1) : 1.0; };
  return Mat3::translation(0.5 * (picture.width - 1), 0.5 * (picture.height - 1)) *
         Mat3::scaling(crop * scale(picture.width, output.width), crop * scale(picture.height, output.height)) *
         Mat3::translation(-0.5 * (output.width - 1), -0.5 * (output.height - 1));
}

}  // namespace keel
