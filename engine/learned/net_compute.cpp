// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/net_compute.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "engine/motion/learned_plugin.h"
#include "engine/motion/scene_cut.h"

namespace keel::learned {
namespace {

/// Two confidences within this are the same: they weigh, they do not move anything.
constexpr double kConfidenceTolerance = 0.02;

const LearnedFrame& frame_of(const PreparedFramePtr& frame) { return static_cast<const LearnedFrame&>(*frame); }

/// LibTorch's messages go on with a trace of the stack.
std::string first_line(const std::exception& error) {
  constexpr std::size_t kMostWords = 160;
  std::string text = error.what();
  text.resize(std::min({text.size(), text.find('\n'), kMostWords}));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

/// What a call gives, or why it threw.
template <class Call>
auto attempt(const char* doing, const Call& call) -> Result<decltype(call())> {
  try {
    return call();
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, std::string("The GPU ") + doing + ": " + first_line(error)};
  }
}

/// Distance of the corner that two motions take furthest apart; not a number where one of them is none.
double furthest_corner(const Mat3& a, const Mat3& b, Size view) {
  double furthest = 0;
  for (const Point& corner : corner_centres(view)) {
    const Point p = apply(a, corner), q = apply(b, corner);
    const double distance = std::hypot(p.x - q.x, p.y - q.y);
    if (std::isnan(distance)) return distance;
    furthest = std::max(furthest, distance);
  }
  return furthest;
}

bool is_shown(const FramePair& pair, const NetMotion& motion) { return !frame_of(pair.prev).flat && !frame_of(pair.cur).flat && believable(motion); }

double tolerance_of(NetPrecision precision) { return precision == NetPrecision::kHalf ? kHalfTolerance_px : kFloatTolerance_px; }

/// How far apart the motions that a batch shows are; none where they are too far, or where one shows what the other does not. Pairs without a motion that is believed
/// may be answered in any way that is not believed either.
std::optional<MotionDifference> difference(std::span<const FramePair> pairs, const std::vector<NetMotion>& host, const std::vector<NetMotion>& device, double tolerance_px) {
  MotionDifference apart;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const bool shown = is_shown(pairs[i], host[i]);
    if (shown != is_shown(pairs[i], device[i])) return std::nullopt;
    if (!shown) continue;
    const LearnedFrame& frame = frame_of(pairs[i].prev);
    const Size view = frame.view_size;
    const double corner_px = furthest_corner(host[i].cur_from_prev, device[i].cur_from_prev, view);
    if (!(corner_px <= tolerance_px) || !(std::abs(host[i].share * host[i].alike - device[i].share * device[i].alike) <= kConfidenceTolerance)) return std::nullopt;
    const double enlarged = std::max(static_cast<double>(frame.source.width) / view.width, static_cast<double>(frame.source.height) / view.height);
    apart.view_px = std::max(apart.view_px, corner_px);
    apart.source_px = std::max(apart.source_px, corner_px * enlarged);
    ++apart.pairs;
  }
  return apart;
}

std::vector<const Features*> device_features(std::span<const FramePair> pairs, PreparedFramePtr FramePair::*member) {
  std::vector<const Features*> features;
  for (const FramePair& pair : pairs)
    if (const auto& there = frame_of(pair.*member).on_device) features.push_back(&*there);
  return features;
}

}  // namespace

NetCompute::NetCompute(std::unique_ptr<NetRunner> host, const NetDevice& device) : host_(std::move(host)), precision_(device.precision) {
  if (!device.make) {
    if (precision_ == NetPrecision::kHalf) trouble_ = kHalfHasNoEffect;
    return;
  }
  auto made = attempt("cannot run the networks", [&] { return std::shared_ptr<NetRunner>(device.make()); });
  if (!made) {
    give_up(made.error().message);
    return;
  }
  device_.runner = *std::move(made);
  if (device.gpu.runtime != nullptr) device_.reader = std::make_shared<SmallPictureReader>(device.gpu);
}

NetCompute::Device NetCompute::device() const {
  const std::lock_guard lock(mutex_);
  return device_;
}

void NetCompute::give_up(const std::string& why) const {
  Device last;  // goes after the lock, with whoever computes on it still
  const std::lock_guard lock(mutex_);
  if (!trouble_) trouble_ = why + (precision_ == NetPrecision::kHalf ? "; the CPU goes on, in full precision." : "; the CPU goes on.");
  std::swap(last, device_);
}

void NetCompute::trust(const MotionDifference& apart) const {
  const std::lock_guard lock(mutex_);
  device_.trusted = true;
  if (!apart_) apart_.emplace();
  apart_->view_px = std::max(apart_->view_px, apart.view_px);
  apart_->source_px = std::max(apart_->source_px, apart.source_px);
  apart_->pairs += apart.pairs;
}

