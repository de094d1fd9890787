// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QApplication>
#include <QFontMetricsF>
#include <QTest>
#include <QWheelEvent>

#include "tests/ui/ui_test_support.h"
#include "ui/playback/player.h"
#include "ui/viewport/overlays.h"
#include "ui/viewport/raster_view.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui::test {
namespace {

class ViewModesTest : public WindowTest {
 protected:
  ViewModesTest() {
    // Outlines and names would be compared with pictures.
    ViewLook look = window_->viewing().look();
    look.crop_window = false;
    window_->viewing().set_look(look);
  }

  void open_middle() {
    open_and_wait(make_sample("clip.y4m"));
    ASSERT_TRUE(seek_and_wait(20));
  }
  void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) { QTest::keyClick(window_.get(), static_cast<Qt::Key>(key), modifiers); }
  [[nodiscard]] CompareMode mode() { return window_->viewing().look().mode; }
  /// Where the pictures really are now, with the present look.
  [[nodiscard]] CompareLayout now() {
    QWidget* widget = window_->view().widget();
    return make_compare_layout(QSizeF(widget->size()), window_->view().content(), widget->devicePixelRatioF());
  }
  /// The whole view in one mode.
  [[nodiscard]] QImage grab_in(CompareMode mode) {
    window_->viewing().set_mode(mode);
    return grab();
  }
  void wheel(QPointF at, int notches) {
    QWidget* widget = window_->view().widget();
    QWheelEvent event(at, widget->mapToGlobal(at), {}, QPoint(0, 120 * notches), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(widget, &event);
  }
};

/// Largest distance of the channels from |a - b| * gain over a coarse grid, and how much of the picture is not black.
struct DifferenceCheck {
  int worst = 0;
  double lit = 0;
};
DifferenceCheck check_difference(const QImage& difference, const QImage& a, const QImage& b, const QRectF& picture, double gain) {
  DifferenceCheck out;
  int points = 0, lit = 0;
  for (double y = 0.15; y < 0.98; y += 0.01)
    for (double x = 0.02; x < 0.98; x += 0.01) {
      const QColor p = color_at(a, picture, x, y), q = color_at(b, picture, x, y), d = color_at(difference, picture, x, y);
      const auto expected = [gain](int u, int v) { return std::min(255, static_cast<int>(std::lround(std::abs(u - v) * gain))); };
      out.worst = std::max({out.worst, std::abs(d.red() - expected(p.red(), q.red())), std::abs(d.green() - expected(p.green(), q.green())),
                            std::abs(d.blue() - expected(p.blue(), q.blue()))});
      lit += d.green() > 20;
      ++points;
    }
  out.lit = static_cast<double>(lit) / points;
  return out;
}

// Both pictures are rounded to 8 bits before they are compared here, the shader subtracts before rounding: up to one level each, times the gain.
TEST_F(ViewModesTest, DKey_ShowsTheDifferenceOfBothPicturesTimesTheGain) {
  open_middle();
  ViewLook look = window_->viewing().look();
  look.mode = CompareMode::kBlink;
  window_->viewing().set_look(look);
  const QImage stabilized = grab();
  look.blink_original = true;
  window_->viewing().set_look(look);
  const QImage original = grab();
  EXPECT_NE(original, stabilized);
  window_->viewing().set_mode(CompareMode::kSideBySide);
  press(Qt::Key_D);
  EXPECT_EQ(mode(), CompareMode::kDifference);
  for (const int gain : {1, 4}) {
    window_->viewing().set_gain(gain);
    const auto found = check_difference(grab(), original, stabilized, now().stabilized, gain);
    EXPECT_LE(found.worst, gain + 1) << "gain " << gain;
    EXPECT_GT(found.lit, 0.02) << "gain " << gain;
  }
  press(Qt::Key_D);
  EXPECT_EQ(mode(), CompareMode::kSideBySide);
}

TEST_F(ViewModesTest, WKey_Dragged_ShowsTheOriginalLeftAndTheResultRightOfTheDivider) {
  open_middle();
  ViewLook look = window_->viewing().look();
  look.mode = CompareMode::kBlink;
  look.blink_original = true;
  window_->viewing().set_look(look);
  const QImage original = grab();
  const QImage stabilized = grab_in(CompareMode::kStabilizedOnly);
  press(Qt::Key_W);
  QWidget* view = window_->view().widget();
  const int y = view->height() / 2;
  for (const double share : {0.3, 0.7}) {
    const int x = static_cast<int>(view->width() * share);
    QTest::mousePress(view, Qt::LeftButton, {}, QPoint(view->width() / 2, y));
    QTest::mouseMove(view, QPoint(x, y));
    QTest::mouseRelease(view, Qt::LeftButton, {}, QPoint(x, y));
    EXPECT_NEAR(window_->viewing().look().wipe, share, 0.01);
    const QImage wiped = grab();
    const QRectF picture = now().stabilized, left(picture.left(), y + 20, x - picture.left() - 10, 100), right(x + 10, y + 20, 100, 100);
    EXPECT_EQ(mean_difference(wiped, left, original, left), 0) << share;
    EXPECT_EQ(mean_difference(wiped, right, stabilized, right), 0) << share;
    EXPECT_GT(mean_difference(original, right, stabilized, right), 1) << share;
  }
  press(Qt::Key_X);
  EXPECT_EQ(mean_difference(grab(), QRectF(20, y + 20, 100, 100), stabilized, QRectF(20, y + 20, 100, 100)), 0) << "swapped";
}

TEST_F(ViewModesTest, BKey_ShowsThePicturesInTurns) {
  open_middle();
  press(Qt::Key_B);
  const QImage first = grab();
  ASSERT_TRUE(wait_for([&] { return window_->viewing().look().blink_original; }));
  EXPECT_NE(grab(), first);
  ASSERT_TRUE(wait_for([&] { return !window_->viewing().look().blink_original; }));
  EXPECT_EQ(grab(), first);
}

TEST_F(ViewModesTest, Stacked_PutsTheOriginalAboveTheResult_AndSwapBelow) {
  open_middle();
  const QImage beside = grab();
  const CompareLayout before = now();
  const QImage stacked = grab_in(CompareMode::kStacked);
  const CompareLayout layout = now();
  EXPECT_LT(layout.original.bottom(), layout.stabilized.top() + 1);
  EXPECT_LT(mean_difference(beside, before.original, stacked, layout.original), 8) << "another scale, the same picture";
  press(Qt::Key_X);
  EXPECT_GT(now().original.top(), now().stabilized.bottom() - 1);
  EXPECT_EQ(mean_difference(grab(), now().original, stacked, layout.original), 0);
}

TEST_F(ViewModesTest, Wheel_ZoomsAtTheCursorOnBothSides_UpTo800Percent_AndBackspaceFits) {
  open_middle();
  const CompareLayout fitted = now();
  const QPointF at = fitted.stabilized.topLeft() + QPointF(fitted.stabilized.width() * 0.4, fitted.stabilized.height() * 0.6);
  wheel(at, 4);
  const CompareLayout larger = now();
  EXPECT_NEAR(larger.stabilized.width() / fitted.stabilized.width(), std::pow(1.25, 4), 0.01);
  EXPECT_EQ(larger.original.size(), larger.stabilized.size());
  EXPECT_NEAR((at.x() - larger.stabilized.left()) / larger.stabilized.width(), 0.4, 0.005) << "the point under the cursor moved";
  wheel(at, 40);
  EXPECT_EQ(window_->viewing().look().zoom, 8);
  press(Qt::Key_1);
  EXPECT_EQ(window_->viewing().look().zoom, 1);
  press(Qt::Key_Backspace);
  EXPECT_EQ(now().stabilized, fitted.stabilized);
}

TEST_F(ViewModesTest, MiddleDrag_MovesBothZoomedPicturesWithTheCursor) {
  open_middle();
  window_->viewing().zoom_to(6);
  const QImage before = grab();
  QWidget* view = window_->view().widget();
  const CompareLayout start = now();
  QTest::mousePress(view, Qt::MiddleButton, {}, QPoint(200, 150));
  QMouseEvent move(QEvent::MouseMove, QPointF(160, 170), view->mapToGlobal(QPointF(160, 170)), Qt::NoButton, Qt::MiddleButton, Qt::NoModifier);
  QApplication::sendEvent(view, &move);
  QTest::mouseRelease(view, Qt::MiddleButton, {}, QPoint(160, 170));
  const CompareLayout moved = now();
  EXPECT_NEAR(moved.original.left() - start.original.left(), -40, 1);
  EXPECT_NEAR(moved.stabilized.top() - start.stabilized.top(), 20, 1);
  const QImage after = grab();
  const QRectF there(120, 140, 60, 60);
  EXPECT_LT(mean_difference(after, there, before, there.translated(start.original.topLeft() - moved.original.topLeft())), 0.5);
}

TEST_F(ViewModesTest, EveryMode_OfOneFrame_NeedsOneUpload) {
  open_middle();
  const QImage beside = grab();
  ASSERT_TRUE(wait_for([&] { return window_->view().prepared_frames() > 0; }));
  const auto uploads = window_->view().prepared_frames();
  for (const auto mode : {CompareMode::kWipe, CompareMode::kDifference, CompareMode::kStacked, CompareMode::kOriginalOnly})
    EXPECT_NE(grab_in(mode), beside) << static_cast<int>(mode);
  EXPECT_EQ(window_->view().prepared_frames(), uploads);
}

// The fallback averages differently when it reduces; on average the pictures are the same.
TEST_F(ViewModesTest, RasterView_EveryMode_ShowsWhatOpenGLShows) {
  open_middle();
  RasterView raster(nullptr);
  raster.resize(window_->view().widget()->size());
  for (const auto mode : {CompareMode::kSideBySide, CompareMode::kStacked, CompareMode::kWipe, CompareMode::kDifference, CompareMode::kStabilizedOnly,
                          CompareMode::kOriginalOnly}) {
    const QImage image = grab_in(mode);
    raster.set_content(window_->view().content());
    const QRectF whole(raster.rect());
    EXPECT_LT(mean_difference(image, whole, raster.grab().toImage(), whole), 6) << static_cast<int>(mode);
  }
}

TEST_F(ViewModesTest, GKey_DrawsAGridOnBothSides) {
  open_middle();
  const QImage plain = grab();
  press(Qt::Key_G);
  const QImage lined = grab();
  for (const QRectF& picture : {now().original, now().stabilized}) {
    EXPECT_NE(color_at(lined, picture, 0.5, 0.55), color_at(plain, picture, 0.5, 0.55));
    EXPECT_EQ(color_at(lined, picture, 0.56, 0.56), color_at(plain, picture, 0.56, 0.56));
  }
}

TEST_F(ViewModesTest, CKey_OutlinesOnTheOriginalWhatTheResultShows) {
  open_middle();
  const QImage plain = grab();
  press(Qt::Key_C);
  const QImage outlined = grab();
  const ViewContent& content = window_->view().content();
  const auto corners = crop_window_corners(content);
  ASSERT_EQ(corners.size(), 4U);
  const QPointF middle = (corners[0] + corners[1]) / 2;
  const double x = (middle.x() + 0.5) / content.frame.size().width, y = (middle.y() + 0.5) / content.frame.size().height;
  int changed = 0;
  for (const double dy : {-0.008, 0.0, 0.008})
    changed += color_at(outlined, now().original, x, y + dy) != color_at(plain, now().original, x, y + dy) ? 1 : 0;
  EXPECT_GT(changed, 0);
  EXPECT_EQ(mean_difference(outlined, now().stabilized, plain, now().stabilized), 0);
}

TEST_F(ViewModesTest, ModeKeys_InAnyOrder_GoBackToTheModeBefore) {
  open_middle();
  using enum CompareMode;
  const auto pressed = [&](std::initializer_list<Qt::Key> keys) {
    for (const Qt::Key key : keys) press(key);
    return mode();
  };
  EXPECT_EQ(pressed({Qt::Key_D, Qt::Key_B, Qt::Key_B}), kDifference);
  EXPECT_EQ(pressed({Qt::Key_D}), kSideBySide);
  EXPECT_EQ(pressed({Qt::Key_W, Qt::Key_D, Qt::Key_B, Qt::Key_B, Qt::Key_D}), kWipe);
  EXPECT_EQ(pressed({Qt::Key_W}), kSideBySide);
  // The wipe is taken from beneath the difference: once off, it is not come back to.
  EXPECT_EQ(pressed({Qt::Key_W, Qt::Key_D, Qt::Key_W}), kWipe);
  EXPECT_EQ(pressed({Qt::Key_W}), kDifference);
  EXPECT_EQ(pressed({Qt::Key_D}), kSideBySide);
  for (const CompareMode under : {kStacked, kStabilizedOnly, kOriginalOnly}) {
    window_->viewing().set_mode(under);
    EXPECT_EQ(pressed({Qt::Key_B, Qt::Key_W, Qt::Key_W}), kBlink);
    EXPECT_EQ(pressed({Qt::Key_B}), under);
  }
  // The stabilization's key changes no mode, and no mode's key the stabilization.
  EXPECT_EQ(pressed({Qt::Key_W, Qt::Key_S, Qt::Key_D, Qt::Key_D}), kWipe);
  EXPECT_FALSE(window_->viewing().look().stabilized);
  EXPECT_EQ(pressed({Qt::Key_S, Qt::Key_W}), kOriginalOnly);
  EXPECT_TRUE(window_->viewing().look().stabilized);
}

TEST(SideNames, WithLittleRoom_GiveUpWordsBeforeTheNumber) {
  const SideName name{QStringLiteral("Stabilized · Classical"), QStringLiteral("1.09 ×")};
  const QFontMetricsF metrics(QApplication::font());
  const double whole = metrics.horizontalAdvance(name.text());
  EXPECT_EQ(shortened(name, metrics, whole + 1), name.text());
  for (double room = whole - 1; room > metrics.horizontalAdvance(name.number) + 1; room -= 3) {
    const QString shown = shortened(name, metrics, room);
    EXPECT_TRUE(shown.endsWith(name.number)) << shown.toStdString();
    EXPECT_LE(metrics.horizontalAdvance(shown), room + 0.5) << shown.toStdString();
  }
}

}  // namespace
}  // namespace keel::ui::test
