// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace keel {

class GpuKernels;
class GpuRuntime;

/// A device that can be computed on: its runtime and the kernels for it, which live as long as the program.
struct Gpu {
  GpuRuntime* runtime = nullptr;
  const GpuKernels* kernels = nullptr;
};

/// The machine's GPU; null members where there is none that can be used.
[[nodiscard]] Gpu system_gpu();

}  // namespace keel
