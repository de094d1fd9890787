// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "tests/media/media_test_support.h"

/// Camera recordings with what generated clips do not have: phones' edit lists, VLC's disordered times, packed bitstreams, odd codecs.
namespace keel::test {
namespace {

std::vector<std::filesystem::path> shared_clips() {
  std::vector<std::filesystem::path> clips;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(KEEL_SHARED_DIR) / "clips", absent))
    if (entry.path().extension() != ".md") clips.push_back(entry.path());
  std::sort(clips.begin(), clips.end());
  return clips;
}

class SharedClipsTest : public MediaTest, public ::testing::WithParamInterface<std::filesystem::path> {};

TEST_P(SharedClipsTest, CountTimesAndSeeksAgreeWithLinearDecoding) {
  const std::filesystem::path& clip = GetParam();
  const auto times = scan_frame_times(clip);
  ASSERT_TRUE(times.ok()) << times.error().message;
  EXPECT_EQ(static_cast<std::int64_t>(times->size()), reference_count(clip));
  auto linear = Decoder::open(clip);
  auto sought = Decoder::open(clip);
  ASSERT_TRUE(linear.ok() && sought.ok());
  const std::size_t every = std::max<std::size_t>(1, times->size() / 6);
  std::size_t count = 0;
  for (auto next = (*linear)->next(); next.ok() && next->has_value(); next = (*linear)->next(), ++count) {
    ASSERT_LT(count, times->size());
    ASSERT_EQ((*next)->pts, (*times)[count]);
    if (count % every != every / 2) continue;
    ASSERT_TRUE((*sought)->seek((*next)->pts).ok());
    const auto again = (*sought)->next();
    ASSERT_TRUE(again.ok() && again->has_value());
    EXPECT_EQ((*again)->pts, (*next)->pts);
    EXPECT_TRUE(same_picture((*again)->frame, (*next)->frame)) << "frame " << count;
  }
  EXPECT_EQ(count, times->size());
  EXPECT_EQ((*linear)->health().damaged_frames, 0);
  EXPECT_FALSE((*linear)->health().ended_early);
}

INSTANTIATE_TEST_SUITE_P(Clips, SharedClipsTest, ::testing::ValuesIn(shared_clips()), [](const auto& clip) {
  std::string name = clip.param.filename().string();
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SharedClipsTest);

}  // namespace
}  // namespace keel::test
