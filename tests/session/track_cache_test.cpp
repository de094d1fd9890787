// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/track_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "engine/motion/learned_plugin.h"
#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

using test::TemporaryFolder;

MotionTrack some_track(int frames = 4) {
  MotionTrack track;
  track.estimator = "classical";
  track.size = {640, 360};
  track.time_base = {1, 30};
  for (int i = 0; i < frames; ++i) track.pts.push_back(10 + 2 * i);
  for (int i = 1; i < frames; ++i) {
    PairMotion pair{Mat3::translation(0.25 * i, -3), MotionStatus::kOk, 0.75F};
    pair.bend = RowBend::over(track.size.height);
    pair.bend.x = {0.1 * i, -0.25, 1.0 / 3};
    pair.bend.y = {0, 0.5, -0.125 * i};
    if (i % 3 == 2) pair = {Mat3::identity(), MotionStatus::kSceneCut, 0};
    track.pairs.push_back(pair);
  }
  return track;
}

Digest key_of(std::uint8_t seed) {
  Digest key{};
  key.fill(seed);
  return key;
}

/// The bytes with a right checksum again after `change`: damage that only the values themselves can tell.
std::vector<std::byte> forged(std::vector<std::byte> bytes, const std::function<void(std::vector<std::byte>&)>& change) {
  bytes.resize(bytes.size() - sizeof(Digest));
  change(bytes);
  Sha256 sum;
  sum.add(bytes);
  for (const std::uint8_t b : sum.finish()) bytes.push_back(std::byte{b});
  return bytes;
}

TEST(TrackBytes, WrittenAndRead_AreTheSameTrack) {
  for (const int frames : {1, 2, 500})
    EXPECT_EQ(track_from_bytes(track_to_bytes(some_track(frames), key_of(1)), key_of(1)), some_track(frames)) << frames;
}

TEST(TrackBytes, HundredThousandFrames_StayBelowAHundredAndFiftyBytesAFrame) {
  EXPECT_LT(track_to_bytes(some_track(100000), key_of(1)).size(), 100000U * 150);
}

TEST(TrackBytes, AnyFlippedBitAndAnyTruncation_IsNoTrack) {
  const auto good = track_to_bytes(some_track(), key_of(1));
  for (std::size_t i = 0; i < good.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[i] ^= std::byte{1} << bit;
      ASSERT_FALSE(track_from_bytes(bad, key_of(1))) << "byte " << i << " bit " << bit;
    }
  for (std::size_t size = 0; size < good.size(); ++size) ASSERT_FALSE(track_from_bytes(std::span(good).first(size), key_of(1))) << size;
}

TEST(TrackBytes, AnotherKey_IsNoTrack) { EXPECT_FALSE(track_from_bytes(track_to_bytes(some_track(), key_of(1)), key_of(2))); }

// A file made by an enemy has a right checksum: every byte of it set to extremes must neither crash nor pass counts and values that are out of range.
TEST(TrackBytes, ForgedCountsAndValues_AreRefusedOrHarmless) {
  const MotionTrack track = some_track();
  const auto good = track_to_bytes(track, key_of(1));
  ASSERT_EQ(track_from_bytes(forged(good, [](auto&) {}), key_of(1)), track) << "the forgery itself is right";
  for (std::size_t i = 0; i + sizeof(Digest) < good.size(); ++i)
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      const auto read = track_from_bytes(forged(good, [&](auto& bytes) { bytes[i] = std::byte(value); }), key_of(1));
      if (!read) continue;
      EXPECT_EQ(read->pts.size(), track.pts.size());
      EXPECT_EQ(read->pairs.size() + 1, read->pts.size());
      for (const PairMotion& pair : read->pairs) {
        for (const double v : pair.cur_from_prev.m) EXPECT_TRUE(std::isfinite(v));
        EXPECT_TRUE(pair.confidence >= 0 && pair.confidence <= 1);
        EXPECT_FALSE(to_string(pair.status).empty());
      }
    }
}

TEST(TrackCacheTest, StoredTrack_IsLoadedByAnotherCacheOfTheSameFolder) {
  const TemporaryFolder folder;
  TrackCache(folder / "tracks").store(some_track(), key_of(1));
  EXPECT_EQ(TrackCache(folder / "tracks").load(key_of(1)), some_track());
  EXPECT_FALSE(TrackCache(folder / "tracks").load(key_of(2)));
}

TEST(TrackCacheTest, DamagedFile_IsNotThere_AndIsRemoved) {
  const TemporaryFolder folder;
  const TrackCache cache(folder / "tracks");
  cache.store(some_track(), key_of(1));
  std::ofstream(cache.file_of(key_of(1)), std::ios::binary | std::ios::in).seekp(100).put('!');
  EXPECT_FALSE(cache.load(key_of(1)));
  EXPECT_FALSE(std::filesystem::exists(cache.file_of(key_of(1))));
}

