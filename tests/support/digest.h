// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

namespace keel::test {

/// FNV-1a, of values whose every bit counts.
class Fnv {
 public:
  void add(std::uint64_t value) { hash_ = (hash_ ^ value) * 1099511628211u; }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037u;
};

/// Fails unless this program, asked for the tests of `filter` on 1, 2 and 7 threads, prints "digest N" with the given number. The pool is made once a process, so every count
/// needs a process of its own.
inline void expect_same_digest_on_any_threads(const std::string& filter, std::uint64_t digest) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  for (const int threads : {1, 2, 7}) {
    const std::string command = "KEEL_THREADS=" + std::to_string(threads) + " '" + self + "' --gtest_filter=" + filter;
    FILE* child = popen(command.c_str(), "r");
    ASSERT_NE(child, nullptr);
    std::string output;
    for (int c = std::fgetc(child); c != EOF; c = std::fgetc(child)) output.push_back(static_cast<char>(c));
    EXPECT_EQ(pclose(child), 0);
    EXPECT_NE(output.find("digest " + std::to_string(digest) + "\n"), std::string::npos) << threads << " threads:\n" << output;
  }
}

}  // namespace keel::test
