// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/photos/pair_synthesis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/photos/photo_pack.h"
#include "engine/math/mat3.h"

namespace keel {
namespace {

using Image = std::vector<float>;
constexpr std::size_t kPatchPixels = static_cast<std::size_t>(kPatch.width) * static_cast<std::size_t>(kPatch.height);
/// Mean absolute gradient in grey levels below which a patch has nothing to hold on to.
constexpr double kMinTexture = 2.5;
constexpr int kTries = 20;

float pixel(const GrayPhoto& photo, int x, int y) {
  // Mirrored outside, so that views near the rim stay natural.
  const auto fold = [](int v, int n) {
    if (v < 0) v = -v;
    if (v >= n) v = 2 * n - 2 - v;
    return std::clamp(v, 0, n - 1);
  };
  return static_cast<float>(photo.pixels[static_cast<std::size_t>(fold(y, photo.size.height)) * static_cast<std::size_t>(photo.size.width) +
                                         static_cast<std::size_t>(fold(x, photo.size.width))]);
}

float bilinear(const GrayPhoto& photo, Point p) {
  const int x = static_cast<int>(std::floor(p.x)), y = static_cast<int>(std::floor(p.y));
  const float fx = static_cast<float>(p.x - x), fy = static_cast<float>(p.y - y);
  return (pixel(photo, x, y) * (1 - fx) + pixel(photo, x + 1, y) * fx) * (1 - fy) + (pixel(photo, x, y + 1) * (1 - fx) + pixel(photo, x + 1, y + 1) * fx) * fy;
}

/// Catmull-Rom: two views of one photograph at different fractions of a pixel must be about equally sharp, as two frames of a camera are.
float bicubic(const GrayPhoto& photo, Point p) {
  const int x = static_cast<int>(std::floor(p.x)), y = static_cast<int>(std::floor(p.y));
  const auto weights = [](float t) {
    return std::array<float, 4>{((-0.5f * t + 1) * t - 0.5f) * t, (1.5f * t - 2.5f) * t * t + 1, ((-1.5f * t + 2) * t + 0.5f) * t, (0.5f * t - 0.5f) * t * t};
  };
  const auto wx = weights(static_cast<float>(p.x - x)), wy = weights(static_cast<float>(p.y - y));
  float sum = 0;
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i) sum += wy[static_cast<std::size_t>(j)] * wx[static_cast<std::size_t>(i)] * pixel(photo, x + i - 1, y + j - 1);
  return sum;
}

using Sampler = float (*)(const GrayPhoto&, Point);
Image view_of(const GrayPhoto& photo, const Mat3& photo_from_view, Sampler sample) {
  Image image(kPatchPixels);
  for (int y = 0; y < kPatch.height; ++y)
    for (int x = 0; x < kPatch.width; ++x)
      image[static_cast<std::size_t>(y * kPatch.width + x)] = sample(photo, apply(photo_from_view, {static_cast<double>(x), static_cast<double>(y)}));
  return image;
}

std::vector<std::uint8_t> to_bytes(const Image& image) {
  std::vector<std::uint8_t> bytes(image.size());
  for (std::size_t i = 0; i < image.size(); ++i) bytes[i] = static_cast<std::uint8_t>(std::clamp(image[i] + 0.5f, 0.0f, 255.0f));
  return bytes;
}

double texture(const Image& image) {
  double sum = 0;
  for (int y = 1; y < kPatch.height; ++y)
    for (int x = 1; x < kPatch.width; ++x) {
      const auto at = static_cast<std::size_t>(y * kPatch.width + x);
      sum += std::abs(image[at] - image[at - 1]) + std::abs(image[at] - image[at - static_cast<std::size_t>(kPatch.width)]);
    }
  return sum / static_cast<double>(2 * kPatchPixels);
}

/// Corners displaced by up to `reach` px each.
Mat3 random_corners(double reach, PairRandom& random) {
  for (;;) {
    std::array<Point, 4> to = corner_centres(kPatch);
    for (Point& p : to) p = {p.x + random.uniform(-reach, reach), p.y + random.uniform(-reach, reach)};
    if (const auto h = homography_from_points(corner_centres(kPatch), to)) return *h;
  }
}

/// Camera shake about the centre of the view: `size_px` is the usual shift; the other parameters move the corners by a comparable part of it.
Mat3 random_shake(double size_px, PairRandom& random) {
  const double half = 0.5 * kPatch.width;
  const double angle = random.normal() * 0.35 * size_px / half, zoom = random.normal() * 0.25 * size_px / half;
  const double shear = random.normal() * 0.15 * size_px / half, stretch = random.normal() * 0.1 * size_px / half;
  const double keystone_x = random.normal() * 0.06 * size_px / (half * half), keystone_y = random.normal() * 0.06 * size_px / (half * half);
  const Mat3 shape{{1 + zoom + stretch, shear, 0, 0, 1 + zoom - stretch, 0, keystone_x, keystone_y, 1}};
  const Mat3 centre = Mat3::translation(half - 0.5, half - 0.5), back = Mat3::translation(0.5 - half, 0.5 - half);
  return centre * Mat3::translation(random.normal() * size_px, random.normal() * size_px) * Mat3::rotation(angle) * shape * back;
}

/// A view somewhere in the photograph: enlarged or reduced, turned a little, mirrored.
Mat3 random_view(double scale, double angle_rad, bool mirrored, PairRandom& random) {
  const double half = 0.5 * kPatch.width;
  const double room_x = std::max(0.0, 0.5 * kPackedPhotoSize.width - half * scale), room_y = std::max(0.0, 0.5 * kPackedPhotoSize.height - half * scale);
  const Mat3 place = Mat3::translation(0.5 * kPackedPhotoSize.width + random.uniform(-room_x, room_x), 0.5 * kPackedPhotoSize.height + random.uniform(-room_y, room_y));
  return place * Mat3::rotation(angle_rad) * Mat3::scaling(mirrored ? -scale : scale, scale) * Mat3::translation(-half, -half);
}

/// Averages along a line of `length` px: what a moving camera or a slow shutter does.
Image motion_blur(const Image& image, double length, double angle_rad) {
  const int taps = std::max(2, static_cast<int>(std::ceil(length)) + 1);
  Image out(image.size(), 0.0f);
  const auto at = [&](int x, int y) {
    return image[static_cast<std::size_t>(std::clamp(y, 0, kPatch.height - 1) * kPatch.width + std::clamp(x, 0, kPatch.width - 1))];
  };
  for (int k = 0; k < taps; ++k) {
    const double along = length * (static_cast<double>(k) / (taps - 1) - 0.5), dx = along * std::cos(angle_rad), dy = along * std::sin(angle_rad);
    const int ix = static_cast<int>(std::floor(dx)), iy = static_cast<int>(std::floor(dy));
    const float fx = static_cast<float>(dx - ix), fy = static_cast<float>(dy - iy);
    for (int y = 0; y < kPatch.height; ++y)
      for (int x = 0; x < kPatch.width; ++x)
        out[static_cast<std::size_t>(y * kPatch.width + x)] += ((at(x + ix, y + iy) * (1 - fx) + at(x + ix + 1, y + iy) * fx) * (1 - fy) +
                                                                (at(x + ix, y + iy + 1) * (1 - fx) + at(x + ix + 1, y + iy + 1) * fx) * fy) / static_cast<float>(taps);
  }
  return out;
}

/// Pastes ellipses of another photograph that move on their own over both views.
void add_foreground(const GrayPhoto& photo, Image& prev, Image& cur, double motion_px, PairRandom& random) {
  const int count = 1 + random.index(3);
  // Now and then one fills most of the view: the network has to learn that the camera's motion is what the rest agrees on.
  const double largest = random.chance(0.3) ? 60 : 42;
  for (int k = 0; k < count; ++k) {
    const Point centre{random.uniform(0, kPatch.width), random.uniform(0, kPatch.height)};
    const double rx = random.uniform(8, largest), ry = random.uniform(8, largest);
    const Point shift{random.normal() * motion_px, random.normal() * motion_px};
    const Mat3 photo_from_prev = random_view(random.uniform(0.6, 1.2), random.uniform(-0.5, 0.5), random.chance(0.5), random);
    for (const bool is_cur : {false, true}) {
      Image& image = is_cur ? cur : prev;
      const Point back = is_cur ? shift : Point{};
      for (int y = 0; y < kPatch.height; ++y)
        for (int x = 0; x < kPatch.width; ++x) {
          const Point p{x - back.x, y - back.y};
          const double r = std::hypot((p.x - centre.x) / rx, (p.y - centre.y) / ry);
          if (r >= 1) continue;
          // An edge about a pixel wide, as lenses draw it.
          const float cover = static_cast<float>(std::min(1.0, (1 - r) * std::min(rx, ry)));
          float& value = image[static_cast<std::size_t>(y * kPatch.width + x)];
          value += cover * (bilinear(photo, apply(photo_from_prev, p)) - value);
        }
    }
  }
}

/// Gain, offset, gamma and noise of one camera frame.
struct Tone {
  double gain = 1, offset = 0, gamma = 1, noise = 0;
};

void apply_tone(Image& image, const Tone& tone, PairRandom& random) {
  for (float& value : image) {
    double v = value;
    if (tone.gamma != 1) v = 255 * std::pow(std::clamp(v / 255, 0.0, 1.0), tone.gamma);
    v = tone.gain * v + tone.offset;
    if (tone.noise > 0) v += tone.noise * random.normal();
    value = static_cast<float>(std::clamp(v, 0.0, 255.0));
  }
}

/// Both frames share most of it (the scene, the camera) and differ by a little, now and then by much (exposure steps).
std::array<Tone, 2> training_tones(PairRandom& random) {
  std::array<Tone, 2> tones;
  if (random.chance(0.6)) {
    const double gain = random.uniform(0.35, 1.2), offset = random.uniform(-15, 25), gamma = random.uniform(0.75, 1.35), differ = random.chance(0.3) ? 1.0 : 0.15;
    for (Tone& tone : tones)
      tone = {gain * std::exp(random.normal() * 0.12 * differ), offset + random.normal() * 8 * differ, gamma * std::exp(random.normal() * 0.08 * differ), 0};
  }
  if (random.chance(0.5)) tones[0].noise = tones[1].noise = random.chance(0.2) ? random.uniform(4, 14) : random.uniform(0.3, 4);
  return tones;
}

Mat3 coco_motion_and_place(PairRandom& random, Mat3& photo_from_cur) {
  const int free_x = kPackedPhotoSize.width - kPatch.width - 2 * static_cast<int>(kCocoReach), free_y = kPackedPhotoSize.height - kPatch.height - 2 * static_cast<int>(kCocoReach);
  photo_from_cur = Mat3::translation(kCocoReach + random.index(free_x + 1), kCocoReach + random.index(free_y + 1));
  return random_corners(kCocoReach, random);
}

}  // namespace

