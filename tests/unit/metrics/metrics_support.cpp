// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics_support.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>

namespace keel::metrics::testing {
namespace {

double lattice(std::uint32_t seed, int x, int y) {
  std::uint32_t h = seed * 0x9E3779B9U ^ static_cast<std::uint32_t>(x) * 0x85EBCA6BU ^ static_cast<std::uint32_t>(y) * 0xC2B2AE35U;
  h ^= h >> 15;
  h *= 0x2C1B3C6DU;
  h ^= h >> 12;
  h *= 0x297A2D39U;
  h ^= h >> 15;
  return static_cast<double>(h & 0xFFFFU) / 65535.0 - 0.5;
}

double fade(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

double noise(std::uint32_t seed, double x, double y) {
  const double fx = std::floor(x), fy = std::floor(y);
  const int ix = static_cast<int>(fx), iy = static_cast<int>(fy);
  const double u = fade(x - fx), v = fade(y - fy);
  const double top = lattice(seed, ix, iy) + u * (lattice(seed, ix + 1, iy) - lattice(seed, ix, iy));
  const double low = lattice(seed, ix, iy + 1) + u * (lattice(seed, ix + 1, iy + 1) - lattice(seed, ix, iy + 1));
  return top + v * (low - top);
}

}  // namespace

double Plane::value(double x, double y) const {
  double sum = 0, wave = 96, strength = 90;
  for (std::uint32_t octave = 0; octave < 6; ++octave, wave *= 0.5, strength *= 0.8)
    sum += strength * noise(seed_ + 101 * octave, x / wave + 0.37 * octave, y / wave + 0.71 * octave);
  return 128 + sum;
}

Frame paint(Size size, const std::function<double(int, int)>& value) {
  ColorTags tags;
  tags.full_range = tags.range_known = true;
  FrameBuffer buffer(size, {ColorModel::kGray, 8, 0, 0, false}, tags);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      buffer.row<std::uint8_t>(0, y)[x] = static_cast<std::uint8_t>(std::clamp(std::lround(value(x, y)), 0L, 255L));
  return std::move(buffer).freeze();
}

Frame Plane::view(Size size, const Mat3& plane_from_picture, double gain, double offset) const {
  return paint(size, [&](int x, int y) {
    const Point p = apply(plane_from_picture, {static_cast<double>(x), static_cast<double>(y)});
    return 128 + gain * (value(p.x, p.y) - 128) + offset;
  });
}

FrameSource source_of(std::vector<Frame> frames) {
  auto list = std::make_shared<std::vector<Frame>>(std::move(frames));
  auto next = std::make_shared<std::size_t>(0);
  return [list, next]() -> Result<std::optional<Frame>> {
    if (*next >= list->size()) return std::optional<Frame>{};
    return std::optional<Frame>{(*list)[(*next)++]};
  };
}

std::vector<Frame> views(const Plane& plane, Size size, const std::vector<Mat3>& cameras) {
  std::vector<Frame> frames;
  for (const Mat3& m : cameras) frames.push_back(plane.view(size, m));
  return frames;
}

std::string digest(const MetricsReport& r) {
  std::ostringstream out;
  out << std::hexfloat;
  const auto put = [&](const auto&... values) { ((out << values << ' '), ...); };
  for (const FileFigures& f : {r.original, r.stabilized})
    put(f.size.width, f.size.height, f.path.jitter_px, f.path.peak_acceleration_px, f.path.shake_px, f.itf_db, f.wobble_px, f.tracked_share, f.measured, f.cuts,
        f.low_texture, f.lost);
  put(r.original_frames, r.stabilized_frames, r.compared_frames, r.registered_frames, r.registrable_frames, r.failure.value_or("none"));
  put(r.jitter_ratio, r.peak_acceleration_ratio, r.shake_ratio, r.wobble_ratio, r.sharpness, r.sharpness_frames);
  put(r.kept.mean_linear, r.kept.worst_linear, r.kept.mean_area, r.kept.worst_area);
  put(r.border.any_share, r.border.outside_share, r.border.black_share, r.border.repeated_share, r.border.worst_outside_px);
  for (const Triplet& t : {r.fusta, r.bundled, r.gimbal}) put(t.cropping, t.distortion, t.stability);
  return out.str();
}

}  // namespace keel::metrics::testing
