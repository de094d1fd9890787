// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "engine/image/frame.h"

namespace keel::test {

/// Stored samples of one pixel, 8-bit limited range.
struct YuvColor {
  std::uint8_t y = 16, u = 128, v = 128;
};
inline constexpr YuvColor kRed{81, 90, 240}, kGreen{145, 54, 34}, kBlue{41, 240, 110};  // BT.601, as players assume below 720 lines

using PaintFn = std::function<YuvColor(int frame, int x, int y)>;

/// A folder of its own per test, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keel-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Writes a 4:2:0 clip at 30 fps from a colour per pixel. Chroma is taken from the top left pixel of each 2x2 block.
inline void write_painted_clip(const std::filesystem::path& path, Size size, int frames, const PaintFn& paint) {
  std::ofstream file(path, std::ios::binary);
  file << "YUV4MPEG2 W" << size.width << " H" << size.height << " F30:1 Ip A1:1 C420mpeg2\n";
  for (int i = 0; i < frames; ++i) {
    std::vector<char> luma, u, v;
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const YuvColor color = paint(i, x, y);
        luma.push_back(static_cast<char>(color.y));
        if (x % 2 == 0 && y % 2 == 0) {
          u.push_back(static_cast<char>(color.u));
          v.push_back(static_cast<char>(color.v));
        }
      }
    file << "FRAME\n";
    for (const auto* plane : {&luma, &u, &v}) file.write(plane->data(), static_cast<std::streamsize>(plane->size()));
  }
}

/// A steady texture that moves by a different whole number of pixels in each frame: shaky, and with an answer.
inline YuvColor shaky_texture(int frame, int x, int y) {
  const int dx = frame * 7 % 5 - 2, dy = frame * 11 % 7 - 3;
  const auto cell = static_cast<std::uint32_t>((x + dx + 64) / 6 * 73 + (y + dy + 64) / 6 * 151);
  const std::uint32_t mixed = cell * 2654435761U;
  return {static_cast<std::uint8_t>(40 + (mixed >> 16U) % 160), 128, 128};
}

}  // namespace keel::test
