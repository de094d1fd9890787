// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/project_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/media/part_file.h"
#include "engine/plan/output_size.h"

namespace keel {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* kSchemaName = "keel.project/";
constexpr int kSchemaVersion = 1;
/// A project holds names and numbers only: larger files are something else.
constexpr std::uintmax_t kMaxBytes = 16 << 20;
constexpr std::size_t kMaxClips = 10000;
constexpr std::size_t kMaxOptions = 100;
constexpr std::size_t kMaxText = 32768;

// File names are bytes; JSON is UTF-8. Names that are not UTF-8 are replaced on writing and then have to be located again.
std::string utf8(const fs::path& path) {
  const std::u8string text = path.generic_u8string();
  return {text.begin(), text.end()};
}
fs::path from_utf8(const std::string& text) { return {std::u8string(text.begin(), text.end())}; }

Json clip_to_json(const ProjectClip& clip, const fs::path& folder) {
  const fs::path absolute = fs::absolute(clip.path).lexically_normal();
  Json j{{"file", utf8(absolute.lexically_relative(fs::absolute(folder).lexically_normal()))},
         {"absolute", utf8(absolute)},
         {"estimator", clip.estimator},
         {"smoother", clip.settings.smoother},
         {"smoother_options", clip.settings.smoother_options},
         {"smoothness", clip.settings.smoothness},
         {"keep", clip.settings.keep},
         {"strength", clip.settings.strength},
         {"rolling_shutter", clip.settings.rolling_shutter},
         {"framing", to_string(clip.settings.framing)},
         {"zoom_smoothness", clip.settings.zoom_smoothness},
         {"size", to_string(clip.settings.size)}};
  for (const BorderFillInfo& info : border_fills())
    if (info.fill == clip.fill) j["fill"] = info.id;
  if (!clip.estimator_options.empty()) j["estimator_options"] = clip.estimator_options;
  // As with the points, what is as always is left out.
  const ProjectClip usual;
  if (clip.original_shows != usual.original_shows) j["original_shows"] = clip.original_shows;
  if (clip.stabilized_shows != usual.stabilized_shows) j["stabilized_shows"] = clip.stabilized_shows;
  if (clip.facts) {
    j["width"] = clip.facts->size.width;
    j["height"] = clip.facts->size.height;
    j["duration_s"] = clip.facts->duration_s;
  }
  if (clip.in) j["in"] = *clip.in;
  if (clip.out) j["out"] = *clip.out;
  return j;
}

/// Enumerators begin at 1 and have no gaps; the first number without a name ends the list.
template <class Enum>
Enum named(const std::string& name) {
  for (int number = 1; !to_string(static_cast<Enum>(number)).empty(); ++number)
    if (name == to_string(static_cast<Enum>(number))) return static_cast<Enum>(number);
  throw std::invalid_argument("an unknown name");
}

BorderFill fill_from(const std::string& id) {
  for (const BorderFillInfo& info : border_fills())
    if (info.id == id) return info.fill;
  throw std::invalid_argument("an unknown fill");
}

OptionValues options_from(const Json& j) {
  if (j.size() > kMaxOptions) throw std::invalid_argument("too many options");
  OptionValues options;
  for (const auto& [id, value] : j.items()) options[id] = value.get<double>();
  return options;
}

/// Throws nlohmann's exceptions and std::invalid_argument; `project_from_json` turns them into a sentence.
ProjectClip clip_from_json(const Json& j, const fs::path& folder) {
  ProjectClip clip;
  const auto text = [&](const char* key) {
    std::string value = j.at(key).get<std::string>();
    if (value.size() > kMaxText) throw std::invalid_argument("a text that is too long");
    return value;
  };
  const fs::path relative = from_utf8(text("file")), absolute = from_utf8(text("absolute"));
  std::error_code failed;
  const fs::path beside = (folder / relative).lexically_normal();
  clip.path = !relative.empty() && fs::exists(beside, failed) ? beside : absolute;
  if (clip.path.empty()) throw std::invalid_argument("a clip without a name");
  clip.estimator = text("estimator");
  clip.settings.smoother = text("smoother");
  clip.settings.smoother_options = options_from(j.at("smoother_options"));
  if (j.contains("estimator_options")) {
    const Json& all = j.at("estimator_options");
    if (!all.is_object() || all.size() > kMaxOptions) throw std::invalid_argument("too many estimators");
    for (const auto& [id, options] : all.items()) clip.estimator_options[id] = options_from(options);
  }
  if (j.contains("original_shows")) clip.original_shows = text("original_shows");
  if (j.contains("stabilized_shows")) clip.stabilized_shows = text("stabilized_shows");
  clip.settings.smoothness = j.at("smoothness").get<double>();
  clip.settings.keep = j.at("keep").get<double>();
  clip.settings.strength = j.at("strength").get<double>();
  // Projects from before there was a choice do not name it.
  if (j.contains("rolling_shutter")) clip.settings.rolling_shutter = j.at("rolling_shutter").get<bool>();
  if (j.contains("framing")) clip.settings.framing = named<Framing>(text("framing"));
  if (j.contains("zoom_smoothness")) clip.settings.zoom_smoothness = j.at("zoom_smoothness").get<double>();
  if (j.contains("size")) clip.settings.size = named<OutputSize>(text("size"));
  if (j.contains("fill")) clip.fill = fill_from(text("fill"));
  if (j.contains("width")) clip.facts = {{j.at("width").get<int>(), j.at("height").get<int>()}, j.at("duration_s").get<double>()};
  if (const auto valid = clip.settings.validate(); !valid) throw std::invalid_argument(valid.error().message);
  const auto frame = [&](const char* key) -> std::optional<std::int64_t> {
    if (!j.contains(key)) return std::nullopt;
    const auto value = j.at(key).get<std::int64_t>();
    if (value < 0) throw std::invalid_argument("a negative frame");
    return value;
  };
  clip.in = frame("in");
  clip.out = frame("out");
  return clip;
}

Error damaged(const std::string& name, const char* what) {
  return {ErrorCode::kCorrupt, fmt::format("\"{}\" is no readable Keel project ({}); open the clips again and save a new one.", name, what)};
}

}  // namespace

