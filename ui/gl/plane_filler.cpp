// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/plane_filler.h"

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
  reader_.reset();
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

Result<PicturePlanes> SharingFiller::read(const DeviceSurface& surface, const Frame& frame) {
  if (!reader_) {
    KEEL_ASSIGN(reader_, SurfaceReader::create(gpu_, frame.format(), frame.size()));
  }
  return reader_->read(surface, queue_->stream());
}

Result<PicturePlanes> SharingFiller::pin(const Frame& frame) {
  const PackedPicture layout = packed_picture(frame.format(), frame.size());
  if (pinned_.bytes() < layout.bytes) {
    KEEL_ASSIGN(pinned_, GpuMemory::allocate(*gpu_.runtime, GpuMemory::Kind::kPinned, layout.bytes));
  }
  for (std::size_t i = 0; i < shared_.size(); ++i) {
    const PackedPicture::Plane& to = layout.planes[i];
    std::byte* row = pinned_.data() + to.offset;
    for (int y = 0; y < to.height; ++y) std::memcpy(row + y * to.stride_bytes, frame.plane(static_cast<int>(i)).row<std::byte>(y), row_bytes(to, frame.format()));
  }
  return planes_in(layout, pinned_.data());
}

Result<void> SharingFiller::queue_fill(const Frame& frame) {
  const DeviceSurface* surface = surface_in(gpu_.runtime->context(), frame);
  KEEL_ASSIGN(const PicturePlanes planes, surface != nullptr ? read(*surface, frame) : pin(frame));
  const CopyDirection direction = surface != nullptr ? CopyDirection::kOnDevice : CopyDirection::kToDevice;
  const GpuStream stream = queue_->stream();
  const auto count = static_cast<int>(shared_.size());
  KEEL_TRY(checked(gpu_.sharing->map(shared_.data(), count, stream), "taking a picture over from OpenGL"));
  int written = 0;
  for (std::size_t i = 0; i < shared_.size() && written == 0; ++i) {
    const PlaneView& plane = planes[i];
    const auto bytes = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(frame.format().bytes_per_sample());
    const GlSharing::Rows rows{plane.data, static_cast<std::size_t>(plane.stride_bytes), bytes, static_cast<std::size_t>(plane.height)};
    written = gpu_.sharing->write(shared_[i], rows, direction, stream);
  }
  // OpenGL must have its textures back whatever happened between.
  const int unmapped = gpu_.sharing->unmap(shared_.data(), count, stream);
  KEEL_TRY(checked(written, "sending a picture"));
  return checked(unmapped, "handing a picture back to OpenGL");
}

Result<void> SharingFiller::fill(const Frame& frame) {
  if (!queue_) {
    KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(*gpu_.runtime));
    queue_.emplace(std::move(queue));
  }
  const Result<void> queued = queue_fill(frame);
  // OpenGL would wait by itself; this is for what is read, whatever came of the rest: the pinned memory, which the next frame is written to, or the surface, which may go
  // with its frame now. And to learn of a failure while there is another way.
  const int waited = gpu_.runtime->wait(queue_->stream());
  KEEL_TRY(queued);
  return checked(waited, "sending a picture");
}

}  // namespace keel::ui