std::string_view to_string(PairProtocol protocol) {
  switch (protocol) {
    case PairProtocol::kCoco: return "coco";
    case PairProtocol::kVideo: return "video";
  }
  return "";
}

std::optional<PairProtocol> pair_protocol(std::string_view name) {
  for (const PairProtocol protocol : {PairProtocol::kCoco, PairProtocol::kVideo})
    if (to_string(protocol) == name) return protocol;
  return std::nullopt;
}

std::uint64_t PairRandom::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
double PairRandom::uniform(double low, double high) { return low + (high - low) * static_cast<double>(next() >> 11) * 0x1.0p-53; }
double PairRandom::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
  return radius * std::cos(uniform(0, 2 * std::numbers::pi));
}

PairRandom evaluation_random(std::uint64_t seed, int index) { return PairRandom(seed * 1'000'003u + static_cast<std::uint64_t>(index)); }

SynthesizedPair evaluation_pair(const GrayPhoto& photo, PairProtocol protocol, PairRandom& random) {
  SynthesizedPair pair{kPatch, {}, {}, {}};
  if (protocol == PairProtocol::kCoco) {
    // The previous view is the warped one: its corners then are the published "perturbed corners" of the plain patch.
    Mat3 photo_from_cur;
    pair.cur_from_prev = coco_motion_and_place(random, photo_from_cur);
    pair.prev = to_bytes(view_of(photo, photo_from_cur * pair.cur_from_prev, bilinear));
    pair.cur = to_bytes(view_of(photo, photo_from_cur, bilinear));
    return pair;
  }
  const Mat3 photo_from_cur = random_view(1.0, 0, false, random);
  pair.cur_from_prev = random_shake(random.uniform(0, 3), random);
  Image prev = view_of(photo, photo_from_cur * pair.cur_from_prev, bicubic), cur = view_of(photo, photo_from_cur, bicubic);
  apply_tone(prev, {1, 0, 1, 1.5}, random);
  apply_tone(cur, {random.uniform(0.95, 1.05), random.uniform(-3, 3), 1, 1.5}, random);
  pair.prev = to_bytes(prev);
  pair.cur = to_bytes(cur);
  return pair;
}

