// SPDX-License-Identifier: GPL-3.0-or-later
// The learned estimators from the command line, with the weights of the project.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "cli_support.h"

namespace keel::test {
namespace {

const fs::path kModels = fs::path(KEEL_SOURCE_DIR) / "resources/models";

class LearnedTest : public CliTest {
 protected:
  void TearDown() override {
    unsetenv("KEEL_MODELS");
    CliTest::TearDown();
  }

  /// Two pictures with texture, as files.
  fs::path photographs() {
    const fs::path folder = at("photos");
    fs::create_directories(folder);
    for (const char* seed : {"3", "8"})
      ffmpeg({"-f", "lavfi", "-i", std::string("cellauto=s=160x120:rule=30:random_seed=") + seed + ",scale=640:480:flags=bicubic", "-frames:v", "1",
              (folder / (std::string(seed) + ".png")).string()});
    return folder;
  }
};

TEST_F(LearnedTest, IhnAndRegression_StabilizeAClip) {
  make_clip(at("in.mp4"));
  for (const char* estimator : {"ihn", "regression"}) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--estimator", estimator});
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
  }
}

TEST_F(LearnedTest, MissingOrDamagedWeights_DisableTheLearnedEstimatorsWithAReasonAndNothingElse) {
  make_clip(at("in.mp4"));
  setenv("KEEL_MODELS", at("nowhere").c_str(), 1);
  const Json info = Json::parse(keel({"info", "--json"}).out, nullptr, false);
  for (const Json& estimator : info["estimators"]) EXPECT_EQ(estimator["available"], estimator["id"] == "classical") << estimator;
  const Stabilized missing = stabilize(at("in.mp4"), at("out.mp4"), {"--estimator", "ihn"});
  EXPECT_EQ(missing.outcome.exit_code, 1);
  expect_one_sentence(missing.outcome, "ihn.safetensors");
  expect_nothing_left(at("out.mp4"));

  std::ofstream(at("ihn.safetensors")) << "these are no weights";
  setenv("KEEL_MODELS", folder().c_str(), 1);
  const Stabilized damaged = stabilize(at("in.mp4"), at("out.mp4"), {"--estimator", "ihn"});
  EXPECT_EQ(damaged.outcome.exit_code, 1);
  expect_one_sentence(damaged.outcome, "ihn.safetensors");
  expect_nothing_left(at("out.mp4"));
  EXPECT_EQ(stabilize(at("in.mp4"), at("out.mp4"), {}).outcome.exit_code, 0);
}

TEST_F(LearnedTest, Mace_ReportsTheSameNumbersForTheSameSeedFromAFolderOrItsPack) {
  const fs::path folder = photographs();
  ASSERT_EQ(keel({"train", "--photos", folder, "--pack", at("photos.pack")}).exit_code, 0);
  const auto mace = [&](const fs::path& photos, const char* estimator) {
    const Outcome outcome = keel({"mace", "--photos", photos, "--protocol", "video", "--pairs", "20", "--seed", "5", "--estimator", estimator, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  };
  const Json first = mace(at("photos.pack"), "ihn");
  EXPECT_EQ(first, mace(at("photos.pack"), "ihn"));
  EXPECT_EQ(first["pairs"], 20);
  // The pack is lossy by about 3 grey levels; the answer stays what it was to a few hundredths of a pixel.
  EXPECT_NEAR(first["mace_px"].get<double>(), mace(folder, "ihn")["mace_px"].get<double>(), 0.1);
  EXPECT_LT(first["median_px"].get<double>(), 1.0);
  EXPECT_GT(mace(at("photos.pack"), "regression")["mace_px"].get<double>(), first["mace_px"].get<double>());
  EXPECT_LT(mace(at("photos.pack"), "classical")["median_px"].get<double>(), 0.5);
}

TEST_F(LearnedTest, Looks_AreWholeNumbersAndChangeWhatMaceReports) {
  const fs::path folder = photographs();
  const auto mace = [&](const Words& more) {
    Words words{"mace", "--photos", folder, "--protocol", "video", "--pairs", "20", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return keel(words);
  };
  const Outcome usual = mace({}), one = mace({"--set", "looks=1"});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_NE(usual.out, one.out);
  EXPECT_EQ(usual.out, mace({"--set", "looks=2"}).out);
  EXPECT_EQ(mace({"--estimator", "classical", "--set", "working_width=320"}).exit_code, 0);
  const Outcome between = mace({"--set", "looks=1.5"});
  EXPECT_EQ(between.exit_code, 2);
  expect_one_sentence(between, "whole number");
  expect_one_sentence(mace({"--set", "window_s=1"}), "view, looks, precision");
}

TEST_F(LearnedTest, HalfPrecisionWithoutAGpu_IsSaidToHaveNoEffect) {
  constexpr const char* kSentence = "Half precision has no effect on the CPU, which computes in full precision.";
  make_clip(at("in.mp4"));
  const auto analysed = [&](const char* precision) {
    const Outcome outcome = keel({"analyze", at("in.mp4"), "--out", at("motion.json"), "--device", "cpu", "--estimator", "ihn", "--set", std::string("precision=") + precision});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return std::pair(outcome, Json::parse(read_text(at("motion.json")), nullptr, false));
  };
  const auto [full, full_motion] = analysed("full");
  EXPECT_EQ(full.err.find("precision"), std::string::npos) << full.err;
  const auto [half, half_motion] = analysed("half");
  EXPECT_NE(half.err.find(kSentence), std::string::npos) << half.err;
  EXPECT_EQ(half_motion["gpu_trouble"], kSentence);
  EXPECT_EQ(half_motion["compute"], "cpu");
  EXPECT_FALSE(half_motion.contains("precision") || half_motion.contains("differs_from_cpu"));
  EXPECT_EQ(half_motion["pairs"], full_motion["pairs"]) << "it has none";

  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--device", "cpu", "--estimator", "regression", "--set", "precision=half"});
  EXPECT_EQ(result.report["estimator_options"]["precision"], "half");
  EXPECT_NE(result.outcome.err.find(kSentence), std::string::npos) << result.outcome.err;
  EXPECT_EQ(result.report["motion_gpu_trouble"], kSentence);
  const Outcome compared = keel({"compare", at("in.mp4"), "--estimators", "regression", "--smoothers", "gaussian", "--set", "precision=half", "--json"});
  EXPECT_NE(compared.err.find(kSentence), std::string::npos) << compared.err;
  const Json comparison = Json::parse(compared.out, nullptr, false);
  EXPECT_EQ(comparison["analyses"][0]["trouble"], kSentence);
  EXPECT_EQ(comparison["options"]["regression"]["precision"], "half");
}

TEST_F(LearnedTest, Precision_IsChosenByName) {
  make_clip(at("in.mp4"));
  for (const char* value : {"quarter", "1", "0.5"}) {
    const Outcome outcome = keel({"analyze", at("in.mp4"), "--out", at("motion.json"), "--estimator", "ihn", "--set", std::string("precision=") + value});
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_sentence(outcome, "there are: full, half");
  }
  EXPECT_NE(keel({"info"}).out.find("precision [full or half, full]: "), std::string::npos);
  const Json estimators = Json::parse(keel({"info", "--json"}).out, nullptr, false)["estimators"];
  EXPECT_EQ(estimators[1]["options"].back()["choices"], (Json{"full", "half"}));
  const Outcome mace = keel({"mace", "--photos", photographs(), "--pairs", "2", "--set", "precision=half"});
  EXPECT_EQ(mace.exit_code, 2);
  expect_one_sentence(mace, "no effect");
}

TEST_F(LearnedTest, Train_LeavesACheckpointACurveAndWeightsThatMaceReads) {
  const fs::path folder = photographs();
  const Outcome trained = keel({"train", "--photos", folder, "--validation", folder, "--out", at("run"), "--minutes", "0.05", "--batch", "2", "--validation-pairs", "4"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  for (const char* file : {"checkpoint.pt", "loss.csv", "weights.safetensors"}) EXPECT_TRUE(fs::exists(at("run") / file)) << file;
  EXPECT_EQ(keel({"mace", "--photos", folder, "--pairs", "2", "--weights", at("run") / "weights.safetensors"}).exit_code, 0);
}

class AdoptionTest : public LearnedTest {
 protected:
  void SetUp() override {
    LearnedTest::SetUp();
    if (testing::Test::IsSkipped()) return;
    ClipSpec spec;
    spec.width = 256;
    spec.height = 160;
    spec.frames = 14;
    make_clip(at("train.mp4"), spec);
    spec.seed = 9;
    spec.window_x = "40+9*sin(n*1.3)";
    make_clip(at("held.mp4"), spec);
  }
  [[nodiscard]] Json report() const { return Json::parse(read_text(at("out") / "adoption.json"), nullptr, false); }
  [[nodiscard]] std::string in_force() const { return read_text(at("out") / "ihn.safetensors"); }
  /// Weights that have seen next to nothing.
  fs::path untrained() {
    const fs::path folder = photographs();
    EXPECT_EQ(keel({"train", "--photos", folder, "--out", at("untrained"), "--minutes", "0.01", "--batch", "1"}).exit_code, 0);
    return at("untrained") / "weights.safetensors";
  }
};

TEST_F(AdoptionTest, FinetuningThatDestroysTheWeights_IsRevertedToTheBit) {
  const Outcome outcome = keel({"train", "--finetune", at("train.mp4"), "--held-out", at("held.mp4"), "--out", at("out"), "--minutes", "0.05", "--batch", "1", "--learning-rate", "0.5"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(report()["adopted"], false) << report().dump(2);
  EXPECT_NE(outcome.out.find("The old weights stay"), std::string::npos) << outcome.out;
  EXPECT_EQ(in_force(), read_text(kModels / "ihn.safetensors"));
  // It really was a bad run, and the report tells how bad.
  EXPECT_GT(report()["photometric_ratio"].get<double>(), 1.05) << report().dump(2);
  EXPECT_GT(report()["finetuning"]["steps"], 0);
  EXPECT_FALSE(fs::exists(at("out") / "candidate.safetensors"));
}

TEST_F(AdoptionTest, CandidateThatIsWorse_IsRefusedAndOneThatIsBetterIsAdopted) {
  const fs::path bad = untrained(), good = kModels / "ihn.safetensors";
  const auto judge = [&](const fs::path& candidate, const Words& more) {
    Words words{"train", "--candidate", candidate, "--held-out", at("held.mp4"), "--out", at("out")};
    words.insert(words.end(), more.begin(), more.end());
    return keel(words);
  };
  ASSERT_EQ(judge(good, {"--start", bad}).exit_code, 0);
  EXPECT_EQ(report()["adopted"], true) << report().dump(2);
  EXPECT_EQ(in_force(), read_text(good));
  // Now the good ones are in force.
  ASSERT_EQ(judge(bad, {}).exit_code, 0);
  EXPECT_EQ(report()["adopted"], false) << report().dump(2);
  EXPECT_EQ(in_force(), read_text(good));
  // The same again is no improvement either.
  ASSERT_EQ(judge(good, {}).exit_code, 0);
  EXPECT_EQ(report()["adopted"], false) << report().dump(2);
  EXPECT_TRUE(fs::exists(good) && fs::exists(bad));
}

TEST_F(AdoptionTest, SameClipForBoth_IsRefusedBeforeAnythingIsWritten) {
  const Outcome outcome = keel({"train", "--finetune", at("train.mp4"), "--held-out", at("train.mp4"), "--out", at("out")});
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_sentence(outcome, "train.mp4");
  EXPECT_FALSE(fs::exists(at("out")));
}

TEST_F(LearnedTest, ManifestOfTheProject_NamesTheWeightsThatAreThere) {
  std::ifstream file(kModels / "manifest.json");
  const Json manifest = Json::parse(file, nullptr, false);
  ASSERT_TRUE(manifest.is_object());
  const Outcome sum = run({"sha256sum", (kModels / manifest["file"].get<std::string>()).string()});
  ASSERT_EQ(sum.exit_code, 0) << sum.err;
  EXPECT_EQ(sum.out.substr(0, 64), manifest["sha256"]);
}

}  // namespace
}  // namespace keel::test
