// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/view_controller.h"

#include <QMouseEvent>
#include <QWheelEvent>
#include <QWidget>
#include <algorithm>
#include <cmath>

#include "ui/viewport/overlays.h"

namespace keel::ui {
namespace {

constexpr int kBlinkMs = 500;
constexpr double kZoomPerStep = 1.25;
constexpr double kWheelStep = 120;  ///< Qt's angle units of one notch

/// The centre that keeps the picture's edges outside its area, or the middle where the picture is smaller.
double clamped_centre(double centre, double picture, double area) {
  if (picture <= area) return 0.5;
  const double half = area / picture / 2;
  return std::clamp(centre, half, 1 - half);
}

}  // namespace

ViewController::ViewController(PictureView& view, QObject* parent) : QObject(parent), view_(view) {
  view_.widget()->installEventFilter(this);
  blink_.setInterval(kBlinkMs);
  connect(&blink_, &QTimer::timeout, this, [this] {
    ViewLook look = look_;
    look.blink_original = !look.blink_original;
    change(look);
  });
}

void ViewController::set_look(const ViewLook& look) { change(look); }

void ViewController::change(const ViewLook& look) {
  if (look == look_) return;
  if (look.mode != look_.mode) {
    look.mode == CompareMode::kBlink ? blink_.start() : blink_.stop();
  }
  look_ = look;
  Q_EMIT changed();
}

void ViewController::set_mode(CompareMode mode) {
  // Chosen, not toggled: nothing lies beneath it but the ways to look that are no toggles.
  if (!is_overlaid(mode)) before_.assign(1, mode);
  else before_.resize(1);
  show_mode(mode);
}

void ViewController::show_mode(CompareMode mode) {
  ViewLook look = look_;
  look.mode = mode;
  look.blink_original = false;
  change(look);
}

void ViewController::toggle_mode(CompareMode mode) {
  if (look_.mode == mode) {
    const CompareMode beneath = before_.back();
    if (before_.size() > 1) before_.pop_back();
    show_mode(beneath);
    return;
  }
  // Each mode lies there once: pressed again from above, it is taken out from beneath and laid on top.
  if (!is_overlaid(look_.mode)) before_.assign(1, look_.mode);
  else before_.push_back(look_.mode);
  std::erase(before_, mode);
  if (before_.empty()) before_.push_back(CompareMode::kSideBySide);
  show_mode(mode);
}

void ViewController::set_stabilized(bool on) {
  ViewLook look = look_;
  look.stabilized = on;
  change(look);
}

void ViewController::swap_sides() {
  ViewLook look = look_;
  look.swapped = !look.swapped;
  change(look);
}

void ViewController::set_side(Side side, const std::string& shows) {
  ViewLook look = look_;
  (side == Side::kOriginal ? look.original_shows : look.stabilized_shows) = shows;
  change(look);
}

void ViewController::set_gain(double gain) {
  ViewLook look = look_;
  look.gain = gain;
  change(look);
}

void ViewController::fit() {
  ViewLook look = look_;
  look.zoom = 0;
  look.centre = {0.5, 0.5};
  change(look);
}

CompareLayout ViewController::layout() const {
  ViewContent content = view_.content();
  content.look = look_;
  return make_compare_layout(QSizeF(view_.widget()->size()), content, view_.widget()->devicePixelRatioF());
}

void ViewController::zoom_to(double zoom) {
  const CompareLayout now = layout();
  const QRectF area = now.stabilized.isNull() || look_.mode == CompareMode::kWipe ? QRectF(view_.widget()->rect()) : now.stabilized_area;
  zoom_at(area.center(), zoom);
}

void ViewController::zoom_at(QPointF at, double zoom) {
  const CompareLayout now = layout();
  const bool on_original = !now.original.isNull() && (now.stabilized.isNull() || now.original_area.contains(at));
  const QRectF picture = on_original ? now.original : now.stabilized;
  if (picture.isEmpty()) return;
  const double ratio = view_.widget()->devicePixelRatioF();
  const double fitted = fitted_zoom(QSizeF(view_.widget()->size()), view_.content(), ratio);
  ViewLook look = look_;
  // Smaller than its area a picture only gets harder to see, but 100 % of a small clip must be possible.
  look.zoom = std::clamp(zoom, std::min(fitted, 1.0), kMaxZoom);
  if (fitted <= 1 && look.zoom <= fitted) {
    fit();
    return;
  }
  const QPointF share((at.x() - picture.left()) / picture.width(), (at.y() - picture.top()) / picture.height());
  ViewContent content = view_.content();
  content.look = look;
  const CompareLayout next = make_compare_layout(QSizeF(view_.widget()->size()), content, ratio);
  const QRectF larger = on_original ? next.original : next.stabilized;
  const bool shared_place = look.mode == CompareMode::kWipe;
  const QRectF area = shared_place ? QRectF(view_.widget()->rect()) : (on_original ? next.original_area : next.stabilized_area);
  // The point under the cursor stays under it.
  look.centre.setX(clamped_centre(share.x() + (area.center().x() - at.x()) / larger.width(), larger.width(), area.width()));
  look.centre.setY(clamped_centre(share.y() + (area.center().y() - at.y()) / larger.height(), larger.height(), area.height()));
  change(look);
}

void ViewController::pan(QPointF by) {
  if (look_.zoom <= 0) return;
  const CompareLayout now = layout();
  const bool stabilized = !now.stabilized.isNull();
  const QRectF picture = stabilized ? now.stabilized : now.original;
  const QRectF area = look_.mode == CompareMode::kWipe ? QRectF(view_.widget()->rect()) : (stabilized ? now.stabilized_area : now.original_area);
  if (picture.isEmpty()) return;
  ViewLook look = look_;
  look.centre.setX(clamped_centre(look.centre.x() - by.x() / picture.width(), picture.width(), area.width()));
  look.centre.setY(clamped_centre(look.centre.y() - by.y() / picture.height(), picture.height(), area.height()));
  change(look);
}

void ViewController::set_wipe(double x) {
  ViewLook look = look_;
  look.wipe = std::clamp(x / std::max(view_.widget()->width(), 1), 0.0, 1.0);
  change(look);
}

void ViewController::wheel(const QWheelEvent& event) {
  if (view_.content().frame.empty()) return;
  const double ratio = view_.widget()->devicePixelRatioF();
  const double now = look_.zoom > 0 ? look_.zoom : fitted_zoom(QSizeF(view_.widget()->size()), view_.content(), ratio);
  zoom_at(event.position(), now * std::pow(kZoomPerStep, event.angleDelta().y() / kWheelStep));
}

bool ViewController::mouse(const QMouseEvent& event) {
  if (event.type() == QEvent::MouseButtonPress && event.button() == Qt::LeftButton) {
    if (const auto side = side_name_at(event.position(), view_.widget()->font(), layout(), view_.content())) {
      Q_EMIT side_clicked(*side, event.globalPosition().toPoint());
      return true;
    }
  }
  const bool wipes = look_.mode == CompareMode::kWipe && (event.buttons() & Qt::LeftButton) != 0;
  if (wipes) {
    set_wipe(event.position().x());
    return true;
  }
  if ((event.buttons() & (Qt::MiddleButton | Qt::LeftButton)) == 0) return false;
  if (event.type() == QEvent::MouseMove) pan(event.position() - last_);
  last_ = event.position();
  return true;
}

bool ViewController::eventFilter(QObject* watched, QEvent* event) {
  switch (event->type()) {
    case QEvent::Wheel:
      wheel(*static_cast<QWheelEvent*>(event));
      return true;
    case QEvent::MouseButtonPress:
    case QEvent::MouseMove:
      return mouse(*static_cast<QMouseEvent*>(event));
    default:
      return QObject::eventFilter(watched, event);
  }
}

}  // namespace keel::ui
