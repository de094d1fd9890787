// SPDX-License-Identifier: GPL-3.0-or-later
// The program is really killed: this test program is started again for one of the disabled tests below, which edit and export in a real window, and gets SIGKILL.
#include <signal.h>

#include <QApplication>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <fstream>

#include "engine/session/project_file.h"
#include "tests/ui/ui_test_support.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/project_controller.h"
#include "ui/session_journal.h"
#include "ui/session_model.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

constexpr const char* kFolderVariable = "KEEL_TEST_CRASH_FOLDER";
constexpr int kEditedSmoothness = 77;

/// What the killed process does. Runs only where the tests below start it.
class CrashChild : public ::testing::Test {
 protected:
  void SetUp() override {
    if (qEnvironmentVariableIsEmpty(kFolderVariable)) GTEST_SKIP() << "a part of CrashTest, which starts it";
    folder_ = to_path(qEnvironmentVariable(kFolderVariable));
    window_.projects().use_journal(folder_ / "journal");
  }
  void open_and_edit() {
    window_.open(folder_ / "clip.y4m");
    ASSERT_TRUE(wait_for([&] { return window_.model().snapshot().exportable(); }));
    window_.steadiness().smoothness_slider()->slider()->setValue(kEditedSmoothness);
  }
  std::filesystem::path folder_;
  MainWindow window_;
};

TEST_F(CrashChild, DISABLED_Edits) {
  open_and_edit();
  QApplication::exec();  // until it is killed
}

TEST_F(CrashChild, DISABLED_EditsAndExports) {
  open_and_edit();
  ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "journal/unsaved.keel"); }));
  window_.model().start_export(folder_ / "out.mp4", {});
  QApplication::exec();  // until it is killed
}

TEST_F(CrashChild, DISABLED_DiesWhileRestoring) {
  ASSERT_FALSE(window_.messages().action_button()->isHidden());
  window_.messages().action_button()->click();
  ::raise(SIGKILL);
}

class CrashTest : public WindowTest {
 protected:
  void start(const QString& test) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QString::fromLatin1(kFolderVariable), to_qstring(folder_.path()));
    child_.setProcessEnvironment(environment);
    child_.start(QApplication::applicationFilePath(), {QStringLiteral("--gtest_also_run_disabled_tests"), QStringLiteral("--gtest_filter=CrashChild.DISABLED_") + test});
  }
  [[nodiscard]] bool wait_dead() {
    return wait_for([&] { return child_.state() == QProcess::NotRunning; }) && child_.exitStatus() == QProcess::CrashExit;
  }
  [[nodiscard]] bool journal_holds_the_edit() const {
    const auto kept = load_project(folder_ / "journal/unsaved.keel");
    return kept.ok() && !kept->clips.empty() && kept->clips[0].settings.smoothness == 0.01 * kEditedSmoothness;
  }
  /// The next start, in this process: the work is offered, and is back once the offer is taken.
  void expect_offered_and_restored() {
    window_->projects().use_journal(folder_ / "journal");
    ASSERT_TRUE(window_->messages().action_button()->isVisible());
    EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("clip.y4m"))) << window_->messages().text().toStdString();
    QTest::mouseClick(window_->messages().action_button(), Qt::LeftButton);
    ASSERT_TRUE(wait_for([&] { return solved(); }));
    EXPECT_EQ(window_->steadiness().smoothness_slider()->slider()->value(), kEditedSmoothness);
  }
  QProcess child_;
};

TEST_F(CrashTest, KilledWhileEditing_NextStart_OffersTheEditsBack) {
  make_sample("clip.y4m");
  start(QStringLiteral("Edits"));
  ASSERT_TRUE(wait_for([&] { return journal_holds_the_edit(); }));
  child_.kill();
  ASSERT_TRUE(wait_dead());
  expect_offered_and_restored();
}

