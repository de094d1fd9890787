// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/image/frame.h"
#include "engine/math/mat3.h"

namespace keel::metrics {

/// What the edge of an output picture shows that its source does not hold. Read from the pixels at full size, so it also finds
/// what the registration cannot know (a mesh that folds over at one side).
struct BorderFlags {
  bool black = false;     ///< a run of black along an edge where the source is not black or has no picture
  bool repeated = false;  ///< an edge whose lines repeat (smeared) or mirror the ones inside, where the source does not
};

/// Looks at the four edges, up to 32 lines deep. `source_from_output` is in full-size px; without it the source's own edges tell what
/// is real. A black run counts from 2 % of the edge; smear and mirror must span the whole edge, and the source
/// must not explain them even where the map is off by 0.25 % of the longer side.
[[nodiscard]] BorderFlags check_border(const Frame& source, const Frame& output, const std::optional<Mat3>& source_from_output);

}  // namespace keel::metrics
