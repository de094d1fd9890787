// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/content_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "engine/media/av_error.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

namespace keel {
namespace {

constexpr int kBits = 256;
constexpr std::size_t kPieceBytes = 64 << 10;
constexpr std::uintmax_t kPieces = 6;

Error unreadable(const std::filesystem::path& file) {
  return {ErrorCode::kIo, fmt::format("{} cannot be read; check its permissions.", av::quoted(file))};
}

}  // namespace

std::string to_hex(const Digest& digest) {
  std::string out;
  for (const std::uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

void Sha256::Free::operator()(void* memory) const { av_free(memory); }

Sha256::Sha256() : state_(av_sha_alloc()) {
  KEEL_CHECK(state_ != nullptr);
  KEEL_CHECK(av_sha_init(static_cast<AVSHA*>(state_.get()), kBits) == 0);
}

void Sha256::add(std::span<const std::byte> bytes) {
  av_sha_update(static_cast<AVSHA*>(state_.get()), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void Sha256::add(const std::string& text) {
  // The length keeps neighbouring texts apart.
  add(static_cast<std::int64_t>(text.size()));
  add(std::as_bytes(std::span(text)));
}

void Sha256::add(std::int64_t value) { add(std::as_bytes(std::span(&value, 1))); }

Digest Sha256::finish() {
  Digest digest;
  av_sha_final(static_cast<AVSHA*>(state_.get()), digest.data());
  return digest;
}

Result<Digest> hash_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> piece(kPieceBytes);
  Sha256 sum;
  while (stream) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    sum.add(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(stream.gcount()))));
  }
  if (!stream.eof()) return unreadable(file);
  return sum.finish();
}

Result<Digest> content_key(const std::filesystem::path& file) {
  std::error_code failed;
  const std::uintmax_t bytes = std::filesystem::file_size(file, failed);
  if (failed) return unreadable(file);
  const auto changed = std::filesystem::last_write_time(file, failed);
  if (failed) return unreadable(file);
  Sha256 sum;
  sum.add(static_cast<std::int64_t>(bytes));
  sum.add(static_cast<std::int64_t>(changed.time_since_epoch().count()));
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> piece(kPieceBytes);
  const std::uintmax_t last = bytes > kPieceBytes ? bytes - kPieceBytes : 0;
  for (std::uintmax_t i = 0; i < kPieces; ++i) {
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(last / (kPieces - 1) * i + (i == kPieces - 1 ? last % (kPieces - 1) : 0)));
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!stream && !stream.eof()) return unreadable(file);
    sum.add(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(stream.gcount()))));
    if (last == 0) break;
  }
  return sum.finish();
}

}  // namespace keel
