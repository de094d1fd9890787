// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "engine/photos/pair_synthesis.h"

namespace keel::learned {
namespace {

StoredTensors sample() {
  StoredTensors content;
  content.metadata = {{"format", "test"}};
  content.tensors["a"] = {{2, 3}, {1, 2, 3, 4, 5, 6}};
  content.tensors["empty"] = {{0}, {}};
  content.tensors["scalar"] = {{}, {7}};
  return content;
}

std::vector<std::uint8_t> with_header(const std::string& header, std::size_t data_bytes) {
  std::vector<std::uint8_t> bytes(8 + header.size() + data_bytes);
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

TEST(SafetensorsTest, SerializedContent_IsParsedBackEqual) {
  const auto back = parse_safetensors(serialize_safetensors(sample()));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, sample());
}

TEST(SafetensorsTest, WrongHeaders_AreRefusedWithAReason) {
  const struct { const char* header; std::size_t data; } cases[] = {
      {R"(not json)", 0},
      {R"([1,2])", 0},
      {R"({"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8},
      {R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 8},
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 4},
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", 16},
      {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"u":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4},
      {R"({"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4},
      {R"({"t":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0},
      {R"({"t":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4},
      {R"({"t":{"dtype":"F32","shape":"x","data_offsets":[0,4]}})", 4},
      {R"({"t":{"shape":[1],"data_offsets":[0,4]}})", 4},
      {R"({"t":7})", 4},
      {R"({"__metadata__":{"a":1}})", 0},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_safetensors(with_header(c.header, c.data));
    ASSERT_FALSE(parsed.ok()) << c.header;
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

TEST(SafetensorsTest, HeaderLongerThanTheFile_IsRefused) {
  auto bytes = with_header("{}", 0);
  bytes[3] = 1;
  EXPECT_FALSE(parse_safetensors(bytes).ok());
  EXPECT_FALSE(parse_safetensors(std::span(bytes).first(5)).ok());
}

TEST(SafetensorsTest, RandomDamageAndTruncation_NeverCrash) {
  const auto bytes = serialize_safetensors(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(parse_safetensors(std::span(bytes).first(length)).ok()) << length;
  PairRandom random(11);
  for (int i = 0; i < 3000; ++i) {
    auto damaged = bytes;
    for (int k = 0; k < 1 + random.index(6); ++k) damaged[static_cast<std::size_t>(random.index(static_cast<int>(damaged.size())))] = static_cast<std::uint8_t>(random.next());
    const auto parsed = parse_safetensors(damaged);
    // Whatever survives the damage is a consistent set of tensors.
    if (parsed.ok())
      for (const auto& [name, tensor] : parsed->tensors) {
        std::int64_t count = 1;
        for (const std::int64_t side : tensor.shape) count *= side;
        EXPECT_EQ(static_cast<std::size_t>(count), tensor.values.size());
      }
  }
}

TEST(SafetensorsTest, MissingFile_IsNotFoundAndDamagedFileIsNamed) {
  const auto path = std::filesystem::temp_directory_path() / "keel-safetensors-test";
  EXPECT_EQ(read_safetensors(path).error().code, ErrorCode::kNotFound);
  std::ofstream(path) << "short";
  EXPECT_NE(read_safetensors(path).error().message.find(path.string()), std::string::npos);
  ASSERT_TRUE(write_safetensors(path, sample()).ok());
  EXPECT_EQ(*read_safetensors(path), sample());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace keel::learned
