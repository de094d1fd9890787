// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/pair_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "engine/metrics/block_matcher.h"

namespace keel::metrics {
namespace {

/// Correlation below which a block counts as not found, on coarse levels and on the finest.
constexpr double kCoarseScore = 0.5, kFineScore = 0.7;
/// Distance in px between block centres on coarse levels and on the finest.
constexpr int kTopStep = 6, kCoarseStep = 14, kFineStep = 28;
/// Largest motion between frames that is looked for, as a share of the width.
constexpr double kLargestShift = 0.15;
/// Blocks and shares below which a pair is not measured: eight blocks overdetermine four unknowns by a factor of four, and by
/// chance fewer than a tenth of the blocks of unrelated pictures agree.
constexpr int kFewestBlocks = 8;
constexpr double kSmallestShare = 0.25;
/// What a block counts for that lies further than this share of the block grid's step from all followed ones.
constexpr double kStrangerWeight = 0.4, kNearFollowed = 0.75;
/// Two blocks closer than this (px) do not tell turn and zoom: block noise over it, times the picture's half, is half a px.
constexpr double kFarBlocks = 60;
/// Distance (px) from a motion at which a block supports it by half, and where the fit of the best supported motion begins.
constexpr double kSharp_px = 0.75, kFitWidth_px = 2;
/// First blocks of the pairs that motions are tried from, and second blocks for each.
constexpr std::size_t kFirstBlocks = 32, kSecondBlocks = 12;
/// Noise of one block's position, px: what the robust fit never tries to go below.
constexpr double kBlockNoise = 0.1;
/// Corner energy (gray^2 / px^2) at which a block counts half.
constexpr double kGoodEnergy = 8.0;
/// Best correlation of the thumbnails below which two textured pictures show different things.
constexpr double kSameScene = 0.6;

struct LevelMap {
  double scale;   // level-0 px per level px
  double offset;  // level-0 coordinate of the level's pixel 0
  explicit LevelMap(int level) : scale(1 << level), offset(((1 << level) - 1) * 0.5) {}
  [[nodiscard]] Point up(double x, double y) const { return {x * scale + offset, y * scale + offset}; }
};

/// First samples of blocks spread evenly with both edges covered.
std::vector<int> grid(int length, int side, int step, int margin) {
  const int room = length - side - 2 * margin;
  std::vector<int> at;
  if (room < 0) return at;
  const int count = room / step + 1;
  for (int i = 0; i < count; ++i) at.push_back(margin + (count == 1 ? room / 2 : room * i / (count - 1)));
  return at;
}

const BlockMatch* nearest(const std::vector<BlockMatch>& matches, Point p) {
  const BlockMatch* best = nullptr;
  double least = std::numeric_limits<double>::max();
  for (const auto& m : matches) {
    const double d = (m.from.x - p.x) * (m.from.x - p.x) + (m.from.y - p.y) * (m.from.y - p.y);
    if (d < least) {
      least = d;
      best = &m;
    }
  }
  return best;
}

/// State of the descent through the levels.
struct Descent {
  const Picture& a;
  const Picture& b;
  std::span<const Point> followed;
  Mat3 model;
  std::vector<BlockMatch> matches;

