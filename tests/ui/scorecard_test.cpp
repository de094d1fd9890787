// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/scorecard_panel.h"

#include <QLabel>
#include <QSettings>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/plots/trade_off_plot.h"
#include "ui/session_model.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

class ScorecardTest : public WindowTest {
 protected:
  ~ScorecardTest() override {
    window_.reset();
    QSettings().clear();
  }
  ScorecardPanel& panel() { return window_->scorecard(); }
  bool wait_measured() { return wait_for([&] { return panel().state_text().startsWith(QStringLiteral("Measured in")); }); }
  static double percent(const QString& text) { return text.section(QLatin1Char(' '), 0, 0).toDouble(); }
};

TEST_F(ScorecardTest, Unfolded_MeasuresThePicture_AndAgainAfterAChange) {
  open_and_wait(make_sample("clip.y4m"));
  EXPECT_EQ(panel().measure_text(0), QStringLiteral("–"));
  panel().fold_button()->click();
  ASSERT_TRUE(wait_measured());
  // The plan shows that much of the picture, and the tracker finds as much to within a pixel or two of 320.
  EXPECT_NEAR(percent(panel().measure_text(3)), 100 * window_->model().snapshot().solution->plan.picture_kept, 1.5);
  EXPECT_LT(percent(panel().measure_text(0)), 60) << "the sample shakes, and the default settings calm it";
  EXPECT_EQ(panel().measure_text(4), QStringLiteral("0.0 %"));
  for (int row = 0; row < ScorecardPanel::kTriplets; ++row)
    for (int column = 0; column < 3; ++column) EXPECT_GT(panel().triplet_text(row, column).toDouble(), 0.3) << row << ' ' << column;
  const QString calm = panel().measure_text(0);
  window_->steadiness().strength_slider()->slider()->setValue(0);
  EXPECT_FALSE(panel().state_text().startsWith(QStringLiteral("Measured in")));
  ASSERT_TRUE(wait_measured());
  EXPECT_NEAR(percent(panel().measure_text(0)), 100, 8) << "without correction as much is left as there was; before: " << calm.toStdString();
}

TEST_F(ScorecardTest, WholePicture_IsJudgedWithItsFilledBorders) {
  open_and_wait(make_sample("clip.y4m", 24));
  StabilizeSettings whole = window_->model().state().settings;
  whole.framing = Framing::kNone;
  window_->model().set_settings(whole);
  window_->model().set_fill(BorderFill::kBlack);
  ASSERT_TRUE(wait_for([&] { return window_->model().snapshot().exportable() && window_->model().snapshot().solution->plan.borders.smallest_margin_px < 0; }));
  panel().fold_button()->click();
  ASSERT_TRUE(wait_measured());
  const auto all = [&] {
    QString texts;
    for (int row = 0; row < ScorecardPanel::kMeasures; ++row) texts += panel().measure_text(row) + QLatin1Char('|');
    return texts;
  };
  EXPECT_GT(percent(panel().measure_text(4)), 20) << "what was not filmed is told, however it is filled";
  const QString black = all();
  window_->model().set_fill(BorderFill::kMirror);
  EXPECT_FALSE(panel().state_text().startsWith(QStringLiteral("Measured in")));
  ASSERT_TRUE(wait_measured());
  EXPECT_NE(all(), black) << "the same picture was judged for both ways of filling: " << black.toStdString();
}

TEST_F(ScorecardTest, Curve_Unfolded_PointDragged_ChangesThePictureKept_AndUndoBringsItBack) {
  open_and_wait(make_sample("clip.y4m", 24));
  panel().curve_button()->click();
  ASSERT_TRUE(wait_for([&] { return panel().curve_text().startsWith(QStringLiteral("Drag")); })) << panel().curve_text().toStdString();
  TradeOffPlot& plot = panel().curve();
  QWidget* surface = plot.childAt(plot.rect().center());
  ASSERT_NE(surface, nullptr);
  const double before = window_->model().state().settings.keep;
  QTest::mousePress(surface, Qt::LeftButton, {}, plot.point_position().toPoint());
  QTest::mouseMove(surface, plot.position_of(0.9).toPoint());
  QTest::mouseRelease(surface, Qt::LeftButton, {}, plot.position_of(0.9).toPoint());
  EXPECT_NEAR(window_->model().state().settings.keep, 0.9, 0.011);
  EXPECT_NEAR(window_->steadiness().keep_slider()->value(), 90, 1.1);
  EXPECT_TRUE(panel().curve_text().startsWith(QStringLiteral("Drag"))) << "the curve does not depend on the picture kept";
  window_->model().undo();
  EXPECT_DOUBLE_EQ(window_->model().state().settings.keep, before);
}

}  // namespace
}  // namespace keel::ui::test
