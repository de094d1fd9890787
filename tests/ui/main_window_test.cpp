// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>
#include <fstream>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/framing_panel.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/plots/path_plot.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/welcome_page.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

using keel::test::YuvColor;

/// Green stripe on the left, else red above and blue below: no flip, turn or swap of channels leaves it the same.
YuvColor flag(int, int x, int y) {
  if (x < 64) return keel::test::kGreen;
  return y < 96 ? keel::test::kRed : keel::test::kBlue;
}
/// Brightness tells the frame number.
YuvColor numbered(int frame, int, int) { return {static_cast<std::uint8_t>(40 + 3 * frame), 128, 128}; }
int gray_of_numbered(std::int64_t frame) { return static_cast<int>(std::lround((24 + 3 * static_cast<double>(frame)) * 255 / 219)); }

class MainWindowTest : public WindowTest {
 protected:
  void expect_flag(const QImage& image, const QRectF& picture) {
    expect_color(color_at(image, picture, 0.08, 0.5), QColor(0, 255, 0), 6);
    expect_color(color_at(image, picture, 0.7, 0.25), QColor(255, 0, 0), 6);
    expect_color(color_at(image, picture, 0.7, 0.75), QColor(0, 0, 255), 6);
  }
};

TEST_F(MainWindowTest, NoClip_Shown_InvitesToOpenOne) {
  EXPECT_TRUE(window_->welcome().isVisible());
  EXPECT_FALSE(window_->view().widget()->isVisible());
}

TEST_F(MainWindowTest, Clip_Opened_TheStatusBarSaysWhoDecodesAndWhyNotTheDevice) {
  window_->decode_on(nvdec());
  const auto clip = make_sample("clip.y4m");
  open_and_wait(clip);
  EXPECT_TRUE(window_->backends().text().startsWith(QStringLiteral("software rawvideo"))) << window_->backends().text().toStdString();
  EXPECT_TRUE(window_->backends().toolTip().contains(QStringLiteral("because the rawvideo decoder"))) << window_->backends().toolTip().toStdString();
  EXPECT_FALSE(window_->messages().isVisible()) << "nothing gave up";
}

TEST_F(MainWindowTest, EmptyWindow_OffersWhatWasOpenedLately_AndOpensIt) {
  const auto clip = make_sample("lately.y4m"), gone = make_sample("gone.y4m");
  open_and_wait(clip);
  open_and_wait(gone);
  window_->projects().start_new();
  ASSERT_TRUE(wait_for([&] { return window_->welcome().isVisible(); }));
  std::filesystem::remove(gone);
  window_ = std::make_unique<MainWindow>();
  window_->show();
  std::vector<QPushButton*> links;
  for (QPushButton* button : window_->welcome().findChildren<QPushButton*>())
    if (button->property("role").toString() == QStringLiteral("link")) links.push_back(button);
  ASSERT_FALSE(links.empty());
  EXPECT_EQ(links[0]->text(), QStringLiteral("lately.y4m")) << "the other one is gone";
  QTest::mouseClick(links[0], Qt::LeftButton);
  ASSERT_TRUE(wait_for([&] { return solved() && window_->model().snapshot().clip->path == clip; }));
}

TEST_F(MainWindowTest, UndoAndRedoButtons_BesideTheMenus_DoWhatTheirKeysDo) {
  open_and_wait(make_sample("clip.y4m"));
  auto* bar = window_->findChild<QToolBar*>(QStringLiteral("compareBar"));
  ASSERT_NE(bar, nullptr);
  const auto button = [&](const char* tip) {
    for (QToolButton* candidate : bar->findChildren<QToolButton*>())
      if (candidate->toolTip() == QLatin1String(tip)) return candidate;
    return static_cast<QToolButton*>(nullptr);
  };
  QToolButton *undo = button("Undo (Ctrl+Z)"), *redo = button("Redo (Ctrl+Shift+Z)");
  ASSERT_TRUE(undo != nullptr && redo != nullptr);
  EXPECT_FALSE(undo->isEnabled());
  const double before = window_->model().state().settings.smoothness;
  window_->steadiness().smoothness_slider()->slider()->setValue(10);
  ASSERT_TRUE(undo->isEnabled());
  QTest::mouseClick(undo, Qt::LeftButton);
  EXPECT_EQ(window_->model().state().settings.smoothness, before);
  QTest::mouseClick(redo, Qt::LeftButton);
  EXPECT_EQ(window_->model().state().settings.smoothness, 0.1);
}