  /// What a block counts for by its place alone.
  [[nodiscard]] double favour(Point centre) const {
    if (followed.empty()) return 1;
    const double reach = kNearFollowed * kFineStep;
    const bool near = std::ranges::any_of(followed, [&](Point p) { return std::hypot(p.x - centre.x, p.y - centre.y) <= reach; });
    return near ? 1 : kStrangerWeight;
  }
};

/// Displacement in whole px of a level that `model` foretells for the block centred at `centre`.
Point foretold(Point from, Point to, double scale) { return {std::round((to.x - from.x) / scale), std::round((to.y - from.y) / scale)}; }

/// Where to begin to climb: where the model foretells the block and, where the nearest block of the level above went elsewhere, where that went.
void foretell(const Descent& d, Point centre, double scale, BlockRequest& request) {
  const Point m = foretold(centre, apply(d.model, centre), scale);
  request.dx = static_cast<int>(m.x);
  request.dy = static_cast<int>(m.y);
  const BlockMatch* near = nearest(d.matches, centre);
  if (near == nullptr) return;
  const Point own = foretold(near->from, near->to, scale);
  if (std::abs(own.x - m.x) + std::abs(own.y - m.y) <= 1) return;
  request.has_second = 1;
  request.second_dx = static_cast<int>(own.x);
  request.second_dy = static_cast<int>(own.y);
}

std::vector<BlockMatch> match_coarse(const Descent& d, int level, int radius, const Pixels& pixels) {
  const IntImage &a = d.a.levels[static_cast<std::size_t>(level)], &b = d.b.levels[static_cast<std::size_t>(level)];
  const LevelMap map(level);
  const int step = radius > 0 ? kTopStep : kCoarseStep;
  std::vector<BlockRequest> requests;
  std::vector<Point> centres;
  for (const int y : grid(a.height, kCoarseBlock, step, 0))
    for (const int x : grid(a.width, kCoarseBlock, step, 0)) {
      const BlockSearch search(a, b, x, y, kCoarseBlock);
      if (!search.textured()) continue;
      const Point centre = map.up(x + 0.5 * (kCoarseBlock - 1), y + 0.5 * (kCoarseBlock - 1));
      BlockRequest request = search.request();
      if (radius > 0) {
        const Point m = foretold(centre, apply(d.model, centre), map.scale);
        request.dx = static_cast<int>(m.x);
        request.dy = static_cast<int>(m.y);
      } else {
        foretell(d, centre, map.scale, request);
      }
      requests.push_back(request);
      centres.push_back(centre);
    }
  const std::vector<BlockHit> hits = pixels.search(d.a, d.b, level, requests, radius);
  std::vector<BlockMatch> found;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const BlockHit& hit = hits[i];
    if (hit.score < kCoarseScore) continue;
    const Point centre = centres[i];
    found.push_back({centre, {centre.x + hit.dx * map.scale, centre.y + hit.dy * map.scale}, hit.score * hit.score * d.favour(centre), hit.score});
  }
  return found;
}

/// True when a fine block centred at `p` is not wholly in the picture, with room for the interpolation.
bool leaves(Size picture, Point p) {
  const double room = 0.5 * kFineBlock + 2;
  return !(p.x >= room && p.y >= room && p.x <= picture.width - 1 - room && p.y <= picture.height - 1 - room);
}

void match_fine(const Descent& d, BlockField& field, const Pixels& pixels) {
  const IntImage &a = d.a.levels[0], &b = d.b.levels[0];
  std::vector<BlockRequest> requests;
  std::vector<Point> centres;
  for (const int y : grid(a.height, kFineBlock, kFineStep, 3))
    for (const int x : grid(a.width, kFineBlock, kFineStep, 3)) {
      const BlockSearch search(a, b, x, y, kFineBlock);
      if (!search.textured()) continue;
      const Point centre{x + 0.5 * (kFineBlock - 1), y + 0.5 * (kFineBlock - 1)};
      if (leaves(d.b.luma.size(), apply(d.model, centre)) || !FineBlock::fits(d.a.luma.size(), x, y)) continue;
      requests.push_back(search.request());
      foretell(d, centre, 1.0, requests.back());
      centres.push_back(centre);
    }
  const std::vector<RefinedMatch> refined = pixels.refine(d.a, d.b, requests, 0.9 * kFineScore);
  for (std::size_t i = 0; i < refined.size(); ++i) {
    const RefinedMatch& match = refined[i];
    if (!match.tried) continue;
    const Point centre = centres[i];
    field.tried.push_back(centre);
    if (!match.fine || match.fine->score < kFineScore) continue;
    const double held = match.corner_energy / (match.corner_energy + kGoodEnergy);
    field.matches.push_back({centre, {centre.x + match.fine->dx, centre.y + match.fine->dy}, held * d.favour(centre), match.fine->score});
  }
}

PairStatus why_unmeasured(const Picture& prev, const Picture& cur) {
  const bool flat_prev = is_flat(prev), flat_cur = is_flat(cur);
  if (flat_prev && flat_cur) return PairStatus::kLowTexture;
  if (flat_prev || flat_cur) return PairStatus::kCut;
  return best_shift_correlation(prev, cur) < kSameScene ? PairStatus::kCut : PairStatus::kLost;
}

/// The similarity that takes `a` and `b` where they went; empty where they lie too near each other to tell turn and zoom.
std::optional<Mat3> through_both(const BlockMatch& a, const BlockMatch& b) {
  const double fx = b.from.x - a.from.x, fy = b.from.y - a.from.y, tx = b.to.x - a.to.x, ty = b.to.y - a.to.y;
  const double square = fx * fx + fy * fy;
  if (square < kFarBlocks * kFarBlocks) return std::nullopt;
  const double c = (fx * tx + fy * ty) / square, s = (fx * ty - fy * tx) / square;
  return Mat3{{c, -s, a.to.x - c * a.from.x + s * a.from.y, s, c, a.to.y - s * a.from.x - c * a.from.y, 0, 0, 1}};
}

/// Weight of the matches that `model` explains, each counting half at kSharp_px.
double support(const Mat3& model, std::span<const BlockMatch> matches) {
  double sum = 0;
  for (const auto& m : matches) {
    const Point p = apply(model, m.from);
    const double dx = (p.x - m.to.x) / kSharp_px, dy = (p.y - m.to.y) / kSharp_px;
    sum += m.weight / (1 + dx * dx + dy * dy);
  }
  return sum;
}

/// The similarity through two blocks that most of the others support, or `guess` where none has more support. A fit that starts wide
/// settles between two parts of about one size, on a zoom that neither has.
Mat3 best_supported(std::span<const BlockMatch> matches, const Mat3& guess) {
  Mat3 best = guess;
  double most = support(guess, matches);
  const std::size_t n = matches.size();
  for (std::size_t i = 0; i < std::min(n, kFirstBlocks); ++i)
    for (std::size_t k = 1; k <= std::min(n, kSecondBlocks); ++k) {
      const std::size_t first = i * n / std::min(n, kFirstBlocks), second = (first + k * n / (kSecondBlocks + 1)) % n;
      const auto model = through_both(matches[first], matches[second]);
      if (!model) continue;
      const double s = support(*model, matches);
      if (s <= most) continue;
      most = s;
      best = *model;
    }
  return best;
}

}  // namespace

