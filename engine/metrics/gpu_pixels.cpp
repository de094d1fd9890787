// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/gpu_pixels.h"

#include <algorithm>
#include <cstring>

#include "engine/backend/memory_layout.h"
#include "engine/metrics/luma_small.h"

namespace keel::metrics {
namespace {

std::size_t area(Size size) { return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height); }

/// The taps of one axis in memory: first samples, where the shares begin, shares.
struct TapsLayout {
  TapsLayout(const std::vector<BoxTap>& taps, MemoryLayout& parts) : count(taps.size()) {
    for (const BoxTap& tap : taps) shares += tap.share.size();
    first = parts.add(count * sizeof(int));
    begin = parts.add((count + 1) * sizeof(int));
    share = parts.add(shares * sizeof(float));
  }
  void write(const std::vector<BoxTap>& taps, std::byte* memory) const {
    auto* firsts = reinterpret_cast<int*>(memory + first);
    auto* begins = reinterpret_cast<int*>(memory + begin);
    auto* values = reinterpret_cast<float*>(memory + share);
    int at = 0;
    for (const BoxTap& tap : taps) {
      *firsts++ = tap.first;
      *begins++ = at;
      for (const float value : tap.share) values[at++] = value;
    }
    *begins = at;
  }
  [[nodiscard]] TapsView view(const std::byte* memory) const {
    return {reinterpret_cast<const int*>(memory + first), reinterpret_cast<const int*>(memory + begin), reinterpret_cast<const float*>(memory + share),
            static_cast<int>(shares)};
  }
  std::size_t count = 0, shares = 0, first = 0, begin = 0, share = 0;
};

template <class Sample>
ShrinkBody<Sample> shrink_body(const Frame& frame, const std::byte* luma, std::size_t stride_bytes, const TapsView& across, const TapsView& down,
                               const LevelOut& to) {
  const PlaneView& plane = frame.plane(0);
  const float scale = 1.0F / static_cast<float>(1 << (frame.format().bit_depth - 8));
  return {reinterpret_cast<const Sample*>(luma), static_cast<std::ptrdiff_t>(stride_bytes / sizeof(Sample)), plane.width, plane.height, scale, across, down, to};
}

/// Samples of all levels below the first, which nobody needs after the next.
std::size_t level_scratch(const PictureLayout& layout) {
  std::size_t samples = 0;
  for (std::size_t l = 1; l < layout.sizes.size(); ++l) samples += area(layout.sizes[l]);
  return samples * sizeof(float);
}

LevelOut finest(const DevicePicture& picture) {
  const Size size = picture.layout().sizes.front();
  return {picture.luma(), picture.steps(0), size.width, size.height};
}

SearchView search_view(const DevicePicture& a, const DevicePicture& b, std::size_t level, int side, const std::byte* requests, std::size_t count) {
  const Size of_a = a.layout().sizes[level], of_b = b.layout().sizes[level];
  const auto* first = reinterpret_cast<const BlockRequest*>(requests);
  return {a.steps(level), b.steps(level), of_a.width, of_a.height, of_b.width, of_b.height, side, first, static_cast<int>(count)};
}

}  // namespace

PictureLayout::PictureLayout(Size picture) : sizes(level_sizes(picture)) {
  MemoryLayout parts;
  parts.add(area(picture) * sizeof(float));
  for (const Size size : sizes) steps.push_back(parts.add(area(size) * sizeof(std::int16_t)));
  bytes = parts.end();
}

GpuPixels::GpuPixels(Device device)
    : device_(device),
      pictures_(*device.runtime),
      searches_(*device.runtime),
      places_(*device.runtime),
      windows_(*device.runtime),
      blocks_(std::make_shared<GpuMemoryPool>(*device.runtime)) {}

Result<void> GpuPixels::copied(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) const {
  const char* doing = direction == CopyDirection::kToDevice ? "sending a picture" : "fetching figures";
  return gpu_result(*device_.runtime, device_.runtime->copy(to, from, bytes, direction, stream), doing);
}

