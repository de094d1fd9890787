// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QProcess;

namespace keel::ui {

class SessionModel;

/// Keeps the machine from going to sleep while an export runs or waits: holds `systemd-inhibit`, which lets go when this program ends, in whatever way.
/// Where there is none, or it is refused, nothing happens.
class SleepInhibitor : public QObject {
  Q_OBJECT

 public:
  SleepInhibitor(SessionModel& model, QObject* parent);
  ~SleepInhibitor() override;

  [[nodiscard]] bool holding() const { return holder_ != nullptr; }

 private:
  void follow();
  void release();

  SessionModel& model_;
  QProcess* holder_ = nullptr;
};

}  // namespace keel::ui
