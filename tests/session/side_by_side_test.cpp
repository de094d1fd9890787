// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "engine/media/decoder.h"
#include "engine/session/analyzer.h"
#include "engine/session/exporter.h"
#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

constexpr int kFrames = 6;

std::vector<Frame> frames_of(const std::filesystem::path& clip) {
  auto decoder = Decoder::open(clip);
  std::vector<Frame> frames;
  if (!decoder) return frames;
  for (auto frame = (*decoder)->next(); frame.ok() && frame->has_value(); frame = (*decoder)->next()) frames.push_back((*frame)->frame);
  return frames;
}

/// Samples of `part` that `whole` does not have from column `left` (in luma pixels) on.
std::int64_t differing(const Frame& whole, const Frame& part, int plane, int left) {
  const int begin = part.format().is_chroma(plane) ? left / 2 : left;
  std::int64_t count = 0;
  for (int y = 0; y < part.plane(plane).height; ++y)
    for (int x = 0; x < part.plane(plane).width; ++x) count += whole.plane(plane).row<std::uint8_t>(y)[begin + x] != part.plane(plane).row<std::uint8_t>(y)[x];
  return count;
}

/// Fill and size of the stabilized picture.
struct Case {
  const char* name;
  Framing framing;
  BorderFill fill;
  OutputSize size = OutputSize::kSource;
};

class SideBySideExport : public ::testing::TestWithParam<Case> {
 protected:
  keel::test::TemporaryFolder folder_;
};

TEST_P(SideBySideExport, LeftIsTheSource_RightIsTheNormalExport_AndOnlyTheLabelsDiffer) {
  const auto clip = folder_ / "clip.y4m";
  keel::test::write_painted_clip(clip, {320, 240}, kFrames, keel::test::shaky_texture);
  const auto info = probe(clip);
  const auto analysis = analyze_clip(clip, "classical", {});
  ASSERT_TRUE(info.ok() && analysis.ok());
  StabilizeSettings settings;
  settings.framing = GetParam().framing;
  settings.size = GetParam().size;
  const auto solution = solve(analysis->track, settings);
  ASSERT_TRUE(solution.ok());
  ExportSettings lossless;
  lossless.encode.codec = VideoCodec::kFfv1;
  lossless.fill = GetParam().fill;
  ASSERT_TRUE(export_clip(*info, solution->plan, folder_ / "plain.mkv", lossless, {}).ok());
  lossless.side_by_side = true;
  const auto result = export_clip(*info, solution->plan, folder_ / "both.mkv", lossless, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const Size output = solution->plan.output;
  EXPECT_EQ(result->size, (Size{320 + output.width, 240}));
  const auto source = frames_of(clip), plain = frames_of(folder_ / "plain.mkv"), both = frames_of(folder_ / "both.mkv");
  ASSERT_EQ(both.size(), static_cast<std::size_t>(kFrames));
  for (std::size_t i = 0; i < both.size(); ++i) {
    ASSERT_EQ(both[i].size(), result->size);
    for (const int plane : {1, 2}) {
      EXPECT_EQ(differing(both[i], source[i], plane, 0), 0);
      if (output.height == 240) {
        EXPECT_EQ(differing(both[i], plain[i], plane, 320), 0);
      }
    }
    const auto labelled = 0.05 * 320 * 240;
    EXPECT_GT(differing(both[i], source[i], 0, 0), 100);
    EXPECT_LT(differing(both[i], source[i], 0, 0), labelled);
    if (output.height != 240) continue;
    EXPECT_GT(differing(both[i], plain[i], 0, 320), 100);
    EXPECT_LT(differing(both[i], plain[i], 0, 320), labelled);
  }
}

INSTANTIATE_TEST_SUITE_P(Plans, SideBySideExport,
                         ::testing::Values(Case{"Fixed", Framing::kFixed, BorderFill::kMirror}, Case{"WholeMirrored", Framing::kNone, BorderFill::kMirror},
                                           Case{"WholeFromNeighbours", Framing::kNone, BorderFill::kNeighbours},
                                           Case{"Native", Framing::kFixed, BorderFill::kMirror, OutputSize::kNative}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(SideBySidePlan, WiderThanTheCodecAllows_IsRefusedInASentence) {
  keel::test::TemporaryFolder folder;
  const auto clip = folder / "clip.y4m";
  keel::test::write_painted_clip(clip, {64, 48}, 1, keel::test::shaky_texture);
  auto info = probe(clip);
  ASSERT_TRUE(info.ok());
  info->size = {8200, 64};
  ExportSettings settings;
  EXPECT_TRUE(plan_export(exported_clip(*info, info->size, settings), folder / "out.mp4", settings.encode).ok());
  settings.side_by_side = true;
  const auto plan = plan_export(exported_clip(*info, info->size, settings), folder / "out.mp4", settings.encode);
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().message.find("16400 x 64"), std::string::npos) << plan.error().message;
}

}  // namespace
}  // namespace keel
