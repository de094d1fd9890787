// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/learned/learned_estimator.h"
#include "engine/learned/weights.h"
#include "engine/sample/sample_clip.h"

namespace keel::learned::test {

/// As the analysis batches pairs.
inline constexpr std::size_t kBatchPairs = 8;
inline constexpr int kNever = std::numeric_limits<int>::max();

inline MotionNets shipped_nets() {
  static const MotionNets nets = *load_weights(std::filesystem::path(KEEL_SOURCE_DIR) / "resources/models/ihn.safetensors");
  return nets;
}

/// A plane filmed by hand.
inline std::vector<Frame> handheld_frames(Size picture, int count) {
  const PlaneScene scene = handheld_scene(picture, count, 7, false);
  std::vector<Frame> frames;
  for (int i = 0; i < count; ++i) frames.push_back(render_plane(scene, i));
  return frames;
}

/// How a stand-in for a device behaves, which computes on the CPU; counts its calls.
struct StandIn {
  double off_px = 0;  ///< every motion is shifted by this much
  bool makes = true, forgets_a_motion = false, gives_no_numbers = false;
  int encode_fails_at = kNever, compare_fails_at = kNever;  ///< from this call on
  std::atomic<int> encoded{0}, encoded_there{0}, compared{0}, alive{0};  ///< there: views in the device's memory
};

class StandInRunner final : public NetRunner {
 public:
  StandInRunner(NetKind kind, StandIn& how) : cpu_(torch_runner(shipped_nets(), kind)), how_(how) { ++how_.alive; }
  ~StandInRunner() override { --how_.alive; }
  Features encode(const GrayView& view, ViewPlace place) override {
    if (place == ViewPlace::kDevice) ++how_.encoded_there;
    if (how_.encoded++ >= how_.encode_fails_at) throw std::runtime_error("CUDA error: an illegal memory access was encountered.\nCompile with a trace");
    return cpu_->encode(view, place);
  }
  std::vector<NetMotion> compare(std::span<const Features* const> prev, std::span<const Features* const> cur, const ViewGeometry& geometry) override {
    if (how_.compared++ >= how_.compare_fails_at) throw std::runtime_error("CUDA out of memory");
    auto motions = cpu_->compare(prev, cur, geometry);
    for (NetMotion& m : motions) m.cur_from_prev = Mat3::translation(how_.gives_no_numbers ? std::numeric_limits<double>::quiet_NaN() : how_.off_px, 0) * m.cur_from_prev;
    if (how_.forgets_a_motion) motions.pop_back();
    return motions;
  }

 private:
  std::unique_ptr<NetRunner> cpu_;
  StandIn& how_;
};

inline MakeRunner stand_in(NetKind kind, StandIn& how) {
  return [kind, &how]() -> std::unique_ptr<NetRunner> {
    if (!how.makes) throw std::runtime_error("this LibTorch knows no GPU");
    return std::make_unique<StandInRunner>(kind, how);
  };
}

/// Of a clip, prepared and estimated as the analysis does.
inline std::vector<PairMotion> motions_of(const LearnedEstimator& estimator, const std::vector<Frame>& clip) {
  std::vector<PairMotion> all;
  std::vector<PreparedFramePtr> batch;
  const auto flush = [&] {
    std::vector<FramePair> pairs;
    for (std::size_t i = 0; i + 1 < batch.size(); ++i) pairs.push_back({batch[i], batch[i + 1]});
    const auto at_once = static_cast<std::size_t>(estimator.preferred_batch());
    for (std::size_t i = 0; i < pairs.size(); i += at_once) {
      const auto some = estimator.estimate(std::span(pairs).subspan(i, std::min(at_once, pairs.size() - i)), {});
      all.insert(all.end(), some->begin(), some->end());
    }
    batch.erase(batch.begin(), batch.end() - 1);
  };
  for (const Frame& frame : clip) {
    batch.push_back(*estimator.prepare(frame));
    if (batch.size() > std::max(kBatchPairs, static_cast<std::size_t>(estimator.preferred_batch()))) flush();
  }
  flush();
  return all;
}

}  // namespace keel::learned::test
