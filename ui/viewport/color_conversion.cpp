// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/color_conversion.h"

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

bool is_full_range(const PixelFormat& format, const ColorTags& tags) { return tags.range_known ? tags.full_range : format.model != ColorModel::kYuv; }

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

}  // namespace

ColorConversion make_color_conversion(const PixelFormat& format, const ColorTags& tags, Size size) {
  ColorConversion out;
  const double peak = static_cast<double>((1 << format.bit_depth) - 1);
  const double step = static_cast<double>(1 << (format.bit_depth - 8));
  const bool full = is_full_range(format, tags);
  const double luma_gain = full ? 1.0 : peak / (219 * step);
  const auto luma_offset = static_cast<float>(full ? 0.0 : 16 * step / peak);
  const auto gain = static_cast<float>(luma_gain);
  out.offset = {luma_offset, luma_offset, luma_offset};
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
