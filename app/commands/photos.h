// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/photos/photo_codec.h"

namespace keel::cli {

/// Photographs from a pack file, or from every picture of a folder (where Keel is built with FFmpeg), each brought to kPackedPhotoSize. A file that is no
/// picture is skipped. Errors: kNotFound when there is none, kUnsupported for a folder without FFmpeg, kCancelled.
[[nodiscard]] Result<std::vector<GrayPhoto>> read_photos(const std::filesystem::path& path, std::stop_token stop);

}  // namespace keel::cli
