// SPDX-License-Identifier: GPL-3.0-or-later
#include <cuda_runtime.h>

#include <string>

namespace keel {

bool probe_cuda_device(std::string& text) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    text = status != cudaSuccess ? cudaGetErrorString(status) : "no CUDA device";
    return false;
  }
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) {
    text = "the CUDA device does not answer";
    return false;
  }
  text = properties.name;
  return true;
}

}  // namespace keel
