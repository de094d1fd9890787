// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session_journal.h"

#include <fstream>
#include <utility>

#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr int kMaxAttempts = 2;
const char* const kJournalName = "unsaved.keel";
const char* const kAttemptsName = "unsaved.attempts";
const char* const kEarlierName = "earlier.keel";
const char* const kSetAsideName = "set-aside.keel";

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

}  // namespace keel::ui
