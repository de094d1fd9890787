// SPDX-License-Identifier: GPL-3.0-or-later
// The program ends soon after its window is closed, whatever an encoder still does: this test program is started again for one of the disabled tests below, which
// close a window as the studio does, and the time until the process is gone is taken from outside.
#include <QApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QPushButton>
#include <QTest>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "app/leave.h"
#include "engine/media/clip_writer.h"
#include "tests/ui/ui_test_support.h"
#include "ui/newest_job.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/export_panel.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"

namespace keel::ui::test {
namespace {

constexpr const char* kFolderVariable = "KEEL_TEST_CLOSING_FOLDER";
constexpr int kFrames = 200;
constexpr Size kSize{1280, 720};
/// Of x265: so many pictures are in its hands that it cannot end soon.
constexpr int kInFlight_ms = 2500;
constexpr double kPromisedEnd_s = 1;
constexpr int kEnded = 7;  ///< exit code of a child that came to its end

ExportSettings slow_hevc() {
  ExportSettings settings;
  settings.encode.codec = VideoCodec::kHevc;
  settings.encode.preset = "veryslow";
  return settings;
}

/// What the other process does. Runs only where the tests below start it.
class ClosingChild : public ::testing::Test {
 protected:
  void SetUp() override {
    if (qEnvironmentVariableIsEmpty(kFolderVariable)) GTEST_SKIP() << "a part of ClosingTest, which starts it";
    folder_ = to_path(qEnvironmentVariable(kFolderVariable));
    window_ = std::make_unique<MainWindow>();
    window_->show();
    window_->open(folder_ / "clip.y4m");
    ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().exportable(); }));
  }
  void export_until_in_flight() {
    window_->model().start_export(folder_ / "out.mkv", slow_hevc());
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "out.mkv.part"); }));
    QElapsedTimer clock;
    clock.start();
    ASSERT_TRUE(wait_for([&] { return clock.elapsed() > kInFlight_ms; }));
    ASSERT_TRUE(window_->model().exporting()) << "the encoder was too fast";
  }
  /// As main() of the studio.
  [[noreturn]] void close_and_end() {
    EXPECT_TRUE(window_->close());
    EXPECT_FALSE(window_->isVisible());
    std::ofstream(folder_ / "closed") << "now";
    window_.reset();
    const bool encoders = wait_for_abandoned_encoders(kLeavingPatience), jobs = wait_for_abandoned_jobs(kLeavingPatience);
    (void)leave(HasFailure() ? EXIT_FAILURE : kEnded, encoders && jobs);
    // Nothing was left behind, which is what the test is about.
    std::exit(EXIT_FAILURE);
  }
  std::filesystem::path folder_;
  std::unique_ptr<MainWindow> window_;
};

TEST_F(ClosingChild, DISABLED_CancelsAndCloses) {
  export_until_in_flight();
  window_->export_panel().cancel_button()->click();
  close_and_end();
}

TEST_F(ClosingChild, DISABLED_ClosesTwice) {
  export_until_in_flight();
  EXPECT_FALSE(window_->close());
  close_and_end();
}

class ClosingTest : public WindowTest {
 protected:
  void expect_a_quick_end(const QString& test) {
    ASSERT_TRUE(write_sample(handheld_scene(kSize, kFrames, 3, true), {30, 1}, folder_ / "clip.y4m", {}).ok());
    QProcess child;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QString::fromLatin1(kFolderVariable), to_qstring(folder_.path()));
    child.setProcessEnvironment(environment);
    child.start(QApplication::applicationFilePath(), {QStringLiteral("--gtest_also_run_disabled_tests"), QStringLiteral("--gtest_filter=ClosingChild.DISABLED_") + test});
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "closed") || child.state() == QProcess::NotRunning; }));
    QElapsedTimer clock;
    clock.start();
    ASSERT_TRUE(wait_for([&] { return child.state() == QProcess::NotRunning; }));
    const double took_s = static_cast<double>(clock.elapsed()) / 1000;
    std::printf("[ figures  ] %s: the process was gone %.2f s after its window\n", qPrintable(test), took_s);
    EXPECT_LT(took_s, kPromisedEnd_s);
    EXPECT_EQ(child.exitStatus(), QProcess::NormalExit);
    EXPECT_EQ(child.exitCode(), kEnded) << child.readAllStandardOutput().toStdString();
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mkv.part"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mkv"));
  }
};

TEST_F(ClosingTest, Window_ClosedRightAfterCancellingAnHevcExport_EndsTheProcessAtOnce) { expect_a_quick_end(QStringLiteral("CancelsAndCloses")); }

TEST_F(ClosingTest, Window_ClosedTwiceDuringAnHevcExport_EndsTheProcessAtOnce) { expect_a_quick_end(QStringLiteral("ClosesTwice")); }

TEST_F(ClosingTest, ExportDialog_ClosedWhileADriverHangs_IsGoneAtOnce) {
  open_and_wait(make_sample("clip.y4m"));
  // A driver that answers after the dialog is gone.
  struct Driver {
    std::atomic<bool> asked = false, answers = false;
  };
  const auto driver = std::make_shared<Driver>();
  auto dialog = std::make_unique<ExportDialog>(window_->model(), window_.get(), std::vector<std::filesystem::path>{}, [driver](VideoCodec) {
    driver->asked = true;
    driver->answers.wait(false);
    return true;
  });
  dialog->show();
  ASSERT_TRUE(wait_for([&] { return driver->asked.load(); }));
  dialog.reset();
  EXPECT_FALSE(wait_for_abandoned_jobs(std::chrono::milliseconds(0)));
  driver->answers = true;
  driver->answers.notify_all();
  EXPECT_TRUE(wait_for_abandoned_jobs(std::chrono::seconds(30)));
  // What it tells nobody hears.
  QTest::qWait(0);
}

}  // namespace
}  // namespace keel::ui::test
