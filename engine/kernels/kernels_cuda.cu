// SPDX-License-Identifier: GPL-3.0-or-later
// Instantiates every kernel body for the device: the same sources as the CPU's, checked by the compiler for each architecture.
#include "engine/backend/launch.cuh"
#include "engine/kernels/area_luma.h"
#include "engine/kernels/corners.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/kernels/pyramid.h"
#include "engine/kernels/warp.h"

namespace keel {

template cudaError_t launch_cuda(Extent, const AreaLumaBody<std::uint8_t>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const AreaLumaBody<std::uint16_t>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const PyramidDownBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const CornerResponseBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const CellCornersBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const LkBody<LkScalarOps>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const WarpBody<std::uint8_t, 2>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const WarpBody<std::uint8_t, 4>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const WarpBody<std::uint16_t, 2>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const WarpBody<std::uint16_t, 4>&, cudaStream_t);

}  // namespace keel