BlockField match_blocks(const Picture& a, const Picture& b, const MatchStart& start, const Pixels& pixels) {
  BlockField field;
  Descent d{a, b, start.followed, start.b_from_a, {}};
  const int top = std::clamp(start.level, 0, static_cast<int>(std::min(a.levels.size(), b.levels.size())) - 1);
  for (int level = top; level >= 1; --level) {
    const double scale = 1 << level;
    auto matches = match_coarse(d, level, level == top ? start.radius : 0, pixels);
    FitStart fit_start{d.model, level == top ? start.spread_px : std::max(3.0, 1.5 * scale), 0.35 * scale};
    if (level == top && start.vote) {
      if (const auto shift = vote_translation(matches, 0.05, scale)) fit_start = {Mat3::translation(shift->x, shift->y), 2.5 * scale, 0.5 * scale};
    }
    // A voted translation may hide a turn: the wide start lets far blocks in as soon as the near ones have tilted the model.
    if (const auto fit = fit_motion(FitModel::kSimilarity, matches, fit_start))
      d.model = fit->to_from_from;
    else
      d.model = fit_start.guess;
    d.matches = std::move(matches);
  }
  field.b_from_a = d.model;
  match_fine(d, field, pixels);
  return field;
}

PairMeasure track_pair(const Picture& prev, const Picture& cur, std::span<const Point> followed, const Pixels& pixels) {
  PairMeasure pair;
  const int top = static_cast<int>(prev.levels.size()) - 1;
  const int width = prev.levels.back().width;
  const int radius = static_cast<int>(std::ceil(kLargestShift * std::max(width, prev.levels.back().height)));
  const BlockField field = match_blocks(prev, cur, {top, radius, Mat3::identity(), true, 8, followed}, pixels);
  const Mat3 start = best_supported(field.matches, field.b_from_a);
  const auto fit = fit_motion(FitModel::kSimilarity, field.matches, {start, kFitWidth_px, kBlockNoise});
  const int needed = std::max(kFewestBlocks, static_cast<int>(kSmallestShare * static_cast<double>(field.tried.size())));
  if (!fit || fit->inliers < needed) {
    pair.status = why_unmeasured(prev, cur);
    return pair;
  }
  pair.status = PairStatus::kMeasured;
  pair.cur_from_prev = fit->to_from_from;
  pair.tracked_share = static_cast<double>(fit->inliers) / static_cast<double>(field.tried.size());
  for (std::size_t i = 0; i < field.matches.size(); ++i)
    if (fit->residual[i] < fit->limit_px()) pair.agreeing.push_back(field.matches[i].to);
  const auto bent = fit_motion(FitModel::kHomography, field.matches, {fit->to_from_from, std::max(2.0, fit->scale_px), kBlockNoise});
  std::vector<double> off;
  const MotionFit& best = bent ? *bent : *fit;
  for (const double r : best.residual)
    if (r < best.limit_px()) off.push_back(r);
  if (!off.empty()) {
    std::nth_element(off.begin(), off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2), off.end());
    pair.wobble_px = off[off.size() / 2];
  }
  return pair;
}