std::string project_to_json(const Project& project, const fs::path& folder) {
  Json j{{"schema", kSchemaName + std::to_string(kSchemaVersion)}, {"current", project.current}, {"clips", Json::array()}};
  for (const ProjectClip& clip : project.clips) j["clips"].push_back(clip_to_json(clip, folder));
  return j.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<Project> project_from_json(const std::string& text, const fs::path& folder, const std::string& name) {
  try {
    const Json j = Json::parse(text);
    const auto schema = j.at("schema").get<std::string>();
    if (schema.rfind(kSchemaName, 0) != 0) return damaged(name, "another kind of file");
    if (schema != kSchemaName + std::to_string(kSchemaVersion))
      return Error{ErrorCode::kUnsupported,
                   fmt::format("\"{}\" was saved by another version of Keel ({}); open it with that version.", name, schema)};
    const Json& clips = j.at("clips");
    if (!clips.is_array() || clips.size() > kMaxClips) return damaged(name, "the list of clips");
    Project project;
    for (const Json& clip : clips) project.clips.push_back(clip_from_json(clip, folder));
    project.current = j.at("current").get<std::size_t>();
    if (project.current >= std::max<std::size_t>(project.clips.size(), 1)) return damaged(name, "the clip on show");
    return project;
  } catch (const std::exception& error) {
    // The library's sentences are for programmers; the place in the file is all that helps.
    const auto* parse = dynamic_cast<const Json::parse_error*>(&error);
    return damaged(name, parse != nullptr ? fmt::format("damaged at byte {}", parse->byte).c_str() : "a value is missing or out of range");
  }
}

Result<void> save_project(const Project& project, const fs::path& file) {
  av::PartFile part(file);
  if (!part.claim()) return Error{ErrorCode::kIo, fmt::format("\"{}\" cannot be written; choose another folder or free some space.", file.string())};
  const std::string text = project_to_json(project, file.parent_path().empty() ? "." : file.parent_path());
  {
    std::ofstream stream(part.path(), std::ios::binary);
    stream << text;
    stream.flush();
    if (!stream) return Error{ErrorCode::kIo, fmt::format("\"{}\" cannot be written; choose another folder or free some space.", file.string())};
  }
  return part.commit();
}

Result<Project> load_project(const fs::path& file) {
  const std::string name = file.filename().string();
  std::error_code failed;
  const auto bytes = fs::file_size(file, failed);
  if (failed) return Error{ErrorCode::kNotFound, fmt::format("\"{}\" cannot be found or read; check the name and the folder.", name)};
  if (bytes > kMaxBytes) return damaged(name, "too large");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{ErrorCode::kIo, fmt::format("\"{}\" cannot be read; check its permissions.", name)};
  return project_from_json(text.str(), file.parent_path().empty() ? "." : file.parent_path(), name);
}

}  // namespace keel
