// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/backend/gpu_workspace.h"
#include "engine/image/frame.h"
#include "engine/image/gray_image.h"
#include "engine/kernels/gpu_kernels.h"

namespace keel::learned {

/// What the learned estimators see of a frame.
struct SmallPictures {
  GrayImage coarse;  ///< tells cuts from lost motion
  GrayImage view;    ///< what the network sees
};

/// Both from the frame's planes on the host.
[[nodiscard]] SmallPictures small_pictures(const Frame& frame, Size coarse, Size view);
[[nodiscard]] bool same_pictures(const SmallPictures& a, const SmallPictures& b);

/// Makes both on a device, from decoded pictures that lie in its memory: bit for bit small_pictures(). Thread-safe.
class SmallPictureReader {
 public:
  /// `gpu` has both members.
  explicit SmallPictureReader(Gpu gpu) : gpu_(gpu), workspaces_(*gpu.runtime) {}

  [[nodiscard]] bool reads(const Frame& frame) const;

  struct Reading {
    SmallPictures pictures;              ///< fetched: the coarse one is needed there, and a lost device takes its memory along
    GrayView view_there;                 ///< the view once more in the device's memory, finished; without padding
    std::shared_ptr<const void> memory;  ///< keeps view_there; goes before the reader
  };
  /// Two launches, one copy of both pictures (60 KB at 320 px) and one wait. For frames that it reads. Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] Result<Reading> read(const Frame& frame, Size coarse, Size view);

 private:
  Gpu gpu_;
  GpuWorkspacePool workspaces_;
};

}  // namespace keel::learned