TEST_F(MainWindowTest, RollingShutterBox_Clicked_LeavesTheRowsAndComesBackWithUndo) {
  open_and_wait(make_sample("clip.y4m"));
  QCheckBox* box = window_->framing().rolling_shutter_box();
  ASSERT_TRUE(box->isChecked());
  const auto bends = [&] {
    const auto& frames = window_->model().snapshot().solution->plan.frames;
    return std::any_of(frames.begin(), frames.end(), [](const FrameWarp& frame) { return !frame.bend.is_zero(); });
  };
  EXPECT_TRUE(bends());
  QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(8, box->height() / 2));
  EXPECT_FALSE(window_->model().state().settings.rolling_shutter);
  ASSERT_TRUE(wait_for([&] { return solved() && !bends(); }));
  window_->model().undo();
  EXPECT_TRUE(box->isChecked());
  ASSERT_TRUE(wait_for([&] { return solved() && bends(); }));
}

TEST_F(MainWindowTest, SidePanel_WithAndWithoutItsScrollBar_EndsAtOneRightEdge) {
  const auto right = [&](const QWidget* part) { return part->mapTo(window_.get(), QPoint(part->width(), 0)).x(); };
  for (const int height : {640, 1150}) {
    window_->resize(1280, height);
    const QSlider* slider = window_->steadiness().smoothness_slider()->slider();
    EXPECT_TRUE(wait_for([&] { return right(slider) == right(window_->export_panel().export_button()); }))
        << height << ": " << right(slider) << " and " << right(window_->export_panel().export_button());
  }
}

TEST_F(MainWindowTest, ColoredClip_Opened_BothSidesAreUprightAndInColor) {
  const auto clip = folder_ / "flag.y4m";
  keel::test::write_painted_clip(clip, {256, 192}, 6, flag);
  open_and_wait(clip);
  expect_flag(grab(), layout().original);
  window_->steadiness().strength_slider()->slider()->setValue(0);
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.settings.strength == 0 && solved(); }));
  expect_flag(grab(), layout().stabilized);
}

TEST_F(MainWindowTest, DroppedClip_IsAnalysedAndShownOnBothSides) {
  const auto clip = make_sample("dropped.y4m");
  drop({clip});
  ASSERT_TRUE(wait_for([&] { return solved() && !window_->player().shown().frame.empty(); }));
  EXPECT_TRUE(window_->view().widget()->isVisible());
  const QImage image = grab();
  const QRectF left = layout().original, right = layout().stabilized;
  EXPECT_NE(color_at(image, left, 0.3, 0.5), color_at(image, left, 0.7, 0.6)) << "a flat picture";
  EXPECT_NE(color_at(image, right, 0.3, 0.5), color_at(image, right, 0.7, 0.6)) << "a flat picture";
}

TEST_F(MainWindowTest, SteadinessSliders_Moved_ChangePictureAndMatrixWithoutDecoding) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  Player& player = window_->player();
  // The frames after the playhead are fetched ahead; the count has to rest before it can prove anything.
  ASSERT_TRUE(wait_for([&] { return player.seek(20), player.shown().index == 20; }));
  ASSERT_TRUE(seek_and_wait(21));
  ASSERT_TRUE(seek_and_wait(22));
  ASSERT_TRUE(seek_and_wait(20));
  QTest::qWait(0);
  const auto decoded = player.decoded_frames();
  const auto uploads = window_->view().prepared_frames();
  const QImage before = grab();
  const FrameWarp warp_before = window_->model().snapshot().solution->plan.frames[20];
  QSignalSpy solved_again(&window_->model(), &SessionModel::solution_changed);
  window_->steadiness().smoothness_slider()->slider()->setValue(5);
  ASSERT_TRUE(wait_for([&] { return !solved_again.isEmpty(); }));
  EXPECT_NE(window_->model().snapshot().solution->plan.frames[20], warp_before);
  EXPECT_NE(grab(), before);
  EXPECT_LE(player.decoded_frames(), decoded + 2) << "at most the frames that were being fetched ahead";
  EXPECT_EQ(window_->view().prepared_frames(), uploads);
}

// Without correction the right side is the left one, magnified by the crop. Both are resampled once; half a pixel of rounding
// between the two layouts is about 4 levels on this texture.
TEST_F(MainWindowTest, StrengthZero_RightSideIsTheLeftOne_AndBackIsNot) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  QSlider* strength = window_->steadiness().strength_slider()->slider();
  QSignalSpy solutions(&window_->model(), &SessionModel::solution_changed);
  strength->setValue(0);
  ASSERT_TRUE(wait_for([&] { return !solutions.isEmpty(); }));
  const double kept = window_->model().snapshot().solution->plan.picture_kept;
  const QImage still = grab();
  const QRectF left = layout().original, right = layout().stabilized;
  const QRectF window(left.x() + left.width() * (1 - kept) / 2, left.y() + left.height() * (1 - kept) / 2, left.width() * kept, left.height() * kept);
  EXPECT_LT(mean_difference(still, window, still, right), 6);
  solutions.clear();
  strength->setValue(100);
  ASSERT_TRUE(wait_for([&] { return !solutions.isEmpty(); }));
  EXPECT_NE(grab(), still);
}

