// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/commands/argument_errors.h"
#include "app/commands/command_list.h"
#include "app/commands/common.h"
#include "app/commands/signals.h"
#include "app/leave.h"
#ifdef KEEL_HAVE_MEDIA
#include "engine/media/clip_writer.h"
#endif

namespace {

using namespace keel::cli;

/// Ends the program for `code`; what a cancel left behind is not waited for.
int finish(int code) {
  if (const auto written = finish_output(); code == ExitCode::kDone && !written) code = fail(written.error());
  bool all_over = true;
#ifdef KEEL_HAVE_MEDIA
  if (code == ExitCode::kCancelled) all_over = keel::wait_for_abandoned_encoders(keel::kLeavingPatience);
#endif
  return keel::leave(code, all_over);
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
    return finish(app.exit(e));
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
    return finish(code);
  }
  return kBadArguments;
}
