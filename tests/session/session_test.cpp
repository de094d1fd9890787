// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/session.h"

#include <fstream>

#include "session_test_support.h"

#ifdef __SANITIZE_THREAD__
// FFmpeg and its encoders are not built for the sanitizer, which therefore does not see their atomics: what it reports inside them is not known to be
// true.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:libavcodec.so\nrace:libavutil.so\nrace:libx264.so\n"; }
#endif

namespace keel::test {
namespace {

TEST_F(SessionTest, NewSession_Snapshot_IsEmptyAndIdle) {
  const auto now = session_->snapshot();
  EXPECT_FALSE(now->clip);
  EXPECT_FALSE(now->analysing);
  EXPECT_FALSE(now->error);
}

TEST_F(SessionTest, OpenClip_AfterAnalysis_TrackAndSolutionCoverEveryFrame) {
  const auto now = open_and_analyse(make_clip("clip.y4m"));
  ASSERT_FALSE(now->error) << *now->error;
  EXPECT_EQ(now->clip->size, kSize);
  EXPECT_EQ(now->track->frame_count(), kFrames);
  EXPECT_EQ(now->solution->plan.frames.size(), static_cast<std::size_t>(kFrames));
  EXPECT_FALSE(now->analysing);
}

TEST_F(SessionTest, ChangedSettings_Solved_WithTheSameTrack) {
  auto state = make_clip("clip.y4m");
  const auto before = open_and_analyse(state);
  state.settings.smoothness = 0.9;
  const auto revision = session_->edit(state);
  bool analysed_again = false;
  const auto after = wait_until([&](const SessionSnapshot& s) {
    analysed_again = analysed_again || s.analysing;
    return s.revision == revision;
  });
  EXPECT_FALSE(analysed_again);
  EXPECT_EQ(after->track, before->track);
  EXPECT_NE(after->solution, before->solution);
}

TEST_F(SessionTest, ManyEdits_InARow_TheLastOneWins) {
  auto state = make_clip("clip.y4m");
  open_and_analyse(state);
  std::uint64_t last = 0;
  for (int i = 0; i <= 200; ++i) {
    state.settings.strength = i / 200.0;
    const auto revision = session_->edit(state);
    EXPECT_GT(revision, last);
    last = revision;
  }
  std::uint64_t seen = 0;
  const auto now = wait_until([&](const SessionSnapshot& s) {
    EXPECT_GE(s.revision, seen) << "an older solution replaced a newer one";
    seen = s.revision;
    return s.revision == last;
  });
  const auto expected = solve(*now->track, state.settings);
  ASSERT_TRUE(expected.ok());
  EXPECT_EQ(now->solution->plan.frames, expected->plan.frames);
}

TEST_F(SessionTest, SameState_EditedAgain_IsCurrentAtOnce) {
  const auto state = make_clip("clip.y4m");
  open_and_analyse(state);
  const auto revision = session_->edit(state);
  EXPECT_EQ(session_->snapshot()->revision, revision);
}

TEST_F(SessionTest, InvalidSettings_Edited_KeepTheOldSolutionAndTellWhy) {
  auto state = make_clip("clip.y4m");
  const auto before = open_and_analyse(state);
  state.settings.keep = 7;
  session_->edit(state);
  const auto bad = wait_until([](const SessionSnapshot& s) { return s.error.has_value(); });
  EXPECT_EQ(bad->solution, before->solution);
  state.settings.keep = 0.7;
  const auto revision = session_->edit(state);
  const auto good = wait_until([&](const SessionSnapshot& s) { return s.revision == revision; });
  EXPECT_FALSE(good->error);
}

TEST_F(SessionTest, RunningAnalysis_Cancelled_FreesTheLaneWithinASecond) {
  session_->edit(make_clip("long.y4m", 400, {320, 240}));
  wait_until([](const SessionSnapshot& s) { return s.frames_done > 0; });
  session_->cancel_analysis("classical");
  EXPECT_FALSE(session_->snapshot()->analysing);
  EXPECT_FALSE(session_->snapshot()->track_complete);
  const auto next = make_clip("next.y4m", 3);
  const auto start = Clock::now();
  session_->edit(next);
  wait_until([&](const SessionSnapshot& s) { return s.clip && s.clip->path == next.clip; });
  EXPECT_LT(Clock::now() - start, 1s);
}

TEST_F(SessionTest, CancelledClip_OpenedAgain_IsAnalysedToTheEnd) {
  const auto state = make_clip("clip.y4m", 120);
  session_->edit(state);
  session_->cancel_analysis("classical");
  session_->edit({});
  const auto now = open_and_analyse(state);
  ASSERT_FALSE(now->error) << *now->error;
  EXPECT_EQ(now->track->frame_count(), 120);
}

TEST_F(SessionTest, RunningAnalysis_SessionDestroyed_EndsWithinASecond) {
  session_->edit(make_clip("long.y4m", 400, {320, 240}));
  wait_until([](const SessionSnapshot& s) { return s.frames_done > 0; });
  const auto start = Clock::now();
  session_.reset();
  EXPECT_LT(Clock::now() - start, 1s);
}

TEST_F(SessionTest, TextFile_Opened_TellsWhyAndTheNextClipWorks) {
  SessionState bad;
  bad.clip = folder_ / "notes.mp4";
  std::ofstream(bad.clip) << "not a film";
  session_->edit(bad);
  const auto failed = wait_until([](const SessionSnapshot& s) { return s.error.has_value(); });
  EXPECT_NE(failed->error->find("notes.mp4"), std::string::npos) << *failed->error;
  EXPECT_FALSE(failed->analysing);
  const auto good = open_and_analyse(make_clip("clip.y4m"));
  EXPECT_FALSE(good->error);
  EXPECT_EQ(good->track->frame_count(), kFrames);
}

}  // namespace
}  // namespace keel::test
