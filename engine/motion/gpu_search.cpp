// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/gpu_search.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/backend/memory_layout.h"
#include "engine/motion/gpu_front_end.h"

namespace keel {
namespace {

/// A pointer into a block. While places are only counted there is no block yet.
template <class T>
T* inside(const std::byte* block, std::size_t offset) {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(block) + offset);
}

/// Room is made for so many tracks at a time, because a pair with a few more would have all memory reserved anew.
constexpr std::size_t kTrackStep = 256;

/// Fills in what a search needs beside its tracks, from offset `at` of the block on. Returns where it ends.
std::size_t place_scratch(std::size_t at, std::byte* block, MotionSearchBody* body) {
  const auto hypotheses = static_cast<std::size_t>(body->hypotheses);
  const std::size_t tracks = (static_cast<std::size_t>(body->track_count) + kTrackStep - 1) / kTrackStep * kTrackStep;
  MemoryLayout places(at);
  const auto array = [&]<class T>(T*& pointer, std::size_t count) { pointer = inside<T>(block, places.add_array<T>(count)); };
  FitMatches& m = body->matches;
  for (float** list : {&m.x, &m.y, &m.u, &m.v, &m.worth, &body->residuals}) array(*list, tracks);
  array(body->weights.tukey, hypotheses * tracks);
  array(body->weights.geometric, hypotheses * tracks);
  for (Candidates* c : {&body->made, &body->refitted}) {
    array(c->params, fit::kParams * hypotheses);
    array(c->scores, hypotheses);
    c->stride = static_cast<int>(hypotheses);
  }
  array(body->leaders, hypotheses);
  array(body->leader_count, 1);
  array(body->terms, fit::kNormalTerms * hypotheses);
  body->weights.stride = static_cast<int>(tracks);
  return places.end();
}

template <class T>
void write(std::byte* to, std::size_t index, const T& value) {
  std::memcpy(to + index * sizeof(T), &value, sizeof(T));
}

}  // namespace

SpanLayout::SpanLayout(std::span<const PairTask> tasks) : pairs_(tasks.size()) {
  const RobustFitOptions& options = tasks.front().rules.fit;
  similarities_ = static_cast<std::size_t>(options.similarity_hypotheses);
  hypotheses_ = similarities_ + static_cast<std::size_t>(options.homography_hypotheses);
  draw_count_ = fit::Draws::kOfSimilarity * similarities_ + fit::Draws::kOfHomography * (hypotheses_ - similarities_);

  MemoryLayout places;
  places.add_array<SearchAnswer>(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    pairs_[i].track_count = tasks[i].tracks.size();
    pairs_[i].grid_count = tasks[i].wants_grid ? static_cast<std::size_t>(PointGrid{tasks[i].rules.picture}.count()) : 0;
    pairs_[i].grid = places.add_array<LkMatch>(pairs_[i].grid_count);
    most_tracks_ = std::max(most_tracks_, static_cast<int>(pairs_[i].track_count));
    most_grid_points_ = std::max(most_grid_points_, static_cast<int>(pairs_[i].grid_count));
  }
  sent_begin = places.end();
  for (Pair& pair : pairs_) pair.tracks = places.add_array<LkMatch>(pair.track_count);
  fetched_end = places.end();
  track_bodies_ = places.add_array<TrackPointsBody>(tasks.size());
  search_bodies_ = places.add_array<MotionSearchBody>(tasks.size());
  grid_bodies_ = places.add_array<TrackGridBody>(tasks.size());
  draws_ = places.add_array<std::uint64_t>(draw_count_);
  sent_end = places.end();
  device_bytes = sent_end;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    pairs_[i].scratch = device_bytes;
    MotionSearchBody unplaced = search_body(tasks[i], i, nullptr);
    device_bytes = place_scratch(device_bytes, nullptr, &unplaced);
  }
}

MotionSearchBody SpanLayout::search_body(const PairTask& task, std::size_t index, std::byte* device) const {
  const Pair& pair = pairs_[index];
  MotionSearchBody body{.tracks = inside<const LkMatch>(device, pair.tracks),
                        .track_count = static_cast<int>(pair.track_count),
                        .rules = task.rules.tracks,
                        .frame = fit::UnitFrame(task.rules.picture),
                        .pixels = fit::PixelFrame(task.rules.picture),
                        .draws = inside<const std::uint64_t>(device, draws_),
                        .similarities = static_cast<int>(similarities_),
                        .hypotheses = static_cast<int>(hypotheses_),
                        .threshold_px = task.rules.fit.threshold_px,
                        .answer = inside<SearchAnswer>(device, index * sizeof(SearchAnswer))};
  place_scratch(pair.scratch, device, &body);
  if (device != nullptr) body.matches.count = &body.answer->matches;  // without a block only room is counted
  return body;
}

void SpanLayout::write_search(std::span<const PairTask> tasks, std::byte* pinned, std::byte* device) const {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::memcpy(pinned + pairs_[i].tracks, tasks[i].tracks.data(), tasks[i].tracks.size() * sizeof(LkMatch));
    write(pinned + search_bodies_, i, search_body(tasks[i], i, device));
  }
  fit::Draws sequence;
  for (std::size_t i = 0; i < draw_count_; ++i) write(pinned + draws_, i, sequence.next());
}

void SpanLayout::write_tracking(std::span<const PairTask> tasks, const LkParams& params, std::byte* pinned, std::byte* device) const {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const PyramidView prev = tasks[i].prev->on_device->view(), cur = tasks[i].cur->on_device->view();
    const auto follow = [&](PyramidLevels levels, std::size_t matches, bool round_trip) {
      return LkBody<LkWarpOps>{view_of(prev, levels), view_of(cur, levels), inside<LkMatch>(device, matches), round_trip, params};
    };
    write(pinned + track_bodies_, i, TrackPointsBody{follow(tasks[i].levels, pairs_[i].tracks, true), static_cast<int>(pairs_[i].track_count)});
    // A picture of no size has a grid without points.
    const PointGrid grid{pairs_[i].grid_count > 0 ? tasks[i].rules.picture : Size{}};
    write(pinned + grid_bodies_, i, TrackGridBody{follow({0, 1}, pairs_[i].grid, false), grid, inside<const SearchAnswer>(device, i * sizeof(SearchAnswer))});
  }
}

int SpanLayout::queue_tracking(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const {
  return kernels.track_pairs({inside<const TrackPointsBody>(device, track_bodies_), static_cast<int>(pairs_.size()), most_tracks_}, stream);
}

int SpanLayout::queue_search(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const {
  return kernels.search_motions(inside<const MotionSearchBody>(device, search_bodies_), static_cast<int>(pairs_.size()), stream);
}

int SpanLayout::queue_grids(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const {
  if (most_grid_points_ == 0) return 0;
  return kernels.track_grids({inside<const TrackGridBody>(device, grid_bodies_), static_cast<int>(pairs_.size()), most_grid_points_}, stream);
}

SearchAnswer SpanLayout::answer(const std::byte* pinned, std::size_t index) const {
  SearchAnswer answer;
  std::memcpy(&answer, pinned + index * sizeof(SearchAnswer), sizeof(SearchAnswer));
  return answer;
}

std::span<const LkMatch> SpanLayout::tracks(const std::byte* pinned, std::size_t index) const {
  return {inside<const LkMatch>(pinned, pairs_[index].tracks), pairs_[index].track_count};
}

std::span<const LkMatch> SpanLayout::grid(const std::byte* pinned, std::size_t index) const {
  return {inside<const LkMatch>(pinned, pairs_[index].grid), pairs_[index].grid_count};
}

}  // namespace keel
