// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/photos/photo_codec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <utility>

namespace keel {
namespace {

constexpr int kBlock = 8;
constexpr int kCoefficients = kBlock * kBlock;
constexpr int kMaxSide = 4096;
/// Width, height (two bytes each, little endian) and the step.
constexpr std::size_t kHeaderBytes = 5;
/// Larger magnitudes than any 8x8 block of bytes can have.
constexpr int kMaxLevel = 2048;

/// Probability that a bit is 0 in 1/4096, adapted with every bit.
struct BitModel {
  std::uint16_t zero = 2048;
  void update(int bit) {
    if (bit == 0) zero = static_cast<std::uint16_t>(zero + ((4096 - zero) >> 5));
    else zero = static_cast<std::uint16_t>(zero - (zero >> 5));
  }
};

/// Carry-less binary range coder (32-bit low, bytes leave as soon as both ends agree).
class RangeEncoder {
 public:
  void bit(BitModel& model, int value) {
    const std::uint32_t middle = low_ + static_cast<std::uint32_t>((static_cast<std::uint64_t>(high_ - low_) * model.zero) >> 12);
    if (value == 0) high_ = middle;
    else low_ = middle + 1;
    model.update(value);
    while (((low_ ^ high_) & 0xff000000u) == 0) {
      out_.push_back(static_cast<std::uint8_t>(high_ >> 24));
      low_ <<= 8;
      high_ = (high_ << 8) | 0xffu;
    }
  }
  std::vector<std::uint8_t> finish() {
    for (int i = 0; i < 4; ++i, low_ <<= 8) out_.push_back(static_cast<std::uint8_t>(low_ >> 24));
    return std::move(out_);
  }

 private:
  std::uint32_t low_ = 0, high_ = 0xffffffffu;
  std::vector<std::uint8_t> out_;
};

class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    for (int i = 0; i < 4; ++i) code_ = (code_ << 8) | next();
  }
  int bit(BitModel& model) {
    const std::uint32_t middle = low_ + static_cast<std::uint32_t>((static_cast<std::uint64_t>(high_ - low_) * model.zero) >> 12);
    const int value = code_ <= middle ? 0 : 1;
    if (value == 0) high_ = middle;
    else low_ = middle + 1;
    model.update(value);
    while (((low_ ^ high_) & 0xff000000u) == 0) {
      low_ <<= 8;
      high_ = (high_ << 8) | 0xffu;
      code_ = (code_ << 8) | next();
    }
    return value;
  }
  /// Bytes asked for beyond the end; more than the encoder's tail means that the data was cut.
  [[nodiscard]] int missing() const { return missing_; }

 private:
  std::uint32_t next() {
    if (at_ < bytes_.size()) return bytes_[at_++];
    ++missing_;
    return 0;
  }
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  int missing_ = 0;
  std::uint32_t low_ = 0, high_ = 0xffffffffu, code_ = 0;
};

/// Contexts of one picture: "is this the last non-zero coefficient", "is it zero", magnitude bits, by place in the zigzag.
struct Models {
  std::array<BitModel, kCoefficients + 1> more;
  std::array<BitModel, kCoefficients> nonzero;
  std::array<std::array<BitModel, 14>, 3> unary;
  std::array<BitModel, 12> tail;
  BitModel sign;
  [[nodiscard]] static int band(int k) { return k == 0 ? 0 : k < 6 ? 1 : 2; }
};
constexpr int kUnaryBits = 14;

const std::array<int, kCoefficients>& zigzag() {
  static const auto order = [] {
    std::array<int, kCoefficients> all{};
    int n = 0;
    for (int s = 0; s < 2 * kBlock - 1; ++s)
      for (int i = 0; i <= s; ++i) {
        const int y = s % 2 == 0 ? s - i : i, x = s - y;
        if (x < kBlock && y < kBlock) all[static_cast<std::size_t>(n++)] = y * kBlock + x;
      }
    return all;
  }();
  return order;
}

using Block = std::array<float, kCoefficients>;

const Block& dct_basis() {
  static const Block basis = [] {
    Block b{};
    for (int u = 0; u < kBlock; ++u)
      for (int x = 0; x < kBlock; ++x)
        b[static_cast<std::size_t>(u * kBlock + x)] =
            static_cast<float>((u == 0 ? std::sqrt(0.125) : 0.5) * std::cos((2 * x + 1) * u * std::numbers::pi / 16));
    return b;
  }();
  return basis;
}

/// Orthonormal 2-D DCT (or its inverse): basis * block * basis^T.
Block transform(const Block& in, bool inverse) {
  const Block& c = dct_basis();
  Block half{}, out{};
  const auto at = [&](int u, int x) { return inverse ? c[static_cast<std::size_t>(x * kBlock + u)] : c[static_cast<std::size_t>(u * kBlock + x)]; };
  for (int u = 0; u < kBlock; ++u)
    for (int x = 0; x < kBlock; ++x)
      for (int y = 0; y < kBlock; ++y) half[static_cast<std::size_t>(u * kBlock + x)] += at(u, y) * in[static_cast<std::size_t>(y * kBlock + x)];
  for (int u = 0; u < kBlock; ++u)
    for (int v = 0; v < kBlock; ++v)
      for (int x = 0; x < kBlock; ++x) out[static_cast<std::size_t>(u * kBlock + v)] += half[static_cast<std::size_t>(u * kBlock + x)] * at(v, x);
  return out;
}

/// Coarser for high frequencies, where neither eyes nor trackers miss it.
float quantiser_step(int index, int quality_step) {
  const int u = index / kBlock, v = index % kBlock;
  return static_cast<float>(quality_step) * (1.0f + 0.15f * static_cast<float>(u + v));
}

