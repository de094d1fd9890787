// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keel::ui {
namespace {

constexpr double kGap = 2;  ///< between the halves

QRectF fit(const QRectF& area, QSizeF natural) {
  if (natural.isEmpty() || area.isEmpty()) return {};
  const QSizeF display = natural.scaled(area.size(), Qt::KeepAspectRatio);
  // Whole numbers keep pixels square at 100 % and neighbouring frames in place.
  const double width = std::max(1.0, std::round(display.width())), height = std::max(1.0, std::round(display.height()));
  return {std::floor(area.x() + (area.width() - width) / 2), std::floor(area.y() + (area.height() - height) / 2), width, height};
}

QRectF zoomed(const QRectF& area, QSizeF natural, const ViewLook& look, double pixel_ratio) {
  if (natural.isEmpty() || area.isEmpty()) return {};
  const QSizeF display = natural * (look.zoom / pixel_ratio);
  const double x = std::round(area.center().x() - look.centre.x() * display.width());
  const double y = std::round(area.center().y() - look.centre.y() * display.height());
  return {QPointF(x, y), display};
}

QSizeF natural_size(Size size, const ViewContent& content) {
  const double ratio = content.sample_aspect.value();
  return {size.width * (ratio > 0 ? ratio : 1), static_cast<double>(size.height)};
}

std::pair<QRectF, QRectF> halves(QSizeF area, CompareMode mode) {
  if (mode == CompareMode::kStacked) {
    const double half = std::floor((area.height() - kGap) / 2);
    return {QRectF(0, 0, area.width(), half), QRectF(0, area.height() - half, area.width(), half)};
  }
  const double half = std::floor((area.width() - kGap) / 2);
  return {QRectF(0, 0, half, area.height()), QRectF(area.width() - half, 0, half, area.height())};
}

}  // namespace

CompareLayout make_compare_layout(QSizeF area, const ViewContent& content, double pixel_ratio) {
  const ViewLook& look = content.look;
  const QSizeF original = natural_size(original_side(content).size, content), stabilized = natural_size(stabilized_side(content).size, content);
  const auto place = [&](const QRectF& in, QSizeF natural) { return look.zoom > 0 ? zoomed(in, natural, look, pixel_ratio) : fit(in, natural); };
  const QRectF whole(QPointF(0, 0), area);
  CompareLayout out;
  const auto show_original = [&](const QRectF& in, const QRectF& of) { out.original = place(of, original), out.original_area = in; };
  const auto show_stabilized = [&](const QRectF& in, const QRectF& of) { out.stabilized = place(of, stabilized), out.stabilized_area = in; };
  switch (look.mode) {
    case CompareMode::kOriginalOnly:
      show_original(whole, whole);
      break;
    case CompareMode::kStabilizedOnly:
      show_stabilized(whole, whole);
      break;
    case CompareMode::kBlink:
      look.blink_original ? show_original(whole, whole) : show_stabilized(whole, whole);
      break;
    case CompareMode::kDifference:
      show_original(whole, whole);
      show_stabilized(whole, whole);
      break;
    case CompareMode::kWipe: {
      const double divider = std::round(area.width() * std::clamp(look.wipe, 0.0, 1.0));
      const QRectF left(0, 0, divider, area.height()), right(divider, 0, area.width() - divider, area.height());
      show_original(look.swapped ? right : left, whole);
      show_stabilized(look.swapped ? left : right, whole);
      break;
    }
    case CompareMode::kSideBySide:
    case CompareMode::kStacked: {
      const auto [first, second] = halves(area, look.mode);
      const QRectF& of_original = look.swapped ? second : first;
      const QRectF& of_stabilized = look.swapped ? first : second;
      show_original(of_original, of_original);
      show_stabilized(of_stabilized, of_stabilized);
      break;
    }
  }
  return out;
}

double fitted_zoom(QSizeF area, const ViewContent& content, double pixel_ratio) {
  ViewContent fitted = content;
  fitted.look.zoom = 0;
  const CompareLayout layout = make_compare_layout(area, fitted, pixel_ratio);
  const bool stabilized = !layout.stabilized.isNull();
  const int lines = stabilized ? stabilized_side(content).size.height : original_side(content).size.height;
  return lines > 0 ? (stabilized ? layout.stabilized : layout.original).height() * pixel_ratio / lines : 1;
}

}  // namespace keel::ui
