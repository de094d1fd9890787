// SPDX-License-Identifier: GPL-3.0-or-later
// What went wrong is told in the window: all of it, without a box that has to be answered.
#include <QApplication>
#include <QLabel>
#include <QOpenGLContext>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <fstream>

#include "engine/image/device_surface.h"
#include "engine/session/exporter.h"
#include "tests/support/device_decoder.h"
#include "tests/support/host_sharing.h"
#include "tests/ui/ui_test_support.h"
#include "ui/playback/player.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/viewport/compare_view.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui::test {
namespace {

class MessagesTest : public WindowTest {
 protected:
  std::filesystem::path make_text(const char* name) {
    const auto path = folder_ / name;
    std::ofstream(path) << "not a film";
    return path;
  }
  /// An h264 clip, by an export that moves nothing.
  std::filesystem::path make_coded(const char* name) {
    const auto info = probe(make_sample("painted.y4m"));
    EXPECT_TRUE(info.ok());
    WarpPlan still;
    still.source = still.output = info->size;
    still.frames.assign(40, FrameWarp{});
    EXPECT_TRUE(export_clip(*info, still, folder_ / name, {}, {}).ok());
    return folder_ / name;
  }
  [[nodiscard]] std::string text() { return window_->messages().text().toStdString(); }
};

TEST_F(MessagesTest, SeveralBadFiles_Dropped_AreToldOfInOneSentence_WithTheReasonsOnDemand) {
  const auto good = make_sample("good.y4m");
  drop({make_text("one.mp4"), good, make_text("two.mp4"), make_text("three.mp4"), make_text("four.mp4"), make_text("five.mp4")});
  ASSERT_TRUE(wait_for([&] { return text().find("5 of 6 files") == 0; })) << text();
  EXPECT_EQ(text(), "5 of 6 files could not be opened: \"one.mp4\", \"two.mp4\", \"three.mp4\" and 2 more.");
  EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
  ASSERT_TRUE(wait_for([&] { return solved() && window_->model().snapshot().clip->path == good; }));
  EXPECT_TRUE(window_->messages().isVisible()) << "the good clip does not take the message away";
  QPlainTextEdit* details = window_->messages().details();
  EXPECT_FALSE(details->isVisible());
  QTest::mouseClick(window_->messages().details_button(), Qt::LeftButton);
  EXPECT_TRUE(details->isVisible());
  const QString reasons = details->toPlainText();
  for (const char* name : {"one.mp4", "two.mp4", "three.mp4", "four.mp4", "five.mp4"}) EXPECT_TRUE(reasons.contains(QLatin1String(name))) << name;
  EXPECT_EQ(reasons.count(QLatin1Char('\n')), 4);
  QTest::mouseClick(window_->messages().details_button(), Qt::LeftButton);
  EXPECT_FALSE(details->isVisible());
}

TEST_F(MessagesTest, NothingButBadFiles_Opened_IsSaid_AndTheNextMessageHasNoDetails) {
  window_->open(std::vector{make_text("one.mp4"), make_text("two.mp4")});
  ASSERT_TRUE(wait_for([&] { return text() == "None of the 2 files could be opened: \"one.mp4\", \"two.mp4\"."; })) << text();
  QTest::mouseClick(window_->messages().details_button(), Qt::LeftButton);
  window_->open(make_text("alone.mp4"));
  ASSERT_TRUE(wait_for([&] { return text().find("alone.mp4") != std::string::npos; })) << text();
  EXPECT_FALSE(window_->messages().details_button()->isVisible());
  EXPECT_FALSE(window_->messages().details()->isVisible());
}

TEST_F(MessagesTest, OpenGlOnAnotherGpu_IsToldOnce_AndStaysInTheHelpOfTheStatusBar) {
  auto* view = dynamic_cast<CompareView*>(&window_->view());
  if (view == nullptr) GTEST_SKIP() << "there is no OpenGL here";
  keel::test::HostGpu gpu;
  const GlFunctions none;  // nothing is written
  HostSharing sharing(gpu, none);
  sharing.draw_elsewhere();
  view->share_with(sharing.device());
  open_and_wait(make_sample("clip.y4m"));
  const std::string sentence = "Pictures go to the screen by way of the CPU: OpenGL does not draw on the GPU that computes.";
  ASSERT_TRUE(wait_for([&] { return text() == sentence; })) << text();
  EXPECT_TRUE(window_->messages().isVisible());
  const auto help_tells = [&] {
    for (const QLabel* label : window_->findChildren<QLabel*>())
      if (label->toolTip().contains(QString::fromStdString(sentence))) return true;
    return false;
  };
  EXPECT_TRUE(help_tells());
  window_->messages().hide();
  // As at the next start: another view finds the same.
  view->share_with(sharing.device());
  EXPECT_EQ(sharing.calls(), 2) << "the driver is asked again";
  (void)grab();
  QApplication::processEvents();
  EXPECT_FALSE(window_->messages().isVisible());
  view->share_with({});
}

TEST_F(MessagesTest, ClipDecodedWhereTheViewIsFilled_LooksTheSame_AndComesByTheHostOnceThatFailed) {
  auto* view = dynamic_cast<CompareView*>(&window_->view());
  if (view == nullptr) GTEST_SKIP() << "there is no OpenGL here";
  const auto clip = make_coded("clip.mp4"), same = folder_ / "same.mp4";
  std::filesystem::copy_file(clip, same);
  open_and_wait(clip);
  ASSERT_TRUE(seek_and_wait(0));
  const QImage by_host = grab();
  // What the window's threads use outlives it.
  static keel::test::HostGpu gpu;
  static const keel::test::HostDevice device = keel::test::decoder_on(gpu);
  static GlFunctions gl;
  view->makeCurrent();
  ASSERT_TRUE(gl.load([&](const char* name) { return view->context()->getProcAddress(name); }));
  static HostSharing sharing(gpu, gl);
  view->share_with(sharing.device());
  // Only for looking: the analysis would ask for another context.
  window_->player().decode_on(&device);
  open_and_wait(same);
  ASSERT_TRUE(seek_and_wait(0));
  EXPECT_NE(surface_in(gpu.context(), window_->player().shown().frame), nullptr);
  EXPECT_EQ(grab(), by_host);
  EXPECT_GE(sharing.writes_on_device(), 3);
  EXPECT_FALSE(window_->messages().isVisible()) << text();

  sharing.fail_from(0);
  ASSERT_TRUE(seek_and_wait(5));
  (void)grab();
  ASSERT_TRUE(wait_for([&] { return text().find("Pictures go to the screen by way of the CPU from now on.") == 0; })) << text();
  ASSERT_TRUE(seek_and_wait(30));
  EXPECT_EQ(window_->player().shown().frame.surface(), nullptr) << "nobody reads it";
  EXPECT_TRUE(window_->player().decode_path().hardware);
  window_.reset();
  EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
}

TEST_F(MessagesTest, ProjectDroppedWithClips_IsOpenedAlone_AndThatIsSaid) {
  const auto clip = make_sample("clip.y4m"), other = make_sample("other.y4m");
  open_and_wait(clip);
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  drop({other, folder_ / "work.keel"});
  ASSERT_TRUE(wait_for([&] { return solved() && window_->model().snapshot().clip->path == clip; }));
  EXPECT_EQ(window_->projects().project().clips.size(), 1U);
  EXPECT_EQ(text(), "Only the project \"work.keel\" was opened; what came with it was left out.");
}

TEST_F(MessagesTest, DecodingDevice_GivesUpInMidClip_IsToldOnce_AndTheStatusBarSaysSoftware) {
  const auto clip = make_coded("clip.mp4");
  keel::test::HostDevice device;
  // The counter is of both who decode, for looking and for the analysis: each gives up on its own.
  device.fail_at = 25;
  window_->decode_on(&device);
  open_and_wait(clip);
  ASSERT_TRUE(wait_for([&] { return !text().empty(); }));
  EXPECT_NE(text().find("software h264, because HOST failed after "), std::string::npos) << text();
  EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
  EXPECT_TRUE(window_->backends().text().startsWith(QStringLiteral("software h264"))) << window_->backends().text().toStdString();
  EXPECT_TRUE(window_->backends().toolTip().contains(QStringLiteral("because HOST failed"))) << window_->backends().toolTip().toStdString();
  window_->messages().hide();
  // Frames of the second half come from software now, and nothing is told again.
  ASSERT_TRUE(seek_and_wait(38));
  EXPECT_FALSE(window_->messages().isVisible()) << text();
  EXPECT_TRUE(window_->backends().text().startsWith(QStringLiteral("software h264"))) << window_->backends().text().toStdString();
  // Nothing of the device is in use when it goes.
  window_.reset();
}

}  // namespace
}  // namespace keel::ui::test
