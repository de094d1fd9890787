// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QSizeF>

#include "ui/viewport/picture_view.h"

namespace keel::ui {

/// Where the pictures go, in the units of the view. A null rectangle: that side is not shown.
struct CompareLayout {
  QRectF original, stabilized;            ///< the whole pictures; larger than their areas when zoomed in
  QRectF original_area, stabilized_area;  ///< what of the view each side may cover
};

/// Places both pictures with their display aspect, fitted or zoomed as the look says. `pixel_ratio`: screen pixels per unit of the view.
[[nodiscard]] CompareLayout make_compare_layout(QSizeF area, const ViewContent& content, double pixel_ratio = 1);

/// Screen pixels per picture pixel when the pictures are fitted (of the stabilized side where both are shown).
[[nodiscard]] double fitted_zoom(QSizeF area, const ViewContent& content, double pixel_ratio);

}  // namespace keel::ui
