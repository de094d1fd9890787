// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/photos.h"

#include <algorithm>

#include "engine/photos/photo_pack.h"
#ifdef KEEL_HAVE_MEDIA
#include "engine/kernels/kernels_cpu.h"
#include "engine/media/decoder.h"
#endif

namespace keel::cli {

#ifdef KEEL_HAVE_MEDIA
namespace {

/// The luma of a picture file at the pack's size.
Result<GrayPhoto> read_picture(const std::filesystem::path& path) {
  KEEL_ASSIGN(const auto decoder, Decoder::open(path, {.threads = 1, .still_pictures = true}));
  KEEL_ASSIGN(const auto decoded, decoder->next());
  if (!decoded) return Error{ErrorCode::kCorrupt, path.string() + " holds no picture."};
  const GrayImage luma = area_luma(decoded->frame, decoded->frame.size());
  GrayPhoto photo{luma.size(), {}};
  for (int y = 0; y < luma.size().height; ++y) photo.pixels.insert(photo.pixels.end(), luma.row(y), luma.row(y) + luma.size().width);
  return resize_photo(photo, kPackedPhotoSize);
}

Result<std::vector<GrayPhoto>> read_folder(const std::filesystem::path& folder, std::stop_token stop) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
    if (entry.is_regular_file()) files.push_back(entry.path());
  // The order of a folder's entries differs between machines; the pairs must not.
  std::sort(files.begin(), files.end());
  std::vector<GrayPhoto> photos;
  for (const auto& file : files) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Reading photographs was cancelled."};
    if (auto photo = read_picture(file)) photos.push_back(std::move(*photo));
  }
  if (photos.empty()) return Error{ErrorCode::kNotFound, "There is no photograph in " + folder.string() + "; give a folder of pictures or a pack."};
  return photos;
}

}  // namespace
#endif

Result<std::vector<GrayPhoto>> read_photos(const std::filesystem::path& path, [[maybe_unused]] std::stop_token stop) {
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) return read_photo_pack(path);
#ifdef KEEL_HAVE_MEDIA
  return read_folder(path, stop);
#else
  return Error{ErrorCode::kUnsupported, "This build reads photographs from packs only; make one with keel train --pack where FFmpeg is."};
#endif
}

}  // namespace keel::cli
