// SPDX-License-Identifier: GPL-3.0-or-later
// Who decodes and who encodes is said, and asking for what is not there is an error.
#include <gmock/gmock.h>

#include "cli_support.h"

namespace keel::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using DecodeTest = CliTest;

TEST_F(DecodeTest, InfoAndTheReportSayWhoDecodesAndWhyNotTheDevice) {
  make_clip(at("in.mp4"));
  const Json info = Json::parse(keel({"info", at("in.mp4"), "--json"}).out, nullptr, false);
  ASSERT_TRUE(info.is_object());
  const bool there = info["nvdec"]["usable"];
  const std::string decode = info["clip"]["decode"];
  EXPECT_THAT(decode, there ? StartsWith("NVDEC h264") : StartsWith("software h264, because " + info["nvdec"]["text"].get<std::string>()));
  EXPECT_THAT(keel({"info", at("in.mp4")}).out, HasSubstr("decode      " + decode + "\n"));
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  EXPECT_EQ(result.report["decode"], decode);
  EXPECT_EQ(result.report["decode_analysis"], decode);
  EXPECT_FALSE(result.report.contains("decode_trouble")) << "nothing gave up";
}

TEST_F(DecodeTest, DeviceCpuLeavesTheDeviceAloneAndSaysSo) {
  make_clip(at("in.mp4"));
  const std::string by_choice = "software h264, because --device cpu asks for it";
  EXPECT_EQ(Json::parse(keel({"info", at("in.mp4"), "--device", "cpu", "--json"}).out)["clip"]["decode"], by_choice);
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--device", "cpu"});
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  EXPECT_EQ(result.report["decode"], by_choice);
}

TEST_F(DecodeTest, NvencWritesTheFileOrIsRefusedWithTheReasonBeforeTheWork) {
  make_clip(at("in.mp4"));
  const Json nvenc = Json::parse(keel({"info", "--json"}).out)["nvenc"];
  for (const std::string codec : {"h264", "hevc"}) {
    const Stabilized result = stabilize(at("in.mp4"), at(codec + ".mp4"), {"--codec", codec, "--encoder", "nvenc"});
    if (nvenc[codec]["usable"]) {
      ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
      EXPECT_EQ(result.report["encode"], codec + "_nvenc");
      expect_faithful(at("in.mp4"), at(codec + ".mp4"), result.report);
    } else {
      EXPECT_EQ(result.outcome.exit_code, 1);
      expect_one_sentence(result.outcome, "NVENC");
      EXPECT_THAT(result.outcome.err, HasSubstr(nvenc[codec]["text"].get<std::string>()));
      expect_nothing_left(at(codec + ".mp4"));
    }
  }
  const Stabilized software = stabilize(at("in.mp4"), at("software.mp4"));
  ASSERT_EQ(software.outcome.exit_code, 0) << software.outcome.err;
  EXPECT_EQ(software.report["encode"], "libx264") << "the default stays software";
}

TEST_F(DecodeTest, WhatNvencHasNotIsRefused) {
  make_clip(at("in.mp4"));
  for (const auto& [more, part] : {std::pair{Words{"--codec", "prores"}, "NVENC does not encode prores"}, {Words{"--crf", "0"}, "use 1 to 51 with NVENC"}}) {
    Words words{"--encoder", "nvenc"};
    words.insert(words.end(), more.begin(), more.end());
    const Stabilized result = stabilize(at("in.mp4"), at("out.mov"), words);
    EXPECT_EQ(result.outcome.exit_code, 2);
    EXPECT_THAT(result.outcome.err, HasSubstr(part));
    expect_nothing_left(at("out.mov"));
  }
}

TEST_F(DecodeTest, DeviceCudaWithoutADeviceIsOneSentenceForEveryCommandThatHasTheOption) {
  make_clip(at("in.mp4"));
  if (Json::parse(keel({"info", "--json"}).out)["cuda"]["usable"]) GTEST_SKIP() << "there is a device";
  for (const Words& words : {Words{"stabilize", at("in.mp4"), at("out.mp4")}, Words{"analyze", at("in.mp4"), "--out", at("out.json")}, Words{"info", at("in.mp4")}}) {
    Words all = words;
    all.insert(all.end(), {"--device", "cuda"});
    const Outcome outcome = keel(all);
    EXPECT_EQ(outcome.exit_code, 1);
    expect_one_sentence(outcome, "--device cuda");
  }
}

}  // namespace
}  // namespace keel::test
