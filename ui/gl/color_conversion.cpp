// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/color_conversion.h"

#include <algorithm>
#include <cmath>

namespace keel::ui {
namespace {

/// Pictures of at least this many lines are high definition, and untagged ones BT.709.
constexpr int kHighDefinitionLines = 720;

struct LumaWeights {
  double red, blue;
};

/// Code points of ITU-T H.273, table 4.
LumaWeights luma_weights(int matrix, int lines) {
  switch (matrix) {
    case 1:
      return {0.2126, 0.0722};
    case 4:
      return {0.30, 0.11};
    case 5:
    case 6:
      return {0.299, 0.114};
    case 7:
      return {0.212, 0.087};
    case 9:
    case 10:
      return {0.2627, 0.0593};
    default:
      return lines >= kHighDefinitionLines ? LumaWeights{0.2126, 0.0722} : LumaWeights{0.299, 0.114};
  }
}

/// FFmpeg's AVChromaLocation.
bool centred_horizontally(int location) { return location == 2 || location == 4 || location == 6; }

void set_chroma_siting(ColorConversion& out, const PixelFormat& format, int location) {
  const auto scale_x = static_cast<float>(1 << format.chroma_shift_x), scale_y = static_cast<float>(1 << format.chroma_shift_y);
  out.chroma_scale = {1 / scale_x, 1 / scale_y};
  if (centred_horizontally(location)) out.chroma_shift[0] = 0.5F / scale_x - 0.5F;
  const bool top = location == 3 || location == 4, bottom = location == 5 || location == 6;
  if (bottom) {
    out.chroma_shift[1] = 1 / scale_y - 1;
  } else if (!top) {
    out.chroma_shift[1] = 0.5F / scale_y - 0.5F;
  }
}

/// Code points of ITU-T H.273, tables 2 and 3.
constexpr int kTransferPq = 16, kTransferHlg = 18, kPrimaries2020 = 9;

constexpr float kReferenceWhite = 203, kPeak = 1000;  ///< cd/m2

/// ST 2084, in cd/m2.
float pq_light(float code) {
  const float p = std::pow(std::max(code, 0.0F), 1 / 78.84375F);
  return 10000 * std::pow(std::max(p - 0.8359375F, 0.0F) / (18.8515625F - 18.6875F * p), 1 / 0.1593017578125F);
}

/// ARIB STD-B67, scene light 0 to 1.
float hlg_light(float code) {
  return code <= 0.5F ? code * code / 3 : (std::exp((code - 0.55991073F) / 0.17883277F) + 0.28466892F) / 12;
}

void set_transfer(ColorConversion& out, const ColorTags& tags) {
  if (tags.transfer == kTransferPq) out.transfer = ViewTransfer::kPq;
  if (tags.transfer == kTransferHlg) out.transfer = ViewTransfer::kHlg;
  // BT.2087.
  if (out.transfer != ViewTransfer::kDisplay && tags.primaries == kPrimaries2020)
    out.view_from_rgb = {1.6605F, -0.5876F, -0.0728F, -0.1246F, 1.1329F, -0.0083F, -0.0182F, -0.1006F, 1.1187F};
}

}  // namespace

std::array<float, 3> to_view(const ColorConversion& conversion, std::array<float, 3> rgb) {
  if (conversion.transfer == ViewTransfer::kDisplay) return rgb;
  if (conversion.transfer == ViewTransfer::kPq) {
    for (float& c : rgb) c = pq_light(c) / kReferenceWhite;
  } else {
    for (float& c : rgb) c = hlg_light(std::clamp(c, 0.0F, 1.0F));
    const float luma = 0.2627F * rgb[0] + 0.678F * rgb[1] + 0.0593F * rgb[2];
    const float gain = kPeak / kReferenceWhite * std::pow(std::max(luma, 1e-6F), 0.2F);
    for (float& c : rgb) c *= gain;
  }
  const auto& m = conversion.view_from_rgb;
  std::array<float, 3> view{};
  for (std::size_t i = 0; i < 3; ++i) view[i] = std::max(m[3 * i] * rgb[0] + m[3 * i + 1] * rgb[1] + m[3 * i + 2] * rgb[2], 0.0F);
  const float brightest = std::max({view[0], view[1], view[2], 1e-6F}), white = kPeak / kReferenceWhite;
  const float scale = (1 + brightest / (white * white)) / (1 + brightest);
  for (float& c : view) c = std::pow(std::min(c * scale, 1.0F), 1 / 2.4F);
  return view;
}

ColorConversion make_color_conversion(const PixelFormat& format, const ColorTags& tags, Size size) {
  ColorConversion out;
  const double peak = static_cast<double>((1 << format.bit_depth) - 1);
  const double step = static_cast<double>(1 << (format.bit_depth - 8));
  const bool full = is_full_range(format, tags);
  const double luma_gain = full ? 1.0 : peak / (219 * step);
  const auto luma_offset = static_cast<float>(full ? 0.0 : 16 * step / peak);
  const auto gain = static_cast<float>(luma_gain);
  out.offset = {luma_offset, luma_offset, luma_offset};
  set_transfer(out, tags);
  switch (format.model) {
    case ColorModel::kGray:
      out.rgb_from_planes = {gain, 0, 0, gain, 0, 0, gain, 0, 0};
      return out;
    case ColorModel::kGbr:
      out.rgb_from_planes = {0, 0, gain, gain, 0, 0, 0, gain, 0};
      return out;
    case ColorModel::kYuv:
      break;
  }
  set_chroma_siting(out, format, tags.chroma_location);
  const auto [red, blue] = luma_weights(tags.matrix, size.height);
  const double green = 1 - red - blue;
  const double chroma_gain = full ? 1.0 : peak / (224 * step);
  const auto chroma_offset = static_cast<float>(128 * step / peak);
  out.offset = {luma_offset, chroma_offset, chroma_offset};
  const auto red_v = static_cast<float>(2 * (1 - red) * chroma_gain), blue_u = static_cast<float>(2 * (1 - blue) * chroma_gain);
  const auto green_u = static_cast<float>(-2 * (1 - blue) * blue / green * chroma_gain);
  const auto green_v = static_cast<float>(-2 * (1 - red) * red / green * chroma_gain);
  out.rgb_from_planes = {gain, 0, red_v, gain, green_u, green_v, gain, blue_u, 0};
  return out;
}

}  // namespace keel::ui
