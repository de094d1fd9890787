// SPDX-License-Identifier: GPL-3.0-or-later
// The keyboard alone is enough, and no key does something behind a menu's back.
#include <QAbstractButton>
#include <QAction>
#include <QCheckBox>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <QToolButton>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/motion_panel.h"
#include "ui/panels/scorecard_panel.h"
#include "ui/playback/player.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui::test {
namespace {

class KeysTest : public WindowTest {
 protected:
  ~KeysTest() override { QSettings().clear(); }
  [[nodiscard]] bool stabilized() { return window_->viewing().look().stabilized; }
};

TEST_F(KeysTest, EnterKey_PressesWhatHasTheFocus_SpacePlays) {
  open_and_wait(make_sample("clip.y4m"));
  auto* all = window_->motion().findChild<QCheckBox*>();
  auto* fold = window_->scorecard().findChild<QToolButton*>(QStringLiteral("fold"));
  ASSERT_TRUE(all != nullptr && fold != nullptr);
  for (QAbstractButton* button : std::initializer_list<QAbstractButton*>{all, fold}) {
    button->setFocus();
    const bool before = button->isChecked();
    QTest::keyClick(button, Qt::Key_Return);
    EXPECT_NE(button->isChecked(), before) << button->accessibleName().toStdString();
    QTest::keyClick(button, Qt::Key_Enter);
    EXPECT_EQ(button->isChecked(), before) << button->accessibleName().toStdString();
    QTest::keyClick(button, Qt::Key_Space);
    EXPECT_EQ(button->isChecked(), before) << button->accessibleName().toStdString();
    EXPECT_TRUE(window_->player().playing());
    window_->player().pause();
  }
  int asked = 0;
  // In place of the dialog, which would wait for an answer.
  window_->export_panel().disconnect(SIGNAL(export_requested()));
  QObject::connect(&window_->export_panel(), &ExportPanel::export_requested, window_.get(), [&] { ++asked; });
  window_->export_panel().export_button()->setFocus();
  QTest::keyClick(window_->export_panel().export_button(), Qt::Key_Return);
  EXPECT_EQ(asked, 1);
}

TEST_F(KeysTest, SKey_InAnOpenMenu_IsTheMenus) {
  open_and_wait(make_sample("clip.y4m"));
  QMenu* file = window_->menuBar()->actions().first()->menu();
  int saved = 0;
  for (QAction* action : file->actions()) {
    if (action->shortcut() != QKeySequence(Qt::CTRL | Qt::Key_S)) continue;
    // In place of the dialog, which would wait for an answer.
    action->disconnect();
    QObject::connect(action, &QAction::triggered, window_.get(), [&] { ++saved; });
  }
  file->popup(window_->mapToGlobal(QPoint(10, 40)));
  ASSERT_TRUE(QTest::qWaitForWindowExposed(file));
  QTest::keyClick(file, Qt::Key_S);
  EXPECT_EQ(saved, 1);
  EXPECT_TRUE(stabilized());
  file->close();
}

TEST_F(KeysTest, SKey_Held_ShowsTheOriginalForThatLong_AlsoWhenTheWindowIsLeftMeanwhile) {
  open_and_wait(make_sample("clip.y4m"));
  const auto hold = [&] {
    QTest::keyPress(window_.get(), Qt::Key_S);
    EXPECT_FALSE(stabilized());
    // Longer than a tap: time is what this is about.
    QTest::qWait(350);
    EXPECT_FALSE(stabilized());
  };
  hold();
  QTest::keyRelease(window_.get(), Qt::Key_S);
  EXPECT_TRUE(stabilized());
  hold();
  QTest::keyRelease(window_.get(), Qt::Key_S, Qt::ShiftModifier);
  EXPECT_TRUE(stabilized()) << "let go with another key down";
  hold();
  QWidget other;
  other.show();
  other.activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(&other));
  QTest::keyRelease(&other, Qt::Key_S);
  EXPECT_TRUE(stabilized()) << "let go in another window";
  window_->activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
  QTest::keyClick(window_.get(), Qt::Key_S);
  EXPECT_FALSE(stabilized()) << "tapped";
}

TEST_F(KeysTest, ClosedWindow_NextOne_ShowsTheSameOverlays) {
  open_and_wait(make_sample("clip.y4m"));
  QTest::keyClick(window_.get(), Qt::Key_G);
  QTest::keyClick(window_.get(), Qt::Key_C);
  const ViewLook before = window_->viewing().look();
  EXPECT_TRUE(before.grid && !before.crop_window);
  EXPECT_TRUE(window_->close());
  window_ = std::make_unique<MainWindow>();
  const ViewLook& after = window_->viewing().look();
  EXPECT_TRUE(after.grid && !after.crop_window && !after.rates);
}

}  // namespace
}  // namespace keel::ui::test
