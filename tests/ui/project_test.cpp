// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QTimer>
#include <fstream>

#include "tests/ui/ui_test_support.h"
#include "ui/edit_history.h"
#include "ui/panels/clip_list.h"
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

Edit with_smoothness(double value) {
  Edit edit{"classical", {}};
  edit.settings.smoothness = value;
  return edit;
}

TEST(EditHistoryTest, QuickChangesOfOneControl_AreOneStep_OthersAreTheirOwn) {
  EditHistory history;
  history.note(with_smoothness(0.5), with_smoothness(0.6), 1000);
  history.note(with_smoothness(0.6), with_smoothness(0.7), 1100);
  history.note(with_smoothness(0.7), with_smoothness(0.8), 5000);
  Edit other = with_smoothness(0.8);
  other.settings.keep = 0.9;
  history.note(with_smoothness(0.8), other, 5100);
  EXPECT_EQ(history.undo(other), with_smoothness(0.8));
  EXPECT_EQ(history.undo(with_smoothness(0.8)), with_smoothness(0.7));
  EXPECT_EQ(history.undo(with_smoothness(0.7)), with_smoothness(0.5));
  EXPECT_FALSE(history.undo(with_smoothness(0.5)));
  EXPECT_EQ(history.redo(with_smoothness(0.5)), with_smoothness(0.7));
}

TEST(EditHistoryTest, ChangeAfterUndo_ForgetsWhatWasUndone) {
  EditHistory history;
  history.note(with_smoothness(0.5), with_smoothness(0.6), 0);
  (void)history.undo(with_smoothness(0.6));
  history.note(with_smoothness(0.5), with_smoothness(0.1), 10);
  EXPECT_FALSE(history.can_redo());
  EXPECT_EQ(history.undo(with_smoothness(0.1)), with_smoothness(0.5));
}

TEST(EditHistoryTest, DragThatEndsWhereItBegan_IsNoStep_AndOneAfterItIs) {
  EditHistory history;
  history.note(with_smoothness(0.5), with_smoothness(0.6), 1000);
  history.note(with_smoothness(0.6), with_smoothness(0.5), 1100);
  EXPECT_FALSE(history.can_undo());
  history.note(with_smoothness(0.5), with_smoothness(0.7), 1200);
  EXPECT_EQ(history.undo(with_smoothness(0.7)), with_smoothness(0.5));
}

TEST(EditHistoryTest, QuickPoints_AreAStepEach_AndAChoiceTakenBackAtOnceIsNone) {
  EditHistory history;
  Edit plain = with_smoothness(0.5), chosen = plain, pointed = plain, further = plain;
  chosen.estimator = "ihn";
  history.note(plain, chosen, 1000);
  history.note(chosen, plain, 1010);
  EXPECT_FALSE(history.can_undo()) << "an undo that changes nothing looks broken";
  pointed.in = 3;
  further.in = 4;
  history.note(plain, pointed, 1020);
  history.note(pointed, further, 1030);
  EXPECT_EQ(history.undo(further), pointed);
  EXPECT_EQ(history.undo(pointed), plain);
  EXPECT_FALSE(history.can_undo());
}

class ProjectTest : public WindowTest {
 protected:
  [[nodiscard]] QSlider* smoothness() { return window_->steadiness().smoothness_slider()->slider(); }
  [[nodiscard]] QListWidget* list() { return window_->clips().list(); }
  [[nodiscard]] bool shows(MainWindow& window, const std::filesystem::path& clip) {
    const auto& now = window.model().snapshot();
    return now.clip && now.clip->path == clip && now.exportable();
  }
  [[nodiscard]] bool wait_shown(const std::filesystem::path& clip) {
    return wait_for([&] { return shows(*window_, clip) && !window_->player().shown().frame.empty(); });
  }
  void click_row(int row) { QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, list()->visualItemRect(list()->item(row)).center()); }
};

TEST_F(ProjectTest, UndoAndRedoKeys_BringSettingAndPictureBack) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  const QImage before = grab();
  QSignalSpy solutions(&window_->model(), &SessionModel::solution_changed);
  smoothness()->setValue(95);
  ASSERT_TRUE(wait_for([&] { return !solutions.isEmpty(); }));
  const QImage changed = grab();
  EXPECT_NE(changed, before);
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(smoothness()->value(), 50);
  ASSERT_TRUE(wait_for([&] { return grab() == before; }));
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_EQ(smoothness()->value(), 95);
  ASSERT_TRUE(wait_for([&] { return grab() == changed; }));
}

