// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/size_estimate.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>

#include "engine/session/analyzer.h"
#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

/// A shaky texture as a sensor sees it: with noise that no two frames share. Without, a steady picture of it costs an encoder next to nothing, and a file is mostly its container.
keel::test::YuvColor noisy_texture(int frame, int x, int y) {
  keel::test::YuvColor color = keel::test::shaky_texture(frame, x, y);
  std::uint32_t h = static_cast<std::uint32_t>(frame) * 374761393U + static_cast<std::uint32_t>(x) * 668265263U + static_cast<std::uint32_t>(y) * 2246822519U;
  h = (h ^ (h >> 13U)) * 1274126177U;
  color.y = static_cast<std::uint8_t>(color.y + (h >> 16U) % 9);
  return color;
}

struct Encoding {
  const char* name;
  VideoCodec codec;
  int crf;
};

class SizeEstimate : public ::testing::TestWithParam<Encoding> {
 protected:
  void use(const std::filesystem::path& clip) {
    const auto info = probe(clip);
    const auto analysis = analyze_clip(clip, "classical", {});
    ASSERT_TRUE(info.ok() && analysis.ok());
    info_ = *info;
    track_ = analysis->track;
    const auto solution = solve(track_, {});
    ASSERT_TRUE(solution.ok());
    plan_ = solution->plan;
  }
  void use_noisy(int frames) {
    keel::test::write_painted_clip(folder_ / "clip.y4m", {160, 120}, frames, noisy_texture);
    use(folder_ / "clip.y4m");
  }
  /// Estimated size as a share of the written one.
  double estimated_share() {
    ExportSettings settings;
    settings.encode.codec = GetParam().codec;
    settings.encode.crf = GetParam().crf;
    settings.encode.preset = "veryfast";
    const auto file = folder_ / (GetParam().codec == VideoCodec::kProRes ? "out.mov" : "out.mkv");
    const auto estimate = estimate_size(info_, track_.pts, plan_, file, settings, {});
    if (!estimate || std::filesystem::exists(file)) return -1;
    if (!export_clip(info_, plan_, file, settings, {})) return -1;
    const auto bytes = static_cast<double>(std::filesystem::file_size(file));
    std::printf("%s: estimated %.0f, written %.0f bytes\n", GetParam().name, static_cast<double>(*estimate), bytes);
    return static_cast<double>(*estimate) / bytes;
  }
  keel::test::TemporaryFolder folder_;
  ClipInfo info_;
  MotionTrack track_;
  WarpPlan plan_;
};

TEST_P(SizeEstimate, OfThreePieces_LiesNearTheWholeFile) {
  use_noisy(180);
  EXPECT_NEAR(estimated_share(), 1, 0.3);
}

TEST_P(SizeEstimate, Cancelled_EndsAtOnce) {
  use_noisy(10);
  std::stop_source stop;
  stop.request_stop();
  ExportSettings settings;
  settings.encode.codec = GetParam().codec;
  const auto estimate = estimate_size(info_, track_.pts, plan_, folder_ / "out.mkv", settings, stop.get_token());
  ASSERT_FALSE(estimate.ok());
  EXPECT_EQ(estimate.error().code, ErrorCode::kCancelled);
}

INSTANTIATE_TEST_SUITE_P(Codecs, SizeEstimate,
                         ::testing::Values(Encoding{"H264Fine", VideoCodec::kH264, 18}, Encoding{"H264Coarse", VideoCodec::kH264, 24}, Encoding{"ProRes", VideoCodec::kProRes, 0},
                                           Encoding{"Ffv1", VideoCodec::kFfv1, 0}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace keel
