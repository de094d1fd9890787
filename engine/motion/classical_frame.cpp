// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/classical_frame.h"

#include <algorithm>
#include <utility>

#include "engine/kernels/kernels_cpu.h"

namespace keel {
namespace {

/// The pyramid stops where a level would be narrower than one tracking window and a half.
constexpr int kSmallestLevel = 24;
/// Corners are looked for on the half-size level: a quarter of the work, and what shows there is tracked well at full size.
constexpr int kCornerLevel = 1;
constexpr int kCornerCell = 20;
/// Response below which a 7x7 window is flat, in squared gray differences summed over the window.
constexpr float kFlatResponse = 150.0f;
/// Share of the strongest response that a corner must reach.
constexpr float kRelativeResponse = 0.002f;

std::vector<Corner> find_corners(const std::vector<GrayImage>& levels) {
  const int level = corner_level(levels.size());
  const GrayView image = levels[static_cast<std::size_t>(level)].view();
  const std::vector<float> response = corner_response(image);
  CellCornersBody body = corner_search({image.width, image.height});
  body.response = response.data();
  body.threshold = corner_threshold(*std::max_element(response.begin(), response.end()));
  const Extent grid = body.extent();
  std::vector<Corner> cells(static_cast<std::size_t>(CellCornersBody::kCornersPerCell * grid.width * grid.height));
  body.out = cells.data();
  for (int y = 0; y < grid.height; ++y)
    for (int x = 0; x < grid.width; ++x) body(x, y);
  return kept_corners(std::move(cells), body.threshold, level);
}

}  // namespace

PyramidView ClassicalFrame::view() const {
  PyramidView v;
  v.levels = static_cast<int>(levels.size());
  for (int l = 0; l < v.levels; ++l) v.level[l] = levels[static_cast<std::size_t>(l)].view();
  return v;
}

PyramidView view_of(const PyramidView& pyramid, PyramidLevels levels) {
  PyramidView v;
  for (int l = levels.finest; l < levels.finest + levels.count; ++l) v.level[v.levels++] = pyramid.level[l];
  return v;
}

std::vector<Size> pyramid_sizes(Size working) {
  std::vector<Size> sizes{working};
  while (static_cast<int>(sizes.size()) < kMaxPyramidLevels) {
    const Size size = sizes.back();
    if (std::min(size.width, size.height) < 2 * kSmallestLevel) break;
    sizes.push_back({(size.width + 1) / 2, (size.height + 1) / 2});
  }
  return sizes;
}

int corner_level(std::size_t levels) { return std::min(kCornerLevel, static_cast<int>(levels) - 1); }

CellCornersBody corner_search(Size size) {
  CellCornersBody body;
  body.stride = body.width = size.width;
  body.height = size.height;
  body.cell = kCornerCell;
  body.cells_x = (size.width + kCornerCell - 1) / kCornerCell;
  body.threshold = corner_threshold(0);
  return body;
}

float corner_threshold(float strongest) { return std::max(kFlatResponse, kRelativeResponse * strongest); }

std::vector<Corner> kept_corners(std::vector<Corner> cells, float threshold, int level) {
  std::erase_if(cells, [&](const Corner& c) { return c.response <= threshold; });
  const auto scale = static_cast<float>(1 << level);
  for (Corner& c : cells) {
    c.x *= scale;
    c.y *= scale;
  }
  return cells;
}

std::shared_ptr<ClassicalFrame> prepare_on_cpu(const Frame& frame, Size working) {
  auto prepared = std::make_shared<ClassicalFrame>();
  prepared->source = frame.size();
  const std::size_t levels = pyramid_sizes(working).size();
  prepared->levels.reserve(levels);
  prepared->levels.push_back(area_luma(frame, working));
  while (prepared->levels.size() < levels) prepared->levels.push_back(pyramid_down(prepared->levels.back()));
  prepared->corners = find_corners(prepared->levels);
  return prepared;
}

void follow_on_cpu(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, bool round_trip, const LkParams& params, std::span<LkMatch> matches) {
  track_points(view_of(prev.view(), levels), view_of(cur.view(), levels), round_trip, params, matches);
}

}  // namespace keel
