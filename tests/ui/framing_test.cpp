// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/framing_panel.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <algorithm>

#include "engine/media/decoder.h"
#include "tests/ui/ui_test_support.h"
#include "ui/playback/player.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

class FramingTest : public WindowTest {
 protected:
  FramingPanel& panel() { return window_->framing(); }
  const WarpPlan& plan() { return window_->model().snapshot().solution->plan; }
  /// As a person does it: the list's own keys, which also tell that it was chosen.
  static void choose(QComboBox* list, int row) {
    list->setFocus();
    while (list->currentIndex() != row) QTest::keyClick(list, list->currentIndex() < row ? Qt::Key_Down : Qt::Key_Up);
  }
  bool wait_framing(Framing framing) {
    return wait_for([&] { return window_->model().snapshot().state.settings.framing == framing && solved(); });
  }
};

TEST_F(FramingTest, WholePicture_Chosen_ShowsTheFill_BlackDarkensIt_AndUndoBringsBothBack) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  EXPECT_FALSE(panel().fill_list()->isVisible());
  choose(panel().framing_list(), 2);
  ASSERT_TRUE(wait_framing(Framing::kNone));
  ASSERT_TRUE(wait_for([&] { return plan().borders.smallest_margin_px < 0; }));
  EXPECT_TRUE(panel().fill_list()->isVisible());
  EXPECT_TRUE(panel().certificate_text().startsWith(QStringLiteral("Filled borders"))) << panel().certificate_text().toStdString();
  ASSERT_TRUE(seek_and_wait(plan().filled.frame));
  const QImage mirrored = grab();
  choose(panel().fill_list(), 1);
  EXPECT_EQ(window_->model().fill(), BorderFill::kBlack);
  const QImage black = grab();
  EXPECT_NE(mirrored, black);
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(window_->model().fill(), BorderFill::kMirror);
  EXPECT_EQ(grab(), mirrored);
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
  ASSERT_TRUE(wait_framing(Framing::kFixed));
  EXPECT_FALSE(panel().fill_list()->isVisible());
}

/// Of red, in levels, half a percent within the edges of a picture; but for the corner with its name.
int largest_difference_at_edges(const QImage& a, const QImage& b, const QRectF& picture) {
  constexpr double kEdge = 0.005;
  int largest = 0;
  const auto look_at = [&](double x, double y) { largest = std::max(largest, std::abs(color_at(a, picture, x, y).red() - color_at(b, picture, x, y).red())); };
  for (double along = 0.2; along < 0.99; along += 0.003) {
    for (const double x : {kEdge, 1 - kEdge}) look_at(x, along);
    look_at(along, 1 - kEdge);
    if (along > 0.6) look_at(along, kEdge);
  }
  return largest;
}

bool same_picture(const Frame& a, const Frame& b) {
  if (a.size() != b.size() || a.format() != b.format()) return false;
  for (int plane = 0; plane < a.format().plane_count(); ++plane)
    for (int y = 0; y < a.plane(plane).height; ++y) {
      const auto *p = a.plane(plane).row<std::uint8_t>(y), *q = b.plane(plane).row<std::uint8_t>(y);
      if (!std::equal(p, p + a.plane(plane).width, q)) return false;
    }
  return true;
}

