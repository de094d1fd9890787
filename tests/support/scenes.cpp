// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scenes.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace keel::test {

Mat3 picture_from_plane(const Pose& p, Size size, double focal_px) {
  const double cx = 0.5 * (size.width - 1), cy = 0.5 * (size.height - 1);
  const Mat3 k{{focal_px, 0, cx, 0, focal_px, cy, 0, 0, 1}}, k_inv{{1 / focal_px, 0, -cx / focal_px, 0, 1 / focal_px, -cy / focal_px, 0, 0, 1}};
  const Mat3 yaw{{std::cos(p.yaw), 0, std::sin(p.yaw), 0, 1, 0, -std::sin(p.yaw), 0, std::cos(p.yaw)}};
  const Mat3 pitch{{1, 0, 0, 0, std::cos(p.pitch), -std::sin(p.pitch), 0, std::sin(p.pitch), std::cos(p.pitch)}};
  const Mat3 turned = k * yaw * pitch * Mat3::rotation(p.roll) * k_inv;
  return Mat3::translation(cx + p.x, cy + p.y) * Mat3::scaling(p.zoom, p.zoom) * Mat3::translation(-cx, -cy) * turned;
}

const std::vector<std::string>& motion_kinds() {
  static const std::vector<std::string> kinds{"walking", "panning", "rotating", "zooming", "perspective", "running"};
  return kinds;
}

PlaneScene scene_of(const std::string& kind, int frames, std::uint32_t seed) {
  PlaneScene scene;
  scene.seed = seed;
  std::mt19937 random(seed * 77 + 5);
  std::normal_distribution<double> unit(0, 1);
  constexpr double kDegree = 3.14159265358979 / 180;
  for (int i = 0; i < frames; ++i) {
    Pose p;
    const double t = i / 30.0;
    if (kind == "walking") {
      p.x = 9 * std::sin(6.28 * 1.9 * t) + unit(random);
      p.y = 12 * std::sin(6.28 * 1.9 * 2 * t + 1) + unit(random);
      p.roll = 0.6 * kDegree * std::sin(6.28 * 1.9 * t) + 0.1 * kDegree * unit(random);
      p.zoom = 1 + 0.01 * t;
    } else if (kind == "panning") {
      p.x = -9.3 * i + 2 * unit(random);
      p.y = 1.5 * unit(random);
      p.roll = 0.15 * kDegree * unit(random);
    } else if (kind == "rotating") {
      p.roll = 1.3 * kDegree * i;
      p.x = unit(random);
      p.y = unit(random);
    } else if (kind == "zooming" || kind == "fast zoom") {
      p.zoom = std::pow(kind == "zooming" ? 1.015 : 1.03, i);
      p.x = 1.5 * unit(random);
      p.y = 1.5 * unit(random);
    } else if (kind == "perspective") {
      p.yaw = 8 * kDegree * std::sin(6.28 * 0.8 * t) + 0.15 * kDegree * unit(random);
      p.pitch = 5 * kDegree * std::sin(6.28 * 0.6 * t + 1) + 0.15 * kDegree * unit(random);
      p.roll = 0.3 * kDegree * unit(random);
    } else {
      p.x = 14 * std::sin(6.28 * 2.8 * t) + 6 * unit(random);
      p.y = 22 * std::sin(6.28 * 2.8 * t + 2) + 6 * unit(random);
      p.roll = 1.2 * kDegree * std::sin(6.28 * 1.4 * t) + 0.4 * kDegree * unit(random);
    }
    scene.picture_from_plane.push_back(picture_from_plane(p, scene.size, 640));
  }
  return scene;
}

Frame degrade(const Frame& clean, const Frame& foreground, int index, const Degradation& d) {
  FrameBuffer out(clean.size(), clean.format(), clean.color());
  const int w = clean.size().width, h = clean.size().height;
  // The foreground slides by whole pixels, each frame another few.
  const int slide_x = static_cast<int>(std::lround(40 + 5 * std::sin(0.9 * index))), slide_y = 3 * index;
  const double half = 0.5 * std::sqrt(d.moving_share);
  const int x0 = static_cast<int>(w * (0.5 - half)), x1 = static_cast<int>(w * (0.5 + half)), y0 = static_cast<int>(h * (0.5 - half)), y1 = static_cast<int>(h * (0.5 + half));
  std::mt19937 random(static_cast<std::uint32_t>(index) * 9973u + 1);
  std::normal_distribution<double> noise(0, d.noise_sigma > 0 ? d.noise_sigma : 1);
  const double gain = 1 + (index % 2 == 0 ? 0.0 : d.exposure_step);
  const int reach = d.blur_px / 2;
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      const bool front = d.moving_share > 0 && x >= x0 && x < x1 && y >= y0 && y < y1;
      const auto* line = front ? foreground.plane(0).row<std::uint8_t>((y + slide_y) % h) : clean.plane(0).row<std::uint8_t>(y);
      const int shift = front ? slide_x : 0;
      double v = 0;
      for (int k = -reach; k <= reach; ++k) v += line[std::clamp((x + shift) % w + k, 0, w - 1)];
      v = (128 + d.contrast * (v / (2 * reach + 1) - 128)) * gain;
      if (d.noise_sigma > 0) v += noise(random);
      out.row<std::uint8_t>(0, y)[x] = static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0, 255.0)));
    }
  return std::move(out).freeze();
}

Frame bent(const Frame& straight, const RowBend& bend) {
  const int w = straight.size().width, h = straight.size().height;
  FrameBuffer out(straight.size(), straight.format(), straight.color());
  const auto sample = [&](int x, int y) { return static_cast<double>(straight.plane(0).row<std::uint8_t>(std::clamp(y, 0, h - 1))[std::clamp(x, 0, w - 1)]); };
  const auto cubic = [](double d) {
    d = std::abs(d);
    return d < 1 ? 1 + d * d * (1.5 * d - 2.5) : (d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0.0);
  };
  for (int y = 0; y < h; ++y) {
    // What this row shows was meant for the row that is displaced to it.
    double row = y;
    for (int i = 0; i < 20; ++i) row = y - bend.at(row).y;
    const double shift = bend.at(row).x;
    const int y0 = static_cast<int>(std::floor(row)), left = static_cast<int>(std::floor(-shift));
    for (int x = 0; x < w; ++x) {
      double sum = 0;
      for (int j = y0 - 1; j <= y0 + 2; ++j)
        for (int i = x + left - 1; i <= x + left + 2; ++i) sum += cubic(row - j) * cubic(x - shift - i) * sample(i, j);
      out.row<std::uint8_t>(0, y)[x] = static_cast<std::uint8_t>(std::lround(std::clamp(sum, 0.0, 255.0)));
    }
  }
  return std::move(out).freeze();
}

}  // namespace keel::test
