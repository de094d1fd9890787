// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <atomic>
#include <memory>

#include "engine/session/feature_tails.h"
#include "engine/session/session.h"

namespace keel::ui {

/// The bridge to the thread that finds feature tails, which starts with the first request.
class TailFinder : public QObject {
  Q_OBJECT

 public:
  explicit TailFinder(QObject* parent);
  ~TailFinder() override;

  /// The tails of a frame of the session's clip, or null; what is not known yet is looked for, and `found` tells.
  [[nodiscard]] TailsPtr find(const SessionSnapshot& session, std::int64_t frame);

 Q_SIGNALS:
  void found();

 private:
  std::filesystem::path asked_clip_;
  std::shared_ptr<const MotionTrack> asked_track_;
  std::int64_t asked_frame_ = -1;
  std::atomic<bool> wake_posted_{false};  ///< set by the thread, cleared by this one: many wakes, one event
  std::unique_ptr<FeatureTails> tails_;   ///< last: its thread calls back into the members above
};

}  // namespace keel::ui
