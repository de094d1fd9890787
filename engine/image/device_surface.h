// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "engine/image/frame.h"

namespace keel {

/// Where a frame's picture lies in the memory of a device too, for whoever computes there: the same samples, at most arranged otherwise. A decoded
/// frame that carries one has its host planes nonetheless: a device that is lost takes its memory along, and then they are what is left.
struct DeviceSurface {
  /// One of the frame's planes. Sample x of row y is the word at data + y * pitch_bytes, x * step words further, shifted down by sample_shift.
  struct Plane {
    const std::byte* data = nullptr;  ///< of the device
    std::ptrdiff_t pitch_bytes = 0;
    int step = 1;  ///< 2 where U and V take turns (NV12, P010); the planes then begin a word apart
  };
  std::array<Plane, 4> planes{};
  int sample_shift = 0;               ///< bits below a sample in its word, which are 0: 16 - bit depth where samples lie at the top (P010)
  const void* context = nullptr;      ///< what the pointers mean something in: GpuRuntime::context()
  void* ready = nullptr;              ///< a GpuEvent of the runtime, which reading must wait for; null where the picture is there already
  std::shared_ptr<const void> owner;  ///< keeps memory and event alive and unchanged. Decoders lend few surfaces at a time

  /// Whether plane `p` of a frame lies as the frame's own format has it, so that it can be read in place.
  [[nodiscard]] bool is_plain(int p) const { return sample_shift == 0 && planes[static_cast<std::size_t>(p)].step == 1; }
};

/// Whether the frame's planes can be read by the host. Only what is rendered for an encoder that takes it from the device lies nowhere else.
[[nodiscard]] inline bool on_host(const Frame& frame) { return frame.plane(0).data != nullptr; }

/// The frame's surface where it lies in `context`, else null.
[[nodiscard]] inline const DeviceSurface* surface_in(const void* context, const Frame& frame) {
  const DeviceSurface* surface = frame.surface().get();
  return surface != nullptr && context != nullptr && surface->context == context ? surface : nullptr;
}

}  // namespace keel
