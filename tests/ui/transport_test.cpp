// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QSlider>
#include <QTest>
#include <QToolButton>
#include <algorithm>

#include "tests/ui/ui_test_support.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/timeline/timeline.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui::test {
namespace {

class TransportTest : public WindowTest {
 protected:
  void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) { QTest::keyClick(window_.get(), static_cast<Qt::Key>(key), modifiers); }
  Player& player_ = window_->player();
};

TEST_F(TransportTest, InAndOutKeys_SetThePoints_ShiftedOnesClearThem) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(10));
  press(Qt::Key_I);
  ASSERT_TRUE(seek_and_wait(15));
  press(Qt::Key_O);
  EXPECT_EQ(player_.range(), (Player::Range{10, 15}));
  press(Qt::Key_I, Qt::ShiftModifier);
  EXPECT_EQ(player_.range(), (Player::Range{0, 15}));
  press(Qt::Key_O, Qt::ShiftModifier);
  EXPECT_EQ(player_.range(), (Player::Range{0, 39}));
}

TEST_F(TransportTest, RangeButtons_Clicked_SetThePointsAndTheLoop_AndFollowTheKeys) {
  open_and_wait(make_sample("clip.y4m"));
  const auto button = [&](const char* name) {
    for (QToolButton* candidate : window_->transport().findChildren<QToolButton*>())
      if (candidate->accessibleName() == QLatin1String(name)) return candidate;
    return static_cast<QToolButton*>(nullptr);
  };
  QToolButton *in = button("Set in point"), *out = button("Set out point"), *loop = button("Loop");
  ASSERT_TRUE(in != nullptr && out != nullptr && loop != nullptr);
  EXPECT_EQ(in->toolTip(), QStringLiteral("Set in point (I)"));
  ASSERT_TRUE(seek_and_wait(10));
  QTest::mouseClick(in, Qt::LeftButton);
  ASSERT_TRUE(seek_and_wait(15));
  QTest::mouseClick(out, Qt::LeftButton);
  EXPECT_EQ(player_.range(), (Player::Range{10, 15}));
  press(Qt::Key_Backslash);
  EXPECT_TRUE(loop->isChecked());
  QTest::mouseClick(loop, Qt::LeftButton);
  EXPECT_FALSE(loop->isChecked());
}

TEST_F(TransportTest, ScrubBarsHandle_StandsOverThePlayheadOfTheStrips) {
  open_and_wait(make_sample("clip.y4m"));
  QSlider* bar = window_->transport().scrub_bar();
  const Timeline& strips = window_->timeline();
  for (const int frame : {0, 13, 39}) {
    ASSERT_TRUE(seek_and_wait(frame));
    // The style sheet's handles are round and this wide.
    constexpr int kHandle = 14;
    const double handle = bar->mapTo(window_.get(), QPoint(kHandle / 2, 0)).x() + frame / 39.0 * (bar->width() - kHandle);
    EXPECT_NEAR(handle, strips.mapTo(window_.get(), QPoint(0, 0)).x() + strips.x_of(frame), 1.5) << frame;
  }
}

TEST_F(TransportTest, InPointAfterTheOutPoint_TakesItAway) {
  open_and_wait(make_sample("clip.y4m"));
  player_.set_out(10);
  player_.set_in(20);
  EXPECT_EQ(player_.range(), (Player::Range{20, 39}));
  EXPECT_FALSE(player_.out_point());
}

TEST_F(TransportTest, Playing_WithPoints_StopsAtTheOutPoint) {
  open_and_wait(make_sample("clip.y4m"));
  player_.set_in(10);
  player_.set_out(15);
  ASSERT_TRUE(seek_and_wait(10));
  press(Qt::Key_Space);
  ASSERT_TRUE(wait_for([&] { return !player_.playing(); }));
  EXPECT_EQ(player_.shown().index, 15);
  press(Qt::Key_J);
  ASSERT_TRUE(wait_for([&] { return !player_.playing(); }));
  EXPECT_EQ(player_.shown().index, 10);
}

