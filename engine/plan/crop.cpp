// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plan/crop.h"

#include <algorithm>
#include <cmath>

#include "engine/backend/thread_pool.h"
#include "engine/math/crop_window.h"
#include "engine/path/crop_limits.h"

namespace keel {
namespace {

/// Rounding in later products must not push a corner out again.
constexpr double kSlack = 1e-9;

class CropFitter {
 public:
  CropFitter(const std::vector<PathPoint>& correction, Size picture, double inset_px)
      : correction_(correction), picture_(picture), inset_px_(inset_px), to_(PathFrame{picture}.normalized_from_pixel()), from_(PathFrame{picture}.pixel_from_normalized()) {}

  [[nodiscard]] Mat3 src_from_virtual(int t, double strength) const {
    PathPoint back;
    for (std::size_t c = 0; c < kPathChannels; ++c) back[c] = -strength * correction_[static_cast<std::size_t>(t)][c];
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

FittedCorrection fit_crop(const std::vector<PathPoint>& correction, const std::vector<CameraPath::Shot>& shots, Size picture, double keep) {
  const int frames = static_cast<int>(correction.size());
  // A clip that hardly moves needs hardly any distance from the border; one that does not move at all keeps every pixel.
  const CropFitter fitter(correction, picture, std::min(border_inset_px(picture, keep), largest_shift_px(correction, picture)));
  FittedCorrection fit;
  std::vector<double>& largest = fit.largest;
  largest.resize(correction.size());
  fit.frames.resize(correction.size());
  ThreadPool::shared().parallel_for(0, frames, 512, [&](int begin, int end) {
    for (int t = begin; t < end; ++t) {
      Mat3& transform = fit.frames[static_cast<std::size_t>(t)].src_from_dst;
      transform = fitter.src_from_virtual(t, 1);
      largest[static_cast<std::size_t>(t)] = fitter.largest(transform);
    }
  });
  fit.strength.assign(correction.size(), 1.0f);
  for (const double k : largest) fit.crop = std::min(fit.crop, k);
  if (fit.crop >= keep || frames == 0) return fit;

  fit.crop = keep - kSlack;
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
