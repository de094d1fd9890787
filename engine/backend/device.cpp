// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/backend/device.h"

#include <cstdlib>
#include <string_view>

#include "engine/backend/thread_pool.h"

namespace keel {

#ifdef KEEL_HAVE_CUDA
/// In device_cuda.cu: name of the first usable device, or false and the reason.
bool probe_cuda_device(std::string& text);
#endif

bool simd_avx2_enabled() {
  static const bool enabled = [] {
#if defined(__x86_64__)
    const char* wish = std::getenv("KEEL_SIMD");
    if (wish != nullptr && std::string_view(wish) == "off") return false;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
  }();
  return enabled;
}

const DeviceStatus& device_status() {
  static const DeviceStatus status = [] {
    DeviceStatus s;
    s.cpu_threads = ThreadPool::shared().threads();
    s.avx2 = simd_avx2_enabled();
#ifdef KEEL_HAVE_CUDA
    s.cuda_built = true;
    s.cuda_usable = probe_cuda_device(s.cuda_text);
#else
    s.cuda_text = "this build has no CUDA support";
#endif
    return s;
  }();
  return status;
}

std::string compute_text(bool on_gpu) { return on_gpu ? "cuda: " + device_status().cuda_text : "cpu"; }

}  // namespace keel
