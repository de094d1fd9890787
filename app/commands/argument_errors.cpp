// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/argument_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/commands/common.h"

namespace keel::cli {
namespace {

/// "a, b or c"
std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return list;
}

/// The command that was given; the program itself before one was.
const CLI::App& command_of(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : *parsed.front();
}

/// "keel stabilize"
std::string spoken(const CLI::App& app, const CLI::App& command) { return &app == &command ? "keel" : "keel " + command.get_name(); }

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

/// "IN and OUT"; empty where a command takes none.
std::string positionals_of(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options([](const CLI::Option* o) { return o->get_positional(); })) names += (names.empty() ? "" : " and ") + option->get_name(true);
  return names;
}

/// The end of a sentence about an unknown word.
std::string guess_or(const std::string& word, const std::vector<std::string>& known, const std::string& otherwise) {
  const std::string near = nearest_word(word, known);
  return near.empty() ? otherwise : "did you mean " + near + "?";
}

std::string about_unexpected(const CLI::App& app, const std::string& word) {
  const CLI::App& command = command_of(app);
  const std::string name = spoken(app, command);
  if (word.size() > 1 && word.front() == '-') {
    const std::string flag = word.substr(0, word.find('='));
    std::error_code ignored;
    if (std::filesystem::exists(word, ignored)) return fmt::format("{} is taken for an option of {}, which it is not; write ./{} where the file is meant.", word, name, word);
    return fmt::format("{} is not an option of {}; {}", flag, name, guess_or(flag, flags_of(command), name + " --help lists them."));
  }
  if (&command == &app) return fmt::format("\"{}\" is not a command; {}", word, guess_or(word, command_names(app), "keel --help lists them."));
  const std::string takes = positionals_of(command);
  return fmt::format("\"{}\" is one argument too many; {} takes {} and options (a name with spaces needs quotes).", word, name, takes.empty() ? "no names" : takes);
}

std::string about_missing(const CLI::App& app, const std::string& name) {
  const CLI::App& command = command_of(app);
  if (&command == &app) return fmt::format("A command is missing; use {} (keel --help says what each does).", listed(command_names(app)));
  return fmt::format("{} is missing; {} --help says what it is.", name, spoken(app, command));
}

std::string about_count(const CLI::App& app, const CLI::Option& option) {
  const std::string name = option.get_name();
  if (option.get_expected_min() == 0) return name + " takes no value; leave out what follows the equals sign.";
  if (option.count() > 1) return name + " is given more than once; give it once.";
  // A validator's description says what there may be; CLI11 has no other way to ask whether there is one.
  std::string may_be;
  try {
    may_be = const_cast<CLI::Option&>(option).get_validator(0)->get_description();
  } catch (const CLI::OptionNotFound&) {
  }
  if (!may_be.empty()) return fmt::format("{} needs a value; give {}.", name, may_be);
  return fmt::format("{} needs a value; {} --help says which.", name, spoken(app, command_of(app)));
}

/// The two names in "A excludes B" and "A requires B", and what is left of the verb in other texts of CLI11.
std::pair<std::string, std::string> split_at(const std::string& text, const std::string& verb) {
  const std::size_t found = text.find(verb);
  if (found == std::string::npos) return {text, ""};
  return {text.substr(0, found), text.substr(found + verb.size())};
}

}  // namespace

std::string argument_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const std::string said = error.what();
  const CLI::App& command = command_of(app);
  // CLI11 misses the command before it sees that a word was meant to be one.
  if (&command == &app && !arguments.empty()) return about_unexpected(app, arguments.front());
  const auto unexpected = app.remaining(true);
  // A name that was taken for an option, and is missed as a name then, is the cause of both.
  const bool like_option = !unexpected.empty() && unexpected.front().starts_with('-');
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && like_option)) {
    // In an order of its own, so that the first of them is looked for.
    const auto first = std::find_if(arguments.begin(), arguments.end(), [&](const std::string& word) { return std::find(unexpected.begin(), unexpected.end(), word) != unexpected.end(); });
    return about_unexpected(app, first == arguments.end() ? said : *first);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return about_missing(app, split_at(said, " is required").first);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = said.substr(0, said.find_first_of(": "));
    for (const std::string& spelt : {name, "--" + name})
      if (const CLI::Option* option = command.get_option_no_throw(spelt)) return about_count(app, *option);
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    const auto [one, other] = split_at(said, " excludes ");
    return fmt::format("{} and {} cannot be used together; leave one of them out.", one, other);
  }
  if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) {
    const auto [one, other] = split_at(said, " requires ");
    return fmt::format("{} needs {} too; add it.", one, other);
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    const auto [name, value] = split_at(split_at(said, "Could not convert: ").second, " = ");
    return fmt::format("{}: \"{}\" is not a value that it takes; {} --help says which.", name, value, spoken(app, command));
  }
  return said + (said.ends_with('.') ? "" : ".");  // those of validators are written in this program
}

CLI::Validator one_of(std::initializer_list<std::string_view> words) {
  const std::vector<std::string> known(words.begin(), words.end());
  const auto check = [known](std::string& text) -> std::string {
    if (std::find(known.begin(), known.end(), text) != known.end()) return {};
    return fmt::format("\"{}\" is unknown; use {}", text, listed(known));
  };
  return CLI::Validator(check, listed(known));
}

CLI::Validator any_name() {
  const auto check = [](std::string& text) -> std::string { return text.empty() ? "the name is empty; give the name of a file or folder" : ""; };
  return CLI::Validator(check, "");
}

}  // namespace keel::cli
