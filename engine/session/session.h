// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/media/clip_info.h"
#include "engine/motion/motion_track.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// What the session works on. A value: editing replaces it.
struct SessionState {
  std::filesystem::path clip;
  std::string estimator = "classical";
  StabilizeSettings settings;
  bool operator==(const SessionState&) const = default;
};

/// Everything the window may show, published as one immutable value; newer snapshots replace older ones.
struct SessionSnapshot {
  std::uint64_t revision = 0;                     ///< of the state that `solution` belongs to
  SessionState state;
  std::shared_ptr<const ClipInfo> clip;           ///< null until opened
  std::shared_ptr<const MotionTrack> track;       ///< null until something is analysed; may be a prefix while analysing
  std::shared_ptr<const Solution> solution;       ///< null until solved; belongs to `track`
  bool track_complete = false;                    ///< `track` covers the whole clip: what an export needs
  bool analysing = false;
  std::int64_t frames_done = 0, frames_total = 0; ///< of the analysis
  double analysis_fps = 0;
  std::optional<std::string> error;               ///< one sentence; cleared when an analysis starts or the next action of the same kind succeeds

  /// The clip is analysed to its end and `solution` covers all of it (right after the analysis it may still be that of a prefix).
  [[nodiscard]] bool exportable() const {
    return clip && track_complete && solution && !solution->plan.frames.empty() && solution->plan.frames.size() == track->pts.size();
  }
};

/// Runs analysis and solving on threads of its own (exports: ExportQueue). Calls return at once. `wake` is called from those threads when
/// there is a new snapshot and may only post; the owner then calls `snapshot()`. The motion is re-used while clip and estimator stay the same, so that
/// a change of settings re-runs path -> plan only (newest request wins). Destruction cancels and joins everything.
class Session {
 public:
  explicit Session(std::function<void()> wake);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Replaces the state and returns its revision. Opens and analyses when clip or estimator changed, else only solves.
  std::uint64_t edit(const SessionState& state);
  [[nodiscard]] std::shared_ptr<const SessionSnapshot> snapshot() const;

  void cancel_analysis();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keel
