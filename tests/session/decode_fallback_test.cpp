// SPDX-License-Identifier: GPL-3.0-or-later
// A device that fails in the middle changes neither what is measured nor what is written, and it is told.
#include <gmock/gmock.h>

#include <fstream>

#include "engine/session/analyzer.h"
#include "engine/session/exporter.h"
#include "tests/media/host_device.h"
#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

using ::testing::HasSubstr;

constexpr int kFrames = 24;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(DecodeFallback, AnalysisAndExport_DeviceFailsInMidClip_SameTrackAndFile_AndItIsTold) {
  const keel::test::TemporaryFolder folder;
  keel::test::write_painted_clip(folder / "painted.y4m", {192, 128}, kFrames, keel::test::shaky_texture);
  // An h264 clip, by an export that moves nothing.
  const auto painted = probe(folder / "painted.y4m");
  ASSERT_TRUE(painted.ok());
  WarpPlan still;
  still.source = still.output = painted->size;
  still.frames.assign(kFrames, FrameWarp{});
  ASSERT_TRUE(export_clip(*painted, still, folder / "clip.mp4", {}, {}).ok());
  const auto info = probe(folder / "clip.mp4");
  ASSERT_TRUE(info.ok());

  const auto run = [&](const DecodeDevice* analysing, const DecodeDevice* exporting, const std::filesystem::path& output) {
    AnalysisOptions options;
    options.decode_on = analysing;
    auto analysis = analyze_clip(info->path, "classical", {}, {}, {}, options);
    EXPECT_TRUE(analysis.ok());
    const auto solution = solve(analysis->track, {});
    EXPECT_TRUE(solution.ok());
    ExportSettings settings;
    settings.decode_on = exporting;
    auto result = export_clip(*info, solution->plan, output, settings, {});
    EXPECT_TRUE(result.ok());
    return std::pair(std::move(*analysis), std::move(*result));
  };
  const auto [analysis, written] = run(nullptr, nullptr, folder / "software.mp4");
  EXPECT_EQ(to_string(written.decode), "software h264");
  EXPECT_FALSE(decode_trouble(written.decode));
  EXPECT_EQ(written.encoder, "libx264");

  test::HostDevice first, second;
  first.fail_at = 9;
  second.fail_at = 14;
  const auto [analysis2, written2] = run(&first, &second, folder / "failing.mp4");
  EXPECT_EQ(analysis2.track, analysis.track);
  EXPECT_EQ(written2.frames, written.frames);
  EXPECT_EQ(bytes_of(folder / "failing.mp4"), bytes_of(folder / "software.mp4"));
  EXPECT_THAT(decode_trouble(analysis2.decode).value_or(""), HasSubstr("software h264, because HOST failed after 9 frames"));
  EXPECT_THAT(decode_trouble(written2.decode).value_or(""), HasSubstr("software h264, because HOST failed after 14 frames"));
}

}  // namespace
}  // namespace keel
