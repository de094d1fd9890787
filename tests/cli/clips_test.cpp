// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>
#include <set>

#include "cli_support.h"

namespace keel::test {
namespace {

/// Short clips that between them have a turn in the header, a variable rate, odd codecs, repeated frames and no sound. KEEL_ALL_CLIPS=1 runs all.
const std::set<std::string> kRepresentative{"crowd_2.mkv",   "driving_1.mp4", "lowlight_1.mp4", "lowtexture_3.avi", "pan_3.mp4",     "quickrot_2.avi",
                                            "regular_5.mp4", "regular_13.avi", "rotmeta_4.mp4", "rotmeta_6.mp4",    "vibration_1.mp4", "walking_4.mp4"};
constexpr double kLimitSeconds = 280;

std::vector<std::string> clips() {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(fs::path(KEEL_SHARED_DIR) / "clips", missing)) {
    const std::string name = entry.path().filename().string(), ending = entry.path().extension().string();
    if (ending == ".mp4" || ending == ".m4v" || ending == ".mkv" || ending == ".avi" || ending == ".mov") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) names.push_back("none");
  return names;
}

class ClipsTest : public CliTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(ClipsTest, IsStabilizedWithAllItsFramesAndSound) {
  if (GetParam() == "none") GTEST_SKIP() << "there are no clips in " << KEEL_SHARED_DIR << "/clips";
  if (std::getenv("KEEL_ALL_CLIPS") == nullptr && kRepresentative.count(GetParam()) == 0) GTEST_SKIP() << "runs with KEEL_ALL_CLIPS=1";
  const fs::path in = fs::path(KEEL_SHARED_DIR) / "clips" / GetParam();
  const bool avi = in.extension() == ".avi";
  const fs::path out = at("out" + (avi ? std::string(".mkv") : in.extension().string()));
  const Outcome outcome = keel({"stabilize", in, out, "--preset", "ultrafast", "--quiet", "--json"}, {}, kLimitSeconds);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json report = Json::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << outcome.out;
  EXPECT_GE(report["borders"]["smallest_margin_px"].get<double>(), 0.0);
  EXPECT_EQ(video_stream(out)["nb_read_packets"], std::to_string(report["frames"].get<int>()));
  // Frames, not packets: one real clip holds a packet without a picture.
  const Outcome counted = run({"ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", in});
  EXPECT_EQ(std::stoi(counted.out), report["frames"].get<int>());
  EXPECT_EQ(audio_hashes(out), audio_hashes(in));
  const auto duration = [](const fs::path& file) { return std::stod(probe(file)["format"]["duration"].get<std::string>()); };
  const double frames = report["frames"].get<double>();
  EXPECT_NEAR(duration(out), duration(in), 1.5 * duration(in) / frames) << "more than a frame longer or shorter";
}

INSTANTIATE_TEST_SUITE_P(Real, ClipsTest, ::testing::ValuesIn(clips()), [](const auto& clip) {
  std::string name = clip.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace keel::test
