// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline.h"

#include <QElapsedTimer>
#include <QTest>
#include <QWheelEvent>

#include "tests/ui/ui_test_support.h"
#include "ui/playback/player.h"
#include "ui/plots/path_plot.h"
#include "ui/session_model.h"
#include "ui/timeline/frame_axis.h"

namespace keel::ui::test {
namespace {

using StripKind = Timeline::StripKind;

/// A track of good pairs.
MotionTrack good_track(int frames) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  for (int i = 0; i < frames; ++i) track.pts.push_back(i);
  track.pairs.assign(static_cast<std::size_t>(frames - 1), PairMotion{Mat3::identity(), MotionStatus::kOk, 1.0F});
  return track;
}

TEST(TimelineData, LowTrust_IsAmongTheWorst_ACutIsNot) {
  MotionTrack track = good_track(200);
  track.pairs[49].confidence = 0.2F;
  track.pairs[52].confidence = 0.3F;
  track.pairs[99] = {Mat3::identity(), MotionStatus::kSceneCut, 0};
  track.pairs[149] = {Mat3::identity(), MotionStatus::kLowTexture, 0};
  const TimelineData data = make_timeline_data(&track, nullptr, 200);
  EXPECT_EQ(data.worst, (std::vector<std::int64_t>{50, 150})) << "52 lies next to the worse 50";
  EXPECT_FLOAT_EQ(data.trust[50], 0.2F);
  EXPECT_EQ(data.trust[100], 0);
}

TEST(TimelineData, SolvedTrack_ZoomIsTheCropsInverse_AndTheSmallestMarginTheCertificates) {
  MotionTrack track = good_track(60);
  for (std::size_t i = 0; i < track.pairs.size(); ++i) track.pairs[i].cur_from_prev = Mat3::translation(i % 2 == 0 ? 12 : -12, 0);
  const auto solution = solve(track, {});
  ASSERT_TRUE(solution.ok());
  const TimelineData data = make_timeline_data(&track, &*solution, 60);
  ASSERT_EQ(data.zoom.size(), 60U);
  EXPECT_NEAR(data.zoom[10], 1 / solution->plan.picture_kept, 0.02) << "translations change no sizes";
  EXPECT_NEAR(*std::min_element(data.margin_px.begin(), data.margin_px.end()), solution->plan.borders.smallest_margin_px, 1e-3);
}

TEST(TimelineStrips, OneBadFrameOfMany_IsSeenAtItsPlace) {
  Timeline strips;
  strips.resize(600, strips.sizeHint().height());
  MotionTrack track = good_track(100000);
  track.pairs[69999].confidence = 0;
  strips.set_visible_range(0, 99999);
  strips.set_data(make_timeline_data(&track, nullptr, 100000));
  const QImage image = strips.grab().toImage();
  const QRect trust = strips.strip_rect(StripKind::kTrust);
  const auto lit = [&](double frame) { return image.pixelColor(static_cast<int>(strips.x_of(frame)), trust.center().y()).green() > 150; };
  EXPECT_TRUE(lit(20000));
  bool dark = false;
  for (int off = -300; off <= 300; off += 100) dark = dark || !lit(70000 + off);
  EXPECT_TRUE(dark);
}

TEST(FrameAxis, Step_IsRound_AndLeavesRoomForTheNumbers) {
  EXPECT_EQ(frame_step(10, 1000), 1);
  EXPECT_EQ(frame_step(119, 908), 10);
  EXPECT_EQ(frame_step(119, 300), 50);
  EXPECT_EQ(frame_step(100000, 900), 10000);
  EXPECT_GE(frame_step(5e8, 1), 1) << "no clip is so long; the answer ends nevertheless";
}

TEST(TimelineStrips, FrameNumbers_StandAboveTheirFrames_WhateverPartIsShown) {
  Timeline strips;
  strips.resize(600, strips.sizeHint().height());
  for (const auto& [first, last] : {std::pair{0.0, 100.0}, {1000.5, 1031.0}}) {
    strips.set_visible_range(first, last);
    const QImage image = strips.grab().toImage();
    const int bottom = strips.strip_rect(StripKind::kShots).top();
    // Something is written above a frame, in a width of three figures.
    const auto written = [&](double frame) {
      const int middle = static_cast<int>(strips.x_of(frame));
      int pixels = 0;
      for (int x = std::max(middle - 12, 0); x <= std::min(middle + 12, image.width() - 1); ++x)
        for (int y = 0; y < bottom; ++y) pixels += image.pixelColor(x, y) != image.pixelColor(image.width() - 1, image.height() - 1) ? 1 : 0;
      return pixels;
    };
    const int step = frame_step(last - first, strips.strip_rect(StripKind::kShots).width());
    int numbers = 0;
    for (double frame = std::ceil(first / step) * step; frame <= last; frame += step, ++numbers) {
      EXPECT_GT(written(frame), 5) << frame;
      if (frame + step <= last) {
        EXPECT_EQ(written(frame + step / 2.0), 0) << frame << ": between two numbers";
      }
    }
    EXPECT_GE(numbers, 4);
  }
}

class TimelineTest : public WindowTest {
 protected:
  Timeline& timeline_ = window_->timeline();
  PathPlot& plot_ = window_->plot();
  void wheel(double x, int notches) {
    QWidget* surface = plot_.findChild<QWidget*>();
    QWheelEvent event(QPointF(x, 30), surface->mapToGlobal(QPointF(x, 30)), {}, QPoint(0, 120 * notches), Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(surface, &event);
  }
};

TEST_F(TimelineTest, ClickAndDrag_MoveThePlayhead) {
  open_and_wait(make_sample("clip.y4m"));
  const int y = timeline_.strip_rect(StripKind::kZoom).center().y();
  QTest::mouseClick(&timeline_, Qt::LeftButton, {}, QPoint(static_cast<int>(std::lround(timeline_.x_of(25))), y));
  EXPECT_EQ(window_->player().playhead(), 25);
  QTest::mousePress(&timeline_, Qt::LeftButton, {}, QPoint(static_cast<int>(std::lround(timeline_.x_of(5))), y));
  QMouseEvent move(QEvent::MouseMove, QPointF(timeline_.x_of(33), y), timeline_.mapToGlobal(QPointF(timeline_.x_of(33), y)), Qt::NoButton,
                   Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&timeline_, &move);
  EXPECT_EQ(window_->player().playhead(), 33);
}

TEST_F(TimelineTest, NKey_GoesFromOneWorstFrameToTheNext) {
  const auto clip = folder_ / "covered.y4m";
  const auto paint = [](int frame, int x, int y) {
    const bool covered = (frame >= 20 && frame < 23) || (frame >= 60 && frame < 63);
    return covered ? keel::test::YuvColor{20, 128, 128} : keel::test::shaky_texture(frame, x, y);
  };
  keel::test::write_painted_clip(clip, {160, 120}, 90, paint);
  open_and_wait(clip);
  ASSERT_GE(timeline_.data().worst.size(), 2U);
  QTest::keyClick(window_.get(), Qt::Key_N);
  const std::int64_t first = window_->player().playhead();
  EXPECT_TRUE(first >= 20 && first <= 23) << first;
  QTest::keyClick(window_.get(), Qt::Key_N);
  EXPECT_GE(window_->player().playhead(), 60);
  QTest::keyClick(window_.get(), Qt::Key_N, Qt::ShiftModifier);
  EXPECT_EQ(window_->player().playhead(), first);
}

TEST_F(TimelineTest, CutInTheClip_IsDrawnBetweenTwoShots) {
  const auto clip = folder_ / "cut.y4m";
  const auto paint = [](int frame, int x, int y) {
    const auto c = keel::test::shaky_texture(frame, frame < 30 ? x : 3 * y + 7, frame < 30 ? y : 500 - x);
    return frame < 30 ? c : keel::test::YuvColor{static_cast<std::uint8_t>(235 - c.y), 90, 160};
  };
  keel::test::write_painted_clip(clip, {160, 120}, 60, paint);
  open_and_wait(clip);
  ASSERT_EQ(timeline_.data().cuts, std::vector<std::int64_t>{30});
  const QImage image = timeline_.grab().toImage();
  const int y = timeline_.strip_rect(StripKind::kShots).center().y();
  EXPECT_NE(image.pixelColor(static_cast<int>(timeline_.x_of(15)), y), image.pixelColor(static_cast<int>(timeline_.x_of(45)), y));
}

TEST_F(TimelineTest, PlotWheel_ZoomsStripsAndPlotAtTheCursor_DoubleClickShowsAll) {
  open_and_wait(make_sample("clip.y4m", 60));
  const double x = plot_.x_of(40);
  wheel(x, 3);
  EXPECT_NEAR(plot_.x_of(40), x, 1);
  EXPECT_NEAR(plot_.last_visible() - plot_.first_visible(), 59 / std::pow(1.25, 3), 0.1);
  EXPECT_NEAR(timeline_.x_of(40), x, 2) << "the strips are in line with the plot";
  QTest::mouseDClick(plot_.findChild<QWidget*>(), Qt::LeftButton, {}, QPoint(200, 30));
  EXPECT_EQ(plot_.first_visible(), 0);
  EXPECT_EQ(plot_.last_visible(), 59);
}

TEST_F(TimelineTest, MouseOverThePlot_TellsTheValuesThere) {
  open_and_wait(make_sample("clip.y4m"));
  QWidget* surface = plot_.findChild<QWidget*>();
  QMouseEvent move(QEvent::MouseMove, QPointF(plot_.x_of(12), 30), surface->mapToGlobal(QPointF(plot_.x_of(12), 30)), Qt::NoButton, Qt::NoButton,
                   Qt::NoModifier);
  QApplication::sendEvent(surface, &move);
  const Solution& solution = *window_->model().snapshot().solution;
  const double expected = series_value(solution.raw, solution.raw.shots.front(), 12, PathSeries::kX, {320, 180});
  const QString title = plot_.title_text(PathSeries::kX);
  EXPECT_TRUE(title.contains(QStringLiteral("frame 12"))) << title.toStdString();
  EXPECT_TRUE(title.contains(window_->locale().toString(expected, 'f', 2))) << title.toStdString();
}

TEST(PathSeriesTest, Acceleration_OfAParabola_IsItsSecondDerivative) {
  CameraPath path;
  const Size picture{200, 100};
  for (int i = 0; i < 10; ++i) {
    PathPoint point{};
    point[kPathX] = 0.5 * i * i / PathFrame{picture}.unit_px();
    path.points.push_back(point);
  }
  path.shots = {{0, 10}};
  EXPECT_NEAR(series_value(path, path.shots[0], 5, PathSeries::kAcceleration, picture), 1, 1e-9);
  EXPECT_EQ(series_value(path, path.shots[0], 0, PathSeries::kAcceleration, picture), 0);
}

TEST(PathSeriesTest, HundredThousandFrames_AreThinnedAndKeepTheirPeak) {
  CameraPath path;
  path.points.resize(100000);
  path.points[77777][kPathRotation] = 1;
  path.shots = {{0, 100000}};
  const SeriesPoints points = sample_series(path, {200, 100}, 0, 99999, 1000)[static_cast<std::size_t>(PathSeries::kRotation)];
  EXPECT_LT(points.frame.size(), 4100);
  EXPECT_NEAR(*std::max_element(points.value.begin(), points.value.end() - 1), 180 / 3.14159265, 0.01);
  EXPECT_EQ(points.frame[std::max_element(points.value.begin(), points.value.end() - 1) - points.value.begin()], 77777);
}

}  // namespace
}  // namespace keel::ui::test
