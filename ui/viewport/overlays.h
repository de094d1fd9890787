// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <vector>

#include "ui/viewport/compare_layout.h"

class QPainter;

namespace keel::ui {

/// Everything that is drawn over the pictures: crop window, grid, safe area, divider, names of the sides, frame rates. `area` is the view's size.
void paint_overlays(QPainter& painter, QSizeF area, const CompareLayout& layout, const ViewContent& content);

/// The result's corners on the source, in source pixels, clockwise from the upper left; empty without a warp.
[[nodiscard]] std::vector<QPointF> crop_window_corners(const ViewContent& content);

}  // namespace keel::ui
