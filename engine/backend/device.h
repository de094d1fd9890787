// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace keel {

/// What the program can compute on, in words for `keel info`, reports and the status bar.
struct DeviceStatus {
  bool cuda_built = false;   ///< this build has CUDA kernels
  bool cuda_usable = false;  ///< and a device that can run them was found
  std::string cuda_text;     ///< the device's name, or why there is none
  int cpu_threads = 1;
  bool avx2 = false;
};

/// Probes once and remembers; never throws, takes milliseconds without a driver.
[[nodiscard]] const DeviceStatus& device_status();

/// Where something was computed, for reports: "cuda: " and the device's name, or "cpu".
[[nodiscard]] std::string compute_text(bool on_gpu);

/// True when the fast x86-64-v3 variants may run. KEEL_SIMD=off in the environment forces the plain ones.
[[nodiscard]] bool simd_avx2_enabled();

}  // namespace keel