SynthesizedPair training_pair(std::span<const GrayPhoto> photos, PairProtocol protocol, PairRandom& random) {
  SynthesizedPair pair{kPatch, {}, {}, {}};
  Image prev, cur;
  double shake_px = kCocoReach / 4;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const GrayPhoto& photo = photos[static_cast<std::size_t>(random.index(static_cast<int>(photos.size())))];
    Mat3 photo_from_cur;
    Sampler sample = bilinear;
    if (protocol == PairProtocol::kCoco) {
      pair.cur_from_prev = coco_motion_and_place(random, photo_from_cur);
      if (random.chance(0.5)) photo_from_cur = Mat3::translation(kPackedPhotoSize.width - 1, 0) * Mat3::scaling(-1, 1) * photo_from_cur;
    } else {
      photo_from_cur = random_view(random.uniform(0.6, 1.6), random.normal() * 0.1, random.chance(0.5), random);
      shake_px = 0.1 * std::pow(100.0, random.uniform(0, 1));
      pair.cur_from_prev = random_shake(shake_px, random);
      sample = bicubic;
    }
    cur = view_of(photo, photo_from_cur, sample);
    if (texture(cur) < kMinTexture && attempt + 1 < kTries) continue;
    prev = view_of(photo, photo_from_cur * pair.cur_from_prev, sample);
    break;
  }
  const bool video = protocol == PairProtocol::kVideo;
  if (random.chance(video ? 0.35 : 0.05))
    add_foreground(photos[static_cast<std::size_t>(random.index(static_cast<int>(photos.size())))], prev, cur, 2 + 1.5 * shake_px, random);
  if (random.chance(video ? 0.25 : 0.05)) {
    const double length = random.uniform(1, 7), angle = random.uniform(0, std::numbers::pi);
    prev = motion_blur(prev, length, angle);
    const bool steady = random.chance(0.6);
    cur = motion_blur(cur, steady ? length : random.uniform(1, 7), steady ? angle : random.uniform(0, std::numbers::pi));
  }
  if (random.chance(video ? 0.8 : 0.3)) {
    const auto tones = training_tones(random);
    apply_tone(prev, tones[0], random);
    apply_tone(cur, tones[1], random);
  }
  pair.prev = to_bytes(prev);
  pair.cur = to_bytes(cur);
  return pair;
}

}  // namespace keel