TEST_F(FramingTest, FilledFromOtherFrames_AtRest_ShowsThePictureThatTheExportHas_AndSaysSoWhileItDoesNot) {
  open_and_wait(make_sample("clip.y4m", 70));
  choose(panel().framing_list(), 2);
  ASSERT_TRUE(wait_framing(Framing::kNone));
  const int worst = plan().filled.frame, frame = worst > 0 ? worst : 1;
  ASSERT_TRUE(seek_and_wait(frame));
  const QImage mirrored = grab();
  choose(panel().fill_list(), 2);
  ASSERT_EQ(window_->model().fill(), BorderFill::kNeighbours);
  const PictureView& view = window_->view();
  EXPECT_FALSE(view.content().note.isEmpty()) << "not there yet";
  ASSERT_TRUE(wait_for([&] { return view.content().ready.has_value(); }));
  EXPECT_TRUE(view.content().note.isEmpty()) << view.content().note.toStdString();
  const Frame shown = *view.content().ready;
  const CompareLayout at = layout();
  // Along the edges, which is where it is filled.
  EXPECT_GT(largest_difference_at_edges(grab(), mirrored, at.stabilized), 12) << "levels of 255; the picture on the screen is another one, too";
  EXPECT_EQ(mean_difference(grab(), at.original, mirrored, at.original), 0) << "the original stays";

  QTest::keyClick(window_.get(), Qt::Key_Left);
  ASSERT_TRUE(wait_for([&] { return window_->player().shown().index == frame - 1; }));
  EXPECT_TRUE(!view.content().ready.has_value() && !view.content().note.isEmpty()) << "of another frame";
  ASSERT_TRUE(wait_for([&] { return view.content().ready.has_value(); }));
  EXPECT_FALSE(same_picture(*view.content().ready, shown));

  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  ExportSettings lossless;
  lossless.encode.codec = VideoCodec::kFfv1;
  window_->model().start_export(folder_ / "out.mkv", lossless);
  ASSERT_TRUE(wait_for([&] { return !finished.isEmpty(); })) << window_->messages().text().toStdString();
  auto decoder = Decoder::open(folder_ / "out.mkv");
  ASSERT_TRUE(decoder.ok());
  for (int i = 0; i <= frame; ++i) {
    const auto exported = (*decoder)->next();
    ASSERT_TRUE(exported.ok() && exported->has_value());
    if (i == frame) EXPECT_TRUE(same_picture((*exported)->frame, shown));
  }
}

TEST_F(FramingTest, AdaptiveZoom_Chosen_ZoomsFrameByFrame_AndItsSmoothnessMatters) {
  open_and_wait(make_sample("clip.y4m"));
  choose(panel().framing_list(), 1);
  ASSERT_TRUE(wait_framing(Framing::kAdaptive));
  ASSERT_TRUE(wait_for([&] { return !plan().window.empty(); }));
  EXPECT_TRUE(panel().zoom_smoothness_slider()->isVisible());
  for (const int frame : {0, 20, 39}) {
    ASSERT_TRUE(seek_and_wait(frame));
    EXPECT_DOUBLE_EQ(window_->view().content().picture_kept, plan().window[static_cast<std::size_t>(frame)]);
  }
  const auto before = plan().window;
  panel().zoom_smoothness_slider()->slider()->setValue(0);
  EXPECT_TRUE(wait_for([&] { return plan().window != before; }));
}

TEST_F(FramingTest, Certificate_ClickedOrEntered_GoesToTheFrameItNames_AndTheReasonTellsTheEdge) {
  open_and_wait(make_sample("clip.y4m"));
  const int bound = plan().borders.frame;
  ASSERT_TRUE(seek_and_wait(bound == 0 ? 5 : 0));
  QTest::mouseClick(panel().certificate(), Qt::LeftButton);
  EXPECT_EQ(window_->player().playhead(), bound);
  EXPECT_TRUE(panel().reason_text().contains(QStringLiteral("at frame %1").arg(bound))) << panel().reason_text().toStdString();
  ASSERT_TRUE(seek_and_wait(bound == 0 ? 5 : 0));
  QTest::keyClick(panel().certificate(), Qt::Key_Return);
  EXPECT_EQ(window_->player().playhead(), bound);
}

TEST_F(FramingTest, FramingAndFill_OfASavedProject_ComeBack) {
  const auto clip = make_sample("clip.y4m");
  open_and_wait(clip);
  choose(panel().framing_list(), 2);
  choose(panel().fill_list(), 1);
  ASSERT_TRUE(window_->projects().save_to(folder_ / "a.keel"));
  window_ = std::make_unique<MainWindow>();
  window_->show();
  window_->open(folder_ / "a.keel");
  ASSERT_TRUE(wait_for([&] { return solved(); }));
  EXPECT_EQ(window_->model().state().settings.framing, Framing::kNone);
  EXPECT_EQ(window_->model().fill(), BorderFill::kBlack);
  EXPECT_EQ(panel().fill_list()->currentIndex(), 1);
}

}  // namespace
}  // namespace keel::ui::test
