// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace keel::ui {

enum class TransportIcon { kFirst = 1, kBack, kPlay, kPause, kForward, kLast, kIn, kOut, kLoop, kUndo, kRedo };

/// In and out are brackets, the others what they are everywhere. Drawn in the palette's text colour: the style's own media icons are black whatever the theme.
[[nodiscard]] QIcon make_transport_icon(TransportIcon icon);

}  // namespace keel::ui
