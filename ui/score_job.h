// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/metrics/metrics.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"
#include "ui/newest_job.h"

namespace keel::ui {

/// What is to be judged: the present solution, and for the curve the same settings under ten crop budgets.
struct ScoreRequest {
  std::filesystem::path clip;
  std::shared_ptr<const Solution> solution;
  Size picture;
  StabilizeSettings settings;
  BorderFill fill = BorderFill::kMirror;
  bool curve = false;
  metrics::Device device;  ///< does the metrics' pixel work
};

struct CurvePoint {
  double keep = 0;              ///< the budget
  double acceleration_ratio = 0;  ///< residual acceleration, stabilized over original
};

/// What came out. Either a sentence in `failure`, or figures.
struct Score {
  ScoreRequest of;
  Size proxy;  ///< of the pictures that were measured
  metrics::MetricsReport report;   ///< of the solution; not for curves
  std::vector<CurvePoint> points;  ///< of a curve, by rising keep; budgets that failed are left out
  std::optional<std::string> failure;
};

/// Judges outputs by their pictures (measure_on_proxy) on a thread of its own. The newest request wins: it cancels the one that runs. Calls
/// return at once, and so does destruction, which cancels.
class ScoreJob : public QObject {
  Q_OBJECT

 public:
  explicit ScoreJob(QObject* parent = nullptr) : QObject(parent) {}

  void start(const ScoreRequest& request);
  void cancel() { job_.cancel(); }

 Q_SIGNALS:
  /// In the owner's thread, and of the newest request only.
  void progressed(int percent);
  void finished(const keel::ui::Score& score);

 private:
  NewestJob job_{*this};
};

}  // namespace keel::ui
