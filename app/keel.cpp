// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "app/commands/argument_errors.h"
#include "app/commands/command_list.h"
#include "app/commands/common.h"
#include "app/commands/signals.h"
#ifdef KEEL_HAVE_MEDIA
#include "engine/media/clip_writer.h"
#endif

namespace {

using namespace keel::cli;

/// Ends the program for `code`. An encoder that a cancel left behind may need seconds to close, and somebody waits for the prompt: it is not waited for. Nothing of worth is
/// lost with it, since the unfinished file is gone by now.
int leave(int code) {
  if (const auto written = finish_output(); code == ExitCode::kDone && !written) code = fail(written.error());
#ifdef KEEL_HAVE_MEDIA
  constexpr std::chrono::milliseconds kPatience{30};
  if (code == ExitCode::kCancelled && !keel::wait_for_abandoned_encoders(kPatience)) {
    std::fflush(nullptr);
    leave_at_once(code);
  }
#endif
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  prepare_standard_streams();
  CLI::App app{"Keel, a video stabilizer: a shaky file in, a steady file out."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("keel ") + KEEL_VERSION);
  CommandList commands;
#ifdef KEEL_HAVE_MEDIA
  add_clip_commands(app, commands);
#endif
#ifdef KEEL_HAVE_LEARNED
  add_training_commands(app, commands);
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return leave(app.exit(e));
  } catch (const CLI::ParseError& e) {
    return fail({keel::ErrorCode::kInvalidArgument, argument_error(app, e, std::vector<std::string>(argv + 1, argv + argc))});
  }
  // With what remains after it a cancel is answered within the second that is promised.
  constexpr std::chrono::milliseconds kPatience{700};
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    StopOnSignal stop(command.saves_when_stopped ? std::nullopt : std::optional(kPatience));
    const int code = command.run(stop.token());
    stop.work_is_over();
    return leave(code);
  }
  return kBadArguments;
}
