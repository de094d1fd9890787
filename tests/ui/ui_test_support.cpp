// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/ui_test_support.h"

#include <QApplication>
#include <QDropEvent>
#include <QMimeData>
#include <QTest>
#include <QUrl>
#include <cmath>

#include "ui/playback/player.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/viewport/compare_view.h"

namespace keel::ui::test {
namespace {

constexpr int kPatienceMs = 30000;

}  // namespace

bool wait_for(const std::function<bool()>& ready) { return QTest::qWaitFor(ready, kPatienceMs); }

QImage pixels_of(PictureView& view) {
  if (auto* gl = dynamic_cast<CompareView*>(&view)) return gl->grabFramebuffer();
  return view.widget()->grab().toImage();
}

QColor color_at(const QImage& image, const QRectF& picture, double x, double y) {
  const double ratio = image.devicePixelRatio();
  return image.pixelColor(static_cast<int>((picture.x() + x * picture.width()) * ratio),
                          static_cast<int>((picture.y() + y * picture.height()) * ratio));
}

double mean_difference(const QImage& a, const QRectF& in_a, const QImage& b, const QRectF& in_b) {
  double sum = 0;
  int count = 0;
  // The labels lie in the upper left corners.
  for (double y = 0.2; y < 0.97; y += 0.01)
    for (double x = 0.03; x < 0.97; x += 0.01) {
      const QColor p = color_at(a, in_a, x, y), q = color_at(b, in_b, x, y);
      sum += std::abs(p.red() - q.red()) + std::abs(p.green() - q.green()) + std::abs(p.blue() - q.blue());
      count += 3;
    }
  return sum / count;
}

void expect_color(QColor got, QColor wanted, int tolerance) {
  EXPECT_NEAR(got.red(), wanted.red(), tolerance) << got.name().toStdString();
  EXPECT_NEAR(got.green(), wanted.green(), tolerance) << got.name().toStdString();
  EXPECT_NEAR(got.blue(), wanted.blue(), tolerance) << got.name().toStdString();
}

WindowTest::WindowTest() {
  window_->show();
  // Shortcuts and focus belong to the active window.
  window_->activateWindow();
  EXPECT_TRUE(QTest::qWaitForWindowActive(window_.get()));
}

bool WindowTest::solved() const {
  const SessionSnapshot& now = window_->model().snapshot();
  return now.exportable() && now.solution->plan.frames.size() > 0;
}

void WindowTest::open_and_wait(const std::filesystem::path& clip) {
  window_->open(clip);
  const auto opened = [&] { return window_->model().snapshot().clip && window_->model().snapshot().clip->path == clip; };
  ASSERT_TRUE(wait_for([&] { return opened() && solved() && !window_->player().shown().frame.empty(); }));
}

bool WindowTest::seek_and_wait(std::int64_t frame) {
  window_->player().seek(frame);
  return wait_for([&] { return window_->player().shown().index == frame; });
}

CompareLayout WindowTest::layout() {
  ViewContent content;
  content.frame = window_->player().shown().frame;
  const auto& solution = window_->model().snapshot().solution;
  if (solution) {
    content.warp = FrameWarp{};
    content.output = solution->plan.output;
  }
  return make_compare_layout(QSizeF(window_->view().widget()->size()), content);
}

void WindowTest::drop(const std::vector<std::filesystem::path>& files) {
  QMimeData data;
  QList<QUrl> urls;
  for (const auto& file : files) urls << QUrl::fromLocalFile(to_qstring(file));
  data.setUrls(urls);
  // Qt delivers a drop to where the drag entered.
  QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window_.get(), &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent event(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window_.get(), &event);
}

std::filesystem::path WindowTest::make_sample(const std::string& name, int frames) {
  const auto path = folder_ / name;
  EXPECT_TRUE(write_sample(handheld_scene({320, 180}, frames, 3, true), {30, 1}, path, {}).ok());
  return path;
}

}  // namespace keel::ui::test
