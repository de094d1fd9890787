// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sample_job.h"

#include <QDir>
#include <QStandardPaths>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "engine/render/renderer.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr Size kSampleSize{640, 360};
constexpr int kSampleFrames = 120;
constexpr Rational kSampleRate{30, 1};
constexpr std::uint32_t kSampleSeed = 7;
constexpr int kPlaneMargin = 8;
/// Changes with the picture, so that an older program's sample is not taken for this one.
constexpr const char* kSampleName = "keel-sample-1.y4m";

std::string chroma_name(const Frame& frame) {
  if (frame.format().model == ColorModel::kGray) return "Cmono";
  return frame.color().chroma_location == 2 ? "C420jpeg" : "C420mpeg2";
}

void write_frame(std::ofstream& file, const Frame& frame) {
  file << "FRAME\n";
  for (int i = 0; i < frame.plane_count(); ++i) {
    const PlaneView& plane = frame.plane(i);
    for (int y = 0; y < plane.height; ++y) file.write(plane.row<char>(y), plane.width);
  }
}

/// A picture of all of the plane that any frame shows, and where it lies.
struct DrawnPlane {
  Frame picture;
  Mat3 picture_from_plane;
};

DrawnPlane draw_plane(const PlaneScene& scene) {
  double left = 0, top = 0, right = scene.size.width, bottom = scene.size.height;
  for (const Mat3& picture_from_plane : scene.picture_from_plane) {
    const auto plane_from_picture = inverse(picture_from_plane);
    if (!plane_from_picture) continue;
    for (const Point corner : corner_centres(scene.size)) {
      const Point p = apply(*plane_from_picture, corner);
      left = std::min(left, p.x);
      right = std::max(right, p.x);
      top = std::min(top, p.y);
      bottom = std::max(bottom, p.y);
    }
  }
  PlaneScene whole = scene;
  // A few pixels more, so that no frame's interpolation meets the edge.
  left = std::floor(left) - kPlaneMargin;
  top = std::floor(top) - kPlaneMargin;
  whole.size = {static_cast<int>(right - left) + kPlaneMargin, static_cast<int>(bottom - top) + kPlaneMargin};
  whole.picture_from_plane = {Mat3::translation(-left, -top)};
  return {render_plane(whole, 0), whole.picture_from_plane.front()};
}

}  // namespace

Result<void> write_sample(const PlaneScene& scene, Rational frame_rate, const std::filesystem::path& output, std::stop_token stop,
                          const ProgressFn& progress) {
  std::filesystem::path part = output;
  part += ".part";
  const auto give_up = [&](ErrorCode code, std::string sentence) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return Error{code, std::move(sentence)};
  };
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  const DrawnPlane plane = draw_plane(scene);
  const auto frames = static_cast<int>(scene.picture_from_plane.size());
  for (int i = 0; i < frames; ++i) {
    if (stop.stop_requested()) return give_up(ErrorCode::kCancelled, "Cancelled.");
    const auto plane_from_dst = inverse(scene.picture_from_plane[static_cast<std::size_t>(i)]);
    KEEL_CHECK(plane_from_dst);
    const Frame frame = render(plane.picture, {plane.picture_from_plane * *plane_from_dst}, scene.size);
    if (i == 0)
      file << "YUV4MPEG2 W" << frame.size().width << " H" << frame.size().height << " F" << frame_rate.num << ':' << frame_rate.den << " Ip A1:1 "
           << chroma_name(frame) << '\n';
    write_frame(file, frame);
    report(progress, i + 1, frames);
  }
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(part, output, failed);
  if (!file || failed) return give_up(ErrorCode::kIo, "The clip could not be written to " + output.string() + "; is the disk full?");
  return {};
}

void SampleJob::start() {
  if (running_) return;
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
  QDir().mkpath(folder);
  const std::filesystem::path path = to_path(folder) / kSampleName;
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) {
    Q_EMIT finished(to_qstring(path));
    return;
  }
  running_ = true;
  worker_ = std::jthread([this, path](const std::stop_token& stop) {
    const PlaneScene scene = handheld_scene(kSampleSize, kSampleFrames, kSampleSeed, true);
    const auto result = write_sample(scene, kSampleRate, path, stop, [this](std::int64_t done, std::int64_t total) {
      QMetaObject::invokeMethod(
          this, [this, done, total] { Q_EMIT progressed(static_cast<int>(done), static_cast<int>(total)); }, Qt::QueuedConnection);
    });
    QMetaObject::invokeMethod(
        this, [this, path, result] { done(path, result); }, Qt::QueuedConnection);
  });
}

void SampleJob::done(const std::filesystem::path& path, const Result<void>& result) {
  running_ = false;
  if (result.ok()) {
    Q_EMIT finished(to_qstring(path));
  } else {
    Q_EMIT failed(QString::fromStdString(result.error().message));
  }
}

}  // namespace keel::ui
