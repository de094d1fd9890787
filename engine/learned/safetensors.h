// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace keel::learned {

/// One tensor of a weights file: 32-bit floats, row major.
struct StoredTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool operator==(const StoredTensor&) const = default;
};

/// Content of a .safetensors file: eight bytes of header length (little endian), a JSON header {"name": {"dtype","shape","data_offsets"}, "__metadata__": {...}},
/// then the data. Only F32 tensors. It holds numbers and nothing that could run.
struct StoredTensors {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
  bool operator==(const StoredTensors&) const = default;
};

/// Parses with every length, offset and shape checked against the file. Error: kCorrupt with what is wrong.
[[nodiscard]] Result<StoredTensors> parse_safetensors(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::vector<std::uint8_t> serialize_safetensors(const StoredTensors& content);

/// Errors: kNotFound, kCorrupt (with the file's name).
[[nodiscard]] Result<StoredTensors> read_safetensors(const std::filesystem::path& path);
/// Writes beside and renames, so that a reader never sees half a file. Error: kIo.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& path, const StoredTensors& content);

}  // namespace keel::learned
