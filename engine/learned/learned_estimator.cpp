// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/learned_estimator.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/kernels_cpu.h"
#include "engine/learned/homography_ops.h"
#include "engine/motion/scene_cut.h"
#include "engine/motion/working_picture.h"

namespace keel::learned {
namespace {

using torch::Tensor;

constexpr int kSmallestSide = 64;
/// Few enough that a batch's maps stay in the second-level cache and that both cores of a small machine get one.
constexpr int kBatch = 4;
/// Longer side of the picture that tells cuts from lost motion, as the coarsest level of the classical pyramid.
constexpr int kCoarseSide = 80;
/// A cell agrees when its own displacement is this near to the fitted one, in px of a 320 px view (scaled with the view).
constexpr double kAgreePx = 1.0;
/// Share of the trust that must agree, and mean cosine between a cell's features and those of its match: below, the motion is not believed. Set where rendered
/// cuts and unrelated pictures fall out while pairs with 40 % moving foreground stay.
constexpr double kLeastAgreement = 0.25;
constexpr double kLeastSimilarity = 0.35;
/// Beyond this displacement of a corner (in half widths) lies nothing that was trained.
constexpr double kTrainedReach = 0.75;
/// Gray deviation of the coarse picture under which it is flat: every motion explains it, so cells that agree say nothing.
constexpr double kFlatDeviation = 0.7;

struct LearnedFrame final : PreparedFrame {
  Size source, view;
  GrayImage coarse;
  Features features;  // of one view, N = 1
};

Size view_size(Size source, int view_px) {
  const Size working = working_size(source, view_px);
  const auto fit = [](int side, int available) {
    const int rounded = (side + kViewMultiple / 2) / kViewMultiple * kViewMultiple;
    return std::clamp(rounded, kViewMultiple, available / kViewMultiple * kViewMultiple);
  };
  return {fit(working.width, source.width), fit(working.height, source.height)};
}

/// LibTorch keeps its thread count per calling thread; two OpenMP threads beside a decoder spin against each other (25 ms become 70 to 800).
void use_one_thread() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    return true;
  }();
  (void)done;
}

Features stacked(std::span<const FramePair> pairs, PreparedFramePtr FramePair::*member) {
  Features all;
  for (std::size_t level = 0; level < kLevels; ++level) {
    std::vector<Tensor> maps;
    for (const FramePair& pair : pairs) maps.push_back(static_cast<const LearnedFrame&>(*(pair.*member)).features[level]);
    all[level] = maps.size() == 1 ? maps.front() : torch::cat(maps, 0);
  }
  return all;
}

/// From normalised coordinates (see ViewGeometry) to pixels of the view.
Mat3 in_view_pixels(const Tensor& normalized_h, const ViewGeometry& geometry) {
  Mat3 h;
  const Tensor values = normalized_h.to(torch::kCPU, torch::kDouble).contiguous();
  std::copy_n(values.data_ptr<double>(), 9, h.m.begin());
  const double s = geometry.scale(), cx = 0.5 * static_cast<double>(geometry.width - 1), cy = 0.5 * static_cast<double>(geometry.height - 1);
  return Mat3{{s, 0, cx, 0, s, cy, 0, 0, 1}} * h * Mat3{{1 / s, 0, -cx / s, 0, 1 / s, -cy / s, 0, 0, 1}};
}

}  // namespace

int LearnedEstimator::preferred_batch() const noexcept { return kBatch; }

Result<PreparedFramePtr> LearnedEstimator::prepare(const Frame& frame) const {
  if (std::min(frame.size().width, frame.size().height) < kSmallestSide)
    return Error{ErrorCode::kUnsupported, "The learned estimators need a picture of at least 64x64 pixels; use --estimator classical."};
  try {
    use_one_thread();
    const c10::InferenceMode inference;
    auto prepared = std::make_shared<LearnedFrame>();
    prepared->source = frame.size();
    prepared->view = view_size(frame.size(), view_px_);
    const GrayImage view = area_luma(frame, prepared->view);
    prepared->coarse = area_luma(frame, working_size(frame.size(), kCoarseSide));
    Tensor pixels = torch::empty({1, 1, prepared->view.height, prepared->view.width}, torch::kFloat);
    float* out = pixels.data_ptr<float>();
    for (int y = 0; y < prepared->view.height; ++y)
      out = std::transform(view.row(y), view.row(y) + prepared->view.width, out, [](std::uint8_t v) { return static_cast<float>(v) / 255.0f; });
    prepared->features = nets_->ihn->encode(pixels);
    return PreparedFramePtr(std::move(prepared));
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "The network could not read a frame: " + std::string(error.what()).substr(0, 200)};
  }
}

Result<std::vector<PairMotion>> LearnedEstimator::estimate(std::span<const FramePair> pairs, std::stop_token stop) const {
  std::vector<PairMotion> motions;
  if (pairs.empty()) return motions;
  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Motion estimation was cancelled."};
  try {
    use_one_thread();
    const c10::InferenceMode inference;
    const auto& first = static_cast<const LearnedFrame&>(*pairs.front().prev);
    const ViewGeometry geometry{first.view.width, first.view.height};
    const Features prev = stacked(pairs, &FramePair::prev), cur = stacked(pairs, &FramePair::cur);
    Tensor h, corners;
    Tensor agreement = torch::ones({static_cast<std::int64_t>(pairs.size())}), similarity = agreement;
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
    const Tensor reach = (corners - still).norm(2, 2).amax(1), sound = spans_a_view(corners, still);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      const auto& a = static_cast<const LearnedFrame&>(*pairs[i].prev);
      const auto& b = static_cast<const LearnedFrame&>(*pairs[i].cur);
      const double share = agreement[at].item<double>(), alike = similarity[at].item<double>();
      PairMotion motion;
      const bool flat = std::min(gray_deviation(a.coarse.view()), gray_deviation(b.coarse.view())) < kFlatDeviation;
      // What is not a number fails every comparison.
      if (flat || !(sound[at].item<bool>() && share >= kLeastAgreement && alike >= kLeastSimilarity && reach[at].item<double>() < kTrainedReach)) {
        const GrayView coarse_a = a.coarse.view(), coarse_b = b.coarse.view();
        motion.status = why_no_motion(coarse_a, coarse_b, match_coarse(coarse_a, coarse_b, coarse_a.width / 4).correlation, true);
      } else {
        motion.status = MotionStatus::kOk;
        motion.cur_from_prev = at_source_size(in_view_pixels(h[at], geometry), a.view, a.source);
        motion.confidence = static_cast<float>(std::clamp(share * alike, 0.05, 1.0));
      }
      motions.push_back(motion);
    }
    return motions;
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "The network could not compare two frames: " + std::string(error.what()).substr(0, 200)};
  }
}

}  // namespace keel::learned
