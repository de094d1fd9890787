// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/pixels.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "engine/metrics/coarse_search.h"
#include "engine/metrics/gpu_pixels.h"
#include "engine/metrics/luma_small.h"
#include "engine/metrics/picture_measures.h"
#include "engine/metrics/registration.h"
#include "engine/metrics/sharpness.h"

namespace keel::metrics {

/// How a picture of which only a device has all samples is made again on the host.
struct PictureOrigin {
  Frame frame;  ///< that it shows; empty where it was drawn
  const Picture* drawn_from = nullptr;
  Mat3 source_from_drawn;
  Size size;
};

namespace {

/// A picture with all of its samples on the host: itself, or made again for as long as this lives.
class OnHost {
 public:
  explicit OnHost(const Picture& picture) : picture_(&picture) {
    if (!picture.origin) return;
    const PictureOrigin& origin = *picture.origin;
    if (!origin.frame.empty()) again_ = make_picture(luma_small(origin.frame));
    else again_ = make_picture(draw(OnHost(*origin.drawn_from)->luma, origin.source_from_drawn, origin.size));
    picture_ = &again_;
  }
  OnHost(const OnHost&) = delete;
  OnHost& operator=(const OnHost&) = delete;
  const Picture* operator->() const { return picture_; }

 private:
  Picture again_;
  const Picture* picture_;
};

bool same(const GrayImage& a, const GrayImage& b) {
  return a.size() == b.size() && a.px.size() == b.px.size() && std::memcmp(a.px.data(), b.px.data(), a.px.size() * sizeof(float)) == 0;
}

bool same(const IntImage& a, const IntImage& b) { return a.width == b.width && a.height == b.height && a.px == b.px; }

bool same(const Picture& a, const Picture& b) {
  return same(a.luma, b.luma) && std::equal(a.levels.begin(), a.levels.end(), b.levels.begin(), b.levels.end(),
                                            [](const IntImage& x, const IntImage& y) { return same(x, y); });
}

bool same(const std::vector<BlockHit>& a, const std::vector<BlockHit>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const BlockHit& x, const BlockHit& y) { return x.dx == y.dx && x.dy == y.dy && x.score == y.score; });
}

bool same(const RefinedMatch& a, const RefinedMatch& b) {
  if (a.tried != b.tried || a.corner_energy != b.corner_energy || a.fine.has_value() != b.fine.has_value()) return false;
  return !a.fine || (a.fine->dx == b.fine->dx && a.fine->dy == b.fine->dy && a.fine->score == b.fine->score);
}

std::vector<BlockHit> search_on_cpu(const Picture& a, const Picture& b, int level, std::span<const BlockRequest> requests, int radius) {
  const OnHost host_a(a), host_b(b);
  const IntImage &of_a = host_a->levels[static_cast<std::size_t>(level)], &of_b = host_b->levels[static_cast<std::size_t>(level)];
  std::vector<BlockHit> hits;
  hits.reserve(requests.size());
  for (const BlockRequest& r : requests) {
    const BlockSearch search(of_a, of_b, r, kCoarseBlock);
    hits.push_back(radius > 0 ? search.full(r.dx, r.dy, radius) : search.climb(r));
  }
  return hits;
}

std::vector<RefinedMatch> refine_on_cpu(const Picture& a, const Picture& b, std::span<const BlockRequest> requests, double least_score) {
  const OnHost host_a(a), host_b(b);
  std::vector<RefinedMatch> matches(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const BlockRequest& r = requests[i];
    const auto block = FineBlock::make(host_a->luma, r.x, r.y);
    if (!block) continue;
    matches[i].tried = true;
    matches[i].corner_energy = block->corner_energy();
    const BlockSearch search(host_a->levels[0], host_b->levels[0], r, kFineBlock);
    const BlockHit hit = search.climb(r);
    if (hit.score >= least_score) matches[i].fine = block->refine(host_b->luma, search, hit);
  }
  return matches;
}