TEST_F(ProjectTest, UndoAndRedoKeys_BringInAndOutPointsBack_AndTheProjectSavesThem) {
  open_and_wait(make_sample("clip.y4m"));
  const Player& player = window_->player();
  const auto key = [&](Qt::Key which, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(window_.get(), which, modifiers); };
  const auto undo = [&] { key(Qt::Key_Z, Qt::ControlModifier); };
  const auto redo = [&] { key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier); };
  ASSERT_FALSE(window_->model().can_undo());
  ASSERT_TRUE(seek_and_wait(10));
  key(Qt::Key_I);
  ASSERT_TRUE(seek_and_wait(15));
  key(Qt::Key_O);
  EXPECT_EQ(player.range(), (Player::Range{10, 15}));
  undo();
  EXPECT_EQ(player.range(), (Player::Range{10, 39}));
  undo();
  EXPECT_EQ(player.range(), (Player::Range{0, 39}));
  EXPECT_FALSE(player.in_point());
  EXPECT_FALSE(window_->model().can_undo());
  redo();
  EXPECT_EQ(player.range(), (Player::Range{10, 39}));
  redo();
  EXPECT_EQ(player.range(), (Player::Range{10, 15}));
  EXPECT_FALSE(window_->model().can_redo());
  // A point beyond the other one takes that away: one step, which brings both back.
  ASSERT_TRUE(seek_and_wait(30));
  key(Qt::Key_I);
  EXPECT_EQ(player.range(), (Player::Range{30, 39}));
  undo();
  EXPECT_EQ(player.range(), (Player::Range{10, 15}));
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  const auto saved = load_project(folder_ / "work.keel");
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved->clips.at(0).in, 10);
  EXPECT_EQ(saved->clips.at(0).out, 15);
  // Another clip has points of its own, and a history that begins with it.
  open_and_wait(make_sample("other.y4m", 30));
  EXPECT_EQ(player.range(), (Player::Range{0, 29}));
  EXPECT_FALSE(window_->model().can_undo());
}

TEST_F(ProjectTest, PointKeys_WithoutAClip_SetNothing) {
  QTest::keyClick(window_.get(), Qt::Key_I);
  QTest::keyClick(window_.get(), Qt::Key_O);
  EXPECT_FALSE(window_->player().in_point());
  EXPECT_FALSE(window_->model().can_undo());
}

TEST_F(ProjectTest, Preset_Chosen_SetsTheSliders_AndASliderMakesItCustom) {
  QComboBox* list = window_->steadiness().preset_list();
  list->setFocus();
  const int tripod = list->findText(QStringLiteral("Tripod"));
  ASSERT_GE(tripod, 0);
  list->setCurrentIndex(tripod);
  Q_EMIT list->activated(tripod);
  EXPECT_EQ(smoothness()->value(), 100);
  EXPECT_EQ(window_->model().state().settings.keep, 0.7);
  smoothness()->setValue(33);
  EXPECT_EQ(list->currentIndex(), -1);
  QTest::keyClick(window_.get(), Qt::Key_R, Qt::ControlModifier);
  EXPECT_EQ(window_->model().state().settings, StabilizeSettings{});
  EXPECT_EQ(list->currentText(), QStringLiteral("Handheld calm"));
}

TEST_F(ProjectTest, DeleteKey_OnASlider_SetsItBack) {
  smoothness()->setValue(90);
  QTest::keyClick(smoothness(), Qt::Key_Delete);
  EXPECT_EQ(smoothness()->value(), 50);
}

TEST_F(ProjectTest, BadFile_Opened_KeepsThePresentClip) {
  const auto good = make_sample("good.y4m");
  open_and_wait(good);
  ASSERT_TRUE(seek_and_wait(12));
  const auto bad = folder_ / "notes.mp4";
  std::ofstream(bad) << "not a film";
  window_->open(bad);
  ASSERT_TRUE(wait_for([&] { return window_->messages().text().contains(QStringLiteral("notes.mp4")); }));
  EXPECT_TRUE(shows(*window_, good));
  EXPECT_EQ(window_->player().shown().index, 12);
  EXPECT_EQ(window_->projects().project().clips.size(), 1U);
}

