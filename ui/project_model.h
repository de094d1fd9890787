// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <filesystem>

#include "engine/session/project_file.h"
#include "ui/edit_history.h"

namespace keel::ui {

/// The clips a person works on, with the settings of each, and the file they are saved in. Knows nothing of pictures or threads.
class ProjectModel : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  [[nodiscard]] const Project& project() const { return project_; }
  /// Null while there are no clips.
  [[nodiscard]] const ProjectClip* current() const;
  /// Empty until the project is saved or loaded.
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// There is something that no file holds. Clips alone are no work: they count once a setting, a point or a second clip was added.
  [[nodiscard]] bool modified() const { return modified_; }

  /// Appends the clip with the present clip's estimator and settings, unless it is there; returns its index.
  std::size_t add(const std::filesystem::path& clip);
  void select(std::size_t index);
  void remove(std::size_t index);
  /// The present clip's values; what is equal changes nothing.
  void store(const Edit& edit);
  /// The values of a clip that undo brings back.
  [[nodiscard]] static Edit edit_of(const ProjectClip& clip);
  /// The clip is somewhere else now. Others of the project that are missing and lie in the same new folder follow it.
  void relink(std::size_t index, const std::filesystem::path& found);

  /// What was found out about a clip's file; no change that asks to be saved.
  void set_facts(std::size_t index, const ClipFacts& facts);

  /// Everything anew; `file` may be empty (a restored session, not saved anywhere).
  void replace(Project project, const std::filesystem::path& file, bool modified);
  Result<void> save(const std::filesystem::path& file);

 Q_SIGNALS:
  void clips_changed();  ///< the list or the selection
  void changed();        ///< anything that is saved, or the file

 private:
  void touch();

  Project project_;
  std::filesystem::path file_;
  bool modified_ = false;
};

}  // namespace keel::ui
