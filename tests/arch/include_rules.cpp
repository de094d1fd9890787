// SPDX-License-Identifier: GPL-3.0-or-later
#include "include_rules.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace keel::arch {
namespace {

namespace fs = std::filesystem;
using Folders = std::set<std::string>;

/// The arrows of ARCHITECTURE.md: which folders a folder may include besides itself. A folder that is not listed may not exist.
const std::map<std::string, Folders>& arrows() {
  static const std::map<std::string, Folders> table{
      {"engine/base", {}},
      {"engine/math", {"engine/base"}},
      {"engine/photos", {"engine/base", "engine/math"}},
      {"engine/image", {"engine/base"}},
      {"engine/backend", {"engine/base"}},
      {"engine/kernels", {"engine/base", "engine/math", "engine/image", "engine/backend"}},
      {"engine/motion", {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/kernels"}},
      // A plug-in: engine/motion finds it by name at run time, and only app includes its LibTorch-free training_api.h.
      {"engine/learned", {"engine/base", "engine/math", "engine/photos", "engine/image", "engine/backend", "engine/kernels", "engine/motion"}},
      // Numbers, never pixels: neither image nor kernels.
      {"engine/path", {"engine/base", "engine/math", "engine/backend", "engine/motion"}},
      {"engine/plan", {"engine/base", "engine/math", "engine/backend", "engine/motion", "engine/path"}},
      {"engine/render", {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/kernels", "engine/plan"}},
      {"engine/sample", {"engine/base", "engine/math", "engine/image", "engine/backend"}},
      {"engine/metrics", {"engine/base", "engine/math", "engine/image", "engine/backend"}},
      {"engine/media", {"engine/base", "engine/image", "engine/backend"}},
      {"engine/session",
       {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/motion", "engine/path", "engine/plan", "engine/render",
        "engine/sample", "engine/media"}},
      // Beside the session's other users: what is compared is judged by the metrics, which the session itself does not know.
      {"engine/compare",
       {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/motion", "engine/path", "engine/plan", "engine/render",
        "engine/metrics", "engine/media", "engine/session"}},
      {"ui",
       {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/motion", "engine/path", "engine/plan", "engine/render",
        "engine/sample", "engine/metrics", "engine/media", "engine/session", "engine/compare"}},
      {"app",
       {"engine/base", "engine/math", "engine/image", "engine/backend", "engine/motion", "engine/path", "engine/plan", "engine/render",
        "engine/sample", "engine/metrics", "engine/media", "engine/session", "engine/compare", "engine/photos", "engine/learned", "engine/kernels", "ui"}},
  };
  return table;
}

/// "engine/x" for anything below it, else the first folder.
std::string folder_of(const std::string& file) {
  const std::size_t first = file.find('/');
  if (first == std::string::npos) return "";
  if (file.compare(0, first, "engine") != 0) return file.substr(0, first);
  const std::size_t second = file.find('/', first + 1);
  return second == std::string::npos ? "engine" : file.substr(0, second);
}

bool starts_with_any(const std::string& text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view b) { return text.rfind(b, 0) == 0; });
}

bool is_qt(const std::string& header) {
  static const std::regex pattern("(Qt[A-Z]\\w*/.*|Q[A-Za-z]\\w*|q[a-z_]+\\.h)");
  return std::regex_match(header, pattern);
}
bool is_ffmpeg(const std::string& header) {
  return starts_with_any(header, {"libavcodec/", "libavformat/", "libavutil/", "libavfilter/", "libavdevice/", "libswscale/", "libswresample/"});
}
bool is_cuda(const std::string& header) {
  static const std::regex pattern("(cuda|curand|cublas|cufft|cudnn|nvrtc|nvtx|thrust/|cub/).*");
  return std::regex_match(header, pattern);
}
bool is_libtorch(const std::string& header) { return starts_with_any(header, {"torch/", "ATen/", "c10/"}); }

/// Empty when `file` may include the library header.
std::string library_complaint(const std::string& file, const std::string& header) {
  const std::string folder = folder_of(file);
  const bool engine = folder.rfind("engine", 0) == 0;
  const bool command_line = file.rfind("app/", 0) == 0 && file != "app/keel_studio.cpp";
  if (is_qt(header) && engine) return "the engine knows no Qt, but this includes <" + header + ">";
  if (is_qt(header) && file.rfind("ui/gl/", 0) == 0) return "ui/gl is tested where there is no Qt, but this includes <" + header + ">";
  if (is_qt(header) && command_line) return "the command line links no Qt, but this includes <" + header + ">";
  if (is_ffmpeg(header) && folder != "engine/media") return "FFmpeg headers belong in engine/media only, but this includes <" + header + ">";
  const bool cuda_file = file.size() > 3 && file.compare(file.size() - 3, 3, ".cu") == 0;
  if (is_cuda(header) && folder != "engine/backend" && !cuda_file)
    return "CUDA headers belong in engine/backend and .cu files only, but this includes <" + header + ">";
  if (is_libtorch(header) && folder != "engine/learned") return "LibTorch headers belong in engine/learned only, but this includes <" + header + ">";
  return "";
}

/// Empty when the arrow from `file` to the project's own `header` exists.
std::string arrow_complaint(const std::string& file, const std::string& header) {
  const std::string from = folder_of(file), to = folder_of(header);
  const auto allowed = arrows().find(from);
  if (allowed == arrows().end()) return "the folder " + from + " has no row in the table of arrows";
  if (to.empty()) return "\"" + header + "\" is not written from the root of the project";
  if (to == "ui" && from == "app" && file != "app/keel_studio.cpp") return "the command line includes \"" + header + "\": only keel_studio.cpp may use ui";
  if (to == "engine/learned" && from == "app" && header != "engine/learned/training_api.h")
    return "the program is built without LibTorch and may include engine/learned/training_api.h only, but this includes \"" + header + "\"";
  if (file.rfind("ui/gl/", 0) == 0 && to == "ui" && header.rfind("ui/gl/", 0) != 0) return "ui/gl knows nothing of the window, but this includes \"" + header + "\"";
  if (to == from || allowed->second.count(to) != 0) return "";
  return from + " must not include " + to + ", but this includes \"" + header + "\"";
}

bool is_source(const fs::path& path) {
  static const std::array<std::string_view, 8> endings{".h", ".hpp", ".cuh", ".cpp", ".cc", ".cu", ".inl", ".txt"};
  const std::string ending = path.extension().string();
  return std::find(endings.begin(), endings.end(), ending) != endings.end() && (ending != ".txt" || path.filename() == "CMakeLists.txt");
}

}  // namespace

std::vector<Violation> check_text(const std::string& file, const std::string& text) {
  static const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)re");
  static const std::string licence = "SPDX-License-Identifier: GPL-3.0-or-later";
  std::vector<Violation> found;
  const auto complain = [&](int line, const std::string& reason) {
    if (!reason.empty()) found.push_back({file, line, reason});
  };
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (number == 1 && line != "// " + licence && line != "# " + licence) complain(1, "the first line is not \"" + licence + "\"");
    std::smatch match;
    if (!std::regex_match(line, match, include)) continue;
    const std::string header = match[2];
    const bool own = starts_with_any(header, {"engine/", "ui/", "app/", "tests/"}) || (match[1] == "\"" && !is_ffmpeg(header) && !is_qt(header) &&
                                                                                       !is_cuda(header) && header.find('/') == std::string::npos);
    complain(number, own ? arrow_complaint(file, header) : library_complaint(file, header));
  }
  if (text.empty()) complain(1, "the file is empty");
  return found;
}

std::vector<Violation> check_tree(const fs::path& root, int* files_read) {
  std::vector<fs::path> files;
  for (const char* top : {"engine", "ui", "app"})
    if (fs::exists(root / top))
      for (const auto& entry : fs::recursive_directory_iterator(root / top))
        if (entry.is_regular_file() && is_source(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Violation> found;
  for (const fs::path& path : files) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (Violation& violation : check_text(fs::relative(path, root).generic_string(), text)) found.push_back(std::move(violation));
  }
  if (files_read != nullptr) *files_read = static_cast<int>(files.size());
  return found;
}

}  // namespace keel::arch