TEST_F(ProjectTest, SeveralFiles_Dropped_MakeAList_AndEachKeepsItsSettings) {
  const auto first = make_sample("a.y4m"), second = make_sample("b.y4m", 30);
  const auto bad = folder_ / "c.mp4";
  std::ofstream(bad) << "x";
  EXPECT_FALSE(window_->clips().isVisible());
  drop({first, bad, second});
  ASSERT_TRUE(wait_shown(first));
  ASSERT_TRUE(wait_for([&] { return list()->count() == 2; })) << "the bad file is not among them";
  EXPECT_TRUE(window_->clips().isVisible());
  smoothness()->setValue(80);
  click_row(1);
  ASSERT_TRUE(wait_shown(second));
  EXPECT_EQ(window_->player().frame_count(), 30);
  smoothness()->setValue(20);
  click_row(0);
  ASSERT_TRUE(wait_shown(first));
  EXPECT_EQ(smoothness()->value(), 80);
  QTest::keyClick(list(), Qt::Key_Delete);
  ASSERT_TRUE(wait_shown(second));
  EXPECT_EQ(smoothness()->value(), 20);
  EXPECT_FALSE(window_->clips().isVisible());
}

TEST_F(ProjectTest, SavedProject_OpenedInANewWindow_IsAsItWas) {
  const auto first = make_sample("a.y4m"), second = make_sample("b.y4m", 30);
  open_and_wait(first);
  open_and_wait(second);
  smoothness()->setValue(70);
  window_->player().set_in(5);
  window_->player().set_out(20);
  EXPECT_TRUE(window_->isWindowModified());
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  EXPECT_FALSE(window_->isWindowModified());
  MainWindow other;
  other.open(folder_ / "work.keel");
  ASSERT_TRUE(wait_for([&] { return shows(other, second); }));
  EXPECT_EQ(other.projects().project(), window_->projects().project());
  EXPECT_EQ(other.model().state().settings.smoothness, 0.7);
  ASSERT_TRUE(wait_for([&] { return other.player().frame_count() == 30; }));
  EXPECT_EQ(other.player().range(), (Player::Range{5, 20}));
  EXPECT_EQ(ProjectController::recent_files().front(), to_qstring(folder_ / "work.keel"));
}

TEST_F(ProjectTest, MovedClips_OfAProject_AreLocatedOnce) {
  const auto first = make_sample("a.y4m"), second = make_sample("b.y4m", 30);
  Project project;
  for (const auto& clip : {first, second}) project.clips.push_back({clip, "classical", {}, {}, {}});
  ASSERT_TRUE(save_project(project, folder_ / "work.keel").ok());
  std::filesystem::create_directory(folder_ / "moved");
  for (const char* name : {"a.y4m", "b.y4m"}) std::filesystem::rename(folder_ / name, folder_ / "moved" / name);
  window_->open(folder_ / "work.keel");
  ASSERT_TRUE(wait_for([&] { return window_->messages().text().contains(QStringLiteral("a.y4m")); }));
  EXPECT_TRUE(window_->messages().action_button()->isVisible());
  window_->projects().relink(0, folder_ / "moved/a.y4m");
  ASSERT_TRUE(wait_shown(folder_ / "moved/a.y4m"));
  EXPECT_EQ(window_->projects().project().clips[1].path, folder_ / "moved/b.y4m");
  EXPECT_TRUE(window_->messages().text().isEmpty());
}

