// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"

namespace keel {

/// What tells a clip from another when it has to be located again.
struct ClipFacts {
  Size size;              ///< of the upright picture
  double duration_s = 0;  ///< 0: the container does not say
  bool operator==(const ClipFacts&) const = default;
};

/// One clip and how it is to be stabilized.
struct ProjectClip {
  std::filesystem::path path;
  std::string estimator = "classical";
  StabilizeSettings settings;
  std::optional<std::int64_t> in, out;  ///< first and last frame that is played; empty: the clip's ends
  BorderFill fill = BorderFill::kMirror;  ///< for Framing::kNone
  std::map<std::string, OptionValues> estimator_options;                ///< by id; what is absent has its defaults
  std::string original_shows = "original", stabilized_shows = "result";  ///< what the two sides of a comparison show: one of these words, or an estimator's id
  std::optional<ClipFacts> facts;         ///< empty until the clip was looked into
  bool operator==(const ProjectClip&) const = default;
};

/// What a person works on. A value.
struct Project {
  std::vector<ProjectClip> clips;
  std::size_t current = 0;  ///< index of the clip on show; 0 when there is none
  bool operator==(const Project&) const = default;
};

inline constexpr const char* kProjectExtension = ".keel";

/// The project as JSON, `"schema": "keel.project/1"`. Each clip is named by its place seen from `folder` and by its absolute place, so that a folder
/// with project and clips can be moved.
[[nodiscard]] std::string project_to_json(const Project& project, const std::filesystem::path& folder);

/// Reads what `project_to_json` wrote; of a clip's two places the first that exists counts, else the absolute one. `name` is for sentences only.
/// Errors: kCorrupt (no project, damaged, counts or values out of range), kUnsupported (written by a newer version).
[[nodiscard]] Result<Project> project_from_json(const std::string& text, const std::filesystem::path& folder, const std::string& name);

/// Writes under a temporary name, then renames: the old file stays until the new one is complete. Errors: kIo.
[[nodiscard]] Result<void> save_project(const Project& project, const std::filesystem::path& file);
/// Errors: kNotFound, kIo, those of project_from_json.
[[nodiscard]] Result<Project> load_project(const std::filesystem::path& file);

}  // namespace keel
