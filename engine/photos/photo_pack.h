// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/photos/photo_codec.h"

namespace keel {

/// Every photograph of a pack has this size, that of the published protocol (COCO pictures brought to 320x240).
inline constexpr Size kPackedPhotoSize{320, 240};

/// Brings any picture to `size` by area averaging where it shrinks and linear interpolation where it grows.
[[nodiscard]] GrayPhoto resize_photo(const GrayPhoto& photo, Size size);

/// Writes photographs as one file: magic "KEELPAK1", count, then length and bytes of each. Error: kIo.
[[nodiscard]] Result<void> write_photo_pack(const std::filesystem::path& path, std::span<const GrayPhoto> photos, int quality_step);

/// Reads all photographs of a pack (77 kB each). Errors: kNotFound, kCorrupt (with the file's name).
[[nodiscard]] Result<std::vector<GrayPhoto>> read_photo_pack(const std::filesystem::path& path);

}  // namespace keel