TEST_F(ProjectTest, MovedClip_LocatedByClicking_IsShown_AndAnotherClipOrNoneIsRefused) {
  const auto clip = make_sample("a.y4m");
  open_and_wait(clip);
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  window_->projects().start_new();
  std::filesystem::create_directory(folder_ / "moved");
  std::filesystem::rename(clip, folder_ / "moved/a.y4m");
  ASSERT_TRUE(write_sample(handheld_scene({160, 120}, 40, 3, true), {30, 1}, folder_ / "moved/small.y4m", {}).ok());
  make_sample("moved/long.y4m", 90);
  std::ofstream(folder_ / "moved/notes.mp4") << "not a film";
  window_->open(folder_ / "work.keel");
  const auto text = [&] { return window_->messages().text(); };
  ASSERT_TRUE(wait_for([&] { return text().contains(QStringLiteral("\"a.y4m\" is no longer")); }));
  // Clicks the message's button, types a name into the dialog that it opens, and accepts.
  const auto locate = [&](const char* name) {
    QTimer::singleShot(0, window_.get(), [&, name] {
      auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      ASSERT_NE(dialog, nullptr);
      auto* field = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
      ASSERT_NE(field, nullptr);
      field->setText(to_qstring(folder_ / "moved" / name));
      QTest::keyClick(field, Qt::Key_Return);
    });
    QTest::mouseClick(window_->messages().action_button(), Qt::LeftButton);
  };
  locate("small.y4m");
  ASSERT_TRUE(wait_for([&] { return text().contains(QStringLiteral("160 × 120")); })) << text().toStdString();
  EXPECT_TRUE(text().contains(QStringLiteral("320 × 180")));
  locate("long.y4m");
  ASSERT_TRUE(wait_for([&] { return text().contains(QStringLiteral("3.0 s")); })) << text().toStdString();
  locate("notes.mp4");
  ASSERT_TRUE(wait_for([&] { return text().contains(QStringLiteral("notes.mp4")); })) << text().toStdString();
  EXPECT_EQ(window_->projects().project().clips[0].path, clip) << "nothing was relinked";
  locate("a.y4m");
  ASSERT_TRUE(wait_shown(folder_ / "moved/a.y4m"));
  EXPECT_TRUE(text().isEmpty()) << text().toStdString();
}

TEST_F(ProjectTest, DamagedProject_Opened_KeepsThePresentClip) {
  const auto clip = make_sample("a.y4m");
  open_and_wait(clip);
  std::ofstream(folder_ / "bad.keel") << "{";
  window_->open(folder_ / "bad.keel");
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("bad.keel")));
  EXPECT_TRUE(shows(*window_, clip));
}

/// A copy of the folder is what a killed process leaves: it can tidy nothing up.
TEST_F(ProjectTest, CrashWithUnsavedWork_NextStart_OffersAndRestoresIt) {
  const auto clip = make_sample("a.y4m");
  window_->projects().use_journal(folder_ / "journal");
  open_and_wait(clip);
  smoothness()->setValue(77);
  const auto kept = folder_ / "journal/unsaved.keel";
  ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(kept); }));
  std::filesystem::create_directory(folder_ / "after");
  std::filesystem::copy(kept, folder_ / "after/unsaved.keel");
  MainWindow next;
  next.show();
  next.projects().use_journal(folder_ / "after");
  ASSERT_TRUE(next.messages().action_button()->isVisible()) << next.messages().text().toStdString();
  next.messages().action_button()->click();
  ASSERT_TRUE(wait_for([&] { return shows(next, clip); }));
  EXPECT_EQ(next.model().state().settings.smoothness, 0.77);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "after/unsaved.attempts")) << "a restoration that went well does not count";
}

TEST_F(ProjectTest, RestorationThatFailedTwice_IsSetAside) {
  const auto clip = make_sample("a.y4m");
  Project project;
  project.clips.push_back({clip, "classical", {}, {}, {}});
  std::filesystem::create_directory(folder_ / "journal");
  ASSERT_TRUE(save_project(project, folder_ / "journal/unsaved.keel").ok());
  std::ofstream(folder_ / "journal/unsaved.attempts") << 2;
  window_->projects().use_journal(folder_ / "journal");
  EXPECT_FALSE(window_->messages().action_button()->isVisible());
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("set-aside.keel"))) << window_->messages().text().toStdString();
  EXPECT_TRUE(std::filesystem::exists(folder_ / "journal/set-aside.keel"));
}