TEST_F(MainWindowTest, ScrubBar_Moved_ShowsTheFrameAskedFor) {
  const auto clip = folder_ / "numbers.y4m";
  keel::test::write_painted_clip(clip, {160, 120}, 60, numbered);
  open_and_wait(clip);
  for (const int frame : {30, 59, 2, 31, 0}) {
    window_->transport().scrub_bar()->setValue(frame);
    ASSERT_TRUE(wait_for([&] { return window_->player().shown().index == frame; })) << "frame " << frame;
    EXPECT_NEAR(color_at(grab(), layout().original, 0.5, 0.6).red(), gray_of_numbered(frame), 1) << "frame " << frame;
  }
}

TEST_F(MainWindowTest, Plot_Clicked_SetsThePlayhead) {
  open_and_wait(make_sample("clip.y4m"));
  Q_EMIT window_->plot().playhead_requested(17);
  EXPECT_EQ(window_->player().playhead(), 17);
  QTest::mouseClick(window_->plot().findChild<QWidget*>(QStringLiteral("curves")), Qt::LeftButton, {}, QPoint(window_->plot().width() - 11, 20));
  EXPECT_EQ(window_->player().playhead(), 39);
}

TEST_F(MainWindowTest, Playing_AdvancesBothWaysAndStopsAtTheEnd) {
  open_and_wait(make_sample("clip.y4m"));
  Player& player = window_->player();
  QTest::keyClick(window_.get(), Qt::Key_Space);
  EXPECT_TRUE(player.playing());
  ASSERT_TRUE(wait_for([&] { return player.playhead() >= 10; }));
  QTest::keyClick(window_.get(), Qt::Key_J);
  ASSERT_TRUE(wait_for([&] { return player.shown().index <= 5; }));
  QTest::keyClick(window_.get(), Qt::Key_L);
  QTest::keyClick(window_.get(), Qt::Key_L);
  EXPECT_EQ(player.speed(), 2);
  ASSERT_TRUE(wait_for([&] { return !player.playing(); }));
  EXPECT_EQ(player.shown().index, 39);
}

TEST_F(MainWindowTest, ArrowKeys_StepFrames_WhateverHasTheFocus) {
  open_and_wait(make_sample("clip.y4m"));
  window_->steadiness().keep_slider()->slider()->setFocus();
  QTest::keyClick(window_->focusWidget(), Qt::Key_Right);
  QTest::keyClick(window_->focusWidget(), Qt::Key_Right, Qt::ShiftModifier);
  EXPECT_EQ(window_->player().playhead(), 11);
  QTest::keyClick(window_->focusWidget(), Qt::Key_End);
  EXPECT_EQ(window_->player().playhead(), 39);
}

TEST_F(MainWindowTest, SKey_Pressed_ShowsTheOriginalOnTheRight) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  const QImage before = grab();
  QTest::keyClick(window_.get(), Qt::Key_S);
  const QImage off = grab();
  EXPECT_LT(mean_difference(off, layout().original, off, layout().stabilized), 0.5);
  QTest::keyClick(window_.get(), Qt::Key_S);
  EXPECT_EQ(grab(), before);
}

TEST_F(MainWindowTest, SolvedClip_Framing_TellsTheBorderCertificate) {
  open_and_wait(make_sample("clip.y4m"));
  EXPECT_TRUE(window_->framing().certificate_text().startsWith(QStringLiteral("No borders: smallest margin")))
      << window_->framing().certificate_text().toStdString();
}

TEST_F(MainWindowTest, TextFile_Opened_TellsWhyAndTheWindowStaysUsable) {
  const auto bad = folder_ / "notes.mp4";
  std::ofstream(bad) << "not a film";
  window_->open(bad);
  ASSERT_TRUE(wait_for([&] { return !window_->messages().text().isEmpty(); }));
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("notes.mp4"))) << window_->messages().text().toStdString();
  open_and_wait(make_sample("good.y4m"));
  EXPECT_TRUE(window_->messages().text().isEmpty()) << window_->messages().text().toStdString();
}

TEST_F(MainWindowTest, ValueSlider_DoubleClicked_GoesBackToItsDefault) {
  ValueSlider* smoothness = window_->steadiness().smoothness_slider();
  smoothness->slider()->setValue(90);
  QTest::mouseDClick(smoothness->slider(), Qt::LeftButton);
  EXPECT_EQ(smoothness->value(), 50);
  EXPECT_EQ(window_->model().state().settings.smoothness, 0.5);
}

TEST_F(MainWindowTest, SampleButton_Clicked_DrawsOpensAndAnalysesTheSample) {
  window_->welcome().sample_button()->click();
  ASSERT_TRUE(wait_for([&] { return solved(); }));
  EXPECT_EQ(window_->model().snapshot().clip->size, (Size{640, 360}));
}

}  // namespace
}  // namespace keel::ui::test
