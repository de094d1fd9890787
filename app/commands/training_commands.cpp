// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>

#include "app/commands/command_list.h"
#include "app/commands/mace.h"
#include "app/commands/train.h"

namespace keel::cli {
namespace {

Command train_command(CLI::App& app) {
  const auto arguments = std::make_shared<TrainArguments>();
  auto& a = *arguments;
  auto& o = a.options;
  auto* c = app.add_subcommand("train", "Train the learned estimators on photographs");
  c->add_option("--photos", a.photos, "Folder of photographs, or a pack")->required();
  c->add_option("--pack", a.pack, "Only write the photographs as one small file");
  c->add_option("--validation", a.validation, "Other photographs, for the errors shown at each checkpoint");
  c->add_option("--out", a.out, "Folder for checkpoint, loss.csv and weights; a run goes on from the checkpoint in it");
  c->add_option("--start", a.start, "Weights to start from where there is no checkpoint");
  c->add_option("--minutes", o.minutes, "Wall time of the whole schedule")->check(CLI::Range(0.01, 100000.0))->capture_default_str();
  c->add_option("--batch", o.batch, "Pairs a step")->check(CLI::Range(1, 4096))->capture_default_str();
  c->add_option("--learning-rate", o.peak_learning_rate, "At its peak")->check(CLI::Range(1e-7, 1.0))->capture_default_str();
  c->add_option("--coco-share", o.coco_share, "Share of pairs by the published protocol; the others look like video")->check(CLI::Range(0.0, 1.0))->capture_default_str();
  c->add_option("--data-threads", o.data_threads, "Threads that make pairs")->check(CLI::Range(1, 256))->capture_default_str();
  c->add_option("--compute-threads", o.compute_threads, "Threads of the network on the CPU")->check(CLI::Range(1, 256))->capture_default_str();
  c->add_option("--checkpoint-minutes", o.checkpoint_minutes, "Between checkpoints")->check(CLI::Range(0.01, 1000.0))->capture_default_str();
  c->add_option("--validation-pairs", o.validation_pairs, "Of each protocol")->check(CLI::Range(1, 100000))->capture_default_str();
  c->add_option("--device", o.device, "Where to train")->check(CLI::IsMember({"cpu", "cuda"}))->capture_default_str();
  c->add_option("--seed", o.seed, "Of weights and pairs")->capture_default_str();
  return {c, [arguments](std::stop_token stop) { return run_train(*arguments, stop); }};
}

Command mace_command(CLI::App& app) {
  const auto arguments = std::make_shared<MaceArguments>();
  auto& a = *arguments;
  auto* c = app.add_subcommand("mace", "Mean average corner error of an estimator on pairs made from photographs");
  c->add_option("--photos", a.photos, "Folder of photographs, or a pack")->required();
  c->add_option("--pairs", a.pairs, "Number of pairs")->check(CLI::Range(1, 1000000))->capture_default_str();
  c->add_option("--seed", a.seed, "Of the pairs")->capture_default_str();
  c->add_option("--protocol", a.protocol, "coco: corners displaced by up to 32 px of 128; video: small shake")->check(CLI::IsMember({"coco", "video"}))->capture_default_str();
  c->add_option("--estimator", a.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
  c->add_option("--weights", a.weights, "Weights file instead of the installed one");
  c->add_flag("--json", a.json, "JSON on standard output");
  return {c, [arguments](std::stop_token stop) { return run_mace(*arguments, stop); }};
}

}  // namespace

void add_training_commands(CLI::App& app, CommandList& commands) {
  commands.push_back(train_command(app));
  commands.push_back(mace_command(app));
}

}  // namespace keel::cli
