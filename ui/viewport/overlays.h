// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <optional>
#include <vector>

#include "ui/viewport/compare_layout.h"

class QFont;
class QFontMetricsF;
class QPainter;

namespace keel::ui {

/// Everything that is drawn over the pictures: crop window, feature tails, grid, safe area, divider, names of the sides, frame rates. `area` is the view's size.
void paint_overlays(QPainter& painter, QSizeF area, const CompareLayout& layout, const ViewContent& content);

/// The name in `room` px: the words give way to the number, which is what one looks for; where not even a few letters fit beside it, it stands alone.
[[nodiscard]] QString shortened(const SideName& name, const QFontMetricsF& metrics, double room);

/// The result's corners on the source, in source pixels, clockwise from the upper left; empty without a warp.
[[nodiscard]] std::vector<QPointF> crop_window_corners(const ViewContent& content);

/// The side whose name lies at `at` when it is painted in `font`: a click there asks what the side shows.
[[nodiscard]] std::optional<Side> side_name_at(QPointF at, const QFont& font, const CompareLayout& layout, const ViewContent& content);

}  // namespace keel::ui
