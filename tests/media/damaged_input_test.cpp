// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using DamagedInputTest = MediaTest;

const std::string kClip = "-f lavfi -i testsrc2=s=160x120:r=25:d=4 ";

void overwrite(const std::filesystem::path& path, double from, double to) {
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(from * bytes));
  unsigned state = 7;
  for (auto n = static_cast<long>((to - from) * bytes); n > 0; --n) file.put(static_cast<char>((state = state * 1664525u + 1013904223u) >> 24));
}

void expect_increasing(const DecodedClip& clip) {
  for (std::size_t n = 1; n < clip.frames.size(); ++n) EXPECT_GT(clip.frames[n].pts, clip.frames[n - 1].pts);
}

TEST_F(DamagedInputTest, TruncatedMp4IsDecodedToItsEndAndSaysSo) {
  const auto clip = make("clip.mp4", kClip + "-c:v libx264 -bf 2 -movflags +faststart");
  std::filesystem::resize_file(clip, std::filesystem::file_size(clip) / 2);
  const DecodedClip decoded = decode(clip);
  EXPECT_GT(decoded.frames.size(), 20u);
  EXPECT_LT(decoded.frames.size(), 90u);
  EXPECT_TRUE(decoded.health.ended_early);
  expect_increasing(decoded);
}

TEST_F(DamagedInputTest, TruncatedMkvIsDecodedToItsEndAndSaysSo) {
  const auto clip = make("clip.mkv", kClip + "-c:v libx264 -bf 2");
  std::filesystem::resize_file(clip, std::filesystem::file_size(clip) / 2);
  const DecodedClip decoded = decode(clip);
  EXPECT_GT(decoded.frames.size(), 20u);
  EXPECT_LT(decoded.frames.size(), 90u);
  EXPECT_TRUE(decoded.health.ended_early);
}

TEST_F(DamagedInputTest, TruncatedAviIsDecodedToItsEndAndSaysSo) {
  const auto clip = make("clip.avi", kClip + "-c:v mpeg4");
  std::filesystem::resize_file(clip, std::filesystem::file_size(clip) / 2);
  const DecodedClip decoded = decode(clip);
  EXPECT_GT(decoded.frames.size(), 20u);
  EXPECT_LT(decoded.frames.size(), 90u);
  EXPECT_TRUE(decoded.health.ended_early);
}

TEST_F(DamagedInputTest, TruncatedAviOfH264WithSoundSaysSo) {
  // Here FFmpeg itself shortens the promised duration to what the file's size allows.
  const auto clip = make("clip.avi", kClip + "-f lavfi -i sine=d=4 -c:v libx264 -bf 2 -c:a mp2");
  std::filesystem::resize_file(clip, std::filesystem::file_size(clip) * 6 / 10);
  const DecodedClip decoded = decode(clip);
  EXPECT_GT(decoded.frames.size(), 20u);
  EXPECT_LT(decoded.frames.size(), 90u);
  EXPECT_TRUE(decoded.health.ended_early);
}

TEST_F(DamagedInputTest, WholeAviHasNotEndedEarly) {
  const DecodedClip decoded = decode(make("clip.avi", kClip + "-f lavfi -i sine=d=4 -c:v libx264 -bf 2 -c:a mp2"));
  EXPECT_GE(decoded.frames.size(), 99u);
  EXPECT_EQ(decoded.health.damaged_frames, 0);
  EXPECT_FALSE(decoded.health.ended_early);
}

TEST_F(DamagedInputTest, PicturesThatTheContainerLostAreCounted) {
  for (const char* name : {"lost.mkv", "lost.ts"}) {
    const auto clip = make(name, "-f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v libx264 -bf 2 -g 15");
    overwrite(clip, 0.45, 0.52);
    const DecodedClip decoded = decode(clip);
    EXPECT_LT(decoded.frames.size(), 100u) << name << ": the clip was not damaged as intended";
    EXPECT_GE(static_cast<std::int64_t>(decoded.frames.size()) + decoded.health.damaged_frames, 100) << name;
    EXPECT_LE(decoded.health.damaged_frames, 40) << name;
  }
}

