// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "engine/base/result.h"

namespace keel::cli {

/// Opens what is closed of standard input, output and error, else the next file that is opened takes the number and is written into by messages; and lets a reader that
/// has gone away be a failed write in place of the end of the program. First of all in main().
void prepare_standard_streams();

/// Text for a person, on standard error. That nobody can read it is no reason to end what is being done.
template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  const std::string text = fmt::format(format, std::forward<T>(values)...);
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

void put_text(const std::string& text);

/// Results, on standard output. Whether they arrived is asked once, by finish_output().
template <class... T>
void put(fmt::format_string<T...> format, T&&... values) {
  put_text(fmt::format(format, std::forward<T>(values)...));
}

/// Whether all that was put out could be written. Error: kIo, and with an empty message where the reader went away, as `head` does, which needs no words.
[[nodiscard]] Result<void> finish_output();

}  // namespace keel::cli
