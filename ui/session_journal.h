// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLockFile>
#include <QString>
#include <filesystem>
#include <memory>
#include <map>
#include <optional>
#include <vector>

#include "engine/session/project_file.h"

namespace keel::ui {

/// A file that an export was being written to when the program ended.
struct UnfinishedExport {
  std::filesystem::path part;
  std::filesystem::file_time_type written;  ///< last, as found
};

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
  /// Work that another project takes the place of: kept as earlier.keel, like what nobody restored.
  void keep_earlier(const Project& project);

  /// What an earlier process left behind, to be asked before the first `write`. After two attempts that were not confirmed the journal is set aside
  /// under another name, which `set_aside` then tells, and nothing is offered: what crashes the program must not do so for ever.
  [[nodiscard]] std::optional<Project> left_behind();
  [[nodiscard]] const std::filesystem::path& set_aside() const { return set_aside_; }
  /// Around a restoration: counts the attempt, and forgets the count once all went well.
  void begin_attempt();
  void confirm_attempt();

  /// The outputs that are being exported or wait for it, whenever there are others: until they are done, their part files are this program's to clean up.
  void note_exports(const std::vector<std::filesystem::path>& outputs);
  /// Part files that an earlier process left behind: of exports that it noted, and written since. To be asked before the first `note_exports`, which forgets
  /// them.
  [[nodiscard]] std::vector<UnfinishedExport> unfinished_exports() const;
  /// Removes the file unless something else was written there since it was found. False when it is still there.
  static bool remove_unfinished(const UnfinishedExport& found);

 private:
  [[nodiscard]] int attempts() const;
  void keep_offer();

  std::filesystem::path folder_;
  std::unique_ptr<QLockFile> lock_;
  std::filesystem::path set_aside_;
  std::map<std::filesystem::path, std::filesystem::file_time_type> exports_;  ///< output and when it was noted
  bool active_ = false;
  bool offered_ = false;  ///< the journal is still that of an earlier process
};

}  // namespace keel::ui