Result<std::shared_ptr<const DevicePicture>> GpuPixels::block_for(Size picture) {
  PictureLayout layout(picture);
  KEEL_ASSIGN(GpuMemory block, blocks_->take(layout.bytes));
  return std::make_shared<const DevicePicture>(blocks_, std::move(block), std::move(layout));
}

Result<void> GpuPixels::queue_levels(const DevicePicture& picture, std::byte* scratch, GpuStream stream) const {
  const auto& sizes = picture.layout().sizes;
  const float* from = picture.luma();
  auto* to = reinterpret_cast<float*>(scratch);
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    KEEL_TRY(launched(HalveBody{from, sizes[l - 1].width, sizes[l - 1].height, {to, picture.steps(l), sizes[l].width, sizes[l].height}}, stream));
    from = to;
    to += area(sizes[l]);
  }
  return {};
}

Result<Picture> GpuPixels::fetch(std::shared_ptr<const DevicePicture> picture, Fetched fetched, std::byte* pinned, GpuStream stream) const {
  const PictureLayout& layout = picture->layout();
  const std::size_t begin = fetched == Fetched::kAll ? 0 : layout.steps.front();
  if (fetched != Fetched::kNothing) KEEL_TRY(copied(pinned + begin, picture->block() + begin, layout.bytes - begin, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  Picture result;
  result.luma = {layout.sizes.front().width, layout.sizes.front().height, {}};
  if (fetched == Fetched::kAll) {
    const auto* px = reinterpret_cast<const float*>(pinned);
    result.luma.px.assign(px, px + area(layout.sizes.front()));
  }
  for (std::size_t l = 0; l < layout.sizes.size(); ++l) {
    result.levels.push_back({layout.sizes[l].width, layout.sizes[l].height, {}});
    const auto* px = reinterpret_cast<const std::int16_t*>(pinned + layout.steps[l]);
    if (fetched != Fetched::kNothing) result.levels.back().px.assign(px, px + area(layout.sizes[l]));
  }
  result.device = std::move(picture);
  return result;
}

Result<Picture> GpuPixels::picture(const Frame& frame, Fetched fetched) {
  const PlaneView& plane = frame.plane(0);
  const Size size = work_size({plane.width, plane.height});
  KEEL_ASSIGN(std::shared_ptr<const DevicePicture> picture, block_for(size));
  const auto across = box_taps(plane.width, size.width), down = box_taps(plane.height, size.height);
  const std::size_t row_bytes = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(frame.format().bytes_per_sample());
  const std::size_t stride = device_aligned(row_bytes);
  MemoryLayout sent;
  const std::size_t luma_bytes = stride * static_cast<std::size_t>(plane.height);
  sent.add(luma_bytes);
  const TapsLayout across_at(across, sent), down_at(down, sent);
  MemoryLayout device = sent, pinned = sent;
  const std::size_t scratch = device.add(level_scratch(picture->layout())), back = pinned.add(picture->layout().bytes);
  // After the block: where anything below fails the workspace goes first, and waits for what is queued.
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, pictures_.take(device.end(), pinned.end()));
  const GpuStream stream = work->queue.stream();
  std::byte *to = work->pinned.data(), *there = work->device.data();
  for (int y = 0; y < plane.height; ++y) std::memcpy(to + static_cast<std::size_t>(y) * stride, plane.data + y * plane.stride_bytes, row_bytes);
  across_at.write(across, to);
  down_at.write(down, to);
  KEEL_TRY(copied(there, to, sent.end(), CopyDirection::kToDevice, stream));
  const TapsView x = across_at.view(there), y = down_at.view(there);
  if (frame.format().bytes_per_sample() == 1) KEEL_TRY(launched(shrink_body<std::uint8_t>(frame, there, stride, x, y, finest(*picture)), stream));
  else KEEL_TRY(launched(shrink_body<std::uint16_t>(frame, there, stride, x, y, finest(*picture)), stream));
  KEEL_TRY(queue_levels(*picture, there + scratch, stream));
  KEEL_ASSIGN(Picture result, fetch(picture, fetched, to + back, stream));
  pictures_.give_back(std::move(work));
  return result;
}

Result<Picture> GpuPixels::drawn(const DevicePicture& source, const Mat3& source_from_drawn, Size size, Fetched fetched) {
  KEEL_ASSIGN(std::shared_ptr<const DevicePicture> picture, block_for(size));
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, pictures_.take(level_scratch(picture->layout()) + sizeof(float), picture->layout().bytes));
  const GpuStream stream = work->queue.stream();
  DrawBody body{source.luma(), source.layout().sizes.front().width, source.layout().sizes.front().height, {}, finest(*picture)};
  for (std::size_t i = 0; i < 9; ++i) body.from_to.m[i] = source_from_drawn.m[i];
  KEEL_TRY(launched(body, stream));
  KEEL_TRY(queue_levels(*picture, work->device.data(), stream));
  KEEL_ASSIGN(Picture result, fetch(picture, fetched, work->pinned.data(), stream));
  pictures_.give_back(std::move(work));
  return result;
}

