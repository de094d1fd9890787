// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sleep_inhibitor.h"

#include <QProcess>
#include <QStandardPaths>

#include "ui/session_model.h"

namespace keel::ui {

SleepInhibitor::SleepInhibitor(SessionModel& model, QObject* parent) : QObject(parent), model_(model) {
  connect(&model_, &SessionModel::exports_changed, this, &SleepInhibitor::follow);
}

SleepInhibitor::~SleepInhibitor() { release(); }

void SleepInhibitor::follow() {
  if (!model_.exporting()) {
    release();
    return;
  }
  if (holder_ != nullptr) return;
  const QString program = QStandardPaths::findExecutable(QStringLiteral("systemd-inhibit"));
  if (program.isEmpty()) return;
  holder_ = new QProcess(this);
  holder_->setStandardOutputFile(QProcess::nullDevice());
  holder_->setStandardErrorFile(QProcess::nullDevice());
  // cat ends when the pipe to it closes: at release, or with this program.
  holder_->start(program, {QStringLiteral("--what=idle:sleep"), QStringLiteral("--who=Keel"), QStringLiteral("--why=") + tr("A video is being exported"),
                           QStringLiteral("--mode=block"), QStringLiteral("cat")});
}

void SleepInhibitor::release() {
  if (holder_ == nullptr) return;
  QProcess* holder = holder_;
  holder_ = nullptr;
  if (holder->state() == QProcess::NotRunning) {
    holder->deleteLater();
    return;
  }
  // Not waited for: it may take a moment, and the window must not.
  connect(holder, &QProcess::finished, holder, &QObject::deleteLater);
  connect(holder, &QProcess::errorOccurred, holder, &QObject::deleteLater);
  holder->closeWriteChannel();
}

}  // namespace keel::ui
