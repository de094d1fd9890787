// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace keel {
class GpuRuntime;
}

namespace keel::metrics {

class MetricsKernels;

/// A device that the metrics' pixel work can be done on: its runtime and the kernels for it, which live as long as the program.
struct Device {
  GpuRuntime* runtime = nullptr;
  const MetricsKernels* kernels = nullptr;
};

/// The machine's GPU; null members where there is none that can be used.
[[nodiscard]] Device system_device();

}  // namespace keel::metrics
