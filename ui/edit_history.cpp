// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/edit_history.h"

#include <utility>

namespace keel::ui {
namespace {

constexpr std::int64_t kOneGesture_ms = 800;
/// Values are small; a day's work fits.
constexpr std::size_t kMaxSteps = 1000;

/// Which sliders moved, a bit each.
unsigned moved_sliders(const Edit& a, const Edit& b) {
  const StabilizeSettings &p = a.settings, &q = b.settings;
  unsigned moved = 0, bit = 1;
  for (const bool differs : {p.smoother_options != q.smoother_options, p.smoothness != q.smoothness, p.keep != q.keep, p.strength != q.strength,
                             p.zoom_smoothness != q.zoom_smoothness, a.estimator_options != b.estimator_options}) {
    if (differs) moved |= bit;
    bit <<= 1U;
  }
  return moved;
}

/// Whether anything else differs: what is chosen from a list, switched, or set with a key.
bool chose(const Edit& a, Edit b) {
  b.settings.smoother_options = a.settings.smoother_options;
  b.settings.smoothness = a.settings.smoothness;
  b.settings.keep = a.settings.keep;
  b.settings.strength = a.settings.strength;
  b.settings.zoom_smoothness = a.settings.zoom_smoothness;
  b.estimator_options = a.estimator_options;
  return a != b;
}

}  // namespace

void EditHistory::note(const Edit& before, const Edit& after, std::int64_t now_ms) {
  if (before == after) return;
  const unsigned moved = chose(before, after) ? 0 : moved_sliders(before, after);
  const bool same_gesture = moved != 0 && moved == last_moved_ && now_ms - last_ms_ < kOneGesture_ms && !past_.empty();
  if (!same_gesture) past_.push_back(before);
  if (past_.size() > kMaxSteps) past_.erase(past_.begin());
  future_.clear();
  last_moved_ = moved;
  last_ms_ = now_ms;
  if (past_.back() != after) return;
  // Back where it began: a step that changes nothing would look like an undo that does not work.
  past_.pop_back();
  last_moved_ = 0;
}

std::optional<Edit> EditHistory::undo(const Edit& present) {
  last_moved_ = 0;
  if (past_.empty()) return std::nullopt;
  future_.push_back(present);
  Edit back = std::move(past_.back());
  past_.pop_back();
  return back;
}

std::optional<Edit> EditHistory::redo(const Edit& present) {
  last_moved_ = 0;
  if (future_.empty()) return std::nullopt;
  past_.push_back(present);
  Edit forward = std::move(future_.back());
  future_.pop_back();
  return forward;
}

void EditHistory::clear() {
  past_.clear();
  future_.clear();
  last_moved_ = 0;
}

}  // namespace keel::ui
