// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stop_token>
#include <vector>

namespace keel::cli {

/// A sub-command and what it does once its arguments are parsed; `run` returns an exit code and owns the arguments.
struct Command {
  CLI::App* app = nullptr;
  std::function<int(std::stop_token)> run;
  bool saves_when_stopped = false;  ///< what it has done until then is saved, which may take a while
};
using CommandList = std::vector<Command>;

/// stabilize, analyze, metrics, compare, info: what needs files of video.
void add_clip_commands(CLI::App& app, CommandList& commands);
/// train, mace: what needs LibTorch, and no video.
void add_training_commands(CLI::App& app, CommandList& commands);

}  // namespace keel::cli
