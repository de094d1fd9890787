// SPDX-License-Identifier: GPL-3.0-or-later
// A clip of a camera with a rolling shutter, from the file to the steady file.
#include <algorithm>
#include <cmath>

#include "engine/media/decoder.h"
#include "engine/motion/motion_estimator.h"
#include "engine/session/analyzer.h"
#include "engine/session/exporter.h"
#include "session_test_support.h"
#include "tests/support/scenes.h"

namespace keel::test {
namespace {

constexpr int kClipFrames = 36;
constexpr Size kPicture{320, 180};

/// Shakes, and bends by up to 0.45 px with it: as far, for its size, as the shaky clips that this was looked at on.
std::vector<Frame> rolling_frames() {
  PlaneScene scene;
  scene.size = kPicture;
  std::vector<Frame> frames;
  for (int i = 0; i < kClipFrames; ++i) {
    scene.picture_from_plane = {Mat3::translation(5 * std::sin(2.1 * i), 4 * std::sin(1.7 * i + 1))};
    RowBend bend = RowBend::over(kPicture.height);
    bend.x = {0.35 * std::sin(2.1 * i), 0.1 * std::cos(2.1 * i), 0};
    bend.y = {0.2 * std::sin(1.7 * i + 1), 0, 0.1 * std::cos(1.7 * i)};
    frames.push_back(bent(render_plane(scene, 0), bend));
  }
  return frames;
}

/// How far the rows of neighbouring frames of a file are bent against each other: the mean over pairs of the most that a row is.
double bending_px(const std::filesystem::path& file) {
  const auto analysis = analyze_clip(file, "classical", {});
  EXPECT_TRUE(analysis.ok());
  double sum = 0;
  for (const PairMotion& pair : analysis->track.pairs) sum += std::max(pair.bend.bound().x, pair.bend.bound().y);
  return sum / static_cast<double>(analysis->track.pairs.size());
}

TEST(RollingShutter, ShakenClip_ComesOutWithItsRowsStraight) {
  const TemporaryFolder folder;
  const std::vector<Frame> frames = rolling_frames();
  write_painted_clip(folder / "in.y4m", kPicture, kClipFrames,
                     [&](int i, int x, int y) { return YuvColor{frames[static_cast<std::size_t>(i)].plane(0).row<std::uint8_t>(y)[x], 128, 128}; });
  const auto analysis = analyze_clip(folder / "in.y4m", "classical", {});
  ASSERT_TRUE(analysis.ok());
  const auto steady = [&](bool straighten, const char* name) {
    StabilizeSettings settings;
    settings.rolling_shutter = straighten;
    const auto solution = solve(analysis->track, settings);
    EXPECT_TRUE(solution.ok());
    ExportSettings lossless;
    lossless.encode.codec = VideoCodec::kFfv1;
    EXPECT_TRUE(export_clip(*probe(folder / "in.y4m"), solution->plan, folder / name, lossless, {}).ok());
    return bending_px(folder / name);
  };
  const double filmed = bending_px(folder / "in.y4m"), left = steady(false, "left.mkv"), straight = steady(true, "straight.mkv");
  ASSERT_GT(filmed, 0.3);
  EXPECT_GT(left, 0.7 * filmed) << "a homography cannot straighten them";
  EXPECT_LT(straight, 0.5 * left);
}

}  // namespace
}  // namespace keel::test
