// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/backend/gpu_runtime.h"
#include "engine/kernels/area_luma.h"
#include "engine/kernels/corners.h"
#include "engine/kernels/gpu.h"
#include "engine/kernels/motion_search.h"
#include "engine/kernels/pair_tracking.h"
#include "engine/kernels/pyramid.h"
#include "engine/kernels/split_plane.h"
#include "engine/kernels/warp.h"

namespace keel {

/// Launches of the kernel bodies on a device, queued on a stream; pointers in the arguments are the device's. Each gives the bits of its plain body.
/// A call returns 0 or a code of the runtime.
class GpuKernels {
 public:
  virtual ~GpuKernels() = default;
  /// WarpBody over the whole plane; `taps` is 2 or 4.
  virtual int warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept = 0;
  virtual int warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept = 0;
  /// Each body over its extent().
  virtual int split_plane(const SplitPlaneBody<std::uint8_t>& body, GpuStream stream) const noexcept = 0;
  virtual int split_plane(const SplitPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept = 0;
  virtual int join_plane(const JoinPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept = 0;
  virtual int area_luma(const AreaLumaBody<std::uint8_t>& body, GpuStream stream) const noexcept = 0;
  virtual int area_luma(const AreaLumaBody<std::uint16_t>& body, GpuStream stream) const noexcept = 0;
  virtual int replicate_border(const ReplicateBorderBody& body, GpuStream stream) const noexcept = 0;
  virtual int pyramid_down(const PyramidDownBody& body, GpuStream stream) const noexcept = 0;
  virtual int corner_response(const CornerResponseBody& body, GpuStream stream) const noexcept = 0;
  virtual int row_maximum(const RowMaximumBody& body, GpuStream stream) const noexcept = 0;
  virtual int cell_corners(const CellCornersBody& body, GpuStream stream) const noexcept = 0;
  /// The steps of a span of pairs, whose bodies lie in device memory; each pair's give the bits of its plain body.
  /// A warp each point.
  virtual int track_pairs(const Rows<TrackPointsBody>& pairs, GpuStream stream) const noexcept = 0;
  /// All phases of each; one launch.
  virtual int search_motions(const MotionSearchBody* pairs, int count, GpuStream stream) const noexcept = 0;
  /// A warp each point.
  virtual int track_grids(const Rows<TrackGridBody>& pairs, GpuStream stream) const noexcept = 0;
};

}  // namespace keel
