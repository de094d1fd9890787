// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/view_geometry.h"

namespace keel::learned {
namespace {

using torch::Tensor;

/// Centres along a side of `side` pixels whose cells are `step` pixels wide.
Tensor centres(std::int64_t side, std::int64_t step, double scale, const torch::TensorOptions& options) {
  return (torch::arange(side / step, options) * static_cast<double>(step) - 0.5 * static_cast<double>(side - 1)) / scale;
}

}  // namespace

Tensor ViewGeometry::cell_columns(int level, const torch::TensorOptions& options) const { return centres(width, level_stride(level), scale(), options); }
Tensor ViewGeometry::cell_rows(int level, const torch::TensorOptions& options) const { return centres(height, level_stride(level), scale(), options); }

Tensor ViewGeometry::cells(int level, const torch::TensorOptions& options) const {
  const Tensor x = cell_columns(level, options), y = cell_rows(level, options);
  const std::int64_t rows = y.size(0), columns = x.size(0);
  return torch::stack({x.view({1, columns}).expand({rows, columns}).reshape({-1}), y.view({rows, 1}).expand({rows, columns}).reshape({-1})}, 1);
}

Tensor ViewGeometry::corners(const torch::TensorOptions& options) const {
  const double x = 0.5 * static_cast<double>(width - 1) / scale(), y = 0.5 * static_cast<double>(height - 1) / scale();
  return torch::tensor({-x, -y, x, -y, x, y, -x, y}, torch::kDouble).view({4, 2}).to(options);
}

}  // namespace keel::learned
