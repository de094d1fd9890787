// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/inference_kernels.h"
#include "engine/learned/torch_api.h"
#include "engine/learned/view_geometry.h"

namespace keel::learned {

/// What a level of a view of one size needs in every iteration, made once.
struct LevelGrid {
  torch::Tensor centres;         ///< [P,2] cell centres, normalised
  torch::Tensor corners;         ///< [4,2] the view's; here because bringing numbers to a device in every iteration waits for it, and cannot be recorded
  torch::Tensor basis;           ///< [P,2,8] see corner_basis()
  torch::Tensor basis_products;  ///< [P,64] basis^T basis of each cell
  torch::Tensor extent;          ///< [2] half the distance between the outermost cell centres, in cells
  FitGrid lines;                 ///< the same grid for inference
};
[[nodiscard]] LevelGrid make_grid(const ViewGeometry& geometry, int level, const torch::TensorOptions& options);

/// Corner displacements that a level's cells agree on.
struct CornerFit {
  torch::Tensor corners;   ///< [N,8] in cells
  torch::Tensor weight;    ///< [N,P] final weights of the cells
  torch::Tensor residual;  ///< [N,P] distance of a cell's displacement from the fitted one, in cells; without gradients
};

/// Weighted least squares with Cauchy weights, closing in from afar on the `first` look at a pair. `shift`: [N,2,H,W] in cells, `trust`: [N,P], `log_outlier_cells`: scalar tensor,
/// logarithm of the distance in cells at which a cell counts half. In tensor operations where gradients are asked for or the tensors are not floats on the CPU, else by
/// robust_corner_fit(): one answer within float precision.
[[nodiscard]] CornerFit fit_corners(const LevelGrid& grid, const torch::Tensor& shift, const torch::Tensor& trust, const torch::Tensor& log_outlier_cells, bool first);

/// The tensor operations, whatever the tensors are.
[[nodiscard]] CornerFit fit_corners_reference(const LevelGrid& grid, const torch::Tensor& shift, const torch::Tensor& trust, const torch::Tensor& log_outlier_cells, bool first);

}  // namespace keel::learned
