// SPDX-License-Identifier: GPL-3.0-or-later
// Several motion estimators in the window: choosing, comparing side by side, their disagreement, and what is kept on disk.
#include <QCheckBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QMenu>
#include <QRadioButton>
#include <QSlider>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cstdlib>

#include "engine/motion/motion_estimator.h"
#include "engine/render/renderer.h"
#include "engine/session/project_file.h"
#include "tests/support/host_gpu.h"
#include "tests/ui/ui_test_support.h"
#include "ui/estimator_names.h"
#include "ui/option_form.h"
#include "ui/panels/motion_panel.h"
#include "ui/playback/player.h"
#include "ui/plots/path_plot.h"
#include "ui/project_controller.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/timeline/timeline.h"
#include "ui/viewport/overlays.h"
#include "ui/viewport/raster_view.h"
#include "ui/viewport/view_controller.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

class MotionPanelTest : public WindowTest {
 protected:
  [[nodiscard]] const EstimatorView& view_of(const std::string& id) { return *window_->model().snapshot().find(id); }
  [[nodiscard]] bool wait_done(const std::string& id) {
    return wait_for([&] {
      const EstimatorView& view = view_of(id);
      return view.stage == AnalysisStage::kDone && view.solution && view.solution->plan.frames.size() == view.track->pts.size();
    });
  }
  MotionPanel& panel_ = window_->motion();
};

