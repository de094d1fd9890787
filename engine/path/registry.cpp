// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "engine/base/option_check.h"
#include "engine/path/gaussian.h"
#include "engine/path/kalman_rts.h"
#include "engine/path/l1_optimal.h"
#include "engine/path/l1_tv.h"
#include "engine/path/l2_optimal.h"
#include "engine/path/path_smoother.h"
#include "engine/path/tripod.h"

namespace keel {
namespace {

struct Entry {
  const AlgorithmInfo& (*info)();
  Result<std::unique_ptr<PathSmoother>> (*make)(const OptionValues&);
};

/// A new smoother is one file and one line here.
constexpr Entry kSmoothers[] = {
    {&L2OptimalSmoother::description, &L2OptimalSmoother::make},
    {&L1OptimalSmoother::description, &L1OptimalSmoother::make},
    {&L1TvSmoother::description, &L1TvSmoother::make},
    {&GaussianSmoother::description, &GaussianSmoother::make},
    {&KalmanRtsSmoother::description, &KalmanRtsSmoother::make},
    {&TripodSmoother::description, &TripodSmoother::make},
};

}  // namespace

std::span<const AlgorithmInfo> path_smoothers() {
  static const std::vector<AlgorithmInfo> all = [] {
    std::vector<AlgorithmInfo> list;
    for (const Entry& entry : kSmoothers) list.push_back(entry.info());
    return list;
  }();
  return all;
}

Result<std::unique_ptr<PathSmoother>> make_path_smoother(const std::string& id, const OptionValues& options) {
  std::string known;
  for (const Entry& entry : kSmoothers) {
    if (entry.info().id == id) {
      KEEL_TRY(check_options(entry.info(), options));
      return entry.make(options);
    }
    known += (known.empty() ? "" : ", ") + entry.info().id;
  }
  return Error{ErrorCode::kInvalidArgument, fmt::format("There is no smoother \"{}\"; there are: {}.", id, known)};
}

}  // namespace keel
