// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"

namespace keel::ui {

/// Everything that undo brings back. A value.
struct Edit {
  std::string estimator;
  StabilizeSettings settings;
  BorderFill fill = BorderFill::kMirror;  ///< of borders that the framing leaves
  std::map<std::string, OptionValues> estimator_options;  ///< by id; only what differs from the defaults
  std::string original_shows = "original", stabilized_shows = "result";  ///< as in ViewLook
  std::optional<std::int64_t> in, out;  ///< first and last frame that is played; empty: the clip's ends
  bool operator==(const Edit&) const = default;
};

/// Undo and redo as two stacks of values. Changes of the same control that follow each other quickly count as one: a drag is one step, and none where it ends as
/// it began. In and out points are a step each.
class EditHistory {
 public:
  /// A change from `before` to `after` at `now_ms` of any steady clock.
  void note(const Edit& before, const Edit& after, std::int64_t now_ms);
  /// The value to go back (or forward) to; empty at the end.
  [[nodiscard]] std::optional<Edit> undo(const Edit& present);
  [[nodiscard]] std::optional<Edit> redo(const Edit& present);
  [[nodiscard]] bool can_undo() const { return !past_.empty(); }
  [[nodiscard]] bool can_redo() const { return !future_.empty(); }
  void clear();

 private:
  std::vector<Edit> past_, future_;
  unsigned last_changed_ = 0;  ///< the controls that the last change changed; 0: the next change is a step of its own
  std::int64_t last_ms_ = 0;
};

}  // namespace keel::ui
