// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/motion_nets.h"

#include <algorithm>

namespace keel::learned {
namespace {

using torch::Tensor;
constexpr int kEvaluationBatch = 25;

Tensor views_tensor(std::span<const SynthesizedPair> pairs, std::vector<std::uint8_t> SynthesizedPair::*member) {
  const Size view = pairs.front().view;
  Tensor all = torch::empty({static_cast<std::int64_t>(pairs.size()), 1, view.height, view.width}, torch::kByte);
  std::uint8_t* out = all.data_ptr<std::uint8_t>();
  for (const SynthesizedPair& pair : pairs) out = std::copy((pair.*member).begin(), (pair.*member).end(), out);
  return all.to(torch::kFloat) / 255;
}

}  // namespace

PairBatch to_batch(std::span<const SynthesizedPair> pairs) {
  Tensor corners = torch::empty({static_cast<std::int64_t>(pairs.size()), 4, 2}, torch::kFloat);
  float* out = corners.data_ptr<float>();
  for (const SynthesizedPair& pair : pairs)
    for (const Point& corner : corner_centres(pair.view)) {
      const Point moved = apply(pair.cur_from_prev, corner);
      *out++ = static_cast<float>(moved.x);
      *out++ = static_cast<float>(moved.y);
    }
  return {views_tensor(pairs, &SynthesizedPair::prev), views_tensor(pairs, &SynthesizedPair::cur), corners};
}

Tensor normalized_corners(const Tensor& corners_px, const ViewGeometry& geometry) {
  const Tensor centre = torch::tensor({0.5 * static_cast<double>(geometry.width - 1), 0.5 * static_cast<double>(geometry.height - 1)}, corners_px.options());
  return (corners_px - centre) / geometry.scale();
}

Tensor corner_error_px(const Tensor& corners, const Tensor& cur_corners_px, const ViewGeometry& geometry) {
  return (corners - normalized_corners(cur_corners_px, geometry)).norm(2, 2).mean(1) * geometry.scale();
}

CornerErrors evaluate(MotionNets& nets, std::span<const GrayPhoto> photos, PairProtocol protocol, int pairs, std::uint64_t seed, const torch::Device& device) {
  torch::NoGradGuard no_gradient;
  nets->eval();
  CornerErrors errors;
  std::vector<SynthesizedPair> some;
  for (int i = 0; i < pairs; ++i) {
    PairRandom random = evaluation_random(seed, i);
    some.push_back(evaluation_pair(photos[static_cast<std::size_t>(i) % photos.size()], protocol, random));
    if (static_cast<int>(some.size()) < kEvaluationBatch && i + 1 < pairs) continue;
    const PairBatch batch = to_batch(some);
    const ViewGeometry geometry{kPatch.width, kPatch.height};
    const Features prev = nets->ihn->encode(batch.prev.to(device)), cur = nets->ihn->encode(batch.cur.to(device));
    const Tensor truth = batch.cur_corners.to(device);
    const Tensor steps = corner_error_px(nets->ihn->search(prev, cur, geometry).corners, truth, geometry);
    const Tensor corners = geometry.corners(truth.options());
    const Tensor once = corner_error_px(corners + nets->regression->forward(prev, cur, geometry), truth, geometry);
    const auto append = [](std::vector<double>& list, const Tensor& values) {
      const Tensor on_cpu = values.to(torch::kCPU, torch::kDouble).contiguous();
      list.insert(list.end(), on_cpu.data_ptr<double>(), on_cpu.data_ptr<double>() + on_cpu.numel());
    };
    append(errors.ihn, steps);
    append(errors.regression, once);
    some.clear();
  }
  return errors;
}

}  // namespace keel::learned
