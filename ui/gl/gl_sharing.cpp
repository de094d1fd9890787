// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/gl_sharing.h"

namespace keel::ui {

#ifdef KEEL_HAVE_CUDA
/// In gl_sharing_cuda.cu.
GlSharing& cuda_gl_sharing();
#endif

SharingGpu system_sharing_gpu() {
#ifdef KEEL_HAVE_CUDA
  if (const Gpu gpu = system_gpu(); gpu.runtime != nullptr) return {gpu, &cuda_gl_sharing()};
#endif
  return {};
}

}  // namespace keel::ui
