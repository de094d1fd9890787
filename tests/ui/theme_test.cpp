// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <cmath>
#include <initializer_list>
#include <tuple>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/motion_panel.h"
#include "ui/plots/path_plot.h"
#include "ui/timeline/timeline.h"
#include "ui/welcome_page.h"

namespace keel::ui::test {
namespace {

/// WCAG 2.1: contrast of two colours, 1 to 21.
double contrast(const QColor& a, const QColor& b) {
  const auto luminance = [](const QColor& color) {
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
  };
  const double p = luminance(a), q = luminance(b);
  return (std::max(p, q) + 0.05) / (std::min(p, q) + 0.05);
}

QAction* find_action(const QList<QAction*>& actions, const QString& text) {
  for (QAction* action : actions) {
    if (action->text() == text) return action;
    if (action->menu() == nullptr) continue;
    if (QAction* found = find_action(action->menu()->actions(), text)) return found;
  }
  return nullptr;
}

class ThemeTest : public WindowTest {
 protected:
  ~ThemeTest() override {
    save_theme(Theme::kDark);
    apply_theme(*qApp, Theme::kDark);
  }
  void choose(Theme theme) { find_action(window_->menuBar()->actions(), ThemeChoice{theme}.name())->trigger(); }
};

TEST_F(ThemeTest, LightChosenInTheMenu_EveryPart_IsLightAtOnce_AndDarkAgainAfterwards) {
  open_and_wait(make_sample("clip.y4m"));
  // A place without text or curve in each part.
  const auto plot = [&] { return window_->plot().grab().toImage().pixelColor(20, window_->plot().height() - 4); };
  const auto strips = [&] { return window_->timeline().grab().toImage().pixelColor(2, 1); };
  const auto panel = [&] { return window_->motion().grab().toImage().pixelColor(window_->motion().width() - 1, 0); };
  const auto around = [&] { return grab().pixelColor(1, 1); };
  const QColor before = panel();
  for (const Theme theme : {Theme::kLight, Theme::kDark}) {
    choose(theme);
    EXPECT_EQ(saved_theme(), theme);
    ASSERT_TRUE(wait_for([&] { return around() == ink(Ink::kSurround); })) << around().name().toStdString();
    expect_color(plot(), ink(Ink::kBase), 1);
    expect_color(strips(), ink(Ink::kBase), 1);
    expect_color(panel(), ink(Ink::kWindow), 1);
    EXPECT_EQ(panel().lightness() > 128, theme == Theme::kLight);
  }
  EXPECT_EQ(panel(), before);
}

TEST_F(ThemeTest, BarBesideTheMenus_InEveryTheme_StandsInTheMiddleOfTheirRow) {
  const auto* bar = window_->findChild<QToolBar*>(QStringLiteral("compareBar"));
  ASSERT_NE(bar, nullptr);
  const auto middle_of_bar = [&] { return bar->mapTo(window_.get(), QPoint(0, 0)).y() + bar->height() / 2.0; };
  const auto middle_of_menus = [&] { return QRectF(window_->menuBar()->actionGeometry(window_->menuBar()->actions().first())).center().y(); };
  EXPECT_NEAR(middle_of_bar(), middle_of_menus(), 1) << "at first";
  // The words stand at the top of their row: a row that is higher than they need has them out of line.
  const int height = window_->menuBar()->height();
  EXPECT_LE(height, window_->fontMetrics().height() + 24);
  for (const Theme theme : {Theme::kLight, Theme::kDark, Theme::kLight, Theme::kDark}) {
    choose(theme);
    EXPECT_TRUE(wait_for([&] { return std::abs(middle_of_bar() - middle_of_menus()) <= 1; })) << middle_of_bar() << " and " << middle_of_menus();
    EXPECT_LE(std::abs(window_->menuBar()->height() - height), 2);
  }
}

TEST_F(ThemeTest, WelcomePage_InBothThemes_IsReadable) {
  for (const Theme theme : {Theme::kLight, Theme::kDark}) {
    choose(theme);
    ASSERT_TRUE(wait_for([&] { return window_->welcome().grab().toImage().pixelColor(2, 2) == ink(Ink::kSurround); }));
  }
}

// 4.5 is asked of text by WCAG 2.1 (AA), 3 of large text and of what carries meaning by its shape.
TEST_F(ThemeTest, Texts_OfBothThemes_StandOutFromWhatIsBehindThem) {
  for (const Theme theme : {Theme::kDark, Theme::kLight}) {
    apply_theme(*qApp, theme);
    for (const auto& [front, back, least] : std::initializer_list<std::tuple<Ink, Ink, double>>{
             {Ink::kText, Ink::kWindow, 4.5},        {Ink::kText, Ink::kBase, 4.5},         {Ink::kText, Ink::kButton, 4.5},
             {Ink::kText, Ink::kError, 4.5},         {Ink::kText, Ink::kInfo, 4.5},         {Ink::kText, Ink::kSurround, 4.5},
             {Ink::kText, Ink::kHover, 4.5},         {Ink::kDim, Ink::kWindow, 4.5},        {Ink::kDim, Ink::kStatus, 4.5},
             {Ink::kDim, Ink::kBase, 4.5},           {Ink::kDim, Ink::kBadgeOff, 4.4},      {Ink::kDim, Ink::kSurround, 4.4},
             {Ink::kOnBadge, Ink::kBadge, 4.5},      {Ink::kOnSelected, Ink::kSelected, 4.5}, {Ink::kOnPrimary, Ink::kPrimary, 3.0},
             {Ink::kAccent, Ink::kWindow, 3.0},      {Ink::kRawPath, Ink::kBase, 3.0},      {Ink::kIndicator, Ink::kWindow, 3.0},
             {Ink::kEstimator1, Ink::kBase, 3.0},    {Ink::kEstimator2, Ink::kBase, 3.0},   {Ink::kEstimator3, Ink::kBase, 3.0},
             {Ink::kEstimator4, Ink::kBase, 3.0},    {Ink::kEstimator5, Ink::kBase, 3.0},   {Ink::kHandle, Ink::kWindow, 3.0}})
      EXPECT_GE(contrast(ink(front), ink(back)), least)
          << ink(front).name().toStdString() << " on " << ink(back).name().toStdString() << (theme == Theme::kLight ? ", light" : ", dark");
  }
}

TEST_F(ThemeTest, StyleSheet_NamesKnownColoursOnly) {
  EXPECT_FALSE(qApp->styleSheet().isEmpty());
  EXPECT_FALSE(qApp->styleSheet().contains(QLatin1Char('@'))) << "a colour that ui/theme.cpp does not know";
}

TEST_F(ThemeTest, DisabledMenuEntry_IsPaintedOnce_InNoColourLighterThanItself) {
  for (const Theme theme : {Theme::kDark, Theme::kLight}) {
    choose(theme);
    QMenu menu(window_.get());
    menu.addAction(QStringLiteral("Save project"))->setEnabled(false);
    const QImage image = menu.grab().toImage().convertToFormat(QImage::Format_RGB32);
    // Within the frame of the menu all lies between the words' colour and what is behind them.
    const QColor behind = image.pixelColor(image.width() - 6, image.height() / 2), word = ink(Ink::kDisabled);
    int words = 0, strange = 0;
    for (int y = 4; y < image.height() - 4; ++y)
      for (int x = 4; x < image.width() - 4; ++x) {
        const int at = image.pixelColor(x, y).green(), low = std::min(behind.green(), word.green()), high = std::max(behind.green(), word.green());
        words += std::abs(at - behind.green()) > (high - low) / 2 ? 1 : 0;
        strange += at < low - 6 || at > high + 6 ? 1 : 0;
      }
    EXPECT_GT(words, 30);
    EXPECT_EQ(strange, 0) << "a second colour beneath the words";
  }
}

}  // namespace
}  // namespace keel::ui::test
