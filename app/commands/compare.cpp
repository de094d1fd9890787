// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/compare.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>

#include "app/commands/algorithm_options.h"
#include "app/commands/common.h"
#include "app/commands/compare_report.h"
#include "app/commands/device_option.h"
#include "engine/compare/comparison.h"
#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"

namespace keel::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char *kPageName = "compare.html", *kDataName = "compare.json";

/// Each id once, "all" spelled out.
std::vector<std::string> chosen(const std::vector<std::string>& words, std::span<const AlgorithmInfo> known) {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const std::string& word : words) {
    if (word != "all") add(word);
    else for (const AlgorithmInfo& info : known) add(info.id);
  }
  return ids;
}

/// Minutes of measuring must not end at a folder that cannot be written.
Result<void> check_folder(const fs::path& folder, const fs::path& clip) {
  if (folder.empty()) return {};
  std::error_code ignored;
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is a file, but --out names a folder; choose another name.", folder.string())};
  const bool there = fs::is_directory(folder, ignored);
  const fs::path above = fs::absolute(folder, ignored).lexically_normal(), parent = (above.has_filename() ? above : above.parent_path()).parent_path();
  if (!there && !fs::is_directory(parent, ignored))
    return Error{ErrorCode::kNotFound, fmt::format("The folder \"{}\" is not there; make it first or choose another one.", parent.string())};
  if (::access((there ? folder : parent).c_str(), W_OK | X_OK) != 0)
    return Error{ErrorCode::kIo, fmt::format("The folder \"{}\" cannot be written; choose another one.", (there ? folder : parent).string())};
  if (!there) return {};
  for (const char* name : {kPageName, kDataName}) KEEL_TRY(check_text_place(folder / name, {clip}));
  return {};
}

Result<void> write_files(const fs::path& folder, const Comparison& comparison) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return Error{ErrorCode::kIo, fmt::format("The folder \"{}\" could not be made: {}.", folder.string(), error.message())};
  KEEL_TRY(write_text(folder / kDataName, compare_json(comparison)));
  return write_text(folder / kPageName, compare_page(comparison));
}

Result<Comparison> compare_clip(const CompareArguments& a, std::stop_token stop) {
  KEEL_TRY(check_folder(a.out, a.input));
  CompareRequest request;
  request.clip = a.input;
  request.estimators = chosen(a.estimators, motion_estimators());
  request.smoothers = chosen(a.smoothers, path_smoothers());
  KEEL_ASSIGN(request.options, parse_options_of_all(request.estimators, request.smoothers, a.set));
  request.settings = a.settings;
  // The trade-off is for the default smoother, or for one that was asked for.
  if (!request.smoothers.empty() && std::find(request.smoothers.begin(), request.smoothers.end(), request.settings.smoother) == request.smoothers.end())
    request.settings.smoother = request.smoothers.front();
  request.pictures = !a.out.empty();
  KEEL_ASSIGN(request.device, metrics_device_of(a.device));
  std::optional<ProgressLine> line;
  return compare(request, stop, [&](const std::string& step) {
    line.emplace(step, a.quiet);
    return line->callback();
  });
}

}  // namespace

int run_compare(const CompareArguments& a, std::stop_token stop) {
  const auto comparison = compare_clip(a, stop);
  if (!comparison) return fail(comparison.error());
  const auto& all = comparison->combinations;
  // A page that shows nothing but failures helps nobody.
  if (std::none_of(all.begin(), all.end(), [](const Combination& c) { return !c.failure; })) {
    if (a.json) put("{}\n", compare_json(*comparison));
    return fail({ErrorCode::kUnsupported, fmt::format("Nothing in \"{}\" can be compared: {}", a.input.string(), all.empty() ? "no estimator with a smoother was chosen." : all.front().failure.value_or(""))});
  }
  if (!a.out.empty())
    if (auto written = write_files(a.out, *comparison); !written) return fail(written.error());
  put("{}\n", a.json ? compare_json(*comparison) : compare_table(*comparison));
  for (const AnalysisOutcome& analysis : comparison->analyses)
    if (!a.quiet && analysis.trouble) say("Motion ({}): {}\n", analysis.estimator, *analysis.trouble);
  if (!a.quiet && comparison->gpu_trouble) say("{}\n", *comparison->gpu_trouble);
  if (!a.quiet && !a.out.empty()) say("Written to {} and {}.\n", (a.out / kPageName).string(), (a.out / kDataName).string());
  return kDone;
}

}  // namespace keel::cli