std::vector<RefinedMatch> matches_of(const GpuPixels::Refined& refined, double least_score) {
  std::vector<RefinedMatch> matches(refined.hits.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const RefinedBlock& block = refined.blocks[i];
    const auto energy = FineBlock::held_energy(block.xx, block.xy, block.yy);
    if (!energy) continue;
    matches[i].tried = true;
    matches[i].corner_energy = *energy;
    if (refined.hits[i].score >= least_score && block.state != RefineState::kLost) matches[i].fine = FineHit{block.dx, block.dy, block.score};
  }
  return matches;
}

/// A thing that both did alike, and whether it shows anything: where nothing was found nothing was compared.
struct Verdict {
  bool same = false, telling = true;
};

Error disagreement() { return {ErrorCode::kInternal, "The GPU does not judge pictures as the CPU does"}; }

}  // namespace

Pixels::Pixels(Device device) {
  if (device.runtime != nullptr) gpu_ = std::make_shared<GpuPixels>(device);
}

Pixels::~Pixels() = default;

const Pixels& Pixels::cpu() {
  static const Pixels pixels;
  return pixels;
}

std::shared_ptr<GpuPixels> Pixels::gpu() const {
  const std::lock_guard lock(mutex_);
  return gpu_;
}

/// Nothing is before a block was found by both alike.
bool Pixels::trusted(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return (agreed_ & kRefine) != 0 && (agreed_ & static_cast<unsigned>(kind)) != 0;
}

void Pixels::trust(Kind kind) const {
  const std::lock_guard lock(mutex_);
  agreed_ |= static_cast<unsigned>(kind);
}

void Pixels::give_up(const Error& error) const {
  std::shared_ptr<GpuPixels> last;  // goes after the lock, with whoever computes on it still
  const std::lock_guard lock(mutex_);
  if (!trouble_) trouble_ = error.message + "; the CPU goes on.";
  last.swap(gpu_);
}

bool Pixels::on_device() const {
  const std::lock_guard lock(mutex_);
  return gpu_ != nullptr && (agreed_ & kRefine) != 0;
}

std::optional<std::string> Pixels::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

template <class OnDevice, class OnCpu, class Same>
auto Pixels::computed(Kind kind, bool there, const OnDevice& on_device, const OnCpu& on_cpu, const Same& same_and_telling) const {
  const auto device = there ? gpu() : nullptr;
  if (!device) return on_cpu();
  const bool known = trusted(kind);
  auto made = on_device(*device, known);
  if (made && known) return std::move(*made);
  auto expected = on_cpu();
  if (!made) {
    give_up(made.error());
    return expected;
  }
  const Verdict verdict = same_and_telling(*made, expected);
  if (!verdict.same) give_up(disagreement());
  else if (verdict.telling) trust(kind);
  // Of pictures more than the samples is needed: those on the device.
  if constexpr (std::is_same_v<decltype(expected), Picture>)
    if (verdict.same) expected.device = made->device;
  return expected;
}

Picture Pixels::picture(const Frame& frame) const {
  const auto on_device = [&](GpuPixels& gpu, bool known) -> Result<Picture> {
    KEEL_ASSIGN(Picture made, gpu.picture(frame, known ? Fetched::kLevels : Fetched::kAll));
    if (known) made.origin = std::make_shared<PictureOrigin>(PictureOrigin{frame, nullptr, {}, {}});
    return made;
  };
  const auto on_cpu = [&] { return make_picture(luma_small(frame)); };
  return computed(kPicture, true, on_device, on_cpu, [](const Picture& a, const Picture& b) { return Verdict{same(a, b)}; });
}

Picture Pixels::drawn(const Picture& source, const Mat3& source_from_drawn, Size size) const {
  const auto on_device = [&](GpuPixels& gpu, bool known) -> Result<Picture> {
    KEEL_ASSIGN(Picture made, gpu.drawn(*source.device, source_from_drawn, size, known ? Fetched::kNothing : Fetched::kAll));
    if (known) made.origin = std::make_shared<PictureOrigin>(PictureOrigin{{}, &source, source_from_drawn, size});
    return made;
  };
  const auto on_cpu = [&] { return make_picture(draw(OnHost(source)->luma, source_from_drawn, size)); };
  return computed(kDrawn, source.device != nullptr, on_device, on_cpu, [](const Picture& a, const Picture& b) { return Verdict{same(a, b)}; });
}