int NetCompute::preferred_batch() const { return device().runner ? kDeviceBatch : kHostBatch; }

MotionCompute NetCompute::compute() const {
  const std::lock_guard lock(mutex_);
  MotionCompute compute{device_.runner != nullptr && device_.trusted, trouble_, device_shows_};
  if (!compute.on_gpu && !compute.gpu_shows) return compute;
  compute.half = precision_ == NetPrecision::kHalf;
  compute.difference = apart_;
  return compute;
}

std::optional<SmallPictureReader::Reading> NetCompute::read_surface(const Device& known, const Frame& picture, Size coarse, Size view) const {
  if (!known.reader || !known.reader->reads(picture)) return std::nullopt;
  auto read = known.reader->read(picture, coarse, view);
  if (!read) {
    give_up(read.error().message);
    return std::nullopt;
  }
  if (known.reads_surfaces) return *std::move(read);
  if (!same_pictures(read->pictures, small_pictures(picture, coarse, view))) {
    give_up("The GPU does not reduce pictures as the CPU does");
    return std::nullopt;
  }
  // A picture of one value says nothing.
  if (gray_deviation(read->pictures.coarse.view()) > 0) {
    const std::lock_guard lock(mutex_);
    device_.reads_surfaces = true;
  }
  return *std::move(read);
}

void NetCompute::prepare(LearnedFrame& frame, const Frame& picture, Size coarse) const {
  const Device known = device();
  auto read = read_surface(known, picture, coarse, frame.view_size);
  SmallPictures pictures = read ? std::move(read->pictures) : small_pictures(picture, coarse, frame.view_size);
  frame.coarse = std::move(pictures.coarse);
  if (const auto runner = device().runner) {
    auto features = attempt("failed while reading a picture", [&] {
      return read ? runner->encode(read->view_there, ViewPlace::kDevice) : runner->encode(pictures.view.view(), ViewPlace::kHost);
    });
    if (features) {
      frame.on_device = *std::move(features);
      frame.view = std::move(pictures.view);
      return;
    }
    give_up(features.error().message);
  }
  frame.on_host = host_->encode(pictures.view.view(), ViewPlace::kHost);
}

const Features& NetCompute::host_features(const LearnedFrame& frame) const {
  const std::lock_guard lock(frame.mutex);
  if (!frame.on_host) frame.on_host = host_->encode(frame.view->view(), ViewPlace::kHost);
  return *frame.on_host;
}

Result<std::vector<NetMotion>> NetCompute::compare(std::span<const FramePair> pairs, const std::stop_token& stop) const {
  const Device known = device();
  if (!known.runner) return on_host(pairs, stop);
  const auto prev = device_features(pairs, &FramePair::prev), cur = device_features(pairs, &FramePair::cur);
  // Given up between the two frames of a pair, by another thread.
  if (prev.size() != pairs.size() || cur.size() != pairs.size()) return on_host(pairs, stop);
  const Size view = frame_of(pairs.front().prev).view_size;
  auto answer = attempt("failed while comparing pictures", [&] {
    auto motions = known.runner->compare(prev, cur, {view.width, view.height});
    if (motions.size() != pairs.size()) throw std::runtime_error("motions are missing");
    return motions;
  });
  if (!answer) {
    give_up(answer.error().message);
    return on_host(pairs, stop);
  }
  if (known.trusted) {
    const std::lock_guard lock(mutex_);
    device_shows_ = true;
    return answer;
  }
  auto wanted = on_host(pairs, stop);
  if (!wanted) return wanted;
  const auto apart = difference(pairs, *wanted, *answer, tolerance_of(precision_));
  if (!apart) give_up("The GPU's network does not measure motion as the CPU's does");
  else if (apart->pairs > 0) trust(*apart);
  return wanted;
}

Result<std::vector<NetMotion>> NetCompute::on_host(std::span<const FramePair> pairs, const std::stop_token& stop) const {
  std::vector<NetMotion> motions;
  while (!pairs.empty()) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Motion estimation was cancelled."};
    // What a device would have taken at once would keep a cancel waiting for a second.
    const auto some = pairs.first(std::min<std::size_t>(pairs.size(), kHostBatch));
    pairs = pairs.subspan(some.size());
    std::vector<const Features*> prev, cur;
    for (const FramePair& pair : some) {
      prev.push_back(&host_features(frame_of(pair.prev)));
      cur.push_back(&host_features(frame_of(pair.cur)));
    }
    const Size view = frame_of(some.front().prev).view_size;
    for (NetMotion& motion : host_->compare(prev, cur, {view.width, view.height})) motions.push_back(motion);
  }
  return motions;
}

}  // namespace keel::learned
