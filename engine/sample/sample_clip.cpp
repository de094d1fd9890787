// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/sample/sample_clip.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "engine/backend/launch.h"
#include "engine/base/result.h"

namespace keel {
namespace {

/// Uniform in 0..1 for an integer lattice point: a hash with good avalanche (constants of SplitMix64).
float lattice(std::int64_t x, std::int64_t y, std::uint32_t seed) {
  std::uint64_t h = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15ull ^ static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4Full ^ (std::uint64_t{seed} << 32);
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ull;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EBull;
  return static_cast<float>((h ^ (h >> 31)) >> 40) * (1.0f / 16777216.0f);
}

/// Value noise with smooth interpolation, 0..1.
float noise(float x, float y, std::uint32_t seed) {
  const float fx = std::floor(x), fy = std::floor(y);
  const auto ix = static_cast<std::int64_t>(fx), iy = static_cast<std::int64_t>(fy);
  const auto smooth = [](float t) { return t * t * (3 - 2 * t); };
  const float tx = smooth(x - fx), ty = smooth(y - fy);
  const float a = lattice(ix, iy, seed), b = lattice(ix + 1, iy, seed), c = lattice(ix, iy + 1, seed), d = lattice(ix + 1, iy + 1, seed);
  return (a + (b - a) * tx) * (1 - ty) + (c + (d - c) * tx) * ty;
}

struct PlaneColor {
  float y, u, v;
};

/// The plane's look: soft clouds of colour, paving with joints, and fine grain; detail from 3 to 300 px.
PlaneColor texture(float x, float y, std::uint32_t seed) {
  float value = 60 + 110 * noise(x / 150, y / 150, seed) + 50 * noise(x / 37, y / 37, seed + 1) + 34 * noise(x / 11, y / 11, seed + 2) +
                22 * noise(x / 4, y / 4, seed + 3);
  const float column = std::floor(y / 48), shift = 32 * static_cast<float>(static_cast<int>(column) & 1);
  const float tile = lattice(static_cast<std::int64_t>(std::floor((x + shift) / 64)), static_cast<std::int64_t>(column), seed + 4);
  value += 40 * (tile - 0.5f);
  const float in_x = x + shift - 64 * std::floor((x + shift) / 64), in_y = y - 48 * column;
  if (in_x < 3 || in_y < 3) value -= 45;
  const float warm = noise(x / 220, y / 220, seed + 5) - 0.5f + 0.35f * (tile - 0.5f);
  return {std::clamp(value * 0.8f, 16.0f, 235.0f), 128 - 55 * warm, 128 + 45 * warm};
}

constexpr int kSubsamples = 4;

}  // namespace

Frame render_plane(const PlaneScene& scene, int index) {
  const auto plane_from_picture = inverse(scene.picture_from_plane[static_cast<std::size_t>(index)]);
  KEEL_CHECK(plane_from_picture.has_value());
  PixelFormat format;
  if (!scene.color) format = {ColorModel::kGray, 8, 0, 0, false};
  ColorTags tags;
  tags.primaries = tags.transfer = tags.matrix = 1;
  tags.range_known = true;
  tags.chroma_location = 1;
  FrameBuffer out(scene.size, format, tags);
  const auto average = [&](float x0, float y0, float step) {
    PlaneColor sum{0, 0, 0};
    for (int j = 0; j < kSubsamples; ++j)
      for (int i = 0; i < kSubsamples; ++i) {
        const Point p = apply(*plane_from_picture, {x0 + step * ((static_cast<float>(i) + 0.5) / kSubsamples - 0.5), y0 + step * ((static_cast<float>(j) + 0.5) / kSubsamples - 0.5)});
        const PlaneColor c = texture(static_cast<float>(p.x), static_cast<float>(p.y), scene.seed);
        sum = {sum.y + c.y, sum.u + c.u, sum.v + c.v};
      }
    constexpr float kNorm = 1.0f / (kSubsamples * kSubsamples);
    return PlaneColor{sum.y * kNorm, sum.u * kNorm, sum.v * kNorm};
  };
  const auto to_byte = [](float v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0f, 255.0f))); };
  launch_threads({scene.size.width, scene.size.height}, [&](int x, int y) {
    out.row<std::uint8_t>(0, y)[x] = to_byte(average(static_cast<float>(x), static_cast<float>(y), 1).y);
  });
  if (scene.color) {
    const Size chroma = format.plane_size(scene.size, 1);
    // Left-sited 4:2:0: chroma lies on even columns, between two rows.
    launch_threads({chroma.width, chroma.height}, [&](int x, int y) {
      const PlaneColor c = average(2 * static_cast<float>(x), 2 * static_cast<float>(y) + 0.5f, 2);
      out.row<std::uint8_t>(1, y)[x] = to_byte(c.u);
      out.row<std::uint8_t>(2, y)[x] = to_byte(c.v);
    });
  }
  return std::move(out).freeze();
}

Mat3 exact_motion(const PlaneScene& scene, int prev, int cur) {
  const auto plane_from_prev = inverse(scene.picture_from_plane[static_cast<std::size_t>(prev)]);
  KEEL_CHECK(plane_from_prev.has_value());
  const auto cur_from_prev = normalized(scene.picture_from_plane[static_cast<std::size_t>(cur)] * *plane_from_prev);
  KEEL_CHECK(cur_from_prev.has_value());
  return *cur_from_prev;
}

PlaneScene handheld_scene(Size size, int frames, std::uint32_t seed, bool color) {
  PlaneScene scene{size, seed, {}, color};
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> phase(0, 6.283185307179586);
  // Sway, steps and tremor of a hand: a few sinusoids per axis, amplitudes relative to the width.
  struct Wave {
    double hertz, share, phase_x, phase_y, phase_r;
  };
  std::vector<Wave> waves;
  for (const auto& [hertz, share] : {std::pair{0.7, 0.010}, {1.9, 0.008}, {3.7, 0.005}, {7.3, 0.0025}, {11.0, 0.0012}})
    waves.push_back({hertz, share, phase(random), phase(random), phase(random)});
  const double cx = 0.5 * size.width, cy = 0.5 * size.height;
  for (int i = 0; i < frames; ++i) {
    const double t = i / 30.0;
    double x = -0.06 * size.width * t, y = 0, angle = 0;
    for (const Wave& w : waves) {
      x += w.share * size.width * std::sin(6.2832 * w.hertz * t + w.phase_x);
      y += w.share * size.width * std::sin(6.2832 * w.hertz * t + w.phase_y);
      angle += 0.6 * w.share * std::sin(6.2832 * w.hertz * t + w.phase_r);
    }
    scene.picture_from_plane.push_back(Mat3::translation(cx + x, cy + y) * Mat3::rotation(angle) * Mat3::translation(-cx, -cy));
  }
  return scene;
}

}  // namespace keel
