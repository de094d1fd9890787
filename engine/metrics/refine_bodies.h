// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/metrics/search_bodies.h"

namespace keel::metrics {

// FineBlock::make() and FineBlock::refine() as steps that many threads take at once: a block's samples are dealt to kLanes threads as the host deals them to
// its running sums, so that every sum is added up in the host's order.

enum class RefineState : int { kActive = 1, kSettled, kLost };

/// What is known of a block while it is refined.
struct RefinedBlock {
  float xx = 0, xy = 0, yy = 0;  ///< sums of products of the gradients
  float energy = 0;
  double ixx = 0, ixy = 0, iyy = 0;
  double dx = 0, dy = 0, score = -1;
  RefineState state = RefineState::kLost;
};

/// Everything that the steps share. Per block: four pictures of kFineSamples (values, gradients across and down, the block as it lies now), then sums.
struct RefineView {
  const float *a = nullptr, *b = nullptr;
  int a_width = 0, a_height = 0, b_width = 0, b_height = 0;
  const BlockRequest* requests = nullptr;
  const BlockHit* hits = nullptr;
  const double* around = nullptr;
  float* samples = nullptr;
  float* sums = nullptr;
  RefinedBlock* blocks = nullptr;
  int count = 0;
  double least_score = 0;  ///< of a hit that is worth refining

  enum Picture { kValue = 0, kAcross, kDown, kNow, kPictures };
  static constexpr int kSamplesOfBlock = kPictures * kFineSamples;
  /// Sums by lane: of values and gradients, of products of gradients, of the block now, of its products, of the step.
  enum Sum { kMeans = 0, kProducts = 3, kMeanNow = 7, kShared = 8, kEnergyNow, kStepX, kStepY, kSums };
  static constexpr int kSumsOfBlock = kSums * kLanes;

  [[nodiscard]] Extent lanes() const { return flat_extent(kLanes * count); }
  [[nodiscard]] KEEL_HD float* written(int block, int which) const {
    return samples + static_cast<std::ptrdiff_t>(block) * kSamplesOfBlock + which * kFineSamples;
  }
  [[nodiscard]] KEEL_HD const float* picture(int block, int which) const { return written(block, which); }
  [[nodiscard]] KEEL_HD float* sum(int block, int which) const { return sums + block * kSumsOfBlock + which * kLanes; }
  [[nodiscard]] KEEL_HD bool active(int block) const { return blocks[block].state == RefineState::kActive; }
  /// False where the block as it lies now leaves the picture.
  [[nodiscard]] KEEL_HD bool inside(int block) const {
    double x = 0, y = 0;
    int x0 = 0, y0 = 0;
    return place(block, x, y, x0, y0);
  }
  /// Where it lies, and its first sample; false where that leaves the picture.
  [[nodiscard]] KEEL_HD bool place(int block, double& x, double& y, int& x0, int& y0) const {
    x = requests[block].x + blocks[block].dx;
    y = requests[block].y + blocks[block].dy;
    x0 = static_cast<int>(floor(x));
    y0 = static_cast<int>(floor(y));
    return !(x0 < 1 || y0 < 1 || x0 + kFineBlock + 2 > b_width || y0 + kFineBlock + 2 > b_height);
  }
};

/// Values and gradients of a block, a lane a thread, and their sums.
struct GradientsBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return view.lanes(); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y), block = index / kLanes, lane = index % kLanes;
    if (block >= view.count) return;
    const BlockRequest& r = view.requests[block];
    const int w = view.a_width;
    float *value = view.written(block, RefineView::kValue), *across = view.written(block, RefineView::kAcross), *down = view.written(block, RefineView::kDown);
    float sv = 0, sx = 0, sy = 0;
    for (int i = lane; i < kFineSamples; i += kLanes) {
      const float* p = view.a + (r.y + i / kFineBlock) * w + r.x + i % kFineBlock;
      sv += value[i] = p[0];
      sx += across[i] = 0.5F * (p[1] - p[-1]);
      sy += down[i] = 0.5F * (p[w] - p[-w]);
    }
    view.sum(block, RefineView::kMeans)[lane] = sv;
    view.sum(block, RefineView::kMeans + 1)[lane] = sx;
    view.sum(block, RefineView::kMeans + 2)[lane] = sy;
  }
};

/// Removes the means and sums the products of what is left.
struct ProductsBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return view.lanes(); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y), block = index / kLanes, lane = index % kLanes;
    if (block >= view.count) return;
    const float mv = lane_mean(view.sum(block, RefineView::kMeans)), mx = lane_mean(view.sum(block, RefineView::kMeans + 1));
    const float my = lane_mean(view.sum(block, RefineView::kMeans + 2));
    float *value = view.written(block, RefineView::kValue), *across = view.written(block, RefineView::kAcross), *down = view.written(block, RefineView::kDown);
    float vv = 0, xx = 0, xy = 0, yy = 0;
    for (int i = lane; i < kFineSamples; i += kLanes) {
      const float v = value[i] -= mv, gx = across[i] -= mx, gy = down[i] -= my;
      vv += v * v;
      xx += gx * gx;
      xy += gx * gy;
      yy += gy * gy;
    }
    view.sum(block, RefineView::kProducts)[lane] = vv;
    view.sum(block, RefineView::kProducts + 1)[lane] = xx;
    view.sum(block, RefineView::kProducts + 2)[lane] = xy;
    view.sum(block, RefineView::kProducts + 3)[lane] = yy;
  }
};

