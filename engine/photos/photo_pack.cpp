// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/photos/photo_pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

namespace keel {
namespace {

constexpr char kMagic[8] = {'K', 'E', 'E', 'L', 'P', 'A', 'K', '1'};

/// Weights of source samples for one target sample: a triangle as wide as one target sample, at least one source sample.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> resize_taps(int from, int to) {
  std::vector<Taps> all(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to, reach = std::max(1.0, scale);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale - 0.5;
    const int first = std::max(0, static_cast<int>(std::ceil(centre - reach))), last = std::min(from - 1, static_cast<int>(std::floor(centre + reach)));
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = first;
    float sum = 0;
    for (int k = first; k <= last; ++k) {
      taps.weights.push_back(static_cast<float>(std::max(0.0, 1 - std::abs(k - centre) / reach)));
      sum += taps.weights.back();
    }
    for (float& weight : taps.weights) weight /= sum;
  }
  return all;
}

void put_u32(std::ofstream& out, std::size_t value) {
  for (int b = 0; b < 4; ++b) out.put(static_cast<char>((value >> (8 * b)) & 255));
}

}  // namespace

GrayPhoto resize_photo(const GrayPhoto& photo, Size size) {
  const auto columns = resize_taps(photo.size.width, size.width), rows = resize_taps(photo.size.height, size.height);
  std::vector<float> half(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(photo.size.height));
  for (int y = 0; y < photo.size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const Taps& taps = columns[static_cast<std::size_t>(x)];
      const std::uint8_t* line = photo.pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(photo.size.width) + taps.first;
      float sum = 0;
      for (std::size_t k = 0; k < taps.weights.size(); ++k) sum += taps.weights[k] * static_cast<float>(line[k]);
      half[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)] = sum;
    }
  GrayPhoto out{size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height))};
  for (int y = 0; y < size.height; ++y) {
    const Taps& taps = rows[static_cast<std::size_t>(y)];
    for (int x = 0; x < size.width; ++x) {
      float sum = 0.5f;
      for (std::size_t k = 0; k < taps.weights.size(); ++k)
        sum += taps.weights[k] * half[(static_cast<std::size_t>(taps.first) + k) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
      out.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(std::clamp(sum, 0.0f, 255.0f));
    }
  }
  return out;
}

Result<void> write_photo_pack(const std::filesystem::path& path, std::span<const GrayPhoto> photos, int quality_step) {
  std::ofstream out(path, std::ios::binary);
  out.write(kMagic, sizeof kMagic);
  put_u32(out, photos.size());
  for (const GrayPhoto& photo : photos) {
    const auto bytes = encode_photo(photo, quality_step);
    put_u32(out, bytes.size());
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  out.close();
  if (!out) return Error{ErrorCode::kIo, "The pack " + path.string() + " could not be written; check the folder and the free space."};
  return {};
}

Result<std::vector<GrayPhoto>> read_photo_pack(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "The pack " + path.string() + " cannot be opened; make one with keel train --pack."};
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  const Error corrupt{ErrorCode::kCorrupt, "The pack " + path.string() + " is damaged; make it again with keel train --pack."};
  if (bytes.size() < sizeof kMagic + 4 || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) return corrupt;
  const auto u32 = [&](std::size_t at) { return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | static_cast<std::uint32_t>(bytes[at + 3]) << 24; };
  std::size_t at = sizeof kMagic;
  const std::uint32_t count = static_cast<std::uint32_t>(u32(at));
  at += 4;
  std::vector<GrayPhoto> photos;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (bytes.size() - at < 4) return corrupt;
    const std::size_t length = static_cast<std::uint32_t>(u32(at));
    at += 4;
    if (bytes.size() - at < length) return corrupt;
    auto photo = decode_photo(std::span(bytes).subspan(at, length));
    if (!photo) return corrupt;
    photos.push_back(std::move(*photo));
    at += length;
  }
  return photos;
}

}  // namespace keel
