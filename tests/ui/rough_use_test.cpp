// SPDX-License-Identifier: GPL-3.0-or-later
// What nobody is meant to do, and somebody does on the first day.
#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QWheelEvent>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/clip_list.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/motion_panel.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/playback/player.h"
#include "ui/project_controller.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/viewport/view_controller.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

class RoughUseTest : public WindowTest {
 protected:
  ~RoughUseTest() override { QSettings().clear(); }
  void key(Qt::Key which, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(window_.get(), which, modifiers); }
  [[nodiscard]] bool shows(const std::filesystem::path& clip) const {
    const SessionSnapshot& now = window_->model().snapshot();
    return now.clip && now.clip->path == clip && solved() && !window_->player().shown().frame.empty();
  }
  void wheel(QPointF at, int notches) {
    QWidget* view = window_->view().widget();
    QWheelEvent event(at, view->mapToGlobal(at), {}, QPoint(0, 120 * notches), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(view, &event);
  }
};

TEST_F(RoughUseTest, Folder_Dropped_IsRefusedInASentence_AndTheClipStays) {
  const auto clip = make_sample("clip.y4m");
  open_and_wait(clip);
  std::filesystem::create_directory(folder_ / "Holiday");
  drop({folder_ / "Holiday"});
  ASSERT_TRUE(wait_for([&] { return window_->messages().text().contains(QStringLiteral("Holiday")); }));
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("folder"))) << window_->messages().text().toStdString();
  EXPECT_TRUE(shows(clip));
  EXPECT_EQ(window_->projects().project().clips.size(), 1U);
}

TEST_F(RoughUseTest, ThirtyClips_DroppedAndClickedThrough_EndWithTheLastOneClicked) {
  const auto first = make_sample("clip-00.y4m", 12);
  std::vector<std::filesystem::path> clips{first};
  for (int i = 1; i < 30; ++i) {
    clips.push_back(folder_ / ("clip-" + std::to_string(100 + i) + ".y4m"));
    std::filesystem::copy_file(first, clips.back());
  }
  drop(clips);
  QListWidget* list = window_->clips().list();
  ASSERT_TRUE(wait_for([&] { return list->count() == 30; }));
  // Faster than any of them opens.
  for (int row = 0; row < 30; ++row) {
    list->scrollToItem(list->item(row));
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(row)).center());
  }
  ASSERT_TRUE(wait_for([&] { return shows(clips.back()); }));
  EXPECT_EQ(window_->projects().project().current, 29U);
  EXPECT_EQ(list->currentRow(), 29);
  EXPECT_TRUE(window_->messages().text().isEmpty()) << window_->messages().text().toStdString();
}

TEST_F(RoughUseTest, EstimatorsAndModes_SwitchedWhilePlaying_EndAsChosenLast) {
  open_and_wait(make_sample("clip.y4m", 60));
  key(Qt::Key_Backslash);
  key(Qt::Key_Space);
  ASSERT_TRUE(window_->player().playing());
  std::vector<std::string> ids;
  for (const EstimatorView& estimator : window_->model().snapshot().estimators)
    if (estimator.stage != AnalysisStage::kUnavailable) ids.push_back(estimator.id);
  for (int round = 0; round < 40; ++round) {
    window_->motion().choice(ids[static_cast<std::size_t>(round) % ids.size()])->click();
    key(round % 3 == 0 ? Qt::Key_W : round % 3 == 1 ? Qt::Key_D : Qt::Key_B);
    key(Qt::Key_X);
    QApplication::processEvents(QEventLoop::AllEvents, 5);
  }
  window_->motion().choice("classical")->click();
  window_->viewing().set_mode(CompareMode::kSideBySide);
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.estimator == "classical" && solved(); }));
  EXPECT_TRUE(window_->player().playing());
  key(Qt::Key_K);
  ASSERT_TRUE(seek_and_wait(30));
  EXPECT_EQ(window_->view().content().warp, window_->model().snapshot().solution->plan.frames[30]);
}

TEST_F(RoughUseTest, UndoStorm_InTheMiddleOfADrag_EndsWhereItBegan) {
  open_and_wait(make_sample("clip.y4m"));
  const Edit before = window_->model().edit();
  QSlider* slider = window_->steadiness().smoothness_slider()->slider();
  for (int step = 0; step < 30; ++step) {
    slider->setValue(step % 2 == 0 ? 90 : 10);
    if (step % 3 == 0) key(Qt::Key_Z, Qt::ControlModifier);
    if (step % 5 == 0) key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    if (step % 7 == 0) key(Qt::Key_I);
  }
  for (int i = 0; i < 200; ++i) key(Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(window_->model().edit(), before);
  EXPECT_EQ(slider->value(), 50);
  EXPECT_FALSE(window_->player().in_point());
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.settings == before.settings && solved(); }));
}