/// Begins at the peak of a parabola through the scores around a hit. What the host will not take is lost from the beginning.
struct BeginBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return flat_extent(view.count); }
  KEEL_HD void operator()(int x, int y) const {
    const int block = flat_index(x, y);
    if (block >= view.count) return;
    RefinedBlock k;
    k.energy = lane_sum(view.sum(block, RefineView::kProducts));
    k.xx = lane_sum(view.sum(block, RefineView::kProducts + 1));
    k.xy = lane_sum(view.sum(block, RefineView::kProducts + 2));
    k.yy = lane_sum(view.sum(block, RefineView::kProducts + 3));
    const double xx = k.xx, xy = k.xy, yy = k.yy, det = xx * yy - xy * xy;
    const BlockHit& hit = view.hits[block];
    if (hit.score >= view.least_score && det > 0) {
      const double* around = view.around + 4 * block;
      k.ixx = yy / det;
      k.ixy = -xy / det;
      k.iyy = xx / det;
      k.dx = hit.dx + parabola_peak(around[0], hit.score, around[1]);
      k.dy = hit.dy + parabola_peak(around[2], hit.score, around[3]);
      k.state = RefineState::kActive;
    }
    view.blocks[block] = k;
  }
};

/// The block as it lies now, a lane a thread, and its sum.
struct SampleBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return view.lanes(); }
  KEEL_HD void operator()(int tx, int ty) const {
    const int index = flat_index(tx, ty), block = index / kLanes, lane = index % kLanes;
    if (block >= view.count || !view.active(block)) return;
    double x = 0, y = 0;
    int x0 = 0, y0 = 0;
    if (!view.place(block, x, y, x0, y0)) return;
    const Cubic wx(static_cast<float>(x - x0)), wy(static_cast<float>(y - y0));
    const int w = view.b_width;
    float* now = view.written(block, RefineView::kNow);
    float sum = 0;
    for (int i = lane; i < kFineSamples; i += kLanes) {
      const float* p = view.b + (y0 - 1 + i / kFineBlock) * w + x0 - 1 + i % kFineBlock;
      const float r0 = wx(p[0], p[1], p[2], p[3]), r1 = wx(p[w], p[w + 1], p[w + 2], p[w + 3]);
      const float r2 = wx(p[2 * w], p[2 * w + 1], p[2 * w + 2], p[2 * w + 3]), r3 = wx(p[3 * w], p[3 * w + 1], p[3 * w + 2], p[3 * w + 3]);
      sum += now[i] = wy(r0, r1, r2, r3);
    }
    view.sum(block, RefineView::kMeanNow)[lane] = sum;
  }
};

/// Removes its mean, and sums the products with the block that is looked for and with itself.
struct CompareBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return view.lanes(); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y), block = index / kLanes, lane = index % kLanes;
    if (block >= view.count || !view.active(block) || !view.inside(block)) return;
    const float mean = lane_mean(view.sum(block, RefineView::kMeanNow));
    const float* value = view.picture(block, RefineView::kValue);
    float* now = view.written(block, RefineView::kNow);
    float shared = 0, energy = 0;
    for (int i = lane; i < kFineSamples; i += kLanes) {
      const float v = now[i] -= mean;
      shared += v * value[i];
      energy += v * v;
    }
    view.sum(block, RefineView::kShared)[lane] = shared;
    view.sum(block, RefineView::kEnergyNow)[lane] = energy;
  }
};

/// What is left of the block when gain and offset are taken out, along the gradients.
struct LeftOverBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return view.lanes(); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y), block = index / kLanes, lane = index % kLanes;
    if (block >= view.count || !view.active(block) || !view.inside(block)) return;
    const float shared = lane_sum(view.sum(block, RefineView::kShared)), energy = lane_sum(view.sum(block, RefineView::kEnergyNow));
    const float gain = shared / energy;
    const float *value = view.picture(block, RefineView::kValue), *across = view.picture(block, RefineView::kAcross), *down = view.picture(block, RefineView::kDown);
    const float* now = view.picture(block, RefineView::kNow);
    float ex = 0, ey = 0;
    for (int i = lane; i < kFineSamples; i += kLanes) {
      const float left = value[i] - gain * now[i];
      ex += across[i] * left;
      ey += down[i] * left;
    }
    view.sum(block, RefineView::kStepX)[lane] = ex;
    view.sum(block, RefineView::kStepY)[lane] = ey;
  }
};

/// The step of a block, and whether it has settled or is lost.
struct StepBody {
  RefineView view;
  [[nodiscard]] Extent extent() const { return flat_extent(view.count); }
  KEEL_HD void operator()(int x, int y) const {
    const int block = flat_index(x, y);
    if (block >= view.count || !view.active(block)) return;
    RefinedBlock& k = view.blocks[block];
    const BlockHit& hit = view.hits[block];
    const bool inside = view.inside(block);
    const float shared = inside ? lane_sum(view.sum(block, RefineView::kShared)) : 0, energy = inside ? lane_sum(view.sum(block, RefineView::kEnergyNow)) : 0;
    if (energy <= 0 || shared <= 0) {
      k.state = RefineState::kLost;
      return;
    }
    k.score = shared / sqrt(static_cast<double>(energy) * k.energy);
    const double ex = lane_sum(view.sum(block, RefineView::kStepX)), ey = lane_sum(view.sum(block, RefineView::kStepY));
    const double ux = k.ixx * ex + k.ixy * ey, uy = k.ixy * ex + k.iyy * ey;
    k.dx += ux;
    k.dy += uy;
    const double off_x = k.dx - hit.dx, off_y = k.dy - hit.dy;
    if (off_x > kFarthest_px || off_x < -kFarthest_px || off_y > kFarthest_px || off_y < -kFarthest_px) k.state = RefineState::kLost;
    else if (ux * ux + uy * uy < kSettled_px2) k.state = RefineState::kSettled;
  }
};

}  // namespace keel::metrics
