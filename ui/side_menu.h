// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/viewport/picture_view.h"

class QMenu;

namespace keel::ui {

class SessionModel;
class ViewController;

/// Fills `menu` anew whenever it opens: the original, the chosen estimator's result, and every other estimator's; what cannot run here is greyed with
/// the reason. A choice goes to the view.
void fill_side_menu(QMenu& menu, Side side, const SessionModel& model, ViewController& viewing);

}  // namespace keel::ui
