// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/finetune.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/commands/common.h"
#include "engine/compare/adoption.h"
#include "engine/kernels/kernels_cpu.h"
#include "engine/media/decoder.h"
#include "engine/motion/learned_plugin.h"
#include "engine/motion/scene_cut.h"
#include "engine/motion/working_picture.h"

namespace keel::cli {
namespace {

namespace fs = std::filesystem;
using learned::FinetuneStatus;
using learned::ViewPair;

/// Longer side of the views, that of the estimator, and the least side that a piece needs.
constexpr int kViewSide = 320, kLeastSide = 128;
constexpr int kPairsPerClip = 80;
/// Longer side of the pictures that tell a cut, and how far they are searched.
constexpr int kCoarseSide = 80, kCoarseReach = 20;

std::vector<std::uint8_t> pixels_of(const GrayImage& image) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < image.size().height; ++y) pixels.insert(pixels.end(), image.row(y), image.row(y) + image.size().width);
  return pixels;
}

/// Views of a clip's neighbouring frames, evenly spread over it; cuts are left out.
Result<void> add_pairs(const fs::path& clip, std::vector<ViewPair>& pairs, std::stop_token stop) {
  KEEL_ASSIGN(const auto decoder, Decoder::open(clip));
  const Size source = decoder->info().size;
  Size view = working_size(source, kViewSide);
  if (std::min(view.width, view.height) < kLeastSide) {
    const int longer = kLeastSide * std::max(source.width, source.height) / std::max(1, std::min(source.width, source.height)) + 1;
    view = working_size(source, longer);
  }
  if (std::min(view.width, view.height) < kLeastSide)
    return Error{ErrorCode::kUnsupported, clip.string() + " is smaller than 128 pixels; choose a larger clip to fine-tune on."};
  const std::int64_t every = std::max<std::int64_t>(1, decoder->info().frame_count_hint / kPairsPerClip);
  std::optional<GrayImage> prev, prev_coarse;
  for (std::int64_t i = 0;; ++i) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Reading clips was cancelled."};
    KEEL_ASSIGN(const auto decoded, decoder->next());
    if (!decoded) return {};
    const bool begins = i % every == 0, ends = i > 0 && (every == 1 || i % every == 1);
    if (!begins && !ends) continue;
    GrayImage now = area_luma(decoded->frame, view), coarse = area_luma(decoded->frame, working_size(source, kCoarseSide));
    if (ends && prev && match_coarse(prev_coarse->view(), coarse.view(), kCoarseReach).correlation > kSameScene) pairs.push_back({view, pixels_of(*prev), pixels_of(now)});
    prev = std::move(now);
    prev_coarse = std::move(coarse);
  }
}

/// What is asked for makes sense, before minutes of work.
Result<void> check(const FinetuneArguments& a) {
  if (a.out.empty()) return Error{ErrorCode::kInvalidArgument, "Say with --out which folder the weights and the report go to."};
  if (a.held_out.empty()) return Error{ErrorCode::kInvalidArgument, "Name with --held-out clips that the new weights are judged on."};
  for (const fs::path& clip : a.held_out) {
    std::error_code failure;
    if (std::any_of(a.clips.begin(), a.clips.end(), [&](const fs::path& other) { return fs::equivalent(clip, other, failure); }))
      return Error{ErrorCode::kInvalidArgument, clip.string() + " is both trained on and held out; name different clips."};
    KEEL_TRY(probe(clip));
  }
  std::error_code failure;
  fs::create_directories(a.out, failure);
  if (failure) return Error{ErrorCode::kIo, fmt::format("The folder \"{}\" could not be made: {}.", a.out.string(), failure.message())};
  return {};
}

/// Copies a file under its final name at once or not at all.
Result<void> replace_file(const fs::path& from, const fs::path& to) {
  const fs::path part = to.string() + ".part";
  std::error_code failure;
  fs::copy_file(from, part, fs::copy_options::overwrite_existing, failure);
  if (!failure) fs::rename(part, to, failure);
  if (!failure) return {};
  std::error_code ignored;
  fs::remove(part, ignored);
  return Error{ErrorCode::kIo, fmt::format("The weights {} could not be written: {}.", to.string(), failure.message())};
}

