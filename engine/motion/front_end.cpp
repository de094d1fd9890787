// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/front_end.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/motion/working_picture.h"

namespace keel {
namespace {

bool same_level(const GrayImage& a, const GrayImage& b) {
  if (a.size() != b.size()) return false;
  for (int y = -kGrayPadding; y < a.size().height + kGrayPadding; ++y)
    if (std::memcmp(a.row(y) - kGrayPadding, b.row(y) - kGrayPadding, static_cast<std::size_t>(a.stride())) != 0) return false;
  return true;
}

bool same_frame(const ClassicalFrame& a, const ClassicalFrame& b) {
  return std::equal(a.levels.begin(), a.levels.end(), b.levels.begin(), b.levels.end(), same_level) &&
         std::equal(a.corners.begin(), a.corners.end(), b.corners.begin(), b.corners.end(),
                    [](const Corner& p, const Corner& q) { return p.x == q.x && p.y == q.y && p.response == q.response; });
}

bool same_tracks(std::span<const LkMatch> a, std::span<const LkMatch> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const LkMatch& p, const LkMatch& q) {
    return p.tracked == q.tracked &&
           (!p.tracked || (p.cur_x == q.cur_x && p.cur_y == q.cur_y && p.round_trip_px == q.round_trip_px && p.min_eigen == q.min_eigen));
  });
}

/// Points that nobody can follow show nothing.
bool any_tracked(std::span<const LkMatch> tracks) {
  return std::any_of(tracks.begin(), tracks.end(), [](const LkMatch& m) { return m.tracked; });
}

Error disagreement() { return {ErrorCode::kInternal, "The GPU does not measure motion as the CPU does"}; }

}  // namespace

FrontEnd::FrontEnd(int working_width, Gpu gpu) : working_width_(working_width) {
  if (gpu.runtime != nullptr) device_.gpu = std::make_shared<GpuFrontEnd>(gpu);
}

FrontEnd::Device FrontEnd::device() const {
  const std::lock_guard lock(mutex_);
  return device_;
}

void FrontEnd::trust(bool Device::* with) const {
  const std::lock_guard lock(mutex_);
  device_.*with = true;
}

void FrontEnd::give_up_on_gpu(const Error& error) const {
  std::shared_ptr<GpuFrontEnd> last;  // goes after the lock, with whoever computes on it still
  const std::lock_guard lock(mutex_);
  if (!trouble_) trouble_ = error.message + "; the CPU goes on.";
  last.swap(device_.gpu);
}

MotionCompute FrontEnd::compute() const {
  const std::lock_guard lock(mutex_);
  return {device_.gpu != nullptr && device_.follows_both_ways, trouble_};
}

std::shared_ptr<const ClassicalFrame> FrontEnd::prepare(const Frame& frame) const {
  const Size working = working_size(frame.size(), working_width_);
  const Device known = device();
  if (!known.gpu) return prepare_on_cpu(frame, working);
  const bool from_surface = known.gpu->reads_surface(frame);
  const auto made = known.gpu->prepare(frame, working);
  if (made && known.follows_both_ways && (known.reads_surfaces || !from_surface)) return *made;
  auto expected = prepare_on_cpu(frame, working);
  if (!made) {
    give_up_on_gpu(made.error());
  } else if (!same_frame(**made, *expected)) {
    give_up_on_gpu(disagreement());
  } else {
    expected->on_device = (*made)->on_device;
    if (from_surface && !expected->corners.empty()) trust(&Device::reads_surfaces);
  }
  return expected;
}

void FrontEnd::follow(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, bool round_trip, const LkParams& params, std::span<LkMatch> matches) const {
  const Device known = device();
  if (!known.gpu || !prev.on_device || !cur.on_device || matches.empty()) return follow_on_cpu(prev, cur, levels, round_trip, params, matches);
  bool Device::* const way = round_trip ? &Device::follows_both_ways : &Device::follows_forward;
  const bool trusted = known.*way;
  std::vector<LkMatch> expected;
  if (!trusted) expected.assign(matches.begin(), matches.end());
  if (const auto done = known.gpu->follow(*prev.on_device, *cur.on_device, levels, round_trip, params, matches); !done) {
    give_up_on_gpu(done.error());
    return follow_on_cpu(prev, cur, levels, round_trip, params, matches);
  }
  if (trusted) return;
  follow_on_cpu(prev, cur, levels, round_trip, params, expected);
  if (!same_tracks(matches, expected)) give_up_on_gpu(disagreement());
  else if (any_tracked(expected)) trust(way);
  std::copy(expected.begin(), expected.end(), matches.begin());
}

CornerMotion FrontEnd::follow_and_search(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, const LkParams& params, const SearchRules& rules,
                                         std::span<LkMatch> tracks) const {
  const auto on_cpu = [&] {
    follow_on_cpu(prev, cur, levels, true, params, tracks);
    return search_on_cpu(tracks, rules);
  };
  const Device known = device();
  if (!known.gpu || !prev.on_device || !cur.on_device || tracks.empty()) return on_cpu();
  std::vector<LkMatch> expected;
  if (!known.follows_both_ways) expected.assign(tracks.begin(), tracks.end());
  const auto answer = known.gpu->follow_and_search(*prev.on_device, *cur.on_device, levels, params, rules, tracks);
  if (!answer) {
    give_up_on_gpu(answer.error());
    return on_cpu();
  }
  if (!known.follows_both_ways) {
    follow_on_cpu(prev, cur, levels, true, params, expected);
    const bool same = same_tracks(tracks, expected);
    std::copy(expected.begin(), expected.end(), tracks.begin());
    if (!same) {
      give_up_on_gpu(disagreement());
      return search_on_cpu(tracks, rules);
    }
  }
  if (!known.searches) {
    CornerMotion motion = search_on_cpu(tracks, rules);
    if (!same_motion(*answer, motion)) {
      give_up_on_gpu(disagreement());
    } else if (any_tracked(tracks)) {
      if (!known.follows_both_ways) trust(&Device::follows_both_ways);
      // Where nothing is found nothing was compared.
      if (motion.found) trust(&Device::searches);
    }
    return motion;
  }
  return motion_of(*answer, tracks, rules);
}

}  // namespace keel
