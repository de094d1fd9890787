// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>

#include "engine/media/av_error.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_writer.h"

namespace keel::av {
namespace {

/// Part files that are claimed, which an end of the program without destructors must remove.
struct Unfinished {
  std::mutex mutex;
  std::set<std::filesystem::path> parts;  // guarded by mutex
};

/// Never destroyed: a thread may still write while the program ends.
Unfinished& unfinished() {
  static auto* all = new Unfinished;
  return *all;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code failure;
  if (std::filesystem::equivalent(a, b, failure) && !failure) return true;
  return a.lexically_normal() == b.lexically_normal();
}

/// Some network file systems cannot sync a folder; the file itself is complete.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

/// Makes the file, and removes it again where it was not there.
Result<void> try_to_make(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    if (errno == EEXIST) return {};
    return Error{ErrorCode::kIo, fmt::format("The folder {} takes no files ({}); choose another one.", quoted(folder_of(path)), std::error_code(errno, std::generic_category()).message())};
  }
  ::close(descriptor);
  ::unlink(path.c_str());
  return {};
}

}  // namespace

std::filesystem::path part_path(const std::filesystem::path& output) {
  std::filesystem::path part = output;
  part += ".part";
  return part;
}

Result<void> check_output_place(const std::filesystem::path& source, const std::filesystem::path& output) {
  if (!output.has_filename())
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} names no file; add a name such as stabilized.mp4.", quoted(output))};
  const std::filesystem::path folder = folder_of(output);
  std::error_code failure;
  if (!std::filesystem::exists(folder, failure))
    return Error{ErrorCode::kNotFound, fmt::format("The folder {} is not there; make it first or choose another one.", quoted(folder))};
  if (!std::filesystem::is_directory(folder, failure))
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} is a file, not a folder; choose another place.", quoted(folder))};
  if (same_file(source, output))
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} is the clip itself and would be overwritten; choose another name.", quoted(output))};
  if (same_file(source, part_path(output)))
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is needed while exporting and would overwrite the clip; choose another name.", quoted(part_path(output)))};
  const long longest = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  if (longest > 0 && part_path(output).filename().native().size() > static_cast<std::size_t>(longest))
    return Error{ErrorCode::kInvalidArgument, fmt::format("The name {} is too long; choose a shorter one.", quoted(output.filename()))};
  for (const std::filesystem::path& place : {output, part_path(output)}) {
    const auto status = std::filesystem::status(place, failure);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      return Error{ErrorCode::kInvalidArgument, fmt::format("{} is there already and is not a plain file; choose another name.", quoted(place))};
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return Error{ErrorCode::kIo, fmt::format("The folder {} cannot be written ({}); choose another one.", quoted(folder),
                                             std::error_code(errno, std::generic_category()).message())};
  if (::access(output.c_str(), F_OK) == 0 && ::access(output.c_str(), W_OK) != 0)
    return Error{ErrorCode::kIo, fmt::format("{} is there already and write-protected; choose another name.", quoted(output))};
  constexpr std::uintmax_t kLeastRoom = 1 << 20;  // headers and the first pictures
  const auto space = std::filesystem::space(folder, failure);
  // Network file systems may not tell their size, and those that only show what the system knows (/proc) have none.
  if (!failure && space.capacity == 0) return try_to_make(part_path(output));
  if (!failure && space.available < kLeastRoom) return write_error(AVERROR(ENOSPC), output);
  return {};
}

Result<void> PartFile::claim() {
  const auto open_part = [&] { return ::open(part_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666); };
  int descriptor = open_part();
  if (descriptor < 0 && errno == ELOOP && ::unlink(part_.c_str()) == 0) descriptor = open_part();
  if (descriptor < 0) return write_error(AVERROR(errno), output_);
  // Network file systems may know no locks; then there is nothing to see.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor);
    return Error{ErrorCode::kIo, fmt::format("{} is being written by another export; wait until that has ended, or choose another name.", quoted(output_))};
  }
  descriptor_ = descriptor;
  const std::lock_guard lock(unfinished().mutex);
  unfinished().parts.insert(part_);
  return {};
}

PartFile::~PartFile() {
  if (descriptor_ < 0) return;
  const std::lock_guard lock(unfinished().mutex);
  unfinished().parts.erase(part_);
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(part_, ignored);
  ::close(descriptor_);
}

Result<void> PartFile::commit() {
  KEEL_CHECK(descriptor_ >= 0);
  if (::fsync(descriptor_) != 0) return write_error(AVERROR(errno), output_);
  std::error_code failure;
  std::filesystem::rename(part_, output_, failure);
  if (failure) return write_error(AVERROR(failure.value()), output_);
  committed_ = true;
  {
    const std::lock_guard lock(unfinished().mutex);
    unfinished().parts.erase(part_);
  }
  sync_folder(folder_of(output_));
  return {};
}

}  // namespace keel::av

namespace keel {

void remove_unfinished_files() {
  const std::lock_guard lock(av::unfinished().mutex);
  std::error_code ignored;
  for (const std::filesystem::path& part : av::unfinished().parts) std::filesystem::remove(part, ignored);
}

}  // namespace keel
