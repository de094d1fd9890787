// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/net_compute.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

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
    if (!(distance <= furthest)) furthest = distance;
  }
  return furthest;
}

bool is_shown(const FramePair& pair, const NetMotion& motion) { return !frame_of(pair.prev).flat && !frame_of(pair.cur).flat && believable(motion); }

/// Pairs without a motion that is believed may be answered in any way that is not believed either.
bool same_motion(const FramePair& pair, const NetMotion& host, const NetMotion& device, double tolerance_px) {
  const bool shown = is_shown(pair, host);
  if (shown != is_shown(pair, device)) return false;
  return !shown || (furthest_corner(host.cur_from_prev, device.cur_from_prev, frame_of(pair.prev).view_size) <= tolerance_px &&
                    std::abs(host.share * host.alike - device.share * device.alike) <= kConfidenceTolerance);
}

std::vector<const Features*> device_features(std::span<const FramePair> pairs, PreparedFramePtr FramePair::*member) {
  std::vector<const Features*> features;
  for (const FramePair& pair : pairs)
    if (const auto& there = frame_of(pair.*member).on_device) features.push_back(&*there);
  return features;
}

}  // namespace

NetCompute::NetCompute(std::unique_ptr<NetRunner> host, const MakeRunner& device, double tolerance_px) : host_(std::move(host)), tolerance_px_(tolerance_px) {
  if (!device) return;
  auto made = attempt("cannot run the networks", [&] { return std::shared_ptr<NetRunner>(device()); });
  if (made) device_.runner = *std::move(made);
  else give_up(made.error().message);
}

NetCompute::Device NetCompute::device() const {
  const std::lock_guard lock(mutex_);
  return device_;
}

void NetCompute::give_up(const std::string& why) const {
  std::shared_ptr<NetRunner> last;  // goes after the lock, with whoever computes on it still
  const std::lock_guard lock(mutex_);
  if (!trouble_) trouble_ = why + "; the CPU goes on.";
  last.swap(device_.runner);
}

int NetCompute::preferred_batch() const { return device().runner ? kDeviceBatch : kHostBatch; }

MotionCompute NetCompute::compute() const {
  const std::lock_guard lock(mutex_);
  return {device_.runner != nullptr && device_.trusted, trouble_, device_shows_};
}

void NetCompute::encode(LearnedFrame& frame, GrayImage view) const {
  const Device known = device();
  if (known.runner) {
    auto features = attempt("failed while reading a picture", [&] { return known.runner->encode(view.view()); });
    if (features) {
      frame.on_device = *std::move(features);
      frame.view = std::move(view);
      return;
    }
    give_up(features.error().message);
  }
  frame.on_host = host_->encode(view.view());
}

const Features& NetCompute::host_features(const LearnedFrame& frame) const {
  const std::lock_guard lock(frame.mutex);
  if (!frame.on_host) frame.on_host = host_->encode(frame.view->view());
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
  bool same = true, shown = false;
  for (std::size_t i = 0; same && i < pairs.size(); ++i) {
    same = same_motion(pairs[i], (*wanted)[i], (*answer)[i], tolerance_px_);
    shown = shown || is_shown(pairs[i], (*wanted)[i]);
  }
  if (!same) give_up("The GPU's network does not measure motion as the CPU's does");
  if (same && shown) {
    const std::lock_guard lock(mutex_);
    device_.trusted = true;
  }
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
