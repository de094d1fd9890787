// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <filesystem>
#include <memory>
#include <optional>

#include "engine/media/clip_info.h"
#include "engine/motion/motion_track.h"
#include "engine/plan/warp_plan.h"
#include "ui/newest_job.h"

namespace keel::ui {

/// A frame whose borders other frames fill, and all that its picture depends on.
struct FillRequest {
  std::shared_ptr<const ClipInfo> clip;
  std::shared_ptr<const MotionTrack> track;  ///< complete: tells the frames' times
  std::shared_ptr<const Solution> solution;
  std::int64_t frame = -1;
  bool operator==(const FillRequest&) const = default;
};

/// Makes the picture that an export has for a frame with BorderFill::kNeighbours, from the same frames by the same function, a moment after it was asked for:
/// it takes a second's worth of decoded frames on either side, too much for every frame of a playing clip. Decodes by itself, on a thread of low priority.
class FillJob : public QObject {
  Q_OBJECT

 public:
  explicit FillJob(QObject* parent);

  /// The picture, if it is there; else it is asked for, and `filled` tells. Of older requests nothing is kept.
  [[nodiscard]] std::optional<Frame> find(const FillRequest& request);
  void cancel();

 Q_SIGNALS:
  void filled();

 private:
  void begin();

  FillRequest wanted_, known_;
  Frame picture_;  ///< of `known_`
  QTimer rested_;
  NewestJob job_{*this};
};

}  // namespace keel::ui
