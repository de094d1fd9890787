// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/project_model.h"

#include <algorithm>

namespace keel::ui {

const ProjectClip* ProjectModel::current() const { return project_.clips.empty() ? nullptr : &project_.clips[project_.current]; }

void ProjectModel::touch() {
  modified_ = true;
  Q_EMIT changed();
}

std::size_t ProjectModel::add(const std::filesystem::path& clip) {
  const auto known = std::find_if(project_.clips.begin(), project_.clips.end(), [&](const ProjectClip& other) { return other.path == clip; });
  if (known != project_.clips.end()) return static_cast<std::size_t>(known - project_.clips.begin());
  ProjectClip added;
  if (const ProjectClip* present = current()) {
    added.estimator = present->estimator;
    added.settings = present->settings;
    added.fill = present->fill;
    added.estimator_options = present->estimator_options;
    added.original_shows = present->original_shows;
    added.stabilized_shows = present->stabilized_shows;
  }
  added.path = clip;
  const bool first = project_.clips.empty() && file_.empty();
  project_.clips.push_back(added);
  first ? void(Q_EMIT changed()) : touch();
  Q_EMIT clips_changed();
  return project_.clips.size() - 1;
}

void ProjectModel::select(std::size_t index) {
  if (index >= project_.clips.size() || index == project_.current) return;
  project_.current = index;
  Q_EMIT clips_changed();
}

void ProjectModel::remove(std::size_t index) {
  if (index >= project_.clips.size()) return;
  project_.clips.erase(project_.clips.begin() + static_cast<std::ptrdiff_t>(index));
  if (project_.current > index || project_.current == project_.clips.size()) project_.current -= project_.current > 0 ? 1 : 0;
  touch();
  Q_EMIT clips_changed();
}

Edit ProjectModel::edit_of(const ProjectClip& clip) {
  return {clip.estimator, clip.settings, clip.fill, clip.estimator_options, clip.original_shows, clip.stabilized_shows, clip.in, clip.out};
}

void ProjectModel::store(const Edit& edit) {
  if (project_.clips.empty()) return;
  ProjectClip& clip = project_.clips[project_.current];
  if (edit == edit_of(clip)) return;
  clip.estimator = edit.estimator;
  clip.settings = edit.settings;
  clip.fill = edit.fill;
  clip.estimator_options = edit.estimator_options;
  clip.original_shows = edit.original_shows;
  clip.stabilized_shows = edit.stabilized_shows;
  clip.in = edit.in;
  clip.out = edit.out;
  touch();
}

void ProjectModel::relink(std::size_t index, const std::filesystem::path& found) {
  if (index >= project_.clips.size()) return;
  project_.clips[index].path = found;
  for (ProjectClip& clip : project_.clips) {
    std::error_code failed;
    const auto beside = found.parent_path() / clip.path.filename();
    if (!std::filesystem::exists(clip.path, failed) && std::filesystem::exists(beside, failed)) clip.path = beside;
  }
  touch();
  Q_EMIT clips_changed();
}

void ProjectModel::set_facts(std::size_t index, const ClipFacts& facts) {
  if (index < project_.clips.size()) project_.clips[index].facts = facts;
}

void ProjectModel::replace(Project project, const std::filesystem::path& file, bool modified) {
  project_ = std::move(project);
  file_ = file;
  modified_ = modified;
  Q_EMIT clips_changed();
  Q_EMIT changed();
}

Result<void> ProjectModel::save(const std::filesystem::path& file) {
  KEEL_TRY(save_project(project_, file));
  file_ = file;
  modified_ = false;
  Q_EMIT changed();
  return {};
}

}  // namespace keel::ui
