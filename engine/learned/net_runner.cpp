// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/net_runner.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "engine/learned/homography_ops.h"
#include "engine/learned/weights.h"

namespace keel::learned {
namespace {

using torch::Tensor;

/// A cell agrees when its own displacement is this near to the fitted one, in px of a 320 px view (scaled with the view).
constexpr double kAgreePx = 1.0;
/// Share of the trust that must agree, and mean cosine between a cell's features and those of its match: below, the motion is not believed. Set where rendered
/// cuts and unrelated pictures fall out while pairs with 40 % moving foreground stay.
constexpr double kLeastAgreement = 0.25;
constexpr double kLeastSimilarity = 0.35;
/// Beyond this displacement of a corner (in half widths) lies nothing that was trained.
constexpr double kTrainedReach = 0.75;

/// LibTorch keeps its thread count per calling thread; two OpenMP threads beside a decoder spin against each other (25 ms become 70 to 800).
void use_one_thread() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    return true;
  }();
  (void)done;
}

Features stacked(std::span<const Features* const> views) {
  Features all;
  for (std::size_t level = 0; level < kLevels; ++level) {
    std::vector<Tensor> maps;
    for (const Features* view : views) maps.push_back((*view)[level]);
    all[level] = maps.size() == 1 ? maps.front() : torch::cat(maps, 0);
  }
  return all;
}

/// From normalised coordinates (see ViewGeometry) to pixels of the view. `h`: its nine values.
Mat3 in_view_pixels(const double* values, const ViewGeometry& geometry) {
  Mat3 h;
  std::copy_n(values, 9, h.m.begin());
  const double s = geometry.scale(), cx = 0.5 * static_cast<double>(geometry.width - 1), cy = 0.5 * static_cast<double>(geometry.height - 1);
  return Mat3{{s, 0, cx, 0, s, cy, 0, 0, 1}} * h * Mat3{{1 / s, 0, -cx / s, 0, 1 / s, -cy / s, 0, 0, 1}};
}

class TorchRunner final : public NetRunner {
 public:
  TorchRunner(MotionNets nets, NetKind kind, NetPlace place) : nets_(std::move(nets)), kind_(kind), device_(place.device) {
    nets_->to(device_);
    nets_->compute_in(place.convolutions);
    if (place.recorder) nets_->ihn->use_recordings(*std::move(place.recorder));
  }

  Features encode(const GrayView& view, ViewPlace place) override {
    use_one_thread();
    const auto lock = turn();
    const c10::InferenceMode inference;
    return nets_->ihn->encode(pixels_of(view, place));
  }

  std::vector<NetMotion> compare(std::span<const Features* const> from, std::span<const Features* const> to, const ViewGeometry& geometry) override {
    use_one_thread();
    const auto lock = turn();
    const c10::InferenceMode inference;
    const Features prev = stacked(from), cur = stacked(to);
    Tensor h, corners;
    Tensor agreement = torch::ones({prev[0].size(0)}, prev[0].options()), similarity = agreement;
    const Tensor still = geometry.corners(prev[0].options());
    if (kind_ == NetKind::kIhn) {
      const Step last = nets_->ihn->search(prev, cur, geometry);
      h = last.cur_from_prev;
      corners = last.corners;
      const Tensor trust = last.cells.log_weight.exp().mul(last.inside).flatten(1), total = trust.sum(1) + 1e-6;
      const double agree_px = kAgreePx * static_cast<double>(std::max(geometry.width, geometry.height)) / 320;
      agreement = (trust * (last.residual < agree_px)).sum(1) / total;
      similarity = (last.match.flatten(1) * trust).sum(1) / total;
    } else {
      corners = still + nets_->regression->forward(prev, cur, geometry);
      h = homography_from_corners(still, corners);
    }
    const Tensor reach = (corners - still).norm(2, 2).amax(1), sound = spans_a_view(corners, still).to(h.scalar_type());
    // One line a pair, so that one copy brings a device's answer to the host.
    const Tensor lines = torch::cat({h.flatten(1), torch::stack({agreement, similarity, reach, sound}, 1)}, 1).to(torch::kCPU).to(torch::kDouble).contiguous();
    std::vector<NetMotion> motions;
    for (std::int64_t i = 0; i < lines.size(0); ++i) {
      const double* line = lines.data_ptr<double>() + i * lines.size(1);
      motions.push_back({in_view_pixels(line, geometry), line[9], line[10], line[11], line[12] == 1});
    }
    return motions;
  }

 private:
  std::unique_lock<std::mutex> turn() {
    return device_.is_cpu() ? std::unique_lock<std::mutex>() : std::unique_lock(mutex_);
  }

  /// [1,1,H,W] in 0..1.
  [[nodiscard]] Tensor pixels_of(const GrayView& view, ViewPlace place) const {
    if (place == ViewPlace::kDevice || !device_.is_cpu()) {
      // The picture where it lies: the host's bytes are sent as they are, and widened on the device.
      void* bytes = const_cast<std::uint8_t*>(view.data);
      const auto options = torch::TensorOptions().dtype(torch::kByte).device(place == ViewPlace::kDevice ? device_ : torch::kCPU);
      const Tensor wide = torch::from_blob(bytes, {1, 1, view.height, view.width}, {0, 0, view.stride, 1}, options).to(device_).to(torch::kFloat);
      // Whose memory it is may write it again then. Before it at most the encoding of another picture is queued: who compares waits for the answer.
      if (place == ViewPlace::kDevice && !device_.is_cpu()) c10::impl::VirtualGuardImpl(device_.type()).getStream(wide.device()).synchronize();
      return wide / 255;
    }
    Tensor pixels = torch::empty({1, 1, view.height, view.width}, torch::kFloat);
    float* out = pixels.data_ptr<float>();
    for (int y = 0; y < view.height; ++y) {
      const std::uint8_t* row = view.data + static_cast<std::ptrdiff_t>(y) * view.stride;
      out = std::transform(row, row + view.width, out, [](std::uint8_t v) { return static_cast<float>(v) / 255.0f; });
    }
    return pixels;
  }

  MotionNets nets_;  // evaluation only: forward() of a module is not const but changes nothing
  NetKind kind_;
  torch::Device device_;
  std::mutex mutex_;  // of a device's queue
};

}  // namespace

bool believable(const NetMotion& motion) {
  // What is not a number fails every comparison.
  return motion.sound && motion.share >= kLeastAgreement && motion.alike >= kLeastSimilarity && motion.reach < kTrainedReach;
}

std::unique_ptr<NetRunner> torch_runner(MotionNets nets, NetKind kind, NetPlace place) { return std::make_unique<TorchRunner>(std::move(nets), kind, std::move(place)); }

MakeRunner gpu_runner(MotionNets nets, NetKind kind, NetPrecision precision) {
  return [nets = std::move(nets), kind, precision]() mutable -> std::unique_ptr<NetRunner> {
    std::optional<Recorder> graphs = cuda_graphs();
    if (!graphs || !torch::cuda::is_available()) throw std::runtime_error("this LibTorch knows no GPU");
    // Their 10 bits in a convolution's products would be several hundredths of a pixel; and what was computed twice should be the same.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setDeterministicCuDNN(true);
    auto copy = nets_from(stored_weights(nets));
    if (!copy) throw std::runtime_error(copy.error().message);
    return torch_runner(*std::move(copy), kind, {torch::kCUDA, precision == NetPrecision::kHalf ? torch::kHalf : torch::kFloat, std::move(graphs)});
  };
}

}  // namespace keel::learned
