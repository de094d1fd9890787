// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/second_look.h"

#include <algorithm>
#include <cmath>

#include "engine/learned/homography_ops.h"
#include "engine/math/robust_fit.h"

namespace keel::learned {
namespace {

using torch::Tensor;

/// Distance at which a cell no longer belongs to a motion, in cells: what a level's own readings scatter by, and a little more.
constexpr double kFarCells = 0.5;
/// Every n-th cell in both directions is read on the finer levels, about 900 in all.
constexpr std::int64_t kMostCells = 1000;
/// A cell worth less says nothing.
constexpr float kLeastWorth = 0.02f;
/// A motion is another one from this distance at the corners on, in cells.
constexpr double kOtherCells = 0.25;
/// Share of the cells that are enough for a plane: there may be two, and much that is neither.
constexpr double kPlaneShare = 0.15;

struct PixelFrame {
  explicit PixelFrame(const ViewGeometry& geometry)
      : size{static_cast<int>(geometry.width), static_cast<int>(geometry.height)}, scale(geometry.scale()), x(0.5 * (size.width - 1)), y(0.5 * (size.height - 1)) {}
  Size size;
  double scale, x, y;
  [[nodiscard]] Mat3 pixel_from_normalized() const { return Mat3{{scale, 0, x, 0, scale, y, 0, 0, 1}}; }
  [[nodiscard]] Mat3 normalized_from_pixel() const { return Mat3{{1 / scale, 0, -x / scale, 0, 1 / scale, -y / scale, 0, 0, 1}}; }
};

/// What the cells of one pair say, in px of the view.
std::vector<PointMatch> matches_of(const Step& step, std::int64_t pair, const ViewGeometry& geometry) {
  const Tensor shift = step.cells.shift[pair].to(torch::kCPU, torch::kFloat).contiguous();
  const Tensor trust = (step.cells.log_weight[pair].exp() * step.inside[pair]).to(torch::kCPU, torch::kFloat).contiguous();
  const Tensor centres = geometry.cells(step.level, torch::TensorOptions().dtype(torch::kFloat)).contiguous();
  const std::int64_t rows = shift.size(1), columns = shift.size(2);
  const double cell = level_stride(step.level) / geometry.scale();
  const Tensor moved = (centres + shift.flatten(1).t() * cell).unsqueeze(0);
  const Tensor matched = apply_homography(step.before[pair].to(torch::kCPU, torch::kFloat).unsqueeze(0), moved).contiguous();
  const PixelFrame frame(geometry);
  const auto px = [&](const float* p, double offset, int i) { return static_cast<float>(static_cast<double>(p[i]) * frame.scale + offset); };
  std::int64_t every = 1;
  while (rows * columns / (every * every) > kMostCells) ++every;
  std::vector<PointMatch> matches;
  for (std::int64_t row = every / 2; row < rows; row += every)
    for (std::int64_t column = every / 2; column < columns; column += every) {
      const std::int64_t at = row * columns + column;
      const float w = trust.data_ptr<float>()[at], worth = w / (1 + w);
      const float *from = centres.data_ptr<float>() + 2 * at, *to = matched.data_ptr<float>() + 2 * at;
      const bool number = std::isfinite(to[0]) && std::isfinite(to[1]);
      if (number && worth >= kLeastWorth) matches.push_back({px(from, frame.x, 0), px(from, frame.y, 1), px(to, frame.x, 0), px(to, frame.y, 1), worth});
    }
  return matches;
}

Mat3 to_mat3(const Tensor& h) {
  Mat3 m;
  const Tensor values = h.to(torch::kCPU, torch::kDouble).contiguous();
  std::copy_n(values.data_ptr<double>(), 9, m.m.begin());
  return m;
}

}  // namespace

Tensor spread_support(const Step& step, const ViewGeometry& geometry) {
  const Tensor trust = (step.cells.log_weight.exp() * step.inside).flatten(1);
  const Tensor near = (1 - (step.residual / (kFarCells * level_stride(step.level))).square()).clamp_min(0);
  const Tensor g = trust / (1 + trust) * near;  // [N,P]
  const Tensor centres = geometry.cells(step.level, g.options()), total = g.sum(1) + 1e-6;
  const Tensor first = torch::matmul(g, centres) / total.unsqueeze(1), second = torch::matmul(g, centres.square()) / total.unsqueeze(1);
  return total * (second - first.square()).clamp_min(0).prod(1).pow(0.25);
}

std::vector<Tensor> other_motions(const Step& step, std::int64_t pair, std::span<const Tensor> known, const ViewGeometry& geometry) {
  std::vector<PointMatch> matches = matches_of(step, pair, geometry);
  const PixelFrame frame(geometry);
  const double step_px = level_stride(step.level);
  RobustFitOptions options;
  options.threshold_px = kFarCells * step_px;
  options.clear_share = kPlaneShare;
  options.average_depths = false;
  std::vector<Mat3> all;
  for (const Tensor& h : known) all.push_back(frame.pixel_from_normalized() * to_mat3(h) * frame.normalized_from_pixel());
  const auto add = [&] {
    const auto fit = fit_motion(matches, frame.size, options);
    const auto near = [&](const Mat3& h) { return mean_corner_distance(fit->cur_from_prev, h, frame.size) < kOtherCells * step_px; };
    if (fit && std::none_of(all.begin(), all.end(), near)) all.push_back(fit->cur_from_prev);
  };
  add();
  std::erase_if(matches, [&](const PointMatch& m) {
    const Point expected = apply(all.front(), {m.prev_x, m.prev_y});
    return std::hypot(expected.x - m.cur_x, expected.y - m.cur_y) < kOtherCells * step_px;
  });
  add();
  std::vector<Tensor> others;
  for (std::size_t i = known.size(); i < all.size(); ++i) {
    const Mat3 h = frame.normalized_from_pixel() * all[i] * frame.pixel_from_normalized();
    Tensor other = torch::empty({3, 3}, torch::kDouble);
    std::transform(h.m.begin(), h.m.end(), other.data_ptr<double>(), [&](double v) { return v / h.m[8]; });
    others.push_back(other.to(known.front().options()));
  }
  return others;
}

}  // namespace keel::learned
