// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/image/gray_image.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/refine_graph.h"
#include "engine/math/mat3.h"

namespace keel::learned {

enum class NetKind { kIhn = 1, kRegression };

/// What convolutions are computed in on a device; on the CPU always in floats.
enum class NetPrecision { kFull = 1, kHalf };

/// Where a view's pixels lie: with the host, or in the memory of the runner's device.
enum class ViewPlace { kHost = 1, kDevice };

/// What a network says of one pair of views, on the host.
struct NetMotion {
  Mat3 cur_from_prev;  ///< px of the view
  double share = 1;    ///< of the trust that agrees with the motion
  double alike = 1;    ///< mean cosine between a cell's features and those of its match
  double reach = 0;    ///< largest displacement of a corner, in half widths
  bool sound = false;  ///< the corners span a view
};

/// Whether the motion may be believed: enough agrees, and it lies within what was trained. What is not a number is not.
[[nodiscard]] bool believable(const NetMotion& motion);

/// Where the networks' tensors live and who runs their loop. An interface, so that tests can put a device in its place that fails on demand. What fails throws.
/// Thread-safe.
class NetRunner {
 public:
  virtual ~NetRunner() = default;
  /// The features of one view, on the device. The pixels have been read when it returns; those on the device must be finished before.
  [[nodiscard]] virtual Features encode(const GrayView& view, ViewPlace place) = 0;
  /// One motion per pair, from features that this runner encoded. All views have the geometry.
  [[nodiscard]] virtual std::vector<NetMotion> compare(std::span<const Features* const> prev, std::span<const Features* const> cur, const ViewGeometry& geometry) = 0;
};

/// Makes a runner: the weights are moved here, once. What fails throws.
using MakeRunner = std::function<std::unique_ptr<NetRunner>()>;

/// Where LibTorch is to compute, and how.
struct NetPlace {
  torch::Device device = torch::kCPU;
  torch::ScalarType convolutions = torch::kFloat;  ///< see MotionNetsImpl::compute_in
  std::optional<Recorder> recorder;                ///< of refinements; none: step by step
};

/// LibTorch with the networks `nets`, which it takes over and moves. On the CPU callers run in parallel, on a device one after the other: its queue is one, and a recording
/// must not see another's allocations.
[[nodiscard]] std::unique_ptr<NetRunner> torch_runner(MotionNets nets, NetKind kind, NetPlace place = {});

/// Copies `nets` to LibTorch's GPU when it is called, with refinements as CUDA graphs. Throws where this LibTorch knows no GPU.
[[nodiscard]] MakeRunner gpu_runner(MotionNets nets, NetKind kind, NetPrecision precision = NetPrecision::kFull);

}  // namespace keel::learned
