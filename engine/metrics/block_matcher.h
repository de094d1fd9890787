// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include "engine/metrics/block_math.h"
#include "engine/metrics/gray_image.h"

namespace keel::metrics {

/// A block of `a` with its top-left sample at (x, y), to be found in `b` of the same level. Zero-mean normalised cross-correlation
/// does not see gain or offset (J. P. Lewis, "Fast Normalized Cross-Correlation", 1995).
class BlockSearch {
 public:
  BlockSearch(const IntImage& a, const IntImage& b, int x, int y, int side);
  /// With the sums that request() tells.
  BlockSearch(const IntImage& a, const IntImage& b, const BlockRequest& request, int side)
      : a_(a), b_(b), x_(request.x), y_(request.y), side_(side), sum_(request.sum), energy_(request.energy), textured_(true) {}
  /// False where the block is too flat to be found anywhere.
  [[nodiscard]] bool textured() const { return textured_; }
  /// Correlation at one displacement; -1 outside the picture.
  [[nodiscard]] double score(int dx, int dy) const;
  /// Best displacement within `radius` of (dx, dy).
  [[nodiscard]] BlockHit full(int dx, int dy, int radius) const;
  /// Walks uphill from (dx, dy) through 3x3 neighbourhoods, at most `steps` times.
  [[nodiscard]] BlockHit climb(int dx, int dy, int steps) const;
  /// From the request's first displacement, and from its second where it has one: the better end, the first's where both are as good.
  [[nodiscard]] BlockHit climb(const BlockRequest& request) const;
  /// A request for this block, its displacements left at 0.
  [[nodiscard]] BlockRequest request() const { return {.x = x_, .y = y_, .sum = sum_, .energy = energy_}; }

 private:
  const IntImage& a_;
  const IntImage& b_;
  int x_, y_, side_;
  int sum_ = 0;
  double energy_ = 0;  // n * sum(a^2) - sum(a)^2
  bool textured_ = false;
};

/// A displacement below one pixel.
struct FineHit {
  double dx = 0;
  double dy = 0;
  double score = -1;
};

/// A kFineBlock block with its top-left sample at (x, y), ready to be refined: mean removed, gradient, inverse of the gradient matrix.
class FineBlock {
 public:
  /// True where a block with its gradients lies in the picture.
  [[nodiscard]] static bool fits(Size picture, int x, int y) {
    return x >= 1 && y >= 1 && x + kFineBlock + 1 <= picture.width && y + kFineBlock + 1 <= picture.height;
  }
  /// Empty where the block lacks texture along one axis (a straight edge) or touches the frame.
  [[nodiscard]] static std::optional<FineBlock> make(const GrayImage& a, int x, int y);
  /// corner_energy() from the sums of products of the gradients; empty where that is too little to hold a block.
  [[nodiscard]] static std::optional<double> held_energy(double xx, double xy, double yy);
  /// Smaller eigenvalue of the mean gradient matrix, gray^2 / px^2: how well both axes are held.
  [[nodiscard]] double corner_energy() const { return corner_energy_; }
  /// Refines a hit to fractions of a pixel: a parabola through the correlation peak, then up to six steps that fit gain, offset and
  /// shift to the block by least squares, with cubic interpolation. Empty where the block leaves `b` or runs away by more than 1.5 px.
  [[nodiscard]] std::optional<FineHit> refine(const GrayImage& b, const BlockSearch& search, const BlockHit& hit) const;

 private:
  static constexpr int kCount = kFineBlock * kFineBlock;
  using Samples = std::array<float, kCount>;

  int x_ = 0, y_ = 0;
  Samples value_, gx_, gy_;
  float energy_ = 0;
  double ixx_ = 0, ixy_ = 0, iyy_ = 0;
  double corner_energy_ = 0;
};

}  // namespace keel::metrics
