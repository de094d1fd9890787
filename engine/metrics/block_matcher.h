// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include "engine/metrics/gray_image.h"

namespace keel::metrics {

/// Sides in px of the square blocks: on the finest level, and on all coarser ones.
inline constexpr int kFineBlock = 24;
inline constexpr int kCoarseBlock = 16;

/// Where a block was found: displacement in px of the level, and the zero-mean normalised cross-correlation there (-1 to 1).
struct BlockHit {
  int dx = 0;
  int dy = 0;
  double score = -1;
};

/// A block of `a` with its top-left sample at (x, y), to be found in `b` of the same level. Zero-mean normalised cross-correlation
/// does not see gain or offset (J. P. Lewis, "Fast Normalized Cross-Correlation", 1995).
class BlockSearch {
 public:
  BlockSearch(const IntImage& a, const IntImage& b, int x, int y, int side);
  /// False where the block is too flat to be found anywhere.
  [[nodiscard]] bool textured() const { return textured_; }
  /// Correlation at one displacement; -1 outside the picture.
  [[nodiscard]] double score(int dx, int dy) const;
  /// Best displacement within `radius` of (dx, dy).
  [[nodiscard]] BlockHit full(int dx, int dy, int radius) const;
  /// Walks uphill from (dx, dy) through 3x3 neighbourhoods, at most `steps` times.
  [[nodiscard]] BlockHit climb(int dx, int dy, int steps) const;

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
  /// Empty where the block lacks texture along one axis (a straight edge) or touches the frame.
  [[nodiscard]] static std::optional<FineBlock> make(const GrayImage& a, int x, int y);
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
