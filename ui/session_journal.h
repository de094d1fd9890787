// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLockFile>
#include <QString>
#include <filesystem>
#include <memory>
#include <optional>

#include "engine/session/project_file.h"

namespace keel::ui {

/// What is not saved anywhere yet, kept in a folder so that a crash loses no more than the last second. One process uses a folder at a time.
class SessionJournal {
 public:
  /// Takes the folder, making it if need be. Another running process that has it leaves this journal without effect.
  explicit SessionJournal(const std::filesystem::path& folder);

  [[nodiscard]] bool active() const { return active_; }
  /// Replaces what is kept; failures are silent, because a full disk must not stop the work. What an earlier process left and nobody restored stays
  /// beside it as earlier.keel, an ordinary project.
  void write(const Project& project);
  void discard();

  /// What an earlier process left behind, to be asked before the first `write`. After two attempts that were not confirmed the journal is set aside
  /// under another name, which `set_aside` then tells, and nothing is offered: what crashes the program must not do so for ever.
  [[nodiscard]] std::optional<Project> left_behind();
  [[nodiscard]] const std::filesystem::path& set_aside() const { return set_aside_; }
  /// Around a restoration: counts the attempt, and forgets the count once all went well.
  void begin_attempt();
  void confirm_attempt();

 private:
  [[nodiscard]] int attempts() const;
  void keep_offer();

  std::filesystem::path folder_;
  std::unique_ptr<QLockFile> lock_;
  std::filesystem::path set_aside_;
  bool active_ = false;
  bool offered_ = false;  ///< the journal is still that of an earlier process
};

}  // namespace keel::ui
