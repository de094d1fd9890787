// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the window in its states, to be looked at by a person: KEEL_SCREENSHOTS=FOLDER keel_ui_tests --gtest_filter='Screenshots.*'. More variables:
// KEEL_SCREENSHOTS_CLIP (a clip in place of the sample), KEEL_SCREENSHOTS_SIZE (1280x800), QT_SCALE_FACTOR (2). Skipped where no folder is given.
#include <QApplication>
#include <QDialog>
#include <QAction>
#include <QImage>
#include <QScreen>
#include <QSlider>
#include <QSplitter>
#include <QTest>
#include <QToolButton>
#include <fstream>

#include "tests/ui/ui_test_support.h"
#include "ui/help_dialogs.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/scorecard_panel.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/playback/player.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/theme.h"
#include "ui/viewport/view_controller.h"
#include "ui/welcome_page.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

constexpr std::int64_t kLongClip = 300;  ///< frames

class Screenshots : public WindowTest {
 protected:
  void SetUp() override {
    if (qEnvironmentVariableIsEmpty("KEEL_SCREENSHOTS")) GTEST_SKIP() << "KEEL_SCREENSHOTS names no folder for the pictures";
    into_ = to_path(qEnvironmentVariable("KEEL_SCREENSHOTS"));
    std::filesystem::create_directories(into_);
    QSize size(1280, 800);
    const QStringList wanted = qEnvironmentVariable("KEEL_SCREENSHOTS_SIZE").split(QLatin1Char('x'));
    if (wanted.size() == 2) size = {wanted[0].toInt(), wanted[1].toInt()};
    window_->resize(size);
    ASSERT_TRUE(wait_for([&] { return window_->size() == size; })) << "the screen is too small";
  }

  /// Takes the picture once everything that was asked for is painted.
  void shoot(const QString& name, QWidget* what = nullptr) {
    QWidget* shown = what != nullptr ? what : window_.get();
    if (shown->isWindow()) {
      shown->raise();
      shown->activateWindow();
      EXPECT_TRUE(QTest::qWaitForWindowActive(shown));
    }
    for (int turn = 0; turn < 5; ++turn) QApplication::processEvents(QEventLoop::AllEvents, 20);
    QTest::qWait(150);  // the server's turn
    // From the screen: a widget's own grab() paints the pictures without what lies on them.
    const QPixmap picture = shown->isWindow() ? shown->screen()->grabWindow(shown->winId()) : shown->grab();
    EXPECT_TRUE(picture.save(to_qstring(into_ / (name.toStdString() + ".png"))));
  }
  void open_clip() {
    if (!qEnvironmentVariableIsEmpty("KEEL_SCREENSHOTS_CLIP")) window_->open(to_path(qEnvironmentVariable("KEEL_SCREENSHOTS_CLIP")));
    else Q_EMIT window_->welcome().sample_requested();
  }
  void shoot_dialog(const QString& name, const std::function<void()>& show) {
    show();
    auto* dialog = window_->findChild<QDialog*>();
    ASSERT_NE(dialog, nullptr);
    shoot(name, dialog);
    delete dialog;
  }
  /// Shows the estimate's text, once it is there.
  void shoot_export_dialog(const QString& name) {
    ExportDialog dialog(window_->model(), window_.get());
    dialog.show();
    EXPECT_TRUE(wait_for([&] { return dialog.size_text().startsWith(QStringLiteral("About")) || dialog.size_text().contains(QStringLiteral("cannot")); }));
    shoot(name, &dialog);
  }
  /// Waits as long as something moves on: long clips take their time. `done` counts frames.
  [[nodiscard]] static bool wait_while_it_goes_on(const std::function<bool()>& ready, const std::function<std::int64_t()>& done) {
    while (!ready()) {
      const std::int64_t before = done();
      if (!wait_for([&] { return ready() || done() != before; })) return false;
    }
    return true;
  }
  [[nodiscard]] std::int64_t exported_frames() const {
    std::int64_t frames = 0;
    for (const ExportJob& job : window_->model().export_jobs()) frames += job.done + (is_over(job.state) ? 1 : 0);
    return frames;
  }
  /// As a person does, in the menu.
  void choose_theme(const QString& name) {
    for (QAction* action : window_->findChildren<QAction*>())
      if (action->text().remove(QLatin1Char('&')) == name) action->trigger();
  }
  void unfold(bool open) {
    for (QToolButton* fold : window_->findChildren<QToolButton*>(QStringLiteral("fold"))) fold->setChecked(open);
  }

  std::filesystem::path into_;
};