/// Opens the sample with its middle frame on show, and both learned estimators analysed on demand.
class EstimatorsTest : public MotionPanelTest {
 protected:
  void SetUp() override {
    if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
    open_and_wait(make_sample("clip.y4m"));
    panel_.button("regression")->click();
    ASSERT_TRUE(wait_done("regression"));
    ASSERT_TRUE(seek_and_wait(20));
  }
  /// The picture that the export would make of the frame on show with this estimator, the size of the frame.
  [[nodiscard]] QImage exported(const std::string& id) {
    const WarpPlan& plan = view_of(id).solution->plan;
    return to_image(render(window_->player().shown().frame, plan.frames[20], plan.output, Interpolation::kBicubic));
  }
  /// How far a side is from the export of an estimator, in levels. Scaling to the window's size leaves a few.
  [[nodiscard]] double apart(const QRectF& side, const std::string& id) {
    const QImage image = exported(id);
    return mean_difference(grab(), side, image.scaled(side.size().toSize(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation),
                           QRectF({0, 0}, side.size()));
  }
  [[nodiscard]] CompareLayout now() { return make_compare_layout(QSizeF(window_->view().widget()->size()), window_->view().content()); }
};

TEST_F(EstimatorsTest, AnotherEstimator_Chosen_ChangesThePictureAsItsPlanSays_AndUndoBringsItBack) {
  const QImage classical = grab();
  EXPECT_LT(apart(now().stabilized, "classical"), 6);
  const double far = apart(now().stabilized, "regression");
  panel_.choice("regression")->click();
  // It was analysed already: one turn of the event loop, no waiting for an analysis.
  ASSERT_TRUE(wait_for([&] { return window_->view().content().warp == view_of("regression").solution->plan.frames[20]; }));
  EXPECT_FALSE(window_->model().snapshot().analysing);
  EXPECT_LT(apart(now().stabilized, "regression"), far);
  EXPECT_NE(grab(), classical);
  EXPECT_TRUE(window_->view().content().stabilized_label.words.contains(estimator_label("regression")));
  EXPECT_EQ(window_->projects().project().clips[0].estimator, "regression") << "what a project saves";
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
  EXPECT_TRUE(panel_.choice("classical")->isChecked());
  ASSERT_TRUE(wait_for([&] { return grab() == classical; }));
}

TEST_F(EstimatorsTest, BothSides_ShowTheResultsOfTwoEstimators_AndSwapExchangesThem) {
  const CompareLayout before = now();
  window_->viewing().set_side(Side::kOriginal, "regression");
  ASSERT_TRUE(wait_for([&] { return window_->view().content().instead_of_original.has_value(); }));
  EXPECT_EQ(window_->view().content().instead_of_original->warp, view_of("regression").solution->plan.frames[20]);
  EXPECT_LT(apart(now().original, "regression"), apart(now().original, "classical"));
  EXPECT_LT(apart(now().stabilized, "classical"), apart(now().stabilized, "regression"));
  EXPECT_TRUE(window_->view().content().original_label.words.contains(estimator_label("regression")));
  EXPECT_TRUE(window_->view().content().stabilized_label.words.contains(estimator_label("classical")));
  QTest::keyClick(window_.get(), Qt::Key_X);
  EXPECT_GT(now().original.left(), now().stabilized.left());
  EXPECT_LT(apart(now().original, "regression"), apart(now().original, "classical"));
  QTest::keyClick(window_.get(), Qt::Key_X);
  window_->viewing().set_side(Side::kStabilized, kShowsOriginal);
  EXPECT_LT(mean_difference(
                grab(), now().stabilized,
                to_image(window_->player().shown().frame).scaled(before.stabilized.size().toSize(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation),
                QRectF({0, 0}, before.stabilized.size())),
            6)
      << "the original on the right";
}

TEST_F(EstimatorsTest, EstimatorOnASide_ThatIsNotAnalysed_IsAnalysedForIt) {
  EXPECT_EQ(view_of("ihn").stage, AnalysisStage::kNone);
  window_->viewing().set_side(Side::kOriginal, "ihn");
  ASSERT_TRUE(wait_done("ihn"));
  ASSERT_TRUE(wait_for([&] { return window_->view().content().instead_of_original.has_value(); }));
  EXPECT_LT(apart(now().original, "ihn"), 6);
}

TEST_F(EstimatorsTest, NameOfASide_Clicked_OpensItsList) {
  QMenu* opened = nullptr;
  QSignalSpy clicked(&window_->viewing(), &ViewController::side_clicked);
  QWidget* view = window_->view().widget();
  const QPointF at = now().stabilized.topLeft() + QPointF(16, 16);
  ASSERT_TRUE(side_name_at(at, view->font(), now(), window_->view().content()) == Side::kStabilized);
  QTest::mouseClick(view, Qt::LeftButton, {}, at.toPoint());
  EXPECT_EQ(clicked.count(), 1);
  ASSERT_TRUE(wait_for([&] { return (opened = qobject_cast<QMenu*>(QApplication::activePopupWidget())) != nullptr; }));
  EXPECT_EQ(opened->actions().size(), static_cast<int>(motion_estimators().size()) + 3) << "original, result, a line, the estimators";
  opened->close();
}

TEST_F(EstimatorsTest, TwoAnalyses_FillTheDisagreementStrip_AndThePlotsShowBothPaths) {
  Timeline& strips = window_->timeline();
  ASSERT_EQ(strips.data().disagreement_px.size(), 40U);
  const auto expected = disagreement_px(*view_of("classical").track, *view_of("regression").track);
  EXPECT_EQ(strips.data().disagreement_px[20], expected[20]);
  EXPECT_GT(expected[20], 0);
  const QImage image = strips.grab().toImage();
  const QRect strip = strips.strip_rect(Timeline::StripKind::kDisagreement);
  int lit = 0;
  for (int x = strip.left(); x < strip.right(); ++x) lit += image.pixelColor(x, strip.bottom()).lightness() > 100 ? 1 : 0;
  EXPECT_GT(lit, strip.width() / 2);
  EXPECT_GT(window_->plot().drawn_points_of_other(PathSeries::kX, 0), 30);
  EXPECT_TRUE(window_->plot().legend_text().contains(estimator_label("regression"))) << window_->plot().legend_text().toStdString();
  EXPECT_TRUE(window_->plot().legend_text().contains(estimator_label("classical")));
}

TEST_F(MotionPanelTest, RunningBackgroundAnalysis_Stopped_LeavesTheResultAlone) {
  if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
  open_and_wait(make_sample("clip.y4m", 200));
  panel_.button("ihn")->click();
  ASSERT_TRUE(wait_for([&] { return view_of("ihn").frames_done > 0; }));
  ASSERT_TRUE(wait_for([&] { return panel_.state_text("ihn").endsWith(QLatin1Char('%')); })) << panel_.state_text("ihn").toStdString();
  panel_.button("ihn")->click();
  ASSERT_TRUE(wait_for([&] { return view_of("ihn").stage == AnalysisStage::kCancelled; }));
  ASSERT_TRUE(wait_for([&] { return panel_.state_text("ihn") == QStringLiteral("cancelled"); }));
  EXPECT_TRUE(window_->model().snapshot().exportable());
}

TEST_F(MotionPanelTest, AnalyseAllBox_Checked_AnalysesTheOthersToo) {
  if (const auto learned = motion_estimator_available("ihn"); !learned) GTEST_SKIP() << learned.error().message;
  open_and_wait(make_sample("clip.y4m", 12));
  EXPECT_EQ(view_of("ihn").stage, AnalysisStage::kNone);
  panel_.all_box()->click();
  EXPECT_TRUE(wait_done("ihn"));
  EXPECT_TRUE(wait_done("regression"));
  panel_.all_box()->click();
}

TEST_F(MotionPanelTest, AnalysisOnAGpu_SaysSo_AndWhyTheCpuHadToGoOn) {
  static keel::test::HostGpu device, broken;  // the window outlives the test's body
  broken.fail_from(0);
  window_->model().use_gpu(device.gpu());
  open_and_wait(make_sample("clip.y4m", 12));
  const auto tip = [&] { return panel_.choice("classical")->toolTip(); };
  EXPECT_TRUE(wait_for([&] { return tip().contains(QStringLiteral("12 frames analysed on the GPU.")); })) << tip().toStdString();
  const auto status = [&] { return window_->backends().text(); };
  EXPECT_TRUE(wait_for([&] { return status().contains(QStringLiteral("motion on the GPU")); })) << status().toStdString();
  window_->model().use_gpu(broken.gpu());
  open_and_wait(make_sample("other.y4m", 12));
  EXPECT_TRUE(wait_for([&] { return tip().contains(QStringLiteral("12 frames analysed.")); })) << tip().toStdString();
  EXPECT_TRUE(tip().contains(QStringLiteral("The GPU failed while reserving memory: unspecified launch failure; the CPU goes on."))) << tip().toStdString();
  EXPECT_FALSE(status().contains(QStringLiteral("motion"))) << status().toStdString();
  EXPECT_EQ(view_of("classical").stage, AnalysisStage::kDone);
}

TEST_F(MotionPanelTest, EstimatorOption_Moved_AnalysesAnewOnce_AndUndoAndProjectKnowIt) {
  window_->model().use_cache(folder_ / "cache");
  // Larger than the smallest working size, or that would change nothing.
  const auto clip = folder_ / "clip.y4m";
  ASSERT_TRUE(write_sample(handheld_scene({640, 360}, 24, 3, true), {30, 1}, clip, {}).ok());
  open_and_wait(clip);
  const auto before = view_of("classical").track;
  auto* slider = panel_.options()->findChild<ValueSlider*>();
  ASSERT_NE(slider, nullptr) << "classical describes no option";
  const std::string option = motion_estimators()[0].options[0].id;
  const double wanted = motion_estimators()[0].options[0].minimum;
  // Many steps of one drag are one change.
  for (int step = 2; step >= 0; --step) slider->slider()->setValue(static_cast<int>(wanted) + 10 * step);
  ASSERT_TRUE(wait_for([&] { return view_of("classical").track != before && wait_done("classical"); }));
  EXPECT_EQ(window_->model().estimator_options("classical"), (OptionValues{{option, wanted}}));
  EXPECT_NE(view_of("classical").track->pairs, before->pairs) << "another working size measures a little differently";
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  const auto saved = load_project(folder_ / "work.keel");
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved->clips[0].estimator_options.at("classical").at(option), wanted);
  window_->model().undo();
  EXPECT_TRUE(window_->model().estimator_options("classical").empty());
  ASSERT_TRUE(wait_for([&] { return view_of("classical").stage == AnalysisStage::kDone && view_of("classical").track->pairs == before->pairs; }));
  EXPECT_TRUE(view_of("classical").from_cache) << "the first analysis is kept under its own options";
  EXPECT_FALSE(window_->model().can_undo());
}

TEST_F(MotionPanelTest, SideChosen_IsSaved_IsUndone_AndComesBackWithTheProject) {
  open_and_wait(make_sample("clip.y4m", 12));
  window_->viewing().set_side(Side::kStabilized, kShowsOriginal);
  EXPECT_EQ(window_->projects().project().clips[0].stabilized_shows, kShowsOriginal);
  ASSERT_TRUE(window_->projects().save_to(folder_ / "work.keel"));
  window_->model().undo();
  EXPECT_EQ(window_->viewing().look().stabilized_shows, kShowsResult);
  window_->model().redo();
  EXPECT_EQ(window_->viewing().look().stabilized_shows, kShowsOriginal);
  window_->projects().start_new();
  EXPECT_EQ(window_->viewing().look().stabilized_shows, kShowsResult) << "another clip has its own";
  window_->open(folder_ / "work.keel");
  ASSERT_TRUE(wait_for([&] { return solved(); }));
  EXPECT_EQ(window_->viewing().look().stabilized_shows, kShowsOriginal);
}

/// A path that wanders by a pixel or so each frame.
MotionTrack long_track(int frames, double step) {
  MotionTrack track;
  track.size = {1920, 1080};
  track.time_base = {1, 30};
  for (int i = 0; i < frames; ++i) track.pts.push_back(i);
  for (int i = 1; i < frames; ++i)
    track.pairs.push_back(
        {Mat3::translation(i * 7 % 5 - 2.0, step * (i * 11 % 7 - 3.0)), MotionStatus::kOk, 0.5F + 0.0001F * static_cast<float>(i % 4000)});
  return track;
}

TEST(PathPlot, HundredThousandFramesOfThreeEstimators_AreDrawnWithAFewPointsAColumn) {
  constexpr int kFrames = 100000;
  const MotionTrack first = long_track(kFrames, 1), second = long_track(kFrames, 1.01);
  StabilizeSettings quick;
  quick.smoother = "gaussian";
  const auto solution = std::make_shared<const Solution>(*solve(first, quick)), other = std::make_shared<const Solution>(*solve(second, quick));
  PathPlot plot;
  plot.resize(1200, 400);
  QElapsedTimer clock;
  clock.start();
  plot.set_estimators(QStringLiteral("a"), Qt::green, {{QStringLiteral("b"), Qt::red, other}, {QStringLiteral("c"), Qt::blue, other}});
  plot.set_solution(solution, first.size, kFrames);
  const auto plotted = clock.restart();
  const TimelineData data = make_timeline_data(&first, solution.get(), kFrames, &second);
  RecordProperty("plot_ms", static_cast<int>(plotted));
  RecordProperty("strips_ms", static_cast<int>(clock.elapsed()));
  for (const PathSeries series : kAllSeries) {
    EXPECT_LE(plot.drawn_points(series), 4 * 1200 + 8);
    EXPECT_GT(plot.drawn_points_of_other(series, 1), 300);
    EXPECT_LE(plot.drawn_points_of_other(series, 1), 4 * 1200 + 8);
  }
  EXPECT_EQ(data.disagreement_px.size(), static_cast<std::size_t>(kFrames));
}

TEST(MotionPanel, MissingWeights_LearnedEstimators_AreGreyedWithTheReason) {
  setenv("KEEL_MODELS", "/nowhere", 1);
  MainWindow window;
  for (const char* id : {"ihn", "regression"}) {
    EXPECT_FALSE(window.motion().choice(id)->isEnabled()) << id;
    EXPECT_TRUE(window.motion().choice(id)->toolTip().contains(QStringLiteral("ihn.safetensors")))
        << window.motion().choice(id)->toolTip().toStdString();
  }
  EXPECT_TRUE(window.motion().choice("classical")->isEnabled());
  unsetenv("KEEL_MODELS");
}

TEST(EstimatorCache, ClipOpenedInANewWindow_ShowsItsResultWithoutAnalysis) {
  const keel::test::TemporaryFolder folder;
  const auto clip = folder / "clip.y4m";
  keel::test::write_painted_clip(clip, {160, 120}, 60, keel::test::shaky_texture);
  for (const bool again : {false, true}) {
    MainWindow window;
    window.model().use_cache(folder / "cache");
    window.show();
    bool analysed = false;
    QObject::connect(&window.model(), &SessionModel::analysis_changed, [&] { analysed = analysed || window.model().snapshot().analysis_fps > 0; });
    window.open(clip);
    ASSERT_TRUE(wait_for([&] { return window.model().snapshot().exportable(); }));
    EXPECT_EQ(window.model().snapshot().find("classical")->from_cache, again);
    EXPECT_FALSE(again && analysed);
  }
}

TEST_F(WindowTest, TKey_DrawsTailsOfFollowedPointsOnTheOriginalOnly) {
  open_and_wait(make_sample("clip.y4m"));
  ASSERT_TRUE(seek_and_wait(20));
  const QImage plain = grab();
  QTest::keyClick(window_.get(), Qt::Key_T);
  ASSERT_TRUE(wait_for([&] { return window_->view().content().tails && !window_->view().content().tails->empty(); }));
  const QImage drawn = grab();
  EXPECT_GT(mean_difference(drawn, layout().original, plain, layout().original), 0.5);
  EXPECT_EQ(mean_difference(drawn, layout().stabilized, plain, layout().stabilized), 0);
  QTest::keyClick(window_.get(), Qt::Key_T);
  EXPECT_EQ(grab(), plain);
}

}  // namespace
}  // namespace keel::ui::test
