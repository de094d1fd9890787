// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/gpu_front_end.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/backend/memory_layout.h"

namespace keel {
namespace {

/// Levels of a DevicePyramid that is being filled: nobody else knows of them yet.
std::uint8_t* pixels_of(const GrayView& level) { return const_cast<std::uint8_t*>(level.data); }

int padded_stride(Size level) { return level.width + 2 * kGrayPadding; }
std::size_t padded_bytes(Size level) { return static_cast<std::size_t>(padded_stride(level)) * static_cast<std::size_t>(level.height + 2 * kGrayPadding); }

constexpr const char *kPreparing = "preparing a picture", *kFollowing = "following corners";

}  // namespace

PyramidLayout::PyramidLayout(Size working) : sizes(pyramid_sizes(working)) {
  for (const Size size : sizes) {
    offsets.push_back(bytes);
    bytes += device_aligned(padded_bytes(size));
  }
}

GrayView PyramidLayout::level(const std::byte* block, std::size_t index) const {
  const Size size = sizes[index];
  const auto* corner = reinterpret_cast<const std::uint8_t*>(block + offsets[index]);
  const int stride = padded_stride(size);
  return {corner + static_cast<std::ptrdiff_t>(kGrayPadding) * stride + kGrayPadding, stride, size.width, size.height};
}

PyramidView DevicePyramid::view() const {
  PyramidView v;
  v.levels = static_cast<int>(layout_.sizes.size());
  for (int l = 0; l < v.levels; ++l) v.level[l] = layout_.level(block(), static_cast<std::size_t>(l));
  return v;
}

/// Parts of the workspace of prepare(). On the device: luma, response, results; pinned: luma, pyramid, results. The results, which are fetched in one piece,
/// are the rows' largest responses and the cells' corners.
struct GpuFrontEnd::PrepareLayout {
  PrepareLayout(const Frame& frame, const PyramidLayout& pyramid) {
    const PlaneView& luma = frame.plane(0);
    row_bytes = static_cast<std::size_t>(luma.width) * static_cast<std::size_t>(frame.format().bytes_per_sample());
    luma_stride = device_aligned(row_bytes);
    luma_bytes = luma_stride * static_cast<std::size_t>(luma.height);
    corners_of = static_cast<std::size_t>(corner_level(pyramid.sizes.size()));
    const Size size = pyramid.sizes[corners_of];
    search = corner_search(size);
    cell_count = static_cast<std::size_t>(CellCornersBody::kCornersPerCell * search.extent().width * search.extent().height);
    const std::size_t response_bytes = device_aligned(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * sizeof(float));
    cells_in_results = device_aligned(static_cast<std::size_t>(size.height) * sizeof(float));
    result_bytes = cells_in_results + cell_count * sizeof(Corner);
    response_on_device = luma_bytes;
    results_on_device = response_on_device + response_bytes;
    pyramid_pinned = luma_bytes;
    results_pinned = pyramid_pinned + device_aligned(pyramid.bytes);
  }
  [[nodiscard]] std::size_t device_bytes() const { return results_on_device + result_bytes; }
  [[nodiscard]] std::size_t pinned_bytes() const { return results_pinned + result_bytes; }

