// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>
#include <filesystem>

#include "engine/media/clip_info.h"

namespace keel::ui {

/// Looks into a file before anything on show is given up for it: a bad one must not close the clip that is open. Works on threads of its own.
class ClipOpener : public QObject {
  Q_OBJECT

 public:
  explicit ClipOpener(QObject* parent = nullptr);

  /// Ends in `accepted` or `refused`, in the order of the calls. `ticket` comes back unchanged.
  void look_into(const std::filesystem::path& clip, int ticket);

 Q_SIGNALS:
  void accepted(const QString& clip, int ticket, const keel::ClipInfo& info);
  void refused(const QString& clip, int ticket, const QString& sentence);

 private:
  QThreadPool pool_;  ///< one thread, so that answers keep their order; waited for on destruction
};

}  // namespace keel::ui