template <class Coder>
int code_level(Coder&& code, Models& models, int k, int level) {
  const int band = Models::band(k);
  auto& unary = models.unary[static_cast<std::size_t>(band)];
  int magnitude = 1;
  while (magnitude <= kUnaryBits) {
    if (code(unary[static_cast<std::size_t>(magnitude - 1)], std::abs(level) > magnitude) == 0) break;
    ++magnitude;
  }
  if (magnitude > kUnaryBits) {
    const int rest = std::max(0, std::abs(level) - magnitude);
    int decoded = 0;
    for (int b = 11; b >= 0; --b) decoded |= code(models.tail[static_cast<std::size_t>(b)], (rest >> b) & 1) << b;
    magnitude += decoded;
  }
  return code(models.sign, level < 0) ? -magnitude : magnitude;
}

/// One walk over the coefficients serves both directions: the encoder's `code` returns what it is given, the decoder's what it reads.
template <class Coder>
void code_block(Coder&& code, Models& models, std::array<int, kCoefficients>& levels, int last) {
  for (int k = 0; k < kCoefficients; ++k) {
    if (code(models.more[static_cast<std::size_t>(k)], k <= last) == 0) {
      for (int rest = k; rest < kCoefficients; ++rest) levels[static_cast<std::size_t>(rest)] = 0;
      return;
    }
    int& level = levels[static_cast<std::size_t>(k)];
    if (code(models.nonzero[static_cast<std::size_t>(k)], level != 0) != 0) level = code_level(code, models, k, level);
    else level = 0;
  }
}

}  // namespace

std::vector<std::uint8_t> encode_photo(const GrayPhoto& photo, int quality_step) {
  const auto [width, height] = photo.size;
  KEEL_CHECK(width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide && quality_step >= 1 && quality_step <= 255);
  KEEL_CHECK(photo.pixels.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  RangeEncoder encoder;
  Models models;
  const auto code = [&](BitModel& model, int bit) { encoder.bit(model, bit); return bit; };
  int previous_dc = 0;
  for (int y0 = 0; y0 < height; y0 += kBlock)
    for (int x0 = 0; x0 < width; x0 += kBlock) {
      Block pixels;
      for (int i = 0; i < kCoefficients; ++i) {
        const int y = std::min(y0 + i / kBlock, height - 1), x = std::min(x0 + i % kBlock, width - 1);
        pixels[static_cast<std::size_t>(i)] = static_cast<float>(photo.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]) - 128.0f;
      }
      const Block spectrum = transform(pixels, false);
      std::array<int, kCoefficients> levels{};
      int last = -1;
      for (int k = 0; k < kCoefficients; ++k) {
        const int index = zigzag()[static_cast<std::size_t>(k)];
        const float scaled = spectrum[static_cast<std::size_t>(index)] / quantiser_step(index, quality_step);
        // A dead zone costs little quality and most of the bits.
        int level = k == 0 ? static_cast<int>(std::lround(scaled)) : static_cast<int>(std::copysign(std::floor(std::abs(scaled) + 0.35f), scaled));
        if (k == 0) {
          const int dc = level;
          level = dc - std::exchange(previous_dc, dc);
        }
        levels[static_cast<std::size_t>(k)] = std::clamp(level, -kMaxLevel, kMaxLevel);
        if (level != 0) last = k;
      }
      code_block(code, models, levels, last);
    }
  std::vector<std::uint8_t> out{static_cast<std::uint8_t>(width & 255), static_cast<std::uint8_t>(width >> 8), static_cast<std::uint8_t>(height & 255),
                                static_cast<std::uint8_t>(height >> 8), static_cast<std::uint8_t>(quality_step)};
  const auto data = encoder.finish();
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

Result<GrayPhoto> decode_photo(std::span<const std::uint8_t> bytes) {
  const Error corrupt{ErrorCode::kCorrupt, "A photograph of the pack is damaged; make the pack again."};
  if (bytes.size() < kHeaderBytes + 4) return corrupt;
  GrayPhoto photo{{bytes[0] | bytes[1] << 8, bytes[2] | bytes[3] << 8}, {}};
  const auto [width, height] = photo.size;
  const int quality_step = bytes[4];
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide || quality_step < 1) return corrupt;
  photo.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  RangeDecoder decoder(bytes.subspan(kHeaderBytes));
  Models models;
  const auto code = [&](BitModel& model, int) { return decoder.bit(model); };
  int previous_dc = 0;
  for (int y0 = 0; y0 < height; y0 += kBlock)
    for (int x0 = 0; x0 < width; x0 += kBlock) {
      std::array<int, kCoefficients> levels{};
      code_block(code, models, levels, -1);
      // The encoder leaves four bytes of tail; asking for more is reading past the end.
      if (decoder.missing() > 8) return corrupt;
      levels[0] = previous_dc = std::clamp(previous_dc + levels[0], -kMaxLevel, kMaxLevel);
      Block spectrum{};
      for (int k = 0; k < kCoefficients; ++k) {
        const int index = zigzag()[static_cast<std::size_t>(k)];
        spectrum[static_cast<std::size_t>(index)] = static_cast<float>(levels[static_cast<std::size_t>(k)]) * quantiser_step(index, quality_step);
      }
      const Block pixels = transform(spectrum, true);
      for (int i = 0; i < kCoefficients; ++i) {
        const int y = y0 + i / kBlock, x = x0 + i % kBlock;
        if (y >= height || x >= width) continue;
        const float value = std::clamp(pixels[static_cast<std::size_t>(i)] + 128.5f, 0.0f, 255.0f);
        photo.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(value);
      }
    }
  return photo;
}

}  // namespace keel
