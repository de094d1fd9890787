// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/backend/device.h"
#include "engine/base/result.h"
#include "engine/kernels/gpu.h"
#include "engine/metrics/metrics_device.h"

namespace keel::cli {

/// What --device asks for ("auto", "cpu", "cuda"), in both programs: the machine's GPU, or none. Error: kUnsupported where "cuda" has none to use.
[[nodiscard]] inline Result<Gpu> gpu_of_device(const std::string& device) {
  if (device == "cpu") return Gpu{};
  const DeviceStatus& status = device_status();
  if (device == "cuda" && !status.cuda_usable)
    return Error{ErrorCode::kUnsupported, "--device cuda cannot be used here: " + status.cuda_text + "; leave the option out to use the CPU."};
  return system_gpu();
}

/// The same for what judges pictures.
[[nodiscard]] inline Result<metrics::Device> metrics_device_of(const std::string& device) {
  KEEL_ASSIGN(const Gpu gpu, gpu_of_device(device));
  return gpu.runtime != nullptr ? metrics::system_device() : metrics::Device{};
}

}  // namespace keel::cli
