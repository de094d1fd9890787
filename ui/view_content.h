// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/media/decoder.h"
#include "engine/session/session.h"
#include "ui/viewport/picture_view.h"

namespace keel::ui {

/// What the view shows of a session: the frame, and for both sides the warp and the name of what was chosen for them.
[[nodiscard]] ViewContent make_view_content(const SessionSnapshot& session, const DecodedFrame& shown, const ViewLook& look);

/// The estimators that a look needs besides the chosen one.
[[nodiscard]] std::vector<std::string> compared_estimators(const ViewLook& look);

/// The estimator whose track is held against the chosen one: the one on a side, else the first other one that is analysed. Null when there is none.
[[nodiscard]] const EstimatorView* second_opinion(const SessionSnapshot& session, const ViewLook& look);

}  // namespace keel::ui