TEST_F(RoughUseTest, EightHundredPercent_AtTheCornersAndBeyond_KeepsThePictureInSight) {
  open_and_wait(make_sample("clip.y4m"));
  const QSizeF size = window_->view().widget()->size();
  for (const QPointF corner : {QPointF(1, 1), QPointF(size.width() - 2, 1), QPointF(1, size.height() - 2), QPointF(size.width() - 2, size.height() - 2)}) {
    wheel(corner, 60);
    EXPECT_LE(window_->viewing().look().zoom, 64) << "no zoom without end";
    wheel(corner, -120);
    EXPECT_GE(window_->viewing().look().zoom, 0);
  }
  window_->viewing().zoom_to(8);
  // Dragged far beyond the edges.
  QWidget* view = window_->view().widget();
  QTest::mousePress(view, Qt::MiddleButton, {}, QPoint(10, 10));
  for (int i = 0; i < 50; ++i) {
    const QPoint to(10 + 100 * i, 10 + 70 * i);
    QMouseEvent move(QEvent::MouseMove, to, view->mapToGlobal(QPointF(to)), Qt::NoButton, Qt::MiddleButton, Qt::NoModifier);
    QApplication::sendEvent(view, &move);
  }
  QTest::mouseRelease(view, Qt::MiddleButton, {}, QPoint(10, 10));
  const ViewLook& look = window_->viewing().look();
  EXPECT_GE(look.centre.x(), 0);
  EXPECT_LE(look.centre.x(), 1);
  EXPECT_GE(look.centre.y(), 0);
  EXPECT_LE(look.centre.y(), 1);
  key(Qt::Key_Backspace);
  EXPECT_EQ(window_->viewing().look().zoom, 0);
}

TEST_F(RoughUseTest, ExportKey_WhileAnalysing_DoesNothing) {
  ASSERT_TRUE(write_sample(handheld_scene({640, 360}, 200, 3, true), {30, 1}, folder_ / "clip.y4m", {}).ok());
  window_->open(folder_ / "clip.y4m");
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().analysing && window_->model().snapshot().frames_done > 0; }));
  key(Qt::Key_E, Qt::ControlModifier);
  EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
  EXPECT_FALSE(window_->export_panel().export_button()->isEnabled());
  window_->model().start_export(folder_ / "out.mp4", {});
  EXPECT_TRUE(window_->model().export_jobs().empty());
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("analysis"))) << window_->messages().text().toStdString();
}

TEST_F(RoughUseTest, ExportDialog_NameOfTheSource_CannotStart_AndTellsWhy) {
  const auto clip = make_sample("clip.y4m");
  open_and_wait(clip);
  ExportDialog dialog(window_->model(), window_.get());
  dialog.findChild<QLineEdit*>()->setText(to_qstring(clip));
  for (auto* button : dialog.findChildren<QPushButton*>()) {
    if (button->isDefault()) {
      EXPECT_FALSE(button->isEnabled());
    }
  }
}

TEST_F(RoughUseTest, ClipTakenOffTheList_DuringItsExport_IsExportedAllTheSame) {
  const auto first = make_sample("a.y4m", 120), second = make_sample("b.y4m", 20);
  open_and_wait(first);
  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  window_->model().start_export(folder_ / "out.mp4", {});
  window_->projects().remove_clip(0);
  EXPECT_TRUE(window_->model().exporting());
  window_->open(second);
  ASSERT_TRUE(wait_for([&] { return !finished.isEmpty(); })) << window_->messages().text().toStdString();
  EXPECT_TRUE(window_->model().export_jobs().front().verified);
  EXPECT_TRUE(wait_for([&] { return shows(second); }));
}

TEST_F(RoughUseTest, KeyboardAlone_OpensNothingByAccident_AndReachesEveryKey) {
  open_and_wait(make_sample("clip.y4m"));
  // Every shortcut that opens no dialog, one after the other, and twice.
  for (int round = 0; round < 2; ++round)
    for (const int which : {Qt::Key_Home, Qt::Key_Right, Qt::Key_I, Qt::Key_End, Qt::Key_Left, Qt::Key_O, Qt::Key_L, Qt::Key_L, Qt::Key_J, Qt::Key_K, Qt::Key_Space, Qt::Key_Space,
                            Qt::Key_W, Qt::Key_D, Qt::Key_B, Qt::Key_X, Qt::Key_1, Qt::Key_Plus, Qt::Key_Minus, Qt::Key_Backspace, Qt::Key_C, Qt::Key_T, Qt::Key_G, Qt::Key_H, Qt::Key_N,
                            Qt::Key_S, Qt::Key_Backslash})
      key(static_cast<Qt::Key>(which));
  EXPECT_FALSE(window_->player().playing());
  EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
  EXPECT_TRUE(window_->messages().text().isEmpty()) << window_->messages().text().toStdString();
  EXPECT_TRUE(window_->isActiveWindow());
}

TEST_F(RoughUseTest, WindowMadeTinyAndLarge_ShowsThePictureAgain) {
  open_and_wait(make_sample("clip.y4m"));
  const QSize before = window_->size();
  for (const QSize size : {QSize(1, 1), QSize(1500, 300), QSize(300, 1000), QSize(1, 1)}) {
    window_->resize(size);
    for (int turn = 0; turn < 3; ++turn) QApplication::processEvents(QEventLoop::AllEvents, 20);
    EXPECT_FALSE(grab().isNull());
    EXPECT_GE(window_->view().widget()->height(), 160);
  }
  window_->resize(before);
  ASSERT_TRUE(wait_for([&] { return window_->size() == before; }));
  EXPECT_TRUE(window_->export_panel().export_button()->isVisible());
}

}  // namespace
}  // namespace keel::ui::test
