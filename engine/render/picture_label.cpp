// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/picture_label.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

constexpr int kRows = 9;       ///< seven above the base line, two below
constexpr int kSpaceDots = 3;  ///< width of a letter that is not on the list

struct Glyph {
  char letter;
  std::array<std::string_view, kRows> rows;
};

/// The letters of the labels that there are; a new label brings its letters along.
constexpr std::array<Glyph, 13> kGlyphs{{
    {'O', {" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### ", "     ", "     "}},
    {'S', {" ####", "#    ", "#    ", " ### ", "    #", "    #", "#### ", "     ", "     "}},
    {'a', {"     ", "     ", " ### ", "    #", " ####", "#   #", " ####", "     ", "     "}},
    {'b', {"#    ", "#    ", "# ## ", "##  #", "#   #", "#   #", "#### ", "     ", "     "}},
    {'d', {"    #", "    #", " ## #", "#  ##", "#   #", "#   #", " ####", "     ", "     "}},
    {'e', {"     ", "     ", " ### ", "#   #", "#####", "#    ", " ### ", "     ", "     "}},
    {'g', {"     ", "     ", " ####", "#   #", "#   #", "#   #", " ####", "    #", " ### "}},
    {'i', {"#", " ", "#", "#", "#", "#", "#", " ", " "}},
    {'l', {"#", "#", "#", "#", "#", "#", "#", " ", " "}},
    {'n', {"     ", "     ", "# ## ", "##  #", "#   #", "#   #", "#   #", "     ", "     "}},
    {'r', {"    ", "    ", "# ##", "##  ", "#   ", "#   ", "#   ", "    ", "    "}},
    {'t', {" #  ", " #  ", "### ", " #  ", " #  ", " #  ", "  ##", "    ", "    "}},
    {'z', {"     ", "     ", "#####", "   # ", "  #  ", " #   ", "#####", "     ", "     "}},
}};

const Glyph* find_glyph(char letter) {
  const auto* found = std::find_if(kGlyphs.begin(), kGlyphs.end(), [&](const Glyph& glyph) { return glyph.letter == letter; });
  return found == kGlyphs.end() ? nullptr : found;
}

/// A line of text as dots.
class DotText {
 public:
  explicit DotText(std::string_view text) {
    for (const char letter : text) {
      const Glyph* glyph = find_glyph(letter);
      for (std::size_t row = 0; row < kRows; ++row) {
        if (glyph != nullptr) rows_[row] += glyph->rows[row];
        rows_[row].append(glyph != nullptr ? 1 : kSpaceDots, ' ');
      }
    }
  }
  [[nodiscard]] int width() const { return static_cast<int>(rows_[0].size()) - 1; }
  /// How much of the place is ink, 0 to 1, between the dots' centres (at integers) interpolated: turned into a sharp edge this rounds the corners.
  [[nodiscard]] double ink(double x, double y) const {
    const int column = static_cast<int>(std::floor(x)), row = static_cast<int>(std::floor(y));
    const double fx = x - column, fy = y - row;
    return (1 - fy) * ((1 - fx) * dot(column, row) + fx * dot(column + 1, row)) + fy * ((1 - fx) * dot(column, row + 1) + fx * dot(column + 1, row + 1));
  }

 private:
  [[nodiscard]] double dot(int column, int row) const {
    if (row < 0 || row >= kRows || column < 0 || column >= width()) return 0;
    return rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] == '#' ? 1 : 0;
  }
  std::array<std::string, kRows> rows_;
};

/// All in dots: what lies around the text, and between the box and the corner.
constexpr int kPaddingX = 3, kPaddingY = 2, kCorner = 3;
constexpr double kCapitalDots = 7, kCapitalShare = 0.032;
constexpr double kDarkened = 0.3;  ///< what is left of the picture's brightness
constexpr double kInkEdge = 0.45;  ///< a little below the middle, so that diagonals do not thin out

template <class Sample>
void draw(FrameBuffer& picture, int plane, const PictureArea& box, const DotText& text, double dot_px) {
  const PixelFormat& format = picture.format();
  const bool alpha = format.alpha && plane == format.plane_count() - 1;
  const int black = black_sample(format, picture.color(), plane), top = (1 << format.bit_depth) - 1;
  const int white = is_full_range(format, picture.color()) ? top : 235 << (format.bit_depth - 8);
  for (int y = 0; y < box.size.height; ++y) {
    Sample* row = picture.row<Sample>(plane, box.top + y) + box.left;
    for (int x = 0; x < box.size.width; ++x) {
      if (alpha) {
        row[x] = static_cast<Sample>(top);
        continue;
      }
      const double ink = text.ink((x + 0.5) / dot_px - kPaddingX - 0.5, (y + 0.5) / dot_px - kPaddingY - 0.5);
      const double share = std::clamp((ink - kInkEdge) * dot_px + 0.5, 0.0, 1.0);
      const double ground = black + kDarkened * (row[x] - black);
      row[x] = static_cast<Sample>(std::lround(std::clamp(ground + share * (white - ground), 0.0, static_cast<double>(top))));
    }
  }
}

}  // namespace

void draw_label(FrameBuffer& picture, const PictureArea& area, std::string_view text) {
  const DotText dots(text);
  const int wide = dots.width() + 2 * kPaddingX, high = kRows + 2 * kPaddingY;
  // One pixel a dot is the least that can be read.
  double dot_px = std::max(1.0, kCapitalShare * area.size.height / kCapitalDots);
  dot_px = std::min({dot_px, static_cast<double>(area.size.width) / (wide + 2 * kCorner), static_cast<double>(area.size.height) / (high + 2 * kCorner)});
  if (dot_px < 1) return;
  const int corner = static_cast<int>(std::lround(kCorner * dot_px));
  const PictureArea box{area.left + corner, area.top + corner, {static_cast<int>(std::lround(wide * dot_px)), static_cast<int>(std::lround(high * dot_px))}};
  const PixelFormat& format = picture.format();
  for (int p = 0; p < format.plane_count(); ++p) {
    if (format.is_chroma(p)) continue;
    if (format.bytes_per_sample() == 1) draw<std::uint8_t>(picture, p, box, dots, dot_px);
    else draw<std::uint16_t>(picture, p, box, dots, dot_px);
  }
}

}  // namespace keel
