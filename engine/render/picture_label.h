// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "engine/image/frame.h"

namespace keel {

/// A rectangle of a picture, in luma pixels.
struct PictureArea {
  int left = 0, top = 0;
  Size size;
};

/// Writes `text` in white on a darkened box into the upper left corner of `area`; capitals are about 3 % of the area's height, smaller where the text would not
/// fit, and areas too small for legible letters stay as they are. Only luma is drawn (all planes of RGB; alpha becomes opaque), so that chroma stays the picture's.
/// The letters are those of a built-in list; others are spaces.
void draw_label(FrameBuffer& picture, const PictureArea& area, std::string_view text);

}  // namespace keel
