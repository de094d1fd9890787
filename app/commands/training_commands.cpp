// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdint>
#include <limits>
#include <memory>

#include "app/commands/argument_errors.h"
#include "app/commands/command_list.h"
#ifdef KEEL_HAVE_MEDIA
#include "app/commands/finetune.h"
#endif
#include "app/commands/mace.h"
#include "app/commands/number_range.h"
#include "app/commands/train.h"

namespace keel::cli {
namespace {

constexpr std::uint64_t kMostSeed = std::numeric_limits<std::uint64_t>::max();

Command train_command(CLI::App& app) {
  const auto arguments = std::make_shared<TrainArguments>();
  auto& a = *arguments;
  auto& o = a.options;
  auto* c = app.add_subcommand("train", "Train the learned estimators on photographs, or fine-tune ihn on clips");
  auto* photos = c->add_option("--photos", a.photos, "Folder of photographs, or a pack")->check(any_name());
  c->add_option("--pack", a.pack, "Only write the photographs as one small file")->check(any_name());
  c->add_option("--validation", a.validation, "Other photographs, for the errors shown at each checkpoint")->check(any_name());
  c->add_option("--out", a.out, "Folder for checkpoint, loss.csv and weights; a run goes on from the checkpoint in it")->check(any_name());
  c->add_option("--start", a.start, "Weights to start from where there is no checkpoint")->check(any_name());
  auto* minutes = c->add_option("--minutes", o.minutes, "Wall time of the whole schedule")->check(number_between(0.01, 100000.0))->capture_default_str();
  auto* steps = c->add_option("--steps", o.steps, "Length of the schedule in steps in place of time")->check(number_between(1, 1000000000))->excludes(minutes);
  auto* batch = c->add_option("--batch", o.batch, "Pairs a step")->check(number_between(1, 4096))->capture_default_str();
  auto* rate = c->add_option("--learning-rate", o.peak_learning_rate, "At its peak")->check(number_between(1e-7, 1.0))->capture_default_str();
  c->add_option("--coco-share", o.coco_share, "Share of pairs by the published protocol; the others look like video")->check(number_between(0.0, 1.0))->capture_default_str();
  c->add_option("--data-threads", o.data_threads, "Threads that make pairs")->check(number_between(1, 256))->capture_default_str();
  c->add_option("--compute-threads", o.compute_threads, "Threads of the network on the CPU")->check(number_between(1, 256))->capture_default_str();
  c->add_option("--checkpoint-minutes", o.checkpoint_minutes, "Between checkpoints")->check(number_between(0.01, 1000.0))->capture_default_str();
  c->add_option("--validation-pairs", o.validation_pairs, "Of each protocol")->check(number_between(1, 100000))->capture_default_str();
  c->add_option("--device", o.device, "Where to train")->check(one_of({"cpu", "cuda"}))->capture_default_str();
  c->add_option("--seed", o.seed, "Of weights and pairs")->check(number_between<std::uint64_t>(0, kMostSeed))->capture_default_str();
#ifdef KEEL_HAVE_MEDIA
  const auto tuning = std::make_shared<FinetuneArguments>();
  auto* clips = c->add_option("--finetune", tuning->clips, "Clips to fine-tune ihn on, without any ground truth, in place of photographs")->check(any_name());
  auto* candidate = c->add_option("--candidate", tuning->candidate, "Weights to judge in place of training any")->check(any_name());
  auto* held_out = c->add_option("--held-out", tuning->held_out, "Other clips: new weights replace the old ones only if these look better with them")->check(any_name());
  clips->excludes(photos)->excludes(candidate)->excludes(steps)->needs(held_out);
  candidate->excludes(photos)->needs(held_out);
  return {c, [=](std::stop_token stop) {
            if (clips->count() == 0 && candidate->count() == 0) return run_train(*arguments, stop);
            tuning->out = arguments->out;
            tuning->start = arguments->start;
            // What was not given keeps fine-tuning's own defaults.
            if (minutes->count() > 0) tuning->options.minutes = arguments->options.minutes;
            if (batch->count() > 0) tuning->options.batch = arguments->options.batch;
            if (rate->count() > 0) tuning->options.learning_rate = arguments->options.peak_learning_rate;
            tuning->options.compute_threads = arguments->options.compute_threads;
            tuning->options.seed = arguments->options.seed;
            return run_finetune(*tuning, stop);
          },
          true};
#else
  (void)photos, (void)steps, (void)minutes, (void)batch, (void)rate;
  return {c, [arguments](std::stop_token stop) { return run_train(*arguments, stop); }, true};
#endif
}

Command mace_command(CLI::App& app) {
  const auto arguments = std::make_shared<MaceArguments>();
  auto& a = *arguments;
  auto* c = app.add_subcommand("mace", "Mean average corner error of an estimator on pairs made from photographs");
  c->add_option("--photos", a.photos, "Folder of photographs, or a pack")->check(any_name())->required();
  c->add_option("--pairs", a.pairs, "Number of pairs")->check(number_between(1, 1000000))->capture_default_str();
  c->add_option("--seed", a.seed, "Of the pairs")->check(number_between<std::uint64_t>(0, kMostSeed))->capture_default_str();
  c->add_option("--protocol", a.protocol, "coco: corners displaced by up to 32 px of 128; video: small shake")->check(one_of({"coco", "video"}))->capture_default_str();
  c->add_option("--estimator", a.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
  c->add_option("--set", a.set, "An option of the estimator, NAME=VALUE (keel info lists them); may be repeated")->allow_extra_args(false);
  c->add_option("--weights", a.weights, "Weights file instead of the installed one")->check(any_name());
  c->add_flag("--json", a.json, "JSON on standard output")->disable_flag_override();
  return {c, [arguments](std::stop_token stop) { return run_mace(*arguments, stop); }};
}

}  // namespace

void add_training_commands(CLI::App& app, CommandList& commands) {
  commands.push_back(train_command(app));
  commands.push_back(mace_command(app));
}

}  // namespace keel::cli