TEST_F(ProjectTest, OfferNotTaken_IsKeptBesideTheNewWork) {
  const auto clip = make_sample("a.y4m");
  Project project;
  project.clips.push_back({clip, "classical", {}, {}, {}});
  std::filesystem::create_directory(folder_ / "journal");
  ASSERT_TRUE(save_project(project, folder_ / "journal/unsaved.keel").ok());
  window_->projects().use_journal(folder_ / "journal");
  open_and_wait(make_sample("b.y4m", 20));
  const auto earlier = load_project(folder_ / "journal/earlier.keel");
  ASSERT_TRUE(earlier.ok()) << earlier.error().message;
  EXPECT_EQ(earlier->clips[0].path, clip);
}

TEST_F(ProjectTest, OfferOfACrash_StaysWhereTheProgramWasStartedWithAFile) {
  Project project;
  project.clips.push_back({make_sample("a.y4m"), "classical", {}, {}, {}});
  std::filesystem::create_directory(folder_ / "journal");
  ASSERT_TRUE(save_project(project, folder_ / "journal/unsaved.keel").ok());
  window_->projects().use_journal(folder_ / "journal");
  const QString offer = window_->messages().text();
  open_and_wait(make_sample("b.y4m", 20));
  EXPECT_EQ(window_->messages().text(), offer);
  window_->messages().action_button()->click();
  ASSERT_TRUE(wait_shown(project.clips[0].path));
}

TEST_F(ProjectTest, NewProject_WithUnsavedChanges_OffersThemBack) {
  const auto first = make_sample("a.y4m"), second = make_sample("b.y4m", 30);
  open_and_wait(first);
  open_and_wait(second);
  smoothness()->setValue(70);
  const Project work = window_->projects().project();
  QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
  EXPECT_TRUE(window_->projects().project().clips.empty());
  ASSERT_TRUE(window_->messages().action_button()->isVisible()) << window_->messages().text().toStdString();
  window_->messages().action_button()->click();
  ASSERT_TRUE(wait_shown(second));
  EXPECT_EQ(window_->projects().project(), work);
  EXPECT_TRUE(window_->isWindowModified());
}

TEST_F(ProjectTest, UnsavedChanges_WhereAnotherProcessKeepsTheJournal_HoldTheWindowOpenOnce) {
  MainWindow first;
  first.projects().use_journal(folder_ / "journal");
  window_->projects().use_journal(folder_ / "journal");
  open_and_wait(make_sample("a.y4m"));
  smoothness()->setValue(77);
  EXPECT_FALSE(window_->close());
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("not saved"))) << window_->messages().text().toStdString();
  // Saved and changed again, it is another question.
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  smoothness()->setValue(33);
  EXPECT_FALSE(window_->close());
  EXPECT_TRUE(window_->close());
}

TEST_F(ProjectTest, SlidersWhileTheClipIsMissing_LeaveItsSettingsAlone) {
  const auto clip = make_sample("a.y4m");
  Project project;
  project.clips.push_back({clip, "classical", {}, {}, {}});
  project.clips[0].settings.smoothness = 0.9;
  ASSERT_TRUE(save_project(project, folder_ / "work.keel").ok());
  std::filesystem::rename(clip, folder_ / "moved.y4m");
  window_->open(folder_ / "work.keel");
  ASSERT_TRUE(wait_for([&] { return window_->messages().text().contains(QStringLiteral("a.y4m")); }));
  smoothness()->setValue(10);
  EXPECT_EQ(window_->projects().project().clips[0].settings.smoothness, 0.9);
  window_->projects().relink(0, folder_ / "moved.y4m");
  ASSERT_TRUE(wait_shown(folder_ / "moved.y4m"));
  EXPECT_EQ(smoothness()->value(), 90);
}

TEST_F(ProjectTest, SavedWork_LeavesNothingToRestore) {
  window_->projects().use_journal(folder_ / "journal");
  open_and_wait(make_sample("a.y4m"));
  smoothness()->setValue(77);
  ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "journal/unsaved.keel"); }));
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "journal/unsaved.keel"));
}

TEST_F(ProjectTest, ClosedWindow_NextOne_ComparesInTheSameWay) {
  window_->viewing().set_mode(CompareMode::kStacked);
  window_->close();
  MainWindow next;
  EXPECT_EQ(next.viewing().look().mode, CompareMode::kStacked);
  QSettings().clear();
}

}  // namespace
}  // namespace keel::ui::test
