// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session_journal.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <chrono>
#include <fstream>
#include <utility>

#include "engine/media/part_file.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr int kMaxAttempts = 2;
const char* const kJournalName = "unsaved.keel";
const char* const kAttemptsName = "unsaved.attempts";
const char* const kEarlierName = "earlier.keel";
const char* const kSetAsideName = "set-aside.keel";
const char* const kExportsName = "exports.json";
constexpr qsizetype kMostExports = 1000;  ///< believed of a file
/// Clocks of file systems are coarse, and those of network shares may differ a little from this machine's.
constexpr std::chrono::seconds kClockSlack{2};

using FileTime = std::filesystem::file_time_type;

}  // namespace

SessionJournal::SessionJournal(const std::filesystem::path& folder) : folder_(folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  lock_ = std::make_unique<QLockFile>(to_qstring(folder_ / "lock"));
  // A lock is old when its process is gone, never because of its age.
  lock_->setStaleLockTime(0);
  active_ = !failed && lock_->tryLock(0);
}

void SessionJournal::keep_offer() {
  std::error_code ignored;
  if (std::exchange(offered_, false)) std::filesystem::rename(folder_ / kJournalName, folder_ / kEarlierName, ignored);
}

void SessionJournal::write(const Project& project) {
  keep_offer();
  if (active_) (void)save_project(project, folder_ / kJournalName).ok();
}

void SessionJournal::keep_earlier(const Project& project) {
  if (active_) (void)save_project(project, folder_ / kEarlierName).ok();
}

void SessionJournal::discard() {
  if (!active_) return;
  keep_offer();
  std::error_code ignored;
  std::filesystem::remove(folder_ / kJournalName, ignored);
  std::filesystem::remove(folder_ / kAttemptsName, ignored);
}

int SessionJournal::attempts() const {
  std::ifstream stream(folder_ / kAttemptsName);
  int count = 0;
  stream >> count;
  return count;
}

std::optional<Project> SessionJournal::left_behind() {
  std::error_code failed;
  if (!active_ || !std::filesystem::exists(folder_ / kJournalName, failed)) return std::nullopt;
  auto project = load_project(folder_ / kJournalName);
  offered_ = project.ok() && attempts() < kMaxAttempts;
  if (offered_) return std::move(*project);
  set_aside_ = folder_ / kSetAsideName;
  std::filesystem::rename(folder_ / kJournalName, set_aside_, failed);
  std::filesystem::remove(folder_ / kAttemptsName, failed);
  return std::nullopt;
}

void SessionJournal::begin_attempt() {
  if (!active_) return;
  offered_ = false;
  const int next = attempts() + 1;
  std::ofstream(folder_ / kAttemptsName) << next;
}

void SessionJournal::confirm_attempt() {
  std::error_code ignored;
  if (active_) std::filesystem::remove(folder_ / kAttemptsName, ignored);
}

void SessionJournal::note_exports(const std::vector<std::filesystem::path>& outputs) {
  if (!active_) return;
  std::map<std::filesystem::path, FileTime> next;
  for (const auto& output : outputs) {
    const auto known = exports_.find(output);
    next[output] = known != exports_.end() ? known->second : FileTime::clock::now();
  }
  if (next == exports_) return;
  exports_ = std::move(next);
  QJsonArray list;
  // As text: a double has not enough digits for the clock.
  for (const auto& [output, since] : exports_)
    list.append(QJsonObject{{QStringLiteral("output"), to_qstring(output)},
                            {QStringLiteral("since"), QString::number(static_cast<qlonglong>(since.time_since_epoch().count()))}});
  QSaveFile file(to_qstring(folder_ / kExportsName));
  if (!file.open(QIODevice::WriteOnly)) return;
  file.write(QJsonDocument(list).toJson(QJsonDocument::Compact));
  (void)file.commit();
}

std::vector<UnfinishedExport> SessionJournal::unfinished_exports() const {
  std::vector<UnfinishedExport> found;
  QFile file(to_qstring(folder_ / kExportsName));
  if (!active_ || !file.open(QIODevice::ReadOnly)) return found;
  const QJsonArray list = QJsonDocument::fromJson(file.readAll()).array();
  for (qsizetype i = 0; i < std::min(list.size(), kMostExports); ++i) {
    const QJsonObject entry = list[i].toObject();
    bool number = false;
    const qlonglong ticks = entry.value(QStringLiteral("since")).toString().toLongLong(&number);
    const std::filesystem::path output = to_path(entry.value(QStringLiteral("output")).toString());
    if (!number || !output.is_absolute()) continue;
    const std::filesystem::path part = av::part_path(output);
    std::error_code failed;
    const bool plain = std::filesystem::is_regular_file(std::filesystem::symlink_status(part, failed));
    const FileTime written = std::filesystem::last_write_time(part, failed);
    if (plain && !failed && written >= FileTime(FileTime::duration(ticks)) - kClockSlack) found.push_back({part, written});
  }
  return found;
}

bool SessionJournal::remove_unfinished(const UnfinishedExport& found) {
  std::error_code failed;
  const FileTime written = std::filesystem::last_write_time(found.part, failed);
  if (failed) return !std::filesystem::exists(found.part, failed);
  if (written != found.written) return false;
  return std::filesystem::remove(found.part, failed) && !failed;
}

}  // namespace keel::ui
