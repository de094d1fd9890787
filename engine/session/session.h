// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/media/clip_info.h"
#include "engine/motion/motion_estimator.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// What the session works on. A value: editing replaces it.
struct SessionState {
  std::filesystem::path clip;
  std::string estimator = "classical";  ///< the one whose result is shown and exported; it is analysed first
  StabilizeSettings settings;
  std::vector<std::string> compared;    ///< estimators that are looked at beside it: analysed next
  bool analyse_all = false;             ///< then all others that are available, unless the clip is longer than kMostFramesUnasked
  std::map<std::string, OptionValues> estimator_options;  ///< by id; what is absent has its defaults. A change analyses anew what it concerns
  bool operator==(const SessionState&) const = default;
};

/// Five minutes at 30 frames a second. A network takes more than twice the clip's own time on a CPU: beyond this it has to be asked for.
inline constexpr std::int64_t kMostFramesUnasked = 9000;

/// Where one estimator stands with the present clip.
enum class AnalysisStage {
  kNone = 1,     ///< nobody has asked for it
  kUnavailable,  ///< it cannot run here
  kWaiting,      ///< for one that goes first
  kRunning,
  kCancelled,
  kFailed,
  kDone,
};

/// One estimator's part of a snapshot.
struct EstimatorView {
  std::string id;
  AnalysisStage stage = AnalysisStage::kNone;
  std::shared_ptr<const MotionTrack> track;        ///< a prefix of the clip until `stage` is kDone; null until something is known
  std::shared_ptr<const Solution> solution;        ///< belongs to `track` or to a shorter prefix; follows the settings after that of the shown estimator
  std::int64_t frames_done = 0, frames_total = 0;  ///< of the analysis
  double fps = 0;                                  ///< of the running analysis; 0 until it is known
  bool from_cache = false;                         ///< the track was on disk
  MotionCompute compute;                           ///< of an analysis that came to its end
  DecodeHealth health;                             ///< likewise
  std::string reason;                              ///< one sentence, where it is unavailable or failed
  bool operator==(const EstimatorView&) const = default;
};

/// Everything the window may show, published as one immutable value; newer snapshots replace older ones.
struct SessionSnapshot {
  std::uint64_t revision = 0;                     ///< of the state that `solution` belongs to
  SessionState state;
  std::shared_ptr<const ClipInfo> clip;           ///< null until opened
  DecodePath decode;                              ///< who decodes it, as found when it was opened and by the newest analysis
  std::vector<EstimatorView> estimators;          ///< all of the registry, in its order
  // Of the shown estimator:
  std::shared_ptr<const MotionTrack> track;       ///< null until something is analysed; may be a prefix while analysing
  std::shared_ptr<const Solution> solution;       ///< null until solved; belongs to `track`
  bool track_complete = false;                    ///< `track` covers the whole clip: what an export needs
  bool analysing = false;                         ///< or about to
  std::int64_t frames_done = 0, frames_total = 0; ///< of the analysis
  double analysis_fps = 0;
  std::optional<std::string> error;               ///< one sentence; cleared when an analysis starts or the next action of the same kind succeeds

  /// The clip is analysed to its end and `solution` covers all of it (right after the analysis it may still be that of a prefix).
  [[nodiscard]] bool exportable() const {
    return clip && track_complete && solution && !solution->plan.frames.empty() && solution->plan.frames.size() == track->pts.size();
  }
  /// Null for an id that is not in the registry.
  [[nodiscard]] const EstimatorView* find(const std::string& id) const;
};

/// Keeps a track and a solution per estimator of one clip. Runs analyses and solving on threads of its own (exports: ExportQueue). Calls return at once.
/// `wake` is called from those threads when there is a new snapshot and may only post; the owner then calls `snapshot()`. One analysis runs at a time,
/// that of the shown estimator first; the others go on where it leaves the cores, and pause when it has to start again. What is analysed stays while the
/// clip stays, so that a change of estimator or settings re-runs path -> plan at most (newest request wins). Destruction cancels and joins everything.
class Session {
 public:
  explicit Session(std::function<void()> wake);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Looks for finished tracks in `folder`, and keeps new ones there. To be called before the first clip.
  void use_cache(const std::filesystem::path& folder);

  /// Analyses that begin from now on compute on `gpu`, with the estimators that can; without it on the CPU.
  void use_gpu(Gpu gpu);
  /// Clips that are opened and analysed from now on are decoded on `device` where they can (DecoderOptions::device); without it in software.
  void decode_on(const DecodeDevice* device);

  /// Replaces the state and returns its revision. Opens and analyses what the new state needs and has not, else only solves.
  std::uint64_t edit(const SessionState& state);
  [[nodiscard]] std::shared_ptr<const SessionSnapshot> snapshot() const;

  /// Analyses with one estimator, also after it failed or was cancelled; nothing if it is done, or there is no clip.
  void analyse(const std::string& estimator);
  /// What has been found so far stays usable for looking.
  void cancel_analysis(const std::string& estimator);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keel
