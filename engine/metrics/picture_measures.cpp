// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/picture_measures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace keel::metrics {

FrameGeometry frame_geometry(const Mat3& h, Size size, double kept_area) {
  const Point c{0.5 * (size.width - 1), 0.5 * (size.height - 1)};
  const double w = denominator(h, c);
  const Point p = apply(h, c);
  // Derivative of the projection: (row - p * bottom row) / w.
  const double a = (h(0, 0) - p.x * h(2, 0)) / w, b = (h(0, 1) - p.x * h(2, 1)) / w;
  const double d = (h(1, 0) - p.y * h(2, 0)) / w, e = (h(1, 1) - p.y * h(2, 1)) / w;
  const double det = a * e - b * d, trace = a + e;
  FrameGeometry g;
  g.kept_area = kept_area;
  g.fusta_crop = std::min(1.0, 1 / std::hypot(a, b));
  g.bundled_crop = std::min(1.0, 1 / std::sqrt(std::max(std::abs(det), 1e-12)));
  const double gap = trace * trace / 4 - det;
  if (gap > 0) {  // two real eigenvalues; a complex pair has equal absolute values
    const double l1 = std::abs(trace / 2 + std::sqrt(gap)), l2 = std::abs(trace / 2 - std::sqrt(gap));
    g.eigen_ratio = std::min(l1, l2) / std::max({l1, l2, 1e-12});
  }
  const double square = a * a + b * b + d * d + e * e, spread = std::sqrt(std::max(0.0, square * square - 4 * det * det));
  g.singular_ratio = std::sqrt(std::max(0.0, square - spread) / (square + spread));
  return g;
}

std::vector<float> row_squares(const GrayImage& a, const GrayImage& b) {
  std::vector<float> rows;
  rows.reserve(static_cast<std::size_t>(a.height));
  for (int y = 0; y < a.height; ++y) {
    const float *ra = a.row(y), *rb = b.row(y);
    float row = 0;
    for (int x = 0; x < a.width; ++x) row += (ra[x] - rb[x]) * (ra[x] - rb[x]);
    rows.push_back(row);
  }
  return rows;
}

double psnr_db(std::span<const float> squares_of_rows, int width) {
  double squares = 0;
  for (const float row : squares_of_rows) squares += row;
  const double mean = squares / (static_cast<double>(width) * static_cast<double>(squares_of_rows.size()));
  return mean <= 255.0 * 255.0 * 1e-10 ? 100.0 : 10 * std::log10(255.0 * 255.0 / mean);
}

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  return n % 2 == 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

}  // namespace keel::metrics
