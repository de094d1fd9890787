// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/plane_filler.h"

#include <array>
#include <cstring>
#include <utility>

namespace keel::ui {

int color_planes(const PixelFormat& format) { return format.model == ColorModel::kGray ? 1 : 3; }

Result<void> UploadFiller::adopt(std::span<const GLuint> textures) {
  textures_.assign(textures.begin(), textures.end());
  return {};
}

Result<void> UploadFiller::fill(const Frame& frame) {
  const int bytes = frame.format().bytes_per_sample();
  const GLenum type = bytes == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE;
  gl_.glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  for (std::size_t i = 0; i < textures_.size(); ++i) {
    const PlaneView& plane = frame.plane(static_cast<int>(i));
    gl_.glBindTexture(GL_TEXTURE_2D, textures_[i]);
    const std::ptrdiff_t row_samples = plane.stride_bytes / bytes;
    if (row_samples >= plane.width && plane.stride_bytes % bytes == 0) {
      gl_.glPixelStorei(GL_UNPACK_ROW_LENGTH, static_cast<GLint>(row_samples));
      gl_.glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, plane.width, plane.height, GL_RED, type, plane.data);
      gl_.glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
      continue;
    }
    // Bottom-up buffers have negative strides, which OpenGL cannot express.
    for (int y = 0; y < plane.height; ++y) gl_.glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y, plane.width, 1, GL_RED, type, plane.row<std::byte>(y));
  }
  gl_.glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  return {};
}

Result<void> SharingFiller::adopt(std::span<const GLuint> textures) {
  release();
  for (const GLuint texture : textures) {
    SharedTexture shared = nullptr;
    KEEL_TRY(checked(gpu_.sharing->share(&shared, texture), "sharing a picture with OpenGL"));
    shared_.push_back(shared);
  }
  return {};
}

void SharingFiller::release() {
  // A device that is lost cannot let go any more; nothing can be done about that here.
  for (const SharedTexture shared : shared_) (void)gpu_.sharing->unshare(shared);
  shared_.clear();
}

Result<void> SharingFiller::make_room(std::size_t bytes) {
  if (transfer_ && transfer_->pinned.bytes() >= bytes) return {};
  transfer_.reset();
  KEEL_ASSIGN(GpuMemory pinned, GpuMemory::allocate(*gpu_.runtime, GpuMemory::Kind::kPinned, bytes));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(*gpu_.runtime));
  transfer_ = std::make_unique<Transfer>(std::move(pinned), std::move(queue));
  return {};
}

Result<void> SharingFiller::fill(const Frame& frame) {
  struct Rows {
    std::size_t begin = 0, bytes = 0, count = 0;
  };
  std::array<Rows, 4> planes{};
  std::size_t total = 0;
  for (std::size_t i = 0; i < shared_.size(); ++i) {
    const PlaneView& plane = frame.plane(static_cast<int>(i));
    planes[i] = {total, static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(frame.format().bytes_per_sample()), static_cast<std::size_t>(plane.height)};
    total += planes[i].bytes * planes[i].count;
  }
  KEEL_TRY(make_room(total));
  for (std::size_t i = 0; i < shared_.size(); ++i)
    for (std::size_t y = 0; y < planes[i].count; ++y)
      std::memcpy(transfer_->pinned.data() + planes[i].begin + y * planes[i].bytes, frame.plane(static_cast<int>(i)).row<std::byte>(static_cast<int>(y)), planes[i].bytes);

  const GpuStream stream = transfer_->queue.stream();
  const auto count = static_cast<int>(shared_.size());
  KEEL_TRY(checked(gpu_.sharing->map(shared_.data(), count, stream), "taking a picture over from OpenGL"));
  int written = 0;
  for (std::size_t i = 0; i < shared_.size() && written == 0; ++i)
    written = gpu_.sharing->write(shared_[i], transfer_->pinned.data() + planes[i].begin, planes[i].bytes, planes[i].bytes, planes[i].count, stream);
  // OpenGL must have its textures back whatever happened between.
  const int unmapped = gpu_.sharing->unmap(shared_.data(), count, stream);
  // OpenGL would wait by itself; this is for the pinned memory, which the next frame is written to, and to learn of a failure while there is another way.
  const int waited = gpu_.runtime->wait(stream);
  KEEL_TRY(checked(written, "sending a picture"));
  KEEL_TRY(checked(unmapped, "handing a picture back to OpenGL"));
  return checked(waited, "sending a picture");
}

}  // namespace keel::ui