TEST(TrackCacheTest, FullFolder_LosesWhatWasUsedLongestAgo) {
  const TemporaryFolder folder;
  const auto bytes = track_to_bytes(some_track(200), key_of(1)).size();
  const TrackCache cache(folder / "tracks", 2 * bytes + bytes / 2);
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const std::uint8_t seed : {1, 2}) {
    cache.store(some_track(200), key_of(seed));
    std::filesystem::last_write_time(cache.file_of(key_of(seed)), now - std::chrono::hours(3 - seed));
  }
  ASSERT_TRUE(cache.load(key_of(1))) << "used again: 2 is the oldest now";
  cache.store(some_track(200), key_of(3));
  EXPECT_TRUE(cache.load(key_of(1)));
  EXPECT_FALSE(cache.load(key_of(2)));
  EXPECT_TRUE(cache.load(key_of(3)));
  cache.store(some_track(1000), key_of(4));
  EXPECT_FALSE(cache.load(key_of(4))) << "larger than the whole cache";
}

TEST(TrackCacheTest, FolderThatCannotBeMade_StoresNothing_Silently) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const TrackCache cache(folder / "file/tracks");
  cache.store(some_track(), key_of(1));
  EXPECT_FALSE(cache.load(key_of(1)));
}

TEST(TrackKey, WhoComputed_CountsWhereItShowsInTheMotions) {
  if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
  const TemporaryFolder folder;
  const auto clip = folder / "a.y4m";
  test::write_painted_clip(clip, {64, 48}, 4, test::shaky_texture);
  for (const char* id : {"ihn", "regression"}) EXPECT_NE(*track_key(clip, id, {}, TrackBy::kGpu), *track_key(clip, id, {}, TrackBy::kCpu)) << id;
  EXPECT_EQ(*track_key(clip, "ihn"), *track_key(clip, "ihn", {}, TrackBy::kCpu));
  EXPECT_NE(*track_key(clip, "ihn", {{kPrecisionOption, kHalfPrecision}}, TrackBy::kGpu), *track_key(clip, "ihn", {}, TrackBy::kGpu)) << "halves show too";
  EXPECT_EQ(*track_key(clip, "classical", {}, TrackBy::kGpu), *track_key(clip, "classical", {}, TrackBy::kCpu)) << "the same bit for bit";
}

TEST(TrackKey, WithoutAGpu_NoTrackOfAGpuServes) {
  for (const AlgorithmInfo& info : motion_estimators()) {
    EXPECT_EQ(tracks_that_serve(info.id, false), std::vector{TrackBy::kCpu}) << info.id;
    const bool shows = motion_estimator_identity(info.id)->gpu_shows && *motion_estimator_uses_gpu(info.id);
    EXPECT_EQ(tracks_that_serve(info.id, true), (shows ? std::vector{TrackBy::kGpu, TrackBy::kCpu} : std::vector{TrackBy::kCpu})) << info.id;
  }
}

TEST(TrackKey, TrackOfOneDevice_IsKeptUnderItsNameAndOneOfBothNotAtAll) {
  EXPECT_EQ(track_kept_as({false, std::nullopt, false}), TrackBy::kCpu);
  EXPECT_EQ(track_kept_as({true, std::nullopt, false}), TrackBy::kCpu) << "classical: it does not show";
  EXPECT_EQ(track_kept_as({false, "it failed at first", false}), TrackBy::kCpu);
  EXPECT_EQ(track_kept_as({true, std::nullopt, true}), TrackBy::kGpu);
  EXPECT_EQ(track_kept_as({false, "it failed half-way", true}), std::nullopt);
}

TEST(TrackKey, ClipEstimatorAndOptions_Count_TheNameDoesNot) {
  const TemporaryFolder folder;
  const auto clip = folder / "a.y4m";
  test::write_painted_clip(clip, {64, 48}, 40, test::shaky_texture);
  const Digest key = *track_key(clip, "classical");
  EXPECT_EQ(*track_key(clip, "classical"), key);
  EXPECT_NE(*track_key(clip, "classical", {{"working_width", 960}}), key);
  EXPECT_FALSE(track_key(clip, "no such").ok());
  EXPECT_FALSE(track_key(folder / "absent.mp4", "classical").ok());
  std::filesystem::rename(clip, folder / "b.y4m");
  EXPECT_EQ(*track_key(folder / "b.y4m", "classical"), key) << "moved";
  const auto changed = std::filesystem::last_write_time(folder / "b.y4m");
  {
    std::fstream file(folder / "b.y4m", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(-1, std::ios::end);
    file.put('\x11');
  }
  std::filesystem::last_write_time(folder / "b.y4m", changed);
  EXPECT_NE(*track_key(folder / "b.y4m", "classical"), key) << "one byte at the end, at the same time";
}

}  // namespace
}  // namespace keel
