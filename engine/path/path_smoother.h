// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/path/camera_path.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// Turns a raw camera path into a smooth one of the same frames, times and shots. Pure: the same input gives the same
/// output on any thread. Errors: kCancelled when `stop` was requested; kInvalidArgument for options out of range.
class PathSmoother {
 public:
  virtual ~PathSmoother() = default;
  [[nodiscard]] virtual Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const = 0;
};

/// Registry: what smoothers there are, for lists in the window and on the command line.
[[nodiscard]] std::span<const AlgorithmInfo> path_smoothers();
/// Makes one by id. Option "smoothness" (0 to 1) is understood by all of them. Error: unknown id (lists the known), unknown option, value out of range.
[[nodiscard]] Result<std::unique_ptr<PathSmoother>> make_path_smoother(const std::string& id, const OptionValues& options);

}  // namespace keel
