// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QSizeF>

#include "ui/viewport/picture_view.h"

class QPainter;

namespace keel::ui {

/// Where the pictures go, in the units of the area given. A null rectangle: that side is not shown.
struct CompareLayout {
  QRectF original;
  QRectF stabilized;
};

/// Fits both pictures, each as large as its half (or the whole) allows with its own display aspect.
[[nodiscard]] CompareLayout make_compare_layout(QSizeF area, const ViewContent& content);

/// Paints the names of the sides onto their pictures.
void paint_labels(QPainter& painter, const CompareLayout& layout, const ViewContent& content);

}  // namespace keel::ui
