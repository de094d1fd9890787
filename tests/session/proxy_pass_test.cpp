// SPDX-License-Identifier: GPL-3.0-or-later
// The comparison's figures of plans, from the clip's file.
#include <array>

#include "engine/compare/proxy_pass.h"
#include "engine/session/analyzer.h"
#include "session_test_support.h"

namespace keel::test {
namespace {

TEST(ProxyPass, OutputOfTheCropsOwnSize_IsJudgedLikeTheEnlargedOne) {
  const TemporaryFolder folder;
  write_painted_clip(folder / "in.y4m", {192, 128}, 24, shaky_texture);
  const auto analysis = analyze_clip(folder / "in.y4m", "classical", {});
  ASSERT_TRUE(analysis.ok());
  std::vector<WarpPlan> plans;
  for (const OutputSize size : {OutputSize::kSource, OutputSize::kNative}) {
    StabilizeSettings settings;
    settings.size = size;
    plans.push_back(solve(analysis->track, settings)->plan);
  }
  ASSERT_LT(plans[1].output.width, plans[0].output.width);
  const std::array<Contender, 2> contenders{Contender{&plans[0]}, Contender{&plans[1]}};
  const auto pass = measure_on_proxy(folder / "in.y4m", contenders, {}, {});
  ASSERT_TRUE(pass.ok());
  const metrics::MetricsReport &enlarged = pass->reports[0], &native = pass->reports[1];
  ASSERT_FALSE(enlarged.failure || native.failure);
  EXPECT_EQ(native.border.any_share, 0);
  // Even numbers of pixels: a window of 160 px may become one of 158, and of another aspect by a part in a hundred.
  EXPECT_NEAR(native.kept.mean_linear, enlarged.kept.mean_linear, 0.015);
  EXPECT_NEAR(native.jitter_ratio, enlarged.jitter_ratio, 0.02);
}

}  // namespace
}  // namespace keel::test