bool is_flat(const Picture& p) {
  const IntImage& top = p.levels.back();
  int textured = 0;
  for (const int y : grid(top.height, kCoarseBlock, kCoarseBlock / 2, 0))
    for (const int x : grid(top.width, kCoarseBlock, kCoarseBlock / 2, 0)) textured += BlockSearch(top, top, x, y, kCoarseBlock).textured();
  return textured < 2;
}

double best_shift_correlation(const Picture& a, const Picture& b) {
  const IntImage &ta = a.levels.back(), &tb = b.levels.back();
  const int reach = static_cast<int>(kLargestShift * ta.width);
  double best = -1;
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx) {
      const int x0 = std::max(0, -dx), x1 = std::min(ta.width, tb.width - dx), y0 = std::max(0, -dy), y1 = std::min(ta.height, tb.height - dy);
      if (x1 - x0 < ta.width / 2 || y1 - y0 < ta.height / 2) continue;
      double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
      for (int y = y0; y < y1; ++y) {
        const std::int16_t *ra = ta.at(0, y), *rb = tb.at(0, y + dy) + dx;
        long na = 0, nb = 0, naa = 0, nbb = 0, nab = 0;
        for (int x = x0; x < x1; ++x) {
          na += ra[x];
          nb += rb[x];
          naa += ra[x] * ra[x];
          nbb += rb[x] * rb[x];
          nab += ra[x] * rb[x];
        }
        n += x1 - x0;
        sa += static_cast<double>(na), sb += static_cast<double>(nb);
        saa += static_cast<double>(naa), sbb += static_cast<double>(nbb), sab += static_cast<double>(nab);
      }
      const double va = n * saa - sa * sa, vb = n * sbb - sb * sb;
      if (va > 0 && vb > 0) best = std::max(best, (n * sab - sa * sb) / std::sqrt(va * vb));
    }
  return best;
}

}  // namespace keel::metrics
