// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/geometry.h"

namespace keel {

/// What the planes of a frame hold.
enum class ColorModel {
  kGray = 1,  ///< Y
  kYuv,       ///< Y, U, V
  kGbr,       ///< G, B, R; never subsampled; G serves as luma
};

/// Layout of a planar picture. Samples are 1 byte at 8 bits and 2 bytes (native endian, low bits) above.
struct PixelFormat {
  ColorModel model = ColorModel::kYuv;
  int bit_depth = 8;        ///< 8 to 16
  int chroma_shift_x = 1;   ///< log2 of the horizontal chroma subsampling: 1 for 4:2:0 and 4:2:2, 0 for 4:4:4, 2 for 4:1:1
  int chroma_shift_y = 1;   ///< log2 of the vertical one: 1 for 4:2:0
  bool alpha = false;       ///< one more full-size plane at the end

  bool operator==(const PixelFormat&) const = default;
  [[nodiscard]] int bytes_per_sample() const { return bit_depth > 8 ? 2 : 1; }
  [[nodiscard]] int plane_count() const { return (model == ColorModel::kGray ? 1 : 3) + (alpha ? 1 : 0); }
  [[nodiscard]] bool is_chroma(int plane) const { return model == ColorModel::kYuv && (plane == 1 || plane == 2); }
  /// Size of a plane of a picture of `size`; subsampled sizes round up.
  [[nodiscard]] Size plane_size(Size size, int plane) const;
};

/// Colour description with the code points of ITU-T H.273 (2 = unspecified); carried, never guessed.
struct ColorTags {
  int primaries = 2;
  int transfer = 2;
  int matrix = 2;
  bool full_range = false;
  bool range_known = false;
  int chroma_location = 0;  ///< FFmpeg's AVChromaLocation: 0 unspecified, 1 left, 2 centre, 3 top-left ...
  bool operator==(const ColorTags&) const = default;
};

/// Whether black is 0 (and white the largest value). What the tags leave unsaid is taken as FFmpeg and the players on it take it: limited range for YUV, full
/// range for RGB and for gray.
[[nodiscard]] bool is_full_range(const PixelFormat& format, const ColorTags& color);

/// Read-only view of one plane; `stride_bytes` may exceed the row.
struct PlaneView {
  const std::byte* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  int width = 0;
  int height = 0;

  template <class Sample>
  [[nodiscard]] const Sample* row(int y) const {
    return reinterpret_cast<const Sample*>(data + static_cast<std::ptrdiff_t>(y) * stride_bytes);
  }
};

/// In engine/image/device_surface.h.
struct DeviceSurface;

/// An immutable picture, cheap to copy: planes are shared with whoever made them (a decoder's buffer included).
/// It is always upright: the display rotation of a container is applied on decoding and undone on encoding.
class Frame {
 public:
  Frame() = default;
  /// `owner` keeps the memory of `planes` alive and unchanged.
  Frame(Size size, PixelFormat format, ColorTags color, std::array<PlaneView, 4> planes, std::shared_ptr<const void> owner)
      : size_(size), format_(format), color_(color), planes_(planes), owner_(std::move(owner)) {}

  [[nodiscard]] bool empty() const { return size_.width == 0; }
  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] const PixelFormat& format() const { return format_; }
  [[nodiscard]] const ColorTags& color() const { return color_; }
  [[nodiscard]] int plane_count() const { return format_.plane_count(); }
  [[nodiscard]] const PlaneView& plane(int index) const { return planes_[static_cast<std::size_t>(index)]; }
  /// The owner given at construction; lets an adapter find its own buffer again.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }
  /// Where the same picture lies in the memory of a device; null where it does not.
  [[nodiscard]] const std::shared_ptr<const DeviceSurface>& surface() const { return surface_; }
  /// The same frame, which lies on a device too (or no longer: null).
  [[nodiscard]] Frame with_surface(std::shared_ptr<const DeviceSurface> surface) const {
    Frame frame = *this;
    frame.surface_ = std::move(surface);
    return frame;
  }

 private:
  Size size_;
  PixelFormat format_;
  ColorTags color_;
  std::array<PlaneView, 4> planes_{};
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const DeviceSurface> surface_;
};

/// A picture being written: rows are 64-byte aligned. Move-only; `freeze` makes it a Frame without a copy.
class FrameBuffer {
 public:
  FrameBuffer(Size size, PixelFormat format, ColorTags color);
  FrameBuffer(FrameBuffer&&) noexcept = default;
  FrameBuffer& operator=(FrameBuffer&&) noexcept = default;
  FrameBuffer(const FrameBuffer&) = delete;
  FrameBuffer& operator=(const FrameBuffer&) = delete;

  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] const PixelFormat& format() const { return format_; }
  [[nodiscard]] const ColorTags& color() const { return color_; }
  [[nodiscard]] int plane_count() const { return format_.plane_count(); }
  [[nodiscard]] std::byte* data(int plane) { return const_cast<std::byte*>(planes_[static_cast<std::size_t>(plane)].data); }
  [[nodiscard]] const PlaneView& plane(int index) const { return planes_[static_cast<std::size_t>(index)]; }
  template <class Sample>
  [[nodiscard]] Sample* row(int plane, int y) {
    const auto& view = planes_[static_cast<std::size_t>(plane)];
    return reinterpret_cast<Sample*>(data(plane) + static_cast<std::ptrdiff_t>(y) * view.stride_bytes);
  }

  [[nodiscard]] Frame freeze() &&;

 private:
  Size size_;
  PixelFormat format_;
  ColorTags color_;
  std::array<PlaneView, 4> planes_{};
  std::shared_ptr<std::byte> memory_;
};

}  // namespace keel
