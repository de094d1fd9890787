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

/// Enough that launches and the wait count for little, few enough that a caller whose GPU fails in the middle answers soon: the CPU takes 50 ms for so many.
constexpr std::size_t kPairsAtOnce = 16;

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

std::size_t FrontEnd::pairs_at_once() const { return device().gpu ? kPairsAtOnce : 1; }

CornerMotion FrontEnd::on_cpu(PairTask& task, const LkParams& params) {
  follow_on_cpu(*task.prev, *task.cur, task.levels, true, params, task.tracks);
  return search_on_cpu(task.tracks, task.rules);
}

CornerMotion FrontEnd::on_gpu(PairTask& task, GpuFrontEnd::PairAnswer answer, const Device& known, const LkParams& params) const {
  if (known.follows_both_ways) {
    task.tracks = std::move(answer.tracks);
  } else {
    follow_on_cpu(*task.prev, *task.cur, task.levels, true, params, task.tracks);
    if (!same_tracks(answer.tracks, task.tracks)) {
      give_up_on_gpu(disagreement());
      return search_on_cpu(task.tracks, task.rules);
    }
  }
  CornerMotion motion;
  if (known.searches) {
    motion = motion_of(answer.search, task.tracks, task.rules);
  } else {
    motion = search_on_cpu(task.tracks, task.rules);
    if (!same_motion(answer.search, motion)) {
      give_up_on_gpu(disagreement());
      return motion;
    }
    if (any_tracked(task.tracks)) {
      trust(&Device::follows_both_ways);
      // Where nothing is found nothing was compared.
      if (motion.found) trust(&Device::searches);
    }
  }
  if (!answer.grid.empty()) {
    motion.grid.emplace(GridTracks{{}, std::move(answer.grid)});
    std::copy_n(answer.search.cur_from_prev, fit::kMatrix, motion.grid->cur_from_prev.m.begin());
  }
  return motion;
}

std::vector<CornerMotion> FrontEnd::follow_and_search(std::span<PairTask> tasks, const LkParams& params) const {
  const auto for_gpu = [](const PairTask& t) { return t.prev->on_device && t.cur->on_device && !t.tracks.empty(); };
  std::vector<CornerMotion> motions;
  motions.reserve(tasks.size());
  while (motions.size() < tasks.size()) {
    const std::span<PairTask> rest = tasks.subspan(motions.size());
    const Device known = device();
    const auto first_not = std::find_if_not(rest.begin(), rest.end(), for_gpu);
    const std::size_t most = !known.gpu ? 0 : known.follows_both_ways && known.searches ? rest.size() : 1;
    const std::span<PairTask> span = rest.first(std::min(most, static_cast<std::size_t>(first_not - rest.begin())));
    if (span.empty()) {
      motions.push_back(on_cpu(rest.front(), params));
      continue;
    }
    auto answers = known.gpu->follow_and_search(span, params);
    if (!answers) {
      give_up_on_gpu(answers.error());
      continue;
    }
    for (std::size_t i = 0; i < span.size(); ++i) motions.push_back(on_gpu(span[i], std::move((*answers)[i]), known, params));
  }
  return motions;
}

std::vector<LkMatch> FrontEnd::follow_grid(const ClassicalFrame& prev, const ClassicalFrame& cur, const Mat3& cur_from_prev, const CornerMotion& motion,
                                           const LkParams& params) const {
  const PointGrid grid{prev.working()};
  const Device known = device();
  const bool ahead = known.gpu && motion.grid;
  std::vector<LkMatch> points, from_gpu;
  LkMatch guess;
  for (int i = 0; i < grid.count(); ++i) {
    if (!grid.start(cur_from_prev.m.data(), i, guess)) continue;
    points.push_back(guess);
    if (ahead) from_gpu.push_back(motion.grid->points[static_cast<std::size_t>(i)]);
  }
  const bool same_guesses = ahead && motion.grid->cur_from_prev == cur_from_prev;
  if (same_guesses && known.follows_grids) return from_gpu;
  follow_on_cpu(prev, cur, {0, 1}, false, params, points);
  if (!ahead) return points;
  if (!same_guesses || !same_tracks(from_gpu, points)) give_up_on_gpu(disagreement());
  else if (any_tracked(points)) trust(&Device::follows_grids);
  return points;
}

}  // namespace keel
