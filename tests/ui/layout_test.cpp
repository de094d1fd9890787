// SPDX-License-Identifier: GPL-3.0-or-later
// Small screens: in every state all is in sight, or scrolled to, at a size that can be read.
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <fstream>

#include "tests/ui/ui_test_support.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/framing_panel.h"
#include "ui/plots/path_plot.h"
#include "ui/session_model.h"
#include "ui/timeline/timeline.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui::test {
namespace {

/// A title and a curve below it, five times.
constexpr int kReadablePlots = 5 * 30;

class LayoutTest : public WindowTest {
 protected:
  ~LayoutTest() override { QSettings().clear(); }

  void resize(QSize size) {
    window_->resize(size);
    ASSERT_TRUE(wait_for([&] { return window_->size() == size; })) << window_->width() << " x " << window_->height();
  }
  [[nodiscard]] static bool in_sight(const QWidget* part) {
    return part->isVisible() && part->visibleRegion().boundingRect() == part->rect();
  }
  [[nodiscard]] QLabel* certificate() {
    for (QLabel* label : window_->framing().findChildren<QLabel*>())
      if (label->text() == window_->framing().certificate_text()) return label;
    return nullptr;
  }
  void expect_usable(QSize size, const char* state) {
    QTest::qWait(0);
    EXPECT_EQ(window_->size(), size) << state << ": the window had to grow";
    auto* curves = window_->plot().findChild<QWidget*>(QStringLiteral("curves"));
    ASSERT_NE(curves, nullptr);
    EXPECT_GE(curves->height(), kReadablePlots) << state;
    EXPECT_GE(window_->view().widget()->height(), 160) << state;
    EXPECT_TRUE(in_sight(&window_->timeline())) << state;
    EXPECT_TRUE(in_sight(window_->export_panel().export_button())) << state;
    EXPECT_NEAR(window_->plot().x_of(39), window_->timeline().x_of(39), 1.5) << state << ": a scroll bar moved the plots' end";
  }
  void export_three() {
    for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) window_->model().start_export(folder_ / name, {});
    ASSERT_TRUE(wait_for([&] { return window_->model().export_jobs().size() == 3; }));
  }
};

TEST_F(LayoutTest, SmallestScreen_EveryStateOfExportsAndMessages_StaysUsable) {
  const QSize size(1000, 600);
  resize(size);
  open_and_wait(make_sample("clip.y4m"));
  expect_usable(size, "open");
  export_three();
  expect_usable(size, "exporting");
  ASSERT_TRUE(wait_for([&] { return !window_->model().exporting() && window_->messages().isVisible(); }));
  expect_usable(size, "exported");
  window_->messages().hide();
  for (const char* name : {"one.mp4", "two.mp4", "three.mp4", "four.mp4", "five.mp4", "six.mp4"}) std::ofstream(folder_ / name) << "not a film";
  window_->open(std::vector{folder_ / "one.mp4", folder_ / "two.mp4", folder_ / "three.mp4", folder_ / "four.mp4", folder_ / "five.mp4", folder_ / "six.mp4"});
  ASSERT_TRUE(wait_for([&] { return window_->messages().text().startsWith(QStringLiteral("None of the 6")); }));
  QTest::mouseClick(window_->messages().details_button(), Qt::LeftButton);
  expect_usable(size, "reasons unfolded");
  // The rest of the plots is scrolled to.
  auto* area = window_->plot().parentWidget()->parentWidget();
  auto* bar = qobject_cast<QScrollArea*>(area)->verticalScrollBar();
  EXPECT_GT(bar->maximum(), 0);
  area->setFocus();
  for (int i = 0; i < 40; ++i) QTest::keyClick(area, Qt::Key_Down);
  EXPECT_EQ(bar->value(), bar->maximum());
}

TEST_F(LayoutTest, UsualScreen_WhileExportingAndAfter_TheCertificateIsInSight_AndTheListIsOneClickAway) {
  const QSize size(1280, 780);
  resize(size);
  open_and_wait(make_sample("clip.y4m", 100));
  ASSERT_TRUE(in_sight(certificate()));
  export_three();
  expect_usable(size, "exporting");
  EXPECT_TRUE(wait_for([&] { return in_sight(certificate()); })) << "exporting";
  EXPECT_TRUE(wait_for([&] { return in_sight(window_->export_panel().cancel_button()); }));
  ASSERT_TRUE(wait_for([&] { return !window_->model().exporting() && window_->messages().isVisible(); }));
  expect_usable(size, "exported");
  EXPECT_TRUE(wait_for([&] { return in_sight(certificate()); })) << "exported";
  EXPECT_FALSE(window_->export_panel().list()->isVisible());
  QTest::mouseClick(window_->export_panel().fold_button(), Qt::LeftButton);
  EXPECT_TRUE(wait_for([&] { return in_sight(window_->export_panel().list()); }));
  EXPECT_EQ(window_->export_panel().list()->count(), 3);
  expect_usable(size, "list unfolded");
  // As it was left, at the next start.
  window_ = std::make_unique<MainWindow>();
  window_->show();
  resize(size);
  open_and_wait(make_sample("clip.y4m"));
  window_->model().start_export(folder_ / "d.mp4", {});
  EXPECT_TRUE(wait_for([&] { return window_->export_panel().list()->isVisible(); }));
  ASSERT_TRUE(wait_for([&] { return !window_->model().exporting(); }));
}

}  // namespace
}  // namespace keel::ui::test