std::vector<BlockHit> Pixels::search(const Picture& a, const Picture& b, int level, std::span<const BlockRequest> requests, int radius) const {
  if (requests.empty()) return {};
  const auto on_device = [&](GpuPixels& gpu, bool) { return gpu.search(*a.device, *b.device, level, requests, radius); };
  const auto on_cpu = [&] { return search_on_cpu(a, b, level, requests, radius); };
  const auto verdict = [](const std::vector<BlockHit>& x, const std::vector<BlockHit>& y) {
    return Verdict{same(x, y), std::any_of(y.begin(), y.end(), [](const BlockHit& hit) { return hit.score > 0; })};
  };
  return computed(radius > 0 ? kWideSearch : kClimb, a.device != nullptr && b.device != nullptr, on_device, on_cpu, verdict);
}

std::vector<RefinedMatch> Pixels::refine(const Picture& a, const Picture& b, std::span<const BlockRequest> requests, double least_score) const {
  if (requests.empty()) return {};
  const auto on_device = [&](GpuPixels& gpu, bool) -> Result<std::vector<RefinedMatch>> {
    KEEL_ASSIGN(const GpuPixels::Refined refined, gpu.refine(*a.device, *b.device, requests, least_score));
    return matches_of(refined, least_score);
  };
  const auto on_cpu = [&] { return refine_on_cpu(a, b, requests, least_score); };
  const auto verdict = [](const std::vector<RefinedMatch>& x, const std::vector<RefinedMatch>& y) {
    return Verdict{std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const RefinedMatch& p, const RefinedMatch& q) { return same(p, q); }),
                   std::any_of(y.begin(), y.end(), [](const RefinedMatch& m) { return m.fine.has_value(); })};
  };
  return computed(kRefine, a.device != nullptr && b.device != nullptr, on_device, on_cpu, verdict);
}

double Pixels::psnr(const Picture& a, const Picture& b) const {
  const auto on_device = [&](GpuPixels& gpu, bool) { return gpu.row_squares(*a.device, *b.device); };
  const auto on_cpu = [&] { return row_squares(OnHost(a)->luma, OnHost(b)->luma); };
  const auto verdict = [](const std::vector<float>& x, const std::vector<float>& y) { return Verdict{x == y}; };
  return psnr_db(computed(kSquares, a.device != nullptr && b.device != nullptr, on_device, on_cpu, verdict), a.luma.width);
}

std::vector<CoarseSpot> Pixels::search_places(const Picture& source, const PlaceSearch& search) const {
  const auto on_device = [&](GpuPixels& gpu, bool) { return gpu.search_places(*source.device, search); };
  const auto on_cpu = [&] { return metrics::search_places(OnHost(source)->levels.back(), search); };
  const auto verdict = [](const std::vector<CoarseSpot>& x, const std::vector<CoarseSpot>& y) {
    const bool alike = std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const CoarseSpot& a, const CoarseSpot& b) { return a.x == b.x && a.y == b.y && a.score == b.score; });
    return Verdict{alike, std::any_of(y.begin(), y.end(), [](const CoarseSpot& spot) { return spot.score > 0; })};
  };
  return computed(kPlaces, source.device != nullptr, on_device, on_cpu, verdict);
}

GrayImage Pixels::draw_window(const DrawWindow& window) const {
  const auto on_device = [&](GpuPixels& gpu, bool) { return gpu.draw_window(window, lanczos_table()); };
  return computed(kWindow, true, on_device, [&] { return draw_sharp(window); }, [](const GrayImage& a, const GrayImage& b) { return Verdict{same(a, b)}; });
}

}  // namespace keel::metrics
