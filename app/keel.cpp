// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "app/commands/command_list.h"
#include "app/commands/common.h"
#include "app/leave.h"
#ifdef KEEL_HAVE_MEDIA
#include "engine/media/clip_writer.h"
#endif

namespace {

using namespace keel::cli;

/// The known flag (or command) that an unknown one was probably meant to be; empty when none is near.
std::string suggestion(const CLI::App& app, const std::string& unknown) {
  std::vector<std::string> known;
  std::vector<const CLI::App*> apps{&app};
  for (const CLI::App* sub : app.get_subcommands()) apps.push_back(sub);
  if (apps.size() == 1)
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) known.push_back(sub->get_name());
  for (const CLI::App* a : apps)
    for (const CLI::Option* option : a->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  return nearest_word(unknown, known);
}

int report_bad_arguments(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const bool unknown_command = app.get_subcommands().empty() && !arguments.empty() && arguments[0].rfind('-', 0) != 0;
  if (unknown_command) {
    fmt::print(stderr, "keel: \"{}\" is not a command\n", arguments[0]);
    if (const std::string near = suggestion(app, arguments[0]); !near.empty()) fmt::print(stderr, "Did you mean {}?\n", near);
  } else {
    fmt::print(stderr, "keel: {}\n", error.what());
  }
  for (const std::string& argument : arguments) {
    const std::string flag = argument.substr(0, argument.find('='));
    const bool mentioned = std::string(error.what()).find(flag) != std::string::npos;
    if (!mentioned) continue;
    if (const std::string near = suggestion(app, flag); !near.empty() && near != flag) {
      fmt::print(stderr, "Did you mean {}?\n", near);
      break;
    }
  }
  fmt::print(stderr, "keel --help and keel COMMAND --help list what there is.\n");
  return kBadArguments;
}

/// Whether nothing is left of what was cancelled.
bool all_over() {
#ifdef KEEL_HAVE_MEDIA
  return keel::wait_for_abandoned_encoders(keel::kLeavingPatience);
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {
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
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return report_bad_arguments(app, e, std::vector<std::string>(argv + 1, argv + argc));
  }
  const StopOnSignal stop;
  for (const Command& command : commands)
    if (command.app->parsed()) {
      const int code = command.run(stop.token());
      return keel::leave(code, all_over());
    }
  return kBadArguments;
}
