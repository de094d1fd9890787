// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/camera_path.h"

#include <algorithm>
#include <cmath>

namespace keel {
namespace {

/// Basis of sl(3): shift x, shift y, rotation, log zoom, aspect, skew, perspective x, perspective y.
Mat3 to_matrix(const PathPoint& v) {
  // Log zoom scales the plane by e^v: trace-free with -2/3 in the corner.
  const double z = v[3] / 3;
  return {{z + v[4], -v[2] + v[5], v[0], v[2] + v[5], z - v[4], v[1], v[6], v[7], -2 * z}};
}

PathPoint to_vector(const Mat3& a) {
  return {a(0, 2), a(1, 2), 0.5 * (a(1, 0) - a(0, 1)), -1.5 * a(2, 2), 0.5 * (a(0, 0) - a(1, 1)), 0.5 * (a(0, 1) + a(1, 0)), a(2, 0), a(2, 1)};
}

double max_abs(const Mat3& a) {
  double largest = 0;
  for (const double v : a.m) largest = std::max(largest, std::abs(v));
  return largest;
}

/// log(I + x) by its series; false where it would not converge quickly.
bool log_near_identity(const Mat3& x, Mat3& out) {
  const double size = max_abs(x);
  if (!(size < 0.3)) return false;
  Mat3 power = x;
  out = x;
  // Terms shrink by (3 size) each at worst; 1e-12 of a picture width is far below any pixel.
  for (int k = 2; k <= 60; ++k) {
    power = power * x;
    const double factor = (k % 2 == 0 ? -1.0 : 1.0) / k;
    out = out + factor * power;
    if (max_abs(power) < 1e-13) return true;
  }
  return max_abs(power) < 1e-9;
}

/// Square root by Newton's iteration (Denman-Beavers), for motions too large for the series.
bool square_root(const Mat3& a, Mat3& out) {
  Mat3 y = a, z = Mat3::identity();
  for (int i = 0; i < 20; ++i) {
    const auto yi = inverse(y), zi = inverse(z);
    if (!yi || !zi) return false;
    const Mat3 next_y = 0.5 * (y + *zi);
    z = 0.5 * (z + *yi);
    const double change = max_abs(next_y - y);
    y = next_y;
    if (change < 1e-14) break;
  }
  out = y;
  return std::isfinite(max_abs(y));
}

PathPoint commutator(const PathPoint& a, const PathPoint& b) {
  const Mat3 x = to_matrix(a), y = to_matrix(b);
  return to_vector(x * y - y * x);
}

PathPoint difference(const PathPoint& a, const PathPoint& b) {
  PathPoint r;
  for (std::size_t c = 0; c < kPathChannels; ++c) r[c] = a[c] - b[c];
  return r;
}

/// Motion for pairs that have none: the mean of the trusted neighbours in the shot, near ones counting more.
void bridge_gaps(std::vector<PathPoint>& steps, const std::vector<bool>& known, int begin, int end) {
  constexpr int kReach = 30;
  constexpr double kDecayPairs = 4.0;
  for (int i = begin; i < end; ++i) {
    if (known[static_cast<std::size_t>(i)]) continue;
    PathPoint sum{};
    double total = 0;
    for (int k = std::max(begin, i - kReach); k < std::min(end, i + kReach + 1); ++k) {
      if (!known[static_cast<std::size_t>(k)]) continue;
      const double w = std::exp(-std::abs(k - i) / kDecayPairs);
      total += w;
      for (std::size_t c = 0; c < kPathChannels; ++c) sum[c] += w * steps[static_cast<std::size_t>(k)][c];
    }
    for (std::size_t c = 0; c < kPathChannels; ++c) steps[static_cast<std::size_t>(i)][c] = total > 0 ? sum[c] / total : 0;
  }
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Pairs whose motion is of another kind than their neighbours'. In a scene with depth an estimate may jump for a frame or two from the distance, which turns and
/// shakes, to the ground ahead, which grows: no hand moves a camera so far forward and back within a frame. Such a step would put a jerk into the
/// output that the picture does not have; a bridge only leaves the shake of that frame.
class StrangePairs {
 public:
  StrangePairs(const std::vector<PathPoint>& steps, const MotionTrack& track) : steps_(steps), track_(track) {}

  [[nodiscard]] bool is_strange(int pair, const std::vector<bool>& known, int begin, int end) {
    if (!differs_from_either(pair, begin, end)) return false;
    near_.clear();
    for (int k = std::max(begin, pair - kReach); k < std::min(end, pair + kReach + 1); ++k)
      if (k != pair && known[static_cast<std::size_t>(k)]) near_.push_back(static_cast<std::size_t>(k));
    if (near_.size() < kReach) return false;
    const auto at = static_cast<std::size_t>(pair);
    if (track_.pairs[at].confidence > kDoubt * middle([&](std::size_t k) { return static_cast<double>(track_.pairs[k].confidence); })) return false;
    const double centre = middle([&](std::size_t k) { return steps_[k][kPathLogZoom]; });
    const double spread = 1.4826 * middle([&](std::size_t k) { return std::abs(steps_[k][kPathLogZoom] - centre); });
    const double off = std::abs(steps_[at][kPathLogZoom] - centre);
    return off > kFar * std::max(spread, kLeastZoom) && off < kLensSwitch;
  }

 private:
  static constexpr int kReach = 8;
  /// The zoom's spread is not taken for less.
  static constexpr double kLeastZoom = 0.004;
  /// In spreads, and as a share of the neighbours' trust. The shift tells nothing: a true jerk is as far off and blurs the picture, which costs trust too.
  static constexpr double kFar = 7, kDoubt = 0.5;
  /// A phone that changes its lens does enlarge the picture at once, and for good.
  static constexpr double kLensSwitch = 0.12;

  /// A quick look: most pairs are like the one before and the one after.
  [[nodiscard]] bool differs_from_either(int pair, int begin, int end) const {
    const auto at = static_cast<std::size_t>(pair);
    for (const int k : {pair - 1, pair + 1}) {
      if (k < begin || k >= end) continue;
      const auto other = static_cast<std::size_t>(k);
      if (std::abs(steps_[at][kPathLogZoom] - steps_[other][kPathLogZoom]) > 2 * kLeastZoom || track_.pairs[at].confidence < 0.5f * track_.pairs[other].confidence) return true;
    }
    return false;
  }
  template <class Value>
  [[nodiscard]] double middle(const Value& value) {
    values_.clear();
    for (const std::size_t k : near_) values_.push_back(value(k));
    return median(values_);
  }
  const std::vector<PathPoint>& steps_;
  const MotionTrack& track_;
  std::vector<std::size_t> near_;
  std::vector<double> values_;
};

/// What the pairs' motions lack to add up to what the anchors have measured. Each anchor's part of it since the last one of the same keyframe is spread over the pairs in between.
class Drift {
 public:
  Drift(const std::vector<PathPoint>& steps, const MotionTrack& track)
      : steps_(steps), track_(track), to_(PathFrame{track.size}.normalized_from_pixel()), from_(PathFrame{track.size}.pixel_from_normalized()), per_pair_(steps.size(), PathPoint{}) {}

  /// Reads the anchors within frames [begin, end).
  void read(int begin, int end) {
    int keyframe = -1, chained_to = 0, spread_to = 0;
    PathPoint spread_so_far{};
    for (const AnchorMotion& anchor : track_.anchors) {
      if (anchor.from < begin || anchor.to >= end) continue;
      if (anchor.from != keyframe) {
        keyframe = chained_to = spread_to = anchor.from;
        spread_so_far = {};
        chain_ = Mat3::identity();
      }
      for (; chained_to < anchor.to; ++chained_to) chain_ = exp_path_point(steps_[static_cast<std::size_t>(chained_to)]) * chain_;
      const auto back = inverse(chain_);
      PathPoint lacking;
      if (!back || !log_homography(to_ * anchor.to_from_from * from_ * *back, lacking)) continue;
      const PathPoint since = difference(lacking, spread_so_far);
      if (!is_drift(since, anchor.to - spread_to)) continue;
      spread(since, spread_to, anchor.to);
      spread_so_far = lacking;
      spread_to = anchor.to;
    }
  }
  /// Summed up, frame by frame.
  [[nodiscard]] std::vector<PathPoint> points() const {
    std::vector<PathPoint> sums(per_pair_.size() + 1, PathPoint{});
    for (std::size_t i = 0; i < per_pair_.size(); ++i)
      for (std::size_t c = 0; c < kPathChannels; ++c) sums[i + 1][c] = sums[i][c] + per_pair_[i][c];
    return sums;
  }

 private:
  /// Of half the longer side, a pair: 0.1 px at 1920. More is no drift of an estimator but another part of the scene, or the scene itself has moved.
  static constexpr double kMostAPair = 1e-4;

  [[nodiscard]] static bool is_drift(const PathPoint& d, int pairs) {
    double largest = 0;
    for (const double value : d) largest = std::max(largest, std::abs(value));
    return largest <= kMostAPair * pairs;
  }
  void spread(const PathPoint& d, int begin, int end) {
    for (int i = begin; i < end; ++i)
      for (std::size_t c = 0; c < kPathChannels; ++c) per_pair_[static_cast<std::size_t>(i)][c] += d[c] / (end - begin);
  }
  const std::vector<PathPoint>& steps_;
  const MotionTrack& track_;
  const Mat3 to_, from_;
  Mat3 chain_;  ///< from the keyframe to the last anchor, by the pairs
  std::vector<PathPoint> per_pair_;
};

/// Sums of the pairs' bends in a shot against their mean over time. Sums alone would wander off: most of what adds up is depth, to which a camera that moves on gives ever more.
class BendsOfRows {
 public:
  BendsOfRows(const MotionTrack& track, const CameraPath& path) : track_(track), path_(path) {}

  [[nodiscard]] std::vector<RowBend> take_out() const {
    if (std::none_of(track_.pairs.begin(), track_.pairs.end(), [](const PairMotion& pair) { return pair.status == MotionStatus::kOk && !pair.bend.is_zero(); })) return {};
    std::vector<RowBend> out(path_.points.size(), RowBend::over(track_.size.height));
    for (const auto& shot : path_.shots) in_shot(shot, out);
    return out;
  }

 private:
  /// Shake within a frame is faster than a few frames by nature; longer means change little.
  static constexpr double kSigma_s = 0.3, kReach = 3;

  void in_shot(const CameraPath::Shot& shot, std::vector<RowBend>& out) const {
    std::vector<RowBend> sums(static_cast<std::size_t>(shot.end - shot.begin), RowBend::over(track_.size.height));
    for (std::size_t i = 1; i < sums.size(); ++i) {
      // Frames may have come before their pairs.
      const std::size_t pair = static_cast<std::size_t>(shot.begin) + i - 1;
      sums[i] = sums[i - 1];
      if (pair < track_.pairs.size() && track_.pairs[pair].status == MotionStatus::kOk) sums[i] += track_.pairs[pair].bend;
    }
    const double* time_s = path_.time_s.data() + shot.begin;
    std::size_t first = 0;
    for (std::size_t t = 0; t < sums.size(); ++t) {
      while (time_s[first] < time_s[t] - kReach * kSigma_s) ++first;
      RowBend mean = RowBend::over(track_.size.height);
      double total = 0;
      for (std::size_t i = first; i < sums.size() && time_s[i] <= time_s[t] + kReach * kSigma_s; ++i) {
        const double off = (time_s[i] - time_s[t]) / kSigma_s, weight = std::exp(-0.5 * off * off);
        total += weight;
        mean += sums[i].scaled(weight);
      }
      RowBend& bend = out[static_cast<std::size_t>(shot.begin) + t];
      bend += sums[t];
      bend += mean.scaled(-1 / total);
    }
  }

  const MotionTrack& track_;
  const CameraPath& path_;
};

}  // namespace

double PathFrame::unit_px() const { return 0.5 * std::max(size.width, size.height); }
Mat3 PathFrame::normalized_from_pixel() const {
  const double k = 1 / unit_px();
  return Mat3::scaling(k, k) * Mat3::translation(-0.5 * (size.width - 1), -0.5 * (size.height - 1));
}
Mat3 PathFrame::pixel_from_normalized() const {
  const double k = unit_px();
  return Mat3::translation(0.5 * (size.width - 1), 0.5 * (size.height - 1)) * Mat3::scaling(k, k);
}

Mat3 exp_path_point(const PathPoint& v) {
  Mat3 a = to_matrix(v);
  int halvings = 0;
  for (double size = max_abs(a); size > 0.25 && halvings < 40; size *= 0.5) ++halvings;
  if (halvings > 0) a = std::ldexp(1.0, -halvings) * a;
  // Taylor's series in powers of the cube (Paterson and Stockmeyer 1973: fewer products), as long as what is left out could exceed 1e-11.
  const double size = max_abs(a);
  const int groups = size > 0.08 ? 4 : (size > 0.014 ? 3 : 2);
  const Mat3 square = a * a, cube = square * a;
  constexpr double kTaylor[12] = {1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800};
  const auto group = [&](int g) {
    const double* k = kTaylor + 3 * g;
    Mat3 out = k[1] * a + k[2] * square;
    for (int i = 0; i < 3; ++i) out(i, i) += k[0];
    return out;
  };
  Mat3 e = group(groups - 1);
  for (int g = groups - 2; g >= 0; --g) e = group(g) + cube * e;
  for (int i = 0; i < halvings; ++i) e = e * e;
  return e;
}

bool log_homography(const Mat3& h, PathPoint& out) {
  const double det = determinant(h);
  if (!(det > 0) || !std::isfinite(det)) return false;
  Mat3 a = (1 / std::cbrt(det)) * h;
  double factor = 1;
  Mat3 log;
  for (int i = 0; i < 8; ++i) {
    if (log_near_identity(a - Mat3::identity(), log)) {
      out = to_vector(factor * log);
      return true;
    }
    Mat3 root;
    if (!square_root(a, root)) return false;
    a = root;
    factor *= 2;
  }
  return false;
}

CameraPath build_camera_path(const MotionTrack& track) {
  CameraPath path;
  const int frames = track.frame_count();
  if (frames == 0) return path;
  const int pairs = std::min(frames - 1, static_cast<int>(track.pairs.size()));
  path.points.assign(static_cast<std::size_t>(frames), PathPoint{});
  path.weight.assign(static_cast<std::size_t>(frames), 1.0);
  for (const std::int64_t pts : track.pts) path.time_s.push_back(static_cast<double>(pts - track.pts.front()) * track.time_base.value());

  const PathFrame frame{track.size};
  const Mat3 to = frame.normalized_from_pixel(), from = frame.pixel_from_normalized();
  std::vector<PathPoint> steps(static_cast<std::size_t>(pairs));
  std::vector<bool> known(static_cast<std::size_t>(pairs), false);
  std::vector<int> cuts;
  for (int i = 0; i < pairs; ++i) {
    const PairMotion& pair = track.pairs[static_cast<std::size_t>(i)];
    if (pair.status == MotionStatus::kSceneCut) cuts.push_back(i + 1);
    if (pair.status == MotionStatus::kOk)
      known[static_cast<std::size_t>(i)] = log_homography(to * pair.cur_from_prev * from, steps[static_cast<std::size_t>(i)]);
  }
  cuts.push_back(frames);
  int begin = 0;
  StrangePairs strange(steps, track);
  Drift drift(steps, track);
  const std::vector<bool> measured = known;
  for (const int end : cuts) {
    const int last_pair = std::min(end - 1, pairs);
    for (int i = begin; i < last_pair; ++i)
      if (measured[static_cast<std::size_t>(i)] && strange.is_strange(i, measured, begin, last_pair)) known[static_cast<std::size_t>(i)] = false;
    bridge_gaps(steps, known, begin, last_pair);
    drift.read(begin, std::min(end, pairs + 1));
    for (int i = begin; i < last_pair; ++i)
      for (std::size_t c = 0; c < kPathChannels; ++c)
        path.points[static_cast<std::size_t>(i) + 1][c] = path.points[static_cast<std::size_t>(i)][c] + steps[static_cast<std::size_t>(i)][c];
    path.shots.push_back({begin, end});
    begin = end;
  }
  if (!track.anchors.empty()) {
    path.drift = drift.points();
    path.drift.resize(path.points.size(), path.drift.back());
  }
  path.bends = BendsOfRows(track, path).take_out();
  // A frame is as trustworthy as the worse of its pairs, but never without any say: it still has to be shown.
  constexpr double kLeastWeight = 0.05;
  for (int i = 0; i < pairs; ++i) {
    const PairMotion& pair = track.pairs[static_cast<std::size_t>(i)];
    if (pair.status == MotionStatus::kSceneCut) continue;
    const double trust = known[static_cast<std::size_t>(i)] ? std::max<double>(kLeastWeight, pair.confidence) : kLeastWeight;
    auto& a = path.weight[static_cast<std::size_t>(i)];
    auto& b = path.weight[static_cast<std::size_t>(i) + 1];
    a = std::min(a, trust);
    b = std::min(b, trust);
  }
  return path;
}

CameraPath transport_path(const CameraPath& raw, const CameraPath& smooth) {
  CameraPath out = raw;
  for (const auto& shot : raw.shots)
    for (int i = shot.begin; i + 1 < shot.end; ++i) {
      const auto a = static_cast<std::size_t>(i), b = a + 1;
      const PathPoint step = difference(raw.points[b], raw.points[a]), smooth_step = difference(smooth.points[b], smooth.points[a]);
      const PathPoint correction = difference(smooth.points[a], raw.points[a]);
      PathPoint ahead, both;
      for (std::size_t c = 0; c < kPathChannels; ++c) {
        ahead[c] = correction[c] + smooth_step[c];
        both[c] = 0.5 * (step[c] + smooth_step[c]);
      }
      // Baker-Campbell-Hausdorff to second order, with d' = d - m + s:
      // log(exp(d') exp(m) exp(-d)) - (d' + m - d) = [d, (m + s) / 2] + [s, m] / 2 = [d + s, (m + s) / 2], as [s, s] = 0.
      const PathPoint turned = commutator(ahead, both);
      for (std::size_t c = 0; c < kPathChannels; ++c) out.points[b][c] = out.points[a][c] + step[c] + turned[c];
    }
  return out;
}

}  // namespace keel
