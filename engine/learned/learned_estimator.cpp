// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/learned_estimator.h"

#include <algorithm>

#include "engine/motion/scene_cut.h"
#include "engine/motion/working_picture.h"

namespace keel::learned {
namespace {

constexpr int kSmallestSide = 64;
/// Longer side of the picture that tells cuts from lost motion, as the coarsest level of the classical pyramid.
constexpr int kCoarseSide = 80;
/// Gray deviation of the coarse picture under which it is flat.
constexpr double kFlatDeviation = 0.7;

Size size_of_view(Size source, int view_px) {
  const Size working = working_size(source, view_px);
  const auto fit = [](int side, int available) {
    const int rounded = (side + kViewMultiple / 2) / kViewMultiple * kViewMultiple;
    return std::clamp(rounded, kViewMultiple, available / kViewMultiple * kViewMultiple);
  };
  return {fit(working.width, source.width), fit(working.height, source.height)};
}

PairMotion judged(const LearnedFrame& prev, const LearnedFrame& cur, const NetMotion& found) {
  PairMotion motion;
  if (prev.flat || cur.flat || !believable(found)) {
    const GrayView a = prev.coarse.view(), b = cur.coarse.view();
    motion.status = why_no_motion(a, b, match_coarse(a, b, a.width / 4).correlation, true);
  } else {
    motion.status = MotionStatus::kOk;
    motion.cur_from_prev = at_source_size(found.cur_from_prev, prev.view_size, prev.source);
    motion.confidence = static_cast<float>(std::clamp(found.share * found.alike, 0.05, 1.0));
  }
  return motion;
}

}  // namespace

Result<PreparedFramePtr> LearnedEstimator::prepare(const Frame& frame) const {
  if (std::min(frame.size().width, frame.size().height) < kSmallestSide)
    return Error{ErrorCode::kUnsupported, "The learned estimators need a picture of at least 64x64 pixels; use --estimator classical."};
  try {
    auto prepared = std::make_shared<LearnedFrame>();
    prepared->source = frame.size();
    prepared->view_size = size_of_view(frame.size(), view_px_);
    net_.prepare(*prepared, frame, working_size(frame.size(), kCoarseSide));
    prepared->flat = gray_deviation(prepared->coarse.view()) < kFlatDeviation;
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
    KEEL_ASSIGN(const std::vector<NetMotion> found, net_.compare(pairs, stop));
    for (std::size_t i = 0; i < pairs.size(); ++i)
      motions.push_back(judged(static_cast<const LearnedFrame&>(*pairs[i].prev), static_cast<const LearnedFrame&>(*pairs[i].cur), found[i]));
    return motions;
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "The network could not compare two frames: " + std::string(error.what()).substr(0, 200)};
  }
}

}  // namespace keel::learned