Result<void> GpuPixels::queue_search(const SearchView& search, const Windows& windows, double* scores, BlockHit* hits, GpuStream stream) const {
  KEEL_TRY(launched(ScoresBody{search, windows, scores}, stream));
  return launched(PickBody{search.requests, search.count, windows, scores, hits}, stream);
}

Result<std::vector<BlockHit>> GpuPixels::search(const DevicePicture& a, const DevicePicture& b, int level, std::span<const BlockRequest> requests, int radius) {
  const Windows windows = radius > 0 ? Windows{radius, -1} : Windows{kFirstClimb, kSecondClimb};
  MemoryLayout parts;
  const std::size_t hit_bytes = requests.size() * sizeof(BlockHit);
  const std::size_t hits_at = parts.add(hit_bytes), requests_at = parts.add(requests.size_bytes()), sent = parts.end();
  const std::size_t scores_at = parts.add(requests.size() * static_cast<std::size_t>(windows.scores()) * sizeof(double));
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, searches_.take(parts.end(), sent));
  const GpuStream stream = work->queue.stream();
  std::byte *pinned = work->pinned.data(), *device = work->device.data();
  std::memcpy(pinned + requests_at, requests.data(), requests.size_bytes());
  KEEL_TRY(copied(device + requests_at, pinned + requests_at, requests.size_bytes(), CopyDirection::kToDevice, stream));
  const SearchView search = search_view(a, b, static_cast<std::size_t>(level), kCoarseBlock, device + requests_at, requests.size());
  KEEL_TRY(queue_search(search, windows, reinterpret_cast<double*>(device + scores_at), reinterpret_cast<BlockHit*>(device + hits_at), stream));
  KEEL_TRY(copied(pinned, device, hit_bytes, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  const auto* hits = reinterpret_cast<const BlockHit*>(pinned);
  std::vector<BlockHit> found(hits, hits + requests.size());
  searches_.give_back(std::move(work));
  return found;
}

Result<void> GpuPixels::queue_refinement(const RefineView& view, GpuStream stream) const {
  KEEL_TRY(launched(GradientsBody{view}, stream));
  KEEL_TRY(launched(ProductsBody{view}, stream));
  KEEL_TRY(launched(BeginBody{view}, stream));
  for (int step = 0; step < kMostSteps; ++step) {
    KEEL_TRY(launched(SampleBody{view}, stream));
    KEEL_TRY(launched(CompareBody{view}, stream));
    KEEL_TRY(launched(LeftOverBody{view}, stream));
    KEEL_TRY(launched(StepBody{view}, stream));
  }
  return {};
}

Result<GpuPixels::Refined> GpuPixels::refine(const DevicePicture& a, const DevicePicture& b, std::span<const BlockRequest> requests, double least_score) {
  constexpr Windows kWindows{kFirstClimb, kSecondClimb};
  const std::size_t n = requests.size(), hit_bytes = n * sizeof(BlockHit), block_bytes = n * sizeof(RefinedBlock);
  MemoryLayout parts;
  const std::size_t hits_at = parts.add(hit_bytes), blocks_at = parts.add(block_bytes), requests_at = parts.add(requests.size_bytes()), sent = parts.end();
  const std::size_t scores_at = parts.add(n * static_cast<std::size_t>(kWindows.scores()) * sizeof(double)), around_at = parts.add(4 * n * sizeof(double));
  const std::size_t samples_at = parts.add(n * RefineView::kSamplesOfBlock * sizeof(float)), sums_at = parts.add(n * RefineView::kSumsOfBlock * sizeof(float));
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, searches_.take(parts.end(), sent));
  const GpuStream stream = work->queue.stream();
  std::byte *pinned = work->pinned.data(), *device = work->device.data();
  std::memcpy(pinned + requests_at, requests.data(), requests.size_bytes());
  KEEL_TRY(copied(device + requests_at, pinned + requests_at, requests.size_bytes(), CopyDirection::kToDevice, stream));
  const SearchView search = search_view(a, b, 0, kFineBlock, device + requests_at, n);
  auto* hits = reinterpret_cast<BlockHit*>(device + hits_at);
  auto* around = reinterpret_cast<double*>(device + around_at);
  KEEL_TRY(queue_search(search, kWindows, reinterpret_cast<double*>(device + scores_at), hits, stream));
  KEEL_TRY(launched(AroundBody{search, hits, around}, stream));
  const RefineView view{a.luma(),        b.luma(), search.a_width, search.a_height, search.b_width, search.b_height, search.requests, hits, around,
                        reinterpret_cast<float*>(device + samples_at), reinterpret_cast<float*>(device + sums_at), reinterpret_cast<RefinedBlock*>(device + blocks_at),
                        static_cast<int>(n), least_score};
  KEEL_TRY(queue_refinement(view, stream));
  KEEL_TRY(copied(pinned, device, blocks_at + block_bytes, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  const auto* found = reinterpret_cast<const BlockHit*>(pinned);
  const auto* refined = reinterpret_cast<const RefinedBlock*>(pinned + blocks_at);
  Refined result{{found, found + n}, {refined, refined + n}};
  searches_.give_back(std::move(work));
  return result;
}

Result<std::vector<float>> GpuPixels::row_squares(const DevicePicture& a, const DevicePicture& b) {
  const Size size = a.layout().sizes.front();
  const std::size_t bytes = static_cast<std::size_t>(size.height) * sizeof(float);
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, searches_.take(bytes, bytes));
  const GpuStream stream = work->queue.stream();
  KEEL_TRY(launched(RowSquaresBody{a.luma(), b.luma(), size.width, size.height, reinterpret_cast<float*>(work->device.data())}, stream));
  KEEL_TRY(copied(work->pinned.data(), work->device.data(), bytes, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  const auto* rows = reinterpret_cast<const float*>(work->pinned.data());
  std::vector<float> result(rows, rows + size.height);
  searches_.give_back(std::move(work));
  return result;
}

Result<std::vector<CoarseSpot>> GpuPixels::search_places(const DevicePicture& source, const PlaceSearch& search) {
  const std::size_t n = search.layers.size(), spot_bytes = n * sizeof(CoarseSpot), near_bytes = 9 * n * sizeof(double);
  int most = 1;
  for (const PlaceLayer& layer : search.layers) most = std::max(most, layer.columns * layer.rows);
  MemoryLayout parts;
  const std::size_t spots_at = parts.add(spot_bytes), near_at = parts.add(near_bytes), layers_at = parts.add(n * sizeof(PlaceLayer));
  const std::size_t probe_bytes = search.probes.size() * sizeof(Probe), probes_at = parts.add(probe_bytes), sent = parts.end();
  const std::size_t scores_at = parts.add(n * static_cast<std::size_t>(most) * sizeof(double));
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, places_.take(parts.end(), sent));
  const GpuStream stream = work->queue.stream();
  std::byte *pinned = work->pinned.data(), *device = work->device.data();
  std::memcpy(pinned + layers_at, search.layers.data(), n * sizeof(PlaceLayer));
  std::memcpy(pinned + probes_at, search.probes.data(), probe_bytes);
  KEEL_TRY(copied(device + layers_at, pinned + layers_at, sent - layers_at, CopyDirection::kToDevice, stream));
  const Size size = source.layout().sizes.back();
  const PlaceView view{source.steps(source.layout().sizes.size() - 1), size.width, size.height, reinterpret_cast<const Probe*>(device + probes_at),
                       static_cast<int>(search.probes.size()), reinterpret_cast<const PlaceLayer*>(device + layers_at), static_cast<int>(n)};
  auto* scores = reinterpret_cast<double*>(device + scores_at);
  auto* rough = reinterpret_cast<CoarseSpot*>(device + spots_at);
  KEEL_TRY(launched(PlaceScoresBody{view, most, scores}, stream));
  KEEL_TRY(launched(RoughPlaceBody{view, most, scores, rough}, stream));
  KEEL_TRY(launched(NearPlacesBody{view, rough, reinterpret_cast<double*>(device + near_at)}, stream));
  KEEL_TRY(copied(pinned, device, near_at + near_bytes, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  const auto* spots = reinterpret_cast<const CoarseSpot*>(pinned + spots_at);
  const auto* near = reinterpret_cast<const double*>(pinned + near_at);
  std::vector<CoarseSpot> found(spots, spots + n);
  for (std::size_t l = 0; l < n; ++l)
    for (int k = 0; k < 9; ++k) found[l].offer(spots[l].x + k % 3 - 1, spots[l].y + k / 3 - 1, *near++);
  places_.give_back(std::move(work));
  return found;
}

Result<GrayImage> GpuPixels::draw_window(const DrawWindow& window, std::span<const float> lanczos_table) {
  MemoryLayout parts;
  const std::size_t patch_bytes = window.patch.px.size() * sizeof(float), drawn_bytes = area(window.size) * sizeof(float);
  const std::size_t table_at = parts.add(lanczos_table.size_bytes()), patch_at = parts.add(patch_bytes), sent = parts.end(), drawn_at = parts.add(drawn_bytes);
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, windows_.take(parts.end(), parts.end()));
  const GpuStream stream = work->queue.stream();
  std::byte *pinned = work->pinned.data(), *device = work->device.data();
  std::memcpy(pinned + table_at, lanczos_table.data(), lanczos_table.size_bytes());
  std::memcpy(pinned + patch_at, window.patch.px.data(), patch_bytes);
  KEEL_TRY(copied(device, pinned, sent, CopyDirection::kToDevice, stream));
  const auto* table = reinterpret_cast<const float*>(device + table_at);
  ResampleBody body{reinterpret_cast<const float*>(device + patch_at), window.patch_x, window.patch_y, window.patch.width, window.patch.height, {}, window.x0, window.y0,
                    window.widen, table, reinterpret_cast<float*>(device + drawn_at), window.size.width, window.size.height};
  for (std::size_t i = 0; i < 9; ++i) body.source_from_output.m[i] = window.source_from_output.m[i];
  KEEL_TRY(launched(body, stream));
  KEEL_TRY(copied(pinned + drawn_at, device + drawn_at, drawn_bytes, CopyDirection::kToHost, stream));
  KEEL_TRY(waited(stream));
  const auto* px = reinterpret_cast<const float*>(pinned + drawn_at);
  GrayImage drawn{window.size.width, window.size.height, {px, px + area(window.size)}};
  windows_.give_back(std::move(work));
  return drawn;
}

}  // namespace keel::metrics
