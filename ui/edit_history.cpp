// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/edit_history.h"

#include <utility>

namespace keel::ui {
namespace {

constexpr std::int64_t kOneGesture_ms = 800;
/// Values are small; a day's work fits.
constexpr std::size_t kMaxSteps = 1000;

/// Which controls changed, a bit each; 0 where a point is among them, which is set with a key of its own and no part of a gesture.
unsigned changed_controls(const Edit& a, const Edit& b) {
  if (a.in != b.in || a.out != b.out) return 0;
  const StabilizeSettings &p = a.settings, &q = b.settings;
  unsigned changed = 0, bit = 1;
  for (const bool differs : {a.estimator != b.estimator, p.smoother != q.smoother, p.smoother_options != q.smoother_options,
                             p.smoothness != q.smoothness, p.keep != q.keep, p.strength != q.strength, p.rolling_shutter != q.rolling_shutter, p.framing != q.framing,
                             p.zoom_smoothness != q.zoom_smoothness, p.size != q.size, a.fill != b.fill,
                             a.estimator_options != b.estimator_options, a.original_shows != b.original_shows,
                             a.stabilized_shows != b.stabilized_shows}) {
    if (differs) changed |= bit;
    bit <<= 1U;
  }
  return changed;
}

}  // namespace

void EditHistory::note(const Edit& before, const Edit& after, std::int64_t now_ms) {
  if (before == after) return;
  const unsigned changed = changed_controls(before, after);
  const bool same_gesture = changed != 0 && changed == last_changed_ && now_ms - last_ms_ < kOneGesture_ms && !past_.empty();
  if (!same_gesture) past_.push_back(before);
  if (past_.size() > kMaxSteps) past_.erase(past_.begin());
  future_.clear();
  last_changed_ = changed;
  last_ms_ = now_ms;
  if (past_.back() != after) return;
  // Back where it began: a step that changes nothing would look like an undo that does not work.
  past_.pop_back();
  last_changed_ = 0;
}

std::optional<Edit> EditHistory::undo(const Edit& present) {
  last_changed_ = 0;
  if (past_.empty()) return std::nullopt;
  future_.push_back(present);
  Edit back = std::move(past_.back());
  past_.pop_back();
  return back;
}

std::optional<Edit> EditHistory::redo(const Edit& present) {
  last_changed_ = 0;
  if (future_.empty()) return std::nullopt;
  past_.push_back(present);
  Edit forward = std::move(future_.back());
  future_.pop_back();
  return forward;
}

void EditHistory::clear() {
  past_.clear();
  future_.clear();
  last_changed_ = 0;
}

}  // namespace keel::ui