TEST_F(CrashTest, KilledWhileExporting_LeavesNothingUnderTheFinalName_AndTheNextExportReplacesThePart) {
  make_sample("clip.y4m", 400);
  start(QStringLiteral("EditsAndExports"));
  ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "out.mp4.part") && journal_holds_the_edit(); }));
  child_.kill();
  ASSERT_TRUE(wait_dead());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mp4"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out.mp4.part"));
  expect_offered_and_restored();
  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  window_->model().start_export(folder_ / "out.mp4", {});
  ASSERT_TRUE(wait_for([&] { return !finished.isEmpty(); })) << window_->messages().text().toStdString();
  EXPECT_TRUE(window_->model().export_jobs().back().verified);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mp4.part"));
}

TEST_F(CrashTest, KilledWhileExporting_NextStart_TellsOfTheUnfinishedFile_AndRemovesIt) {
  make_sample("clip.y4m", 400);
  std::ofstream(folder_ / "other.mp4.part") << "of another program";
  start(QStringLiteral("EditsAndExports"));
  ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "out.mp4.part") && journal_holds_the_edit(); }));
  child_.kill();
  ASSERT_TRUE(wait_dead());
  expect_offered_and_restored();
  MessageBar& messages = window_->messages();
  ASSERT_TRUE(wait_for([&] { return messages.text().contains(QStringLiteral("out.mp4.part")); })) << messages.text().toStdString();
  QTest::mouseClick(messages.action_button(), Qt::LeftButton);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mp4.part"));
  EXPECT_TRUE(messages.text().isEmpty()) << messages.text().toStdString();
  EXPECT_TRUE(std::filesystem::exists(folder_ / "other.mp4.part")) << "not in the journal: none of this program's business";
}

TEST(SessionJournal, UnfinishedExports_AreThoseNotedAndWrittenSince_AndWhatWasWrittenAgainStays) {
  const TemporaryFolder folder;
  const auto write = [](const std::filesystem::path& file) { std::ofstream(file) << "half"; };
  const auto old = folder / "old.mp4.part", own = folder / "own.mp4.part";
  write(old);
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  {
    SessionJournal journal(folder / "journal");
    journal.note_exports({folder / "old.mp4", folder / "own.mp4", folder / "never-begun.mp4"});
    write(own);
  }
  SessionJournal journal(folder / "journal");
  const auto found = journal.unfinished_exports();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].part, own);
  auto stale = found[0];
  stale.written -= std::chrono::seconds(1);
  EXPECT_FALSE(SessionJournal::remove_unfinished(stale));
  EXPECT_TRUE(std::filesystem::exists(own)) << "an export writes there again";
  EXPECT_TRUE(SessionJournal::remove_unfinished(found[0]));
  EXPECT_FALSE(std::filesystem::exists(own));
  journal.note_exports({folder / "next.mp4"});
  journal.note_exports({});
  EXPECT_TRUE(journal.unfinished_exports().empty());
}

TEST(SessionJournal, DamagedListOfExports_OffersNothing) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "journal");
  for (const char* text : {"", "{", "[1, {}, {\"output\": 3}]", R"([{"output": "relative.mp4", "since": "0"}])"}) {
    std::ofstream(folder / "journal/exports.json") << text;
    EXPECT_TRUE(SessionJournal(folder / "journal").unfinished_exports().empty()) << text;
  }
}

TEST_F(CrashTest, KilledTwiceWhileRestoring_SetsTheWorkAside) {
  make_sample("clip.y4m");
  start(QStringLiteral("Edits"));
  ASSERT_TRUE(wait_for([&] { return journal_holds_the_edit(); }));
  child_.kill();
  ASSERT_TRUE(wait_dead());
  for (int attempt = 0; attempt < 2; ++attempt) {
    start(QStringLiteral("DiesWhileRestoring"));
    ASSERT_TRUE(wait_dead()) << "attempt " << attempt;
  }
  window_->projects().use_journal(folder_ / "journal");
  EXPECT_FALSE(window_->messages().action_button()->isVisible());
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("set-aside.keel"))) << window_->messages().text().toStdString();
  const auto aside = load_project(folder_ / "journal/set-aside.keel");
  ASSERT_TRUE(aside.ok()) << "an ordinary project, which can still be opened";
  EXPECT_EQ(aside->clips.at(0).settings.smoothness, 0.01 * kEditedSmoothness);
}

}  // namespace
}  // namespace keel::ui::test
