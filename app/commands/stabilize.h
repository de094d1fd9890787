// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/media/clip_writer.h"
#include "engine/plan/warp_plan.h"

namespace keel::cli {

struct StabilizeArguments {
  std::filesystem::path input, output, report;
  std::string estimator = "classical";
  StabilizeSettings settings;
  std::string codec = "h264";
  std::string encoder = "software";
  std::string interpolation = "bicubic";
  std::string framing = "fixed";
  std::string size = "source";
  std::vector<std::string> set;  ///< NAME=VALUE, options of the smoother or the estimator
  std::string rolling_shutter = "straighten";
  std::optional<double> zoom_smoothness;  ///< only with adaptive framing
  std::optional<std::string> fill;        ///< only without framing
  std::string device = "auto";
  EncodeSettings encode;
  bool side_by_side = false;
  bool json = false;
  bool quiet = false;
};
/// The whole way from file to file; returns an exit code.
int run_stabilize(const StabilizeArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
