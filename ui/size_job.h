// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <filesystem>
#include <memory>

#include "engine/motion/motion_track.h"
#include "engine/session/exporter.h"
#include "ui/newest_job.h"

namespace keel::ui {

/// What an export that has not begun would be.
struct SizeRequest {
  std::shared_ptr<const ClipInfo> clip;
  std::shared_ptr<const MotionTrack> track;
  std::shared_ptr<const WarpPlan> plan;
  std::filesystem::path output;
  ExportSettings settings;
};

/// Estimates the size of an export (estimate_size) on a thread of its own. The newest request wins: it cancels the one that runs. Calls return at once, and so
/// does destruction, which cancels.
class SizeJob : public QObject {
  Q_OBJECT

 public:
  explicit SizeJob(QObject* parent = nullptr) : QObject(parent) {}

  void start(const SizeRequest& request);
  void cancel() { job_.cancel(); }

 Q_SIGNALS:
  /// In the owner's thread, and of the newest request only.
  void estimated(qint64 bytes);
  void failed(const QString& sentence);

 private:
  NewestJob job_{*this};
};

}  // namespace keel::ui