TEST_F(DamagedInputTest, GapsOfAVariableRateAreNoLoss) {
  const DecodedClip decoded = decode(make("vfr.mkv", kClip + "-vf \"select=lt(mod(n\\,20)\\,12)\" -fps_mode vfr -c:v libx264 -bf 2"));
  EXPECT_EQ(decoded.frames.size(), 60u);
  EXPECT_EQ(decoded.health.damaged_frames, 0);
}

TEST_F(DamagedInputTest, WholeClipHasNoDamage) {
  const DecodedClip decoded = decode(make("clip.mp4", kClip + "-c:v libx264 -bf 2"));
  EXPECT_EQ(decoded.frames.size(), 100u);
  EXPECT_EQ(decoded.health.damaged_frames, 0);
  EXPECT_FALSE(decoded.health.ended_early);
}

TEST_F(DamagedInputTest, LostIntraPicturesAreRepeatedSoThatTheCountStays) {
  // MJPEG pictures that lost their start marker cannot be decoded at all; the index of the file is intact.
  const auto clip = make("clip.mov", kClip + "-c:v mjpeg -q:v 5");
  overwrite(clip, 0.4, 0.5);
  const DecodedClip decoded = decode(clip);
  EXPECT_EQ(decoded.frames.size(), 100u);
  int repeated = 0;
  for (std::size_t n = 1; n < decoded.frames.size(); ++n) {
    if (!decoded.frames[n].repeated) continue;
    ++repeated;
    EXPECT_TRUE(same_picture(decoded.frames[n].frame, decoded.frames[n - 1].frame));
  }
  EXPECT_GT(repeated, 3);
  EXPECT_GE(decoded.health.damaged_frames, repeated);
  expect_increasing(decoded);
}

class GarbageTest : public MediaTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(GarbageTest, GarbageInTheMiddleEndsAndKeepsTheRest) {
  const std::string file = GetParam();
  const bool avi = file.ends_with(".avi");
  const auto clip = make(file, kClip + (avi ? "-c:v mpeg4" : "-c:v libx264 -bf 2 -g 10"));
  overwrite(clip, 0.45, 0.5);
  const DecodedClip decoded = decode(clip);
  EXPECT_GT(decoded.frames.size(), 70u) << file;
  EXPECT_LE(decoded.frames.size(), 101u) << file;
  expect_increasing(decoded);
  auto decoder = Decoder::open(clip);
  ASSERT_TRUE(decoder.ok());
  ASSERT_TRUE((*decoder)->seek(decoded.frames.back().pts).ok());
  EXPECT_TRUE((*decoder)->next().ok());
}

INSTANTIATE_TEST_SUITE_P(Containers, GarbageTest, ::testing::Values("a.mp4", "a.mkv", "a.avi", "a.ts", "a.h264"));

TEST_F(DamagedInputTest, GarbageAtEveryPlaceNeverHangsOrCrashes) {
  const auto whole = make("whole.mkv", "-f lavfi -i testsrc2=s=64x48:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -bf 2");
  for (int place = 0; place < 20; ++place) {
    const auto clip = folder() / "damaged.mkv";
    std::filesystem::copy_file(whole, clip, std::filesystem::copy_options::overwrite_existing);
    overwrite(clip, place / 20.0, place / 20.0 + 0.02);
    auto decoder = Decoder::open(clip);
    if (!decoder) continue;
    int frames = 0;
    for (auto next = (*decoder)->next(); next.ok() && next->has_value(); next = (*decoder)->next()) ++frames;
    EXPECT_LE(frames, 30);
    (void)scan_frame_times(clip);
  }
}

}  // namespace
}  // namespace keel::test