TEST_F(TransportTest, LoopKey_BetweenPoints_PlaysThemAgainAndNothingElse) {
  open_and_wait(make_sample("clip.y4m"));
  player_.set_in(10);
  player_.set_out(14);
  ASSERT_TRUE(seek_and_wait(12));
  press(Qt::Key_Backslash);
  int rounds = 0;
  std::int64_t before = 12, lowest = 39, highest = 0;
  QObject::connect(&player_, &Player::frame_shown, &player_, [&] {
    const std::int64_t index = player_.shown().index;
    rounds += index < before ? 1 : 0;
    before = index;
    lowest = std::min(lowest, index);
    highest = std::max(highest, index);
  });
  press(Qt::Key_Space);
  ASSERT_TRUE(wait_for([&] { return rounds >= 3; }));
  press(Qt::Key_K);
  EXPECT_EQ(lowest, 10);
  EXPECT_EQ(highest, 14);
}

TEST_F(TransportTest, StepBack_AfterResting_IsThereAtOnce) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(30));
  // Wait until the frames before the playhead are fetched: no decoding for a while.
  std::uint64_t decoded = 0;
  ASSERT_TRUE(wait_for([&] {
    const std::uint64_t before = decoded;
    decoded = player_.decoded_frames();
    QTest::qWait(200);
    return before == decoded && player_.decoded_frames() == decoded;
  }));
  for (int i = 1; i <= 8; ++i) {
    press(Qt::Key_Left);
    EXPECT_EQ(player_.shown().index, 30 - i) << "shown only after the event loop ran";
  }
}

TEST_F(TransportTest, Playing_RatesTellWhatIsAskedAndReached) {
  open_and_wait(make_sample("clip.y4m", 120));
  press(Qt::Key_L);
  press(Qt::Key_L);
  ASSERT_TRUE(wait_for([&] { return player_.shown().index > 30; }));
  EXPECT_DOUBLE_EQ(player_.asked_fps(), 60);
  EXPECT_GT(player_.shown_fps(), 0);
  EXPECT_LE(player_.shown_fps(), 66);
  const QString text = window_->transport().rates_text();
  EXPECT_TRUE(text.contains(window_->locale().toString(60.0, 'f', 1))) << text.toStdString();
}

// A hidden view paints nothing, so that nothing may count as shown.
TEST_F(TransportTest, Playing_WithoutPainting_ShowsNoFrames) {
  open_and_wait(make_sample("clip.y4m"));
  window_->view().widget()->hide();
  press(Qt::Key_Space);
  ASSERT_TRUE(wait_for([&] { return player_.shown().index > 10; }));
  EXPECT_EQ(player_.shown_fps(), 0);
}

TEST_F(TransportTest, HKey_DrawsTheRatesOnThePicture) {
  open_and_wait(make_sample("clip.y4m"));
  const QImage plain = grab();
  press(Qt::Key_H);
  EXPECT_NE(grab(), plain);
  press(Qt::Key_H);
  EXPECT_EQ(grab(), plain);
}

TEST_F(TransportTest, OneFrameClip_HasOneRateEverywhere_AndIsOneFrame) {
  open_and_wait(make_sample("one.y4m", 1));
  const auto labels = window_->findChildren<QLabel*>();
  const auto with = [&](const QString& part) {
    return std::count_if(labels.begin(), labels.end(), [&](const QLabel* label) { return label->isVisible() && label->text().contains(part); });
  };
  EXPECT_EQ(with(QStringLiteral("30.00 fps")), 2) << "in the status bar and beside the keys";
  EXPECT_EQ(with(QStringLiteral("0.00 fps")), 2) << "those two";
  EXPECT_EQ(with(QStringLiteral("1 frame  ·")), 1);
  EXPECT_EQ(with(QStringLiteral("1 frames")), 0);
}

TEST_F(TransportTest, FrameNumbers_AreCountedFromZero_AndTheLastOneIsCalledThat) {
  open_and_wait(make_sample("clip.y4m"));
  const auto labels = window_->transport().findChildren<QLabel*>();
  const auto time = std::find_if(labels.begin(), labels.end(), [](const QLabel* label) { return label->accessibleName() == QStringLiteral("Time and frame"); });
  ASSERT_NE(time, labels.end());
  EXPECT_TRUE((*time)->text().endsWith(QStringLiteral("frame 0, last 39"))) << (*time)->text().toStdString();
  press(Qt::Key_End);
  EXPECT_TRUE((*time)->text().endsWith(QStringLiteral("frame 39, last 39"))) << (*time)->text().toStdString();
  EXPECT_TRUE((*time)->toolTip().contains(QStringLiteral("counted from 0")));
}

}  // namespace
}  // namespace keel::ui::test