Result<FinetuneStatus> train_candidate(const FinetuneArguments& a, const fs::path& old_weights, const fs::path& candidate, std::stop_token stop) {
  std::vector<ViewPair> pairs;
  for (const fs::path& clip : a.clips) KEEL_TRY(add_pairs(clip, pairs, stop));
  if (pairs.empty()) return Error{ErrorCode::kUnsupported, "The clips hold no pair of frames of one scene; choose others to fine-tune on."};
  say("Fine-tuning on {} pairs of {} clips.\n", pairs.size(), a.clips.size());
  KEEL_ASSIGN(void* const table, learned_symbol(learned::kTrainingSymbol));
  return static_cast<const learned::TrainingApi*>(table)->finetune(pairs, a.options, old_weights, candidate, stop);
}

Result<std::vector<HeldOutClip>> judge(const FinetuneArguments& a, const fs::path& old_weights, const fs::path& candidate, std::stop_token stop) {
  KEEL_ASSIGN(const auto before, make_ihn_from(old_weights));
  KEEL_ASSIGN(const auto after, make_ihn_from(candidate));
  const std::vector<const MotionEstimator*> estimators{before.get(), after.get()};
  std::vector<HeldOutClip> clips;
  for (const fs::path& clip : a.held_out) {
    ProgressLine line("judging " + clip.filename().string(), false);
    KEEL_ASSIGN(const auto worth, judge_motion(clip, estimators, stop, line.callback()));
    clips.push_back({clip.filename().string(), worth[0], worth[1]});
  }
  return clips;
}

nlohmann::ordered_json report(const std::vector<HeldOutClip>& clips, const Adoption& adoption, const std::optional<FinetuneStatus>& status) {
  const auto worth = [](const MotionWorth& w) {
    return nlohmann::ordered_json{{"photometric", w.photometric}, {"residual_acceleration", w.acceleration}, {"pairs", w.pairs}, {"without_motion", w.failed}};
  };
  nlohmann::ordered_json j{{"schema", "keel.adoption/1"}, {"adopted", adoption.adopted}, {"reason", adoption.reason},
                           {"photometric_ratio", adoption.photometric_ratio}, {"acceleration_ratio", adoption.acceleration_ratio}};
  if (status) j["finetuning"] = {{"steps", status->steps}, {"first_loss", status->first_loss}, {"last_loss", status->last_loss}};
  j["held_out"] = nlohmann::ordered_json::array();
  for (const HeldOutClip& clip : clips) j["held_out"].push_back({{"clip", clip.name}, {"before", worth(clip.before)}, {"after", worth(clip.after)}});
  return j;
}

Result<Adoption> finetune(const FinetuneArguments& a, std::stop_token stop) {
  KEEL_TRY(check(a));
  const fs::path in_force = a.out / "ihn.safetensors", trained = a.out / "candidate.safetensors";
  std::error_code failure;
  if (!fs::exists(in_force, failure)) KEEL_TRY(replace_file(a.start.empty() ? learned_weights_path() : a.start, in_force));
  std::optional<FinetuneStatus> status;
  if (a.candidate.empty()) {
    KEEL_ASSIGN(status, train_candidate(a, in_force, trained, stop));
  }
  const fs::path candidate = a.candidate.empty() ? trained : a.candidate;
  const auto clips = judge(a, in_force, candidate, stop);
  Adoption adoption;
  Result<void> done;
  if (clips) {
    adoption = decide_adoption(*clips);
    if (adoption.adopted) done = replace_file(candidate, in_force);
    if (done) done = write_text(a.out / "adoption.json", report(*clips, adoption, status).dump(2) + "\n");
  }
  // What was trained here is either in force by now or of no use.
  fs::remove(trained, failure);
  if (!clips) return clips.error();
  KEEL_TRY(std::move(done));
  return adoption;
}

}  // namespace

int run_finetune(const FinetuneArguments& arguments, std::stop_token stop) {
  const auto adoption = finetune(arguments, stop);
  if (!adoption) return fail(adoption.error());
  put("{}\n", adoption->reason);
  return kDone;
}

}  // namespace keel::cli