  std::size_t row_bytes = 0, luma_stride = 0, luma_bytes = 0;
  std::size_t corners_of = 0;  ///< level
  CellCornersBody search;
  std::size_t cell_count = 0, cells_in_results = 0, result_bytes = 0;
  std::size_t response_on_device = 0, results_on_device = 0, pyramid_pinned = 0, results_pinned = 0;
};

namespace {

ReplicateBorderBody border_body(const GrayView& level) { return {pixels_of(level), level.stride, level.width, level.height}; }

std::vector<GrayImage> fetched_levels(const PyramidLayout& layout, const std::byte* block) {
  std::vector<GrayImage> levels;
  levels.reserve(layout.sizes.size());
  for (std::size_t l = 0; l < layout.sizes.size(); ++l) {
    GrayImage image(layout.sizes[l]);
    std::memcpy(image.row(-kGrayPadding) - kGrayPadding, block + layout.offsets[l], padded_bytes(layout.sizes[l]));
    levels.push_back(std::move(image));
  }
  return levels;
}

}  // namespace

Result<DeviceLuma> GpuFrontEnd::queue_luma(const Frame& frame, const PrepareLayout& layout, const GpuWorkspace& work) const {
  const GpuStream stream = work.queue.stream();
  if (const DeviceSurface* surface = surface_in(gpu_.runtime->context(), frame); surface != nullptr) return queue_surface_luma(*gpu_.runtime, frame, *surface, stream);
  const PlaneView& luma = frame.plane(0);
  for (int y = 0; y < luma.height; ++y)
    std::memcpy(work.pinned.data() + static_cast<std::size_t>(y) * layout.luma_stride, luma.data + y * luma.stride_bytes, layout.row_bytes);
  KEEL_TRY(checked(gpu_.runtime->copy(work.device.data(), work.pinned.data(), layout.luma_bytes, CopyDirection::kToDevice, stream), "sending a picture"));
  return DeviceLuma{{work.device.data(), static_cast<std::ptrdiff_t>(layout.luma_stride), luma.width, luma.height}, frame.format().bytes_per_sample(),
                    frame.format().bit_depth - 8};
}

Result<void> GpuFrontEnd::queue_pyramid(const Frame& frame, const PrepareLayout& layout, const DevicePyramid& pyramid, const GpuWorkspace& work) const {
  KEEL_ASSIGN(const DeviceLuma luma, queue_luma(frame, layout, work));
  const GpuStream stream = work.queue.stream();
  const PyramidView levels = pyramid.view();
  const GrayView& finest = levels.level[0];
  KEEL_TRY(checked(queue_area_luma(*gpu_.kernels, luma, {pixels_of(finest), finest.stride, {finest.width, finest.height}}, stream), kPreparing));
  KEEL_TRY(checked(gpu_.kernels->replicate_border(border_body(levels.level[0]), stream), kPreparing));
  for (int l = 1; l < levels.levels; ++l) {
    const GrayView& to = levels.level[l];
    KEEL_TRY(checked(gpu_.kernels->pyramid_down({levels.level[l - 1], pixels_of(to), to.stride}, stream), kPreparing));
    KEEL_TRY(checked(gpu_.kernels->replicate_border(border_body(to), stream), kPreparing));
  }
  return {};
}

Result<void> GpuFrontEnd::queue_corners(const PrepareLayout& layout, const DevicePyramid& pyramid, const GpuWorkspace& work) const {
  const GpuStream stream = work.queue.stream();
  const GrayView image = pyramid.layout().level(pyramid.block(), layout.corners_of);
  auto* response = reinterpret_cast<float*>(work.device.data() + layout.response_on_device);
  std::byte* results = work.device.data() + layout.results_on_device;
  KEEL_TRY(checked(gpu_.kernels->corner_response({image, response, image.width}, stream), kPreparing));
  KEEL_TRY(checked(gpu_.kernels->row_maximum({response, image.width, image.width, reinterpret_cast<float*>(results), image.height}, stream), kPreparing));
  CellCornersBody search = layout.search;
  search.response = response;
  search.out = reinterpret_cast<Corner*>(results + layout.cells_in_results);
  return checked(gpu_.kernels->cell_corners(search, stream), kPreparing);
}

Result<std::shared_ptr<ClassicalFrame>> GpuFrontEnd::prepare(const Frame& frame, Size working) {
  PyramidLayout pyramid_layout(working);
  const PrepareLayout layout(frame, pyramid_layout);
  KEEL_ASSIGN(GpuMemory block, pyramids_->take(pyramid_layout.bytes));
  const auto pyramid = std::make_shared<const DevicePyramid>(pyramids_, std::move(block), std::move(pyramid_layout));
  // After the pyramid: where anything below fails the workspace goes first, and waits for what is queued.
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, preparing_.take(layout.device_bytes(), layout.pinned_bytes()));
  KEEL_TRY(queue_pyramid(frame, layout, *pyramid, *work));
  KEEL_TRY(queue_corners(layout, *pyramid, *work));
  const GpuStream stream = work->queue.stream();
  std::byte *levels = work->pinned.data() + layout.pyramid_pinned, *results = work->pinned.data() + layout.results_pinned;
  KEEL_TRY(checked(gpu_.runtime->copy(levels, pyramid->block(), pyramid->layout().bytes, CopyDirection::kToHost, stream), "fetching a picture"));
  KEEL_TRY(checked(gpu_.runtime->copy(results, work->device.data() + layout.results_on_device, layout.result_bytes, CopyDirection::kToHost, stream), "fetching corners"));
  KEEL_TRY(checked(gpu_.runtime->wait(stream), kPreparing));

  auto prepared = std::make_shared<ClassicalFrame>();
  prepared->source = frame.size();
  prepared->levels = fetched_levels(pyramid->layout(), levels);
  const auto* row_maxima = reinterpret_cast<const float*>(results);
  const float strongest = *std::max_element(row_maxima, row_maxima + pyramid->layout().sizes[layout.corners_of].height);
  const auto* cells = reinterpret_cast<const Corner*>(results + layout.cells_in_results);
  prepared->corners = kept_corners({cells, cells + layout.cell_count}, corner_threshold(strongest), static_cast<int>(layout.corners_of));
  prepared->on_device = pyramid;
  preparing_.give_back(std::move(work));
  return prepared;
}

Result<std::vector<GpuFrontEnd::PairAnswer>> GpuFrontEnd::follow_and_search(std::span<const PairTask> tasks, const LkParams& params) {
  const SpanLayout layout(tasks);
  GpuWorkspacePool& pool = tasks.size() == 1 ? single_ : spans_;
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, pool.take(layout.device_bytes, layout.sent_end));
  const GpuStream stream = work->queue.stream();
  std::byte *device = work->device.data(), *pinned = work->pinned.data();
  layout.write_search(tasks, pinned, device);
  layout.write_tracking(tasks, params, pinned, device);
  const std::size_t begin = layout.sent_begin;
  KEEL_TRY(checked(gpu_.runtime->copy(device + begin, pinned + begin, layout.sent_end - begin, CopyDirection::kToDevice, stream), "sending corners"));
  KEEL_TRY(checked(layout.queue_tracking(*gpu_.kernels, device, stream), kFollowing));
  KEEL_TRY(checked(layout.queue_search(*gpu_.kernels, device, stream), "searching for a motion"));
  KEEL_TRY(checked(layout.queue_grids(*gpu_.kernels, device, stream), kFollowing));
  KEEL_TRY(checked(gpu_.runtime->copy(pinned, device, layout.fetched_end, CopyDirection::kToHost, stream), "fetching a motion"));
  KEEL_TRY(checked(gpu_.runtime->wait(stream), kFollowing));
  std::vector<PairAnswer> answers(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const std::span<const LkMatch> tracks = layout.tracks(pinned, i), grid = layout.grid(pinned, i);
    answers[i] = {{tracks.begin(), tracks.end()}, layout.answer(pinned, i), {grid.begin(), grid.end()}};
  }
  pool.give_back(std::move(work));
  return answers;
}

}  // namespace keel