TEST_F(Screenshots, EveryState) {
  shoot(QStringLiteral("01-empty"));
  window_->welcome().show_sample_progress(40, 100);
  shoot(QStringLiteral("02-drawing-the-sample"));
  window_->welcome().show_sample_progress(0, 0);
  open_clip();
  ASSERT_TRUE(wait_for([&] {
    const auto& now = window_->model().snapshot();
    return now.solution && now.solution->plan.frames.size() > 20 && !window_->player().shown().frame.empty();
  }));
  shoot(QStringLiteral("03-analysing"));
  ASSERT_TRUE(wait_while_it_goes_on([&] { return window_->model().snapshot().exportable(); }, [&] { return window_->model().snapshot().frames_done; }));
  const auto middle = window_->player().frame_count() / 3;
  ASSERT_TRUE(seek_and_wait(middle));
  shoot(QStringLiteral("04-side-by-side"));
  const std::pair<CompareMode, const char*> modes[] = {{CompareMode::kStacked, "stacked"},       {CompareMode::kWipe, "wipe"},
                                                       {CompareMode::kDifference, "difference"}, {CompareMode::kBlink, "blink"},
                                                       {CompareMode::kStabilizedOnly, "result"}, {CompareMode::kOriginalOnly, "original"}};
  for (const auto& [mode, name] : modes) {
    window_->viewing().set_mode(mode);
    shoot(QStringLiteral("05-") + QString::fromLatin1(name));
  }
  window_->viewing().set_mode(CompareMode::kSideBySide);

  ViewLook look = window_->viewing().look();
  look.crop_window = look.tails = look.grid = look.safe_area = look.rates = true;
  window_->viewing().set_look(look);
  QTest::qWait(1500);  // the tails are found on a thread; a picture without them would do no harm
  shoot(QStringLiteral("06-overlays"));
  look.crop_window = look.tails = look.grid = look.safe_area = look.rates = false;
  window_->viewing().set_look(look);

  StabilizeSettings settings;
  settings.framing = Framing::kNone;
  window_->model().set_settings(settings);
  window_->model().set_fill(BorderFill::kNeighbours);
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.settings == settings && solved(); }));
  QTest::qWait(1500);
  shoot(QStringLiteral("07-no-crop"));
  window_->model().set_fill(BorderFill::kMirror);
  settings.framing = Framing::kAdaptive;
  window_->model().set_settings(settings);
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.settings == settings && solved(); }));
  unfold(true);
  // Its figures come a while after the last change.
  const auto measuring = [&] {
    for (const QString& text : {window_->scorecard().state_text(), window_->scorecard().curve_text()})
      if (text.startsWith(QStringLiteral("Measuring")) || text.startsWith(QStringLiteral("Changed"))) return true;
    return false;
  };
  // The percentages in the texts tell that it goes on.
  EXPECT_TRUE(wait_while_it_goes_on([&] { return !measuring(); }, [&] {
    return static_cast<std::int64_t>(qHash(window_->scorecard().state_text() + window_->scorecard().curve_text()));
  }));
  shoot(QStringLiteral("08-everything-unfolded"));
  if (auto* controls = window_->findChild<QWidget*>(QStringLiteral("controls"))) shoot(QStringLiteral("09-controls"), controls);
  unfold(false);
  window_->model().set_settings({});
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().state.settings == StabilizeSettings{} && solved(); }));

  const auto text = folder_ / "Notes on the shoot.mp4";
  std::ofstream(text) << "Not a video.";
  window_->open(text);
  ASSERT_TRUE(wait_for([&] { return window_->messages().isVisible(); }));
  shoot(QStringLiteral("10-error"));
  window_->messages().hide();
  shoot_export_dialog(QStringLiteral("11-export"));
  shoot_dialog(QStringLiteral("12-shortcuts"), [&] { show_shortcuts(window_.get()); });
  shoot_dialog(QStringLiteral("13-about"), [&] { show_about(window_.get()); });
  shoot_dialog(QStringLiteral("14-licences"), [&] { show_licences(window_.get()); });

  // Of a long clip one is enough to look at.
  const bool is_long = window_->player().frame_count() > kLongClip;
  for (const char* name : {"first.mp4", "second.mp4", "third.mp4"})
    if (!is_long || window_->model().export_jobs().empty()) window_->model().start_export(folder_ / name, {});
  ASSERT_TRUE(wait_while_it_goes_on([&] { return window_->model().export_jobs().front().done > 10 || !window_->model().exporting(); }, [&] { return exported_frames(); }));
  shoot(QStringLiteral("15-exporting"));
  ASSERT_TRUE(wait_while_it_goes_on([&] { return !window_->model().exporting(); }, [&] { return exported_frames(); }));
  shoot(QStringLiteral("16-exported"));

  choose_theme(QStringLiteral("Light"));
  shoot(QStringLiteral("17-light"));
  shoot_export_dialog(QStringLiteral("18-light-export"));
  shoot_dialog(QStringLiteral("19-light-shortcuts"), [&] { show_shortcuts(window_.get()); });
  choose_theme(QStringLiteral("Dark"));
}

}  // namespace
}  // namespace keel::ui::test
