// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/torch_api.h"

namespace keel::learned {

/// Pyramid levels, coarse to fine: cells of 8, 4 and 2 pixels of the view.
inline constexpr int kLevels = 3;
[[nodiscard]] constexpr int level_stride(int level) { return 8 >> level; }

/// Normalised coordinates of a view: pixels from the centre of the picture divided by half its width, the same scale in x and y.
struct ViewGeometry {
  std::int64_t width = 0, height = 0;
  [[nodiscard]] double scale() const { return 0.5 * static_cast<double>(width); }
  /// [columns] and [rows] of cell centres of a level.
  [[nodiscard]] torch::Tensor cell_columns(int level, const torch::TensorOptions& options) const;
  [[nodiscard]] torch::Tensor cell_rows(int level, const torch::TensorOptions& options) const;
  /// [H*W of the level, 2] cell centres.
  [[nodiscard]] torch::Tensor cells(int level, const torch::TensorOptions& options) const;
  /// [4,2] corner pixel centres: top-left, top-right, bottom-right, bottom-left.
  [[nodiscard]] torch::Tensor corners(const torch::TensorOptions& options) const;
};

}  // namespace keel::learned
