// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/corner_fit.h"

#include <algorithm>

#include "engine/learned/homography_ops.h"

namespace keel::learned {
namespace {

using torch::Tensor;

/// Ridge of the least squares relative to the mean of its diagonal: a flat picture then answers "no motion" instead of noise.
constexpr double kRidge = 1e-5;
/// And absolutely, for views that nothing in is trusted: their normal equations are zero. Ordinary ones have a diagonal of 0.01 to 100.
constexpr double kRidgeFloor = 1e-6;
/// Distance, in learned outlier distances, at which a cell counts half while the fit is still closing in.
constexpr double kLooseScale = 4;

/// shift [N,P,2], weight [N,P] -> [N,8], in the unit of the shift.
Tensor least_squares(const LevelGrid& grid, const Tensor& shift, const Tensor& weight) {
  const std::int64_t n = weight.size(0), p = weight.size(1);
  Tensor normal = torch::matmul(weight, grid.basis_products).view({n, 8, 8});
  const Tensor ridge = normal.diagonal(0, 1, 2).mean(1) * kRidge + kRidgeFloor;
  normal = normal + torch::eye(8, weight.options()).unsqueeze(0) * ridge.view({n, 1, 1});
  const Tensor right = torch::matmul((shift * weight.unsqueeze(2)).reshape({n, 2 * p}), grid.basis.reshape({2 * p, 8}));
  return solve_no_pivot(normal, right);
}

CornerFit fit_corners_in_loops(const LevelGrid& grid, const Tensor& shift_in, const Tensor& trust_in, const Tensor& log_outlier_cells, bool first) {
  const Tensor shift = shift_in.contiguous(), trust = trust_in.contiguous();
  const std::int64_t n = trust.size(0), p = trust.size(1);
  CornerFit fit{torch::empty({n, 8}, trust.options()), torch::empty_like(trust), torch::empty_like(trust)};
  const FitRule rule{first, log_outlier_cells.exp().item<float>(), kLooseScale, kRidge, kRidgeFloor};
  for (std::int64_t i = 0; i < n; ++i) {
    std::array<double, 8> corners{};
    const float* x = shift.data_ptr<float>() + i * 2 * p;
    robust_corner_fit(grid.lines, rule, x, x + p, trust.data_ptr<float>() + i * p, corners, fit.weight.data_ptr<float>() + i * p, fit.residual.data_ptr<float>() + i * p);
    std::transform(corners.begin(), corners.end(), fit.corners.data_ptr<float>() + i * 8, [](double v) { return static_cast<float>(v); });
  }
  return fit;
}

}  // namespace

LevelGrid make_grid(const ViewGeometry& geometry, int level, const torch::TensorOptions& options) {
  // Kept beyond this call and used by training and inference alike: no inference tensors.
  const c10::InferenceMode outside_of_inference(false);
  torch::NoGradGuard no_gradient;
  LevelGrid grid;
  const Tensor corners = grid.corners = geometry.corners(options);
  grid.centres = geometry.cells(level, options);
  grid.basis = corner_basis(grid.centres, corners);
  grid.basis_products = torch::einsum("pdi,pdj->pij", {grid.basis, grid.basis}).reshape({-1, 64}).contiguous();
  const double step = level_stride(level);
  grid.extent = torch::tensor({0.5 * (static_cast<double>(geometry.width) / step - 1), 0.5 * (static_cast<double>(geometry.height) / step - 1)}, options);
  const auto values = [](const Tensor& t) {
    const Tensor line = t.to(torch::kCPU, torch::kFloat).contiguous();
    return std::vector<float>(line.data_ptr<float>(), line.data_ptr<float>() + line.numel());
  };
  grid.lines.x = values(geometry.cell_columns(level, options));
  grid.lines.y = values(geometry.cell_rows(level, options));
  const Tensor parameters = parameters_from_corners(corners).cpu().contiguous();
  std::copy_n(parameters.data_ptr<double>(), 64, grid.lines.parameters_from_corners.begin());
  return grid;
}

CornerFit fit_corners_reference(const LevelGrid& grid, const Tensor& shift_maps, const Tensor& trust, const Tensor& log_outlier_cells, bool first) {
  const std::int64_t n = trust.size(0), p = trust.size(1);
  const Tensor shift = shift_maps.permute({0, 2, 3, 1}).reshape({n, p, 2});
  const auto squared_residual = [&](const Tensor& d) {
    const Tensor fitted = torch::matmul(d, grid.basis.reshape({2 * p, 8}).t()).view({n, p, 2});
    return (fitted - shift).square().sum(2);
  };
  // Cauchy weights: a cell at `scale` times the learned distance counts half.
  const Tensor learned_scale = (2 * log_outlier_cells).exp();
  const auto robust = [&](const Tensor& squared_cells, double scale) {
    const Tensor limit = learned_scale * (scale * scale);
    return trust * limit / (limit + squared_cells);
  };
  // At first nothing is known and the fit closes in on the majority from afar; later the estimate itself is the better judge of who belongs to it, or a foreground that fills
  // less than half of the picture would pull every step.
  CornerFit fit;
  fit.weight = first ? trust : robust(shift.square().sum(2), kLooseScale);
  fit.corners = least_squares(grid, shift, fit.weight);
  for (double scale = first ? kLooseScale : 1.0; scale >= 1.0; scale *= 0.5) {
    fit.weight = robust(squared_residual(fit.corners), scale);
    fit.corners = least_squares(grid, shift, fit.weight);
  }
  torch::NoGradGuard no_gradient;
  fit.residual = squared_residual(fit.corners).sqrt();
  return fit;
}

CornerFit fit_corners(const LevelGrid& grid, const Tensor& shift, const Tensor& trust, const Tensor& log_outlier_cells, bool first) {
  const bool plain = torch::GradMode::is_enabled() || !shift.is_cpu() || shift.scalar_type() != torch::kFloat;
  return (plain ? fit_corners_reference : fit_corners_in_loops)(grid, shift, trust, log_outlier_cells, first);
}

}  // namespace keel::learned
