// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "engine/base/result.h"

namespace keel::av {

/// Where an export is written until it is complete.
[[nodiscard]] std::filesystem::path part_path(const std::filesystem::path& output);

/// What can be known about the place of an export before it starts: the folder is there, can be written and has room; neither the output nor
/// its part file is the source; nothing but a plain file is replaced. Makes no file.
[[nodiscard]] Result<void> check_output_place(const std::filesystem::path& source, const std::filesystem::path& output);

/// A file that gets its final name only when it is complete, and is removed otherwise.
class PartFile {
 public:
  explicit PartFile(std::filesystem::path output) : output_(std::move(output)), part_(part_path(output_)) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  [[nodiscard]] const std::filesystem::path& path() const { return part_; }
  /// Makes the file, or takes over what a crash left; before anything is written to path(). A link of that name is removed, so that nothing elsewhere is overwritten.
  /// Error: kIo where another writer is at work on it, whose file it stays, or where it cannot be made.
  [[nodiscard]] Result<void> claim();
  /// Bytes to the disk, then the name, then the folder entry: after a power cut the output is whole or absent.
  [[nodiscard]] Result<void> commit();

 private:
  std::filesystem::path output_;
  std::filesystem::path part_;
  int descriptor_ = -1;  ///< locked from claim() on, which is how others see that somebody writes
  bool committed_ = false;
};

}  // namespace keel::av
