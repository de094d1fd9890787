// SPDX-License-Identifier: GPL-3.0-or-later
// Several estimators of one clip: order, switching, cancel, what is not available, and the cache.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "engine/motion/learned_plugin.h"
#include "engine/motion/motion_estimator.h"
#include "engine/session/track_cache.h"
#include "session_test_support.h"

namespace keel::test {
namespace {

bool all_done(const SessionSnapshot& s) {
  return !s.estimators.empty() && std::all_of(s.estimators.begin(), s.estimators.end(), [](const EstimatorView& view) {
    return view.stage == AnalysisStage::kDone && view.solution && view.solution->plan.frames.size() == view.track->pts.size();
  });
}
AnalysisStage stage_of(const SessionSnapshot& s, const std::string& id) { return s.find(id)->stage; }

class EstimatorsTest : public SessionTest {
 protected:
  void SetUp() override {
    // A network of small pictures; where LibTorch was left out of the build there is nothing to compare with.
    if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
  }
  void TearDown() override { unsetenv("KEEL_MODELS"); }
};

TEST_F(EstimatorsTest, AnalyseAll_TheShownOneFirst_ThenAllTheOthers) {
  auto state = make_clip("clip.y4m");
  state.analyse_all = true;
  session_->edit(state);
  bool in_order = true;
  const auto done = wait_until([&](const SessionSnapshot& s) {
    for (const EstimatorView& view : s.estimators)
      in_order = in_order && (view.id == "classical" || view.stage != AnalysisStage::kRunning || s.track_complete);
    return all_done(s);
  });
  EXPECT_TRUE(in_order);
  for (const EstimatorView& view : done->estimators) {
    EXPECT_EQ(view.track->estimator, view.id);
    EXPECT_EQ(view.track->pts, done->track->pts) << view.id;
  }
  EXPECT_NE(done->find("ihn")->track->pairs, done->track->pairs);
}

TEST_F(EstimatorsTest, SwitchToAnAnalysedEstimator_IsThereAtOnce) {
  auto state = make_clip("clip.y4m");
  state.analyse_all = true;
  session_->edit(state);
  const auto before = wait_until(all_done);
  state.estimator = "ihn";
  const auto revision = session_->edit(state);
  const auto now = session_->snapshot();
  EXPECT_EQ(now->revision, revision);
  EXPECT_TRUE(now->exportable());
  EXPECT_EQ(now->track, before->find("ihn")->track);
  EXPECT_EQ(now->solution, before->find("ihn")->solution);
}

TEST_F(EstimatorsTest, ChangedSettings_AreSolvedForEveryAnalysedEstimator) {
  auto state = make_clip("clip.y4m");
  state.analyse_all = true;
  session_->edit(state);
  const auto before = wait_until(all_done);
  state.settings.strength = 0;
  session_->edit(state);
  const auto after = wait_until([&](const SessionSnapshot& s) {
    return std::all_of(s.estimators.begin(), s.estimators.end(),
                       [&](const EstimatorView& view) { return view.solution != before->find(view.id)->solution; });
  });
  const Solution& ihn = *after->find("ihn")->solution;
  EXPECT_EQ(ihn.smooth.points, ihn.raw.points);
}

TEST_F(EstimatorsTest, ComparedEstimator_IsAnalysed_TheOthersAreNot) {
  auto state = make_clip("clip.y4m");
  state.compared = {"regression"};
  session_->edit(state);
  const auto now = wait_until([](const SessionSnapshot& s) { return stage_of(s, "regression") == AnalysisStage::kDone; });
  EXPECT_TRUE(now->track_complete);
  EXPECT_EQ(stage_of(*now, "ihn"), AnalysisStage::kNone);
}

TEST_F(EstimatorsTest, BackgroundAnalysis_Cancelled_StopsAlone_AndStartsAgainOnDemand) {
  auto state = make_clip("clip.y4m", 120);
  state.compared = {"ihn"};
  session_->edit(state);
  wait_until([](const SessionSnapshot& s) { return s.find("ihn")->frames_done > 0; });
  session_->cancel_analysis("ihn");
  const auto cancelled = session_->snapshot();
  EXPECT_EQ(stage_of(*cancelled, "ihn"), AnalysisStage::kCancelled);
  EXPECT_TRUE(cancelled->track_complete);
  session_->analyse("ihn");
  const auto done = wait_until([](const SessionSnapshot& s) { return stage_of(s, "ihn") == AnalysisStage::kDone; });
  EXPECT_EQ(done->find("ihn")->track->frame_count(), 120);
}

TEST_F(EstimatorsTest, BackgroundAnalysis_MadeTheShownOne_GoesOnWithoutStartingAnew) {
  auto state = make_clip("clip.y4m", 120);
  state.compared = {"ihn"};
  session_->edit(state);
  const auto before = wait_until([](const SessionSnapshot& s) { return s.find("ihn")->frames_done > 8; });
  state.estimator = "ihn";
  session_->edit(state);
  EXPECT_GE(session_->snapshot()->frames_done, before->find("ihn")->frames_done);
  EXPECT_TRUE(session_->snapshot()->analysing);
  const auto done = wait_until([](const SessionSnapshot& s) { return s.exportable(); });
  EXPECT_EQ(done->track->estimator, "ihn");
}

TEST_F(SessionTest, EstimatorOptions_Changed_AnalyseAnewWhatTheyConcern) {
  SessionState state = make_clip("clip.y4m");
  const SnapshotPtr first = open_and_analyse(state);
  state.estimator_options["ihn"] = {{"view", 256}};
  session_->edit(state);
  EXPECT_EQ(session_->snapshot()->track, first->track) << "options of an estimator that nobody asked for";
  state.estimator_options["classical"] = {{"working_width", 320}};
  session_->edit(state);
  EXPECT_FALSE(session_->snapshot()->exportable());
  const SnapshotPtr second = wait_until([](const SessionSnapshot& s) { return s.error || s.exportable(); });
  EXPECT_FALSE(second->error) << *second->error;
  EXPECT_NE(second->track, first->track);
  state.estimator_options["classical"] = {{"working_width", 3}};
  session_->edit(state);
  const SnapshotPtr refused = wait_until([](const SessionSnapshot& s) { return s.error.has_value(); });
  EXPECT_NE(refused->error->find("320"), std::string::npos) << *refused->error;
}

TEST_F(SessionTest, MissingWeights_LearnedEstimators_AreUnavailableWithTheReason_AndNothingElseIs) {
  setenv("KEEL_MODELS", (folder_ / "nowhere").c_str(), 1);
  session_ = make_session();
  auto state = make_clip("clip.y4m");
  state.analyse_all = true;
  const auto now = open_and_analyse(state);
  EXPECT_FALSE(now->error);
  EXPECT_EQ(stage_of(*now, "ihn"), AnalysisStage::kUnavailable);
  // A build without LibTorch lacks the plug-in already.
  const std::string& reason = now->find("ihn")->reason;
  EXPECT_TRUE(reason.find("ihn.safetensors") != std::string::npos || reason.find("libkeel_learned") != std::string::npos) << reason;
  state.estimator = "ihn";
  session_->edit(state);
  const auto chosen = session_->snapshot();
  ASSERT_TRUE(chosen->error);
  EXPECT_FALSE(chosen->exportable());
  state.estimator = "classical";
  session_->edit(state);
  EXPECT_FALSE(session_->snapshot()->error);
  EXPECT_TRUE(session_->snapshot()->exportable());
  unsetenv("KEEL_MODELS");
}

class CachedSessionTest : public SessionTest {
 protected:
  void SetUp() override { session_->use_cache(cache_folder()); }
  std::filesystem::path cache_folder() const { return folder_ / "cache"; }
  void start_again() {
    session_ = make_session();
    session_->use_cache(cache_folder());
  }
  /// The one file that the cache holds once the session has let go of it.
  std::filesystem::path cached_file() {
    session_.reset();
    for (const auto& entry : std::filesystem::directory_iterator(cache_folder()))
      if (entry.path().extension() == ".track") return entry.path();
    return {};
  }
};

TEST_F(CachedSessionTest, ClipOpenedAgain_ComesFromTheCache_WithTheSameTrack) {
  const auto state = make_clip("clip.y4m");
  const auto first = open_and_analyse(state);
  EXPECT_FALSE(first->find("classical")->from_cache);
  ASSERT_FALSE(cached_file().empty());
  start_again();
  const auto again = open_and_analyse(state);
  EXPECT_TRUE(again->find("classical")->from_cache);
  EXPECT_EQ(*again->track, *first->track);
  EXPECT_EQ(again->solution->plan.frames, first->solution->plan.frames);
}

TEST_F(CachedSessionTest, TrackOfTheCpuWithAnOptionThatOnlyAGpuObeys_SaysSoFromTheCacheToo) {
  if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
  auto state = make_clip("clip.y4m");
  const auto track = open_and_analyse(state)->track;
  session_.reset();
  state.estimator = "ihn";
  const TrackCache cache(cache_folder());
  for (const double precision : {kFullPrecision, kHalfPrecision}) {
    state.estimator_options["ihn"] = {{kPrecisionOption, precision}};
    cache.store(*track, *track_key(state.clip, "ihn", state.estimator_options["ihn"]));
    start_again();
    const auto kept = open_and_analyse(state);
    EXPECT_TRUE(kept->find("ihn")->from_cache);
    EXPECT_EQ(kept->find("ihn")->compute.trouble, precision == kHalfPrecision ? std::optional<std::string>(kHalfHasNoEffect) : std::nullopt);
  }
}

TEST_F(CachedSessionTest, DamagedCacheFile_IsAnalysedAgain_Silently) {
  const auto state = make_clip("clip.y4m");
  const auto first = open_and_analyse(state);
  std::ofstream(cached_file(), std::ios::binary | std::ios::in).seekp(200).put('!');
  start_again();
  const auto again = open_and_analyse(state);
  EXPECT_FALSE(again->error);
  EXPECT_FALSE(again->find("classical")->from_cache);
  EXPECT_EQ(*again->track, *first->track);
}

TEST_F(CachedSessionTest, ClipThatChanged_IsAnalysedAgain) {
  const auto state = make_clip("clip.y4m");
  open_and_analyse(state);
  session_.reset();
  write_painted_clip(state.clip, kSize, kFrames + 5, shaky_texture);
  start_again();
  const auto again = open_and_analyse(state);
  EXPECT_FALSE(again->find("classical")->from_cache);
  EXPECT_EQ(again->track->frame_count(), kFrames + 5);
}

TEST_F(CachedSessionTest, CancelledAnalysis_IsNotKept) {
  auto state = make_clip("long.y4m", 400, {320, 240});
  session_->edit(state);
  wait_until([](const SessionSnapshot& s) { return s.frames_done > 0; });
  session_->cancel_analysis("classical");
  session_.reset();
  EXPECT_FALSE(std::filesystem::exists(cache_folder()) && !std::filesystem::is_empty(cache_folder()));
}

}  // namespace
}  // namespace keel::test
