// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "engine/base/result.h"

namespace keel {

/// A SHA-256 value.
using Digest = std::array<std::uint8_t, 32>;
/// 64 lower-case digits.
[[nodiscard]] std::string to_hex(const Digest& digest);

/// SHA-256 of what is added piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  void add(const std::string& text);
  void add(std::int64_t value);
  /// Ends the sum; nothing may be added after it.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> state_;
};

/// SHA-256 of a whole file. Error: kIo.
[[nodiscard]] Result<Digest> hash_file(const std::filesystem::path& file);

/// Tells one clip from another without reading all of it: from size, time of the last change, and pieces at the head, at the tail and in
/// between, 384 KB in all. The name does not count, so that a moved clip is the same. Error: kIo.
[[nodiscard]] Result<Digest> content_key(const std::filesystem::path& file);

}  // namespace keel
