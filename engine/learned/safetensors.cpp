// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/safetensors.h"

#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace keel::learned {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "the data is stored little endian");

constexpr std::size_t kLengthBytes = 8;
/// Far above what our networks need; keeps a damaged length from asking for gigabytes.
constexpr std::uint64_t kMaxHeader = 1u << 20;
constexpr std::uint64_t kMaxElements = 1u << 28;
constexpr std::size_t kMaxDimensions = 8;

Error corrupt(const std::string& what) { return {ErrorCode::kCorrupt, what}; }

/// Number of elements of a shape, or nothing when it is not a plausible one.
std::optional<std::uint64_t> elements_of(const json& shape, std::vector<std::int64_t>& out) {
  if (!shape.is_array() || shape.size() > kMaxDimensions) return std::nullopt;
  std::uint64_t count = 1;
  for (const json& side : shape) {
    if (!side.is_number_unsigned()) return std::nullopt;
    const auto n = side.get<std::uint64_t>();
    if (n > kMaxElements) return std::nullopt;
    count *= n;
    if (count > kMaxElements) return std::nullopt;
    out.push_back(static_cast<std::int64_t>(n));
  }
  return count;
}

Result<StoredTensor> parse_tensor(const std::string& name, const json& entry, std::span<const std::uint8_t> data) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets")) return corrupt("tensor " + name + " is not described");
  if (entry["dtype"] != "F32") return corrupt("tensor " + name + " is not of type F32");
  StoredTensor tensor;
  const auto count = elements_of(entry["shape"], tensor.shape);
  const json& offsets = entry["data_offsets"];
  if (!count || !offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
    return corrupt("tensor " + name + " has no valid shape or place");
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data.size() || end - begin != *count * sizeof(float)) return corrupt("tensor " + name + " lies outside the data");
  tensor.values.resize(*count);
  if (*count > 0) std::memcpy(tensor.values.data(), data.data() + begin, end - begin);
  return tensor;
}

}  // namespace

Result<StoredTensors> parse_safetensors(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kLengthBytes) return corrupt("it is too short");
  std::uint64_t header_length = 0;
  std::memcpy(&header_length, bytes.data(), kLengthBytes);
  if (header_length > kMaxHeader || header_length > bytes.size() - kLengthBytes) return corrupt("its header is longer than the file");
  const char* text = reinterpret_cast<const char*>(bytes.data() + kLengthBytes);
  const json header = json::parse(text, text + header_length, nullptr, false);
  if (!header.is_object()) return corrupt("its header is not JSON");
  const auto data = bytes.subspan(kLengthBytes + header_length);
  StoredTensors content;
  std::uint64_t described = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return corrupt("its metadata is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return corrupt("its metadata holds something that is no text");
        content.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    KEEL_ASSIGN(StoredTensor tensor, parse_tensor(name, entry, data));
    // Thousands of names for the same bytes would make a small file ask for gigabytes.
    described += tensor.values.size() * sizeof(float);
    if (described > data.size()) return corrupt("its tensors overlap");
    content.tensors[name] = std::move(tensor);
  }
  return content;
}

std::vector<std::uint8_t> serialize_safetensors(const StoredTensors& content) {
  json header = json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t size = tensor.values.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, at + size}}};
    at += size;
  }
  std::string text = header.dump();
  // The format asks for data aligned to eight bytes.
  while (text.size() % 8 != 0) text += ' ';
  const std::uint64_t length = text.size();
  std::vector<std::uint8_t> bytes(kLengthBytes + text.size() + at);
  std::memcpy(bytes.data(), &length, kLengthBytes);
  std::memcpy(bytes.data() + kLengthBytes, text.data(), text.size());
  std::uint8_t* out = bytes.data() + kLengthBytes + text.size();
  for (const auto& [name, tensor] : content.tensors) {
    if (!tensor.values.empty()) std::memcpy(out, tensor.values.data(), tensor.values.size() * sizeof(float));
    out += tensor.values.size() * sizeof(float);
  }
  return bytes;
}

Result<StoredTensors> read_safetensors(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "The weights " + path.string() + " cannot be opened."};
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  auto content = parse_safetensors(bytes);
  if (!content) return Error{ErrorCode::kCorrupt, "The weights " + path.string() + " are damaged: " + content.error().message + "."};
  return content;
}

Result<void> write_safetensors(const std::filesystem::path& path, const StoredTensors& content) {
  const std::filesystem::path part = path.string() + ".part";
  const auto bytes = serialize_safetensors(content);
  std::ofstream out(part, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::error_code failure;
  if (out) std::filesystem::rename(part, path, failure);
  if (!out || failure) {
    std::filesystem::remove(part, failure);
    return Error{ErrorCode::kIo, "The weights " + path.string() + " could not be written; check the folder and the free space."};
  }
  return {};
}

}  // namespace keel::learned
