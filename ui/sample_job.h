// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <filesystem>
#include <stop_token>
#include <thread>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/sample/sample_clip.h"

namespace keel::ui {

/// Writes a clip of the scene as uncompressed YUV4MPEG2, under a temporary name until it is complete. Needs no encoder. The plane is drawn once and
/// each picture taken from it by the renderer, which is far quicker than drawing every picture and, for looking, as good. Errors: kIo, kCancelled.
[[nodiscard]] Result<void> write_sample(const PlaneScene& scene, Rational frame_rate, const std::filesystem::path& output, std::stop_token stop,
                                        const ProgressFn& progress = {});

/// Makes the built-in sample clip in the cache folder, once, on a thread of its own.
class SampleJob : public QObject {
  Q_OBJECT

 public:
  explicit SampleJob(QObject* parent = nullptr) : QObject(parent) {}

  /// Ends in `finished` or `failed`; does nothing while it is running.
  void start();
  [[nodiscard]] bool running() const { return running_; }

 Q_SIGNALS:
  void progressed(int done, int total);
  void finished(const QString& path);
  void failed(const QString& sentence);

 private:
  void done(const std::filesystem::path& path, const Result<void>& result);

  bool running_ = false;
  std::jthread worker_;  ///< stopped and joined on destruction
};

}  // namespace keel::ui
