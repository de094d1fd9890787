// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/ihn.h"

#include <cmath>
#include <string>
#include <utility>

#include "engine/learned/homography_ops.h"
#include "engine/learned/local_correlation.h"
#include "engine/learned/refine_graph.h"
#include "engine/learned/second_look.h"

namespace keel::learned {
namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

/// Added to the squared length of a feature vector: flat cells keep short vectors instead of amplified noise.
constexpr double kFeatureFloor = 1e-2;
/// Trust is limited to e^+-kMaxLogWeight, so that no single cell decides.
constexpr double kMaxLogWeight = 6;
/// Corners may not leave this range (half widths); beyond it the iteration has diverged and the homography would fold.
constexpr double kMaxCorner = 4;
/// Agreement below which an answer is doubted; see agreement().
constexpr double kDoubt = 0.03;
/// Agreement below which the picture may hold another motion that more of it follows. Pictures of one motion lie at 0.5 and above, with noise or blur too; with 40 % of
/// another one in front, most right answers at 0.45 and wrong ones below 0.38.
constexpr double kMixed = 0.4;
/// Of a cell: how near a cell's own motion must be to the fitted one to agree.
constexpr double kAgreeCells = 0.2;
/// Starts of a search (half widths, radians, factor) and iterations from each.
constexpr double kSearchShift = 0.22, kSearchTurn = 0.3, kSearchZoom = 4.0 / 3;
constexpr int kSearchIterations = 6;

nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride = 1) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, size).stride(stride).padding(size / 2));
}

/// A layer of what is of the type that it is to compute in; its weights are brought to that type.
Tensor apply_in(nn::Conv2d& layer, const Tensor& x) {
  if (x.scalar_type() == layer->weight.scalar_type()) return layer->forward(x);
  const std::int64_t size = layer->weight.size(2);
  return torch::conv2d(x, layer->weight.to(x.scalar_type()), layer->bias.to(x.scalar_type()), (*layer->options.stride())[0], size / 2);
}

/// A network that is computed in doubles stays so.
Tensor narrowed(const Tensor& x, torch::ScalarType type) { return type == torch::kFloat ? x : x.to(type); }

/// [taps,2] displacement of each tap in cells, x first.
Tensor tap_offsets(int radius, const torch::TensorOptions& options) {
  const Tensor line = torch::arange(-radius, radius + 1, options);
  const std::int64_t n = line.size(0);
  return torch::stack({line.view({1, n}).expand({n, n}).reshape({-1}), line.view({n, 1}).expand({n, n}).reshape({-1})}, 1);
}

/// Soft arg-max of a correlation volume: [N,2,H,W] in cells.
Tensor peak_of(const Tensor& correlation, int radius, const Tensor& log_sharpness) {
  if (torch::GradMode::is_enabled() || !correlation.is_cpu() || correlation.scalar_type() != torch::kFloat) {
    const Tensor share = torch::softmax(correlation * log_sharpness.exp(), 1);
    return F::conv2d(share, tap_offsets(radius, correlation.options()).t().contiguous().view({2, -1, 1, 1}));
  }
  const std::int64_t n = correlation.size(0), cells = correlation.size(2) * correlation.size(3);
  const float sharpness = log_sharpness.exp().item<float>();
  const Tensor volume = correlation.contiguous();
  Tensor peak = torch::empty({n, 2, correlation.size(2), correlation.size(3)}, correlation.options());
  for (std::int64_t i = 0; i < n; ++i) {
    float* x = peak.data_ptr<float>() + i * 2 * cells;
    soft_peak(volume.data_ptr<float>() + i * correlation.size(1) * cells, cells, radius, sharpness, x, x + cells);
  }
  return peak;
}

Features rows_of(const Features& features, const Tensor& rows) {
  Features chosen;
  for (std::size_t level = 0; level < kLevels; ++level) chosen[level] = features[level].index_select(0, rows);
  return chosen;
}

/// Row `from[k]` of `source` takes the place of row `to[k]` of `target`.
void replace_rows(Step& target, const Tensor& to, const Step& source, const Tensor& from) {
  const auto replace = [&](Tensor& all, const Tensor& some) { all = all.index_copy(0, to, some.index_select(0, from)); };
  replace(target.corners, source.corners);
  replace(target.cur_from_prev, source.cur_from_prev);
  replace(target.before, source.before);
  replace(target.cells.shift, source.cells.shift);
  replace(target.cells.log_weight, source.cells.log_weight);
  replace(target.match, source.match);
  replace(target.inside, source.inside);
  replace(target.residual, source.residual);
  replace(target.weight, source.weight);
}

/// [K,3,3] motions that a search begins with: none; shifts, turns and zooms about as large as what a first look no longer catches.
Tensor search_starts(const torch::TensorOptions& options) {
  std::vector<double> m;
  const auto add = [&](double angle_rad, double zoom, double x, double y) {
    const double c = zoom * std::cos(angle_rad), s = zoom * std::sin(angle_rad);
    m.insert(m.end(), {c, -s, x, s, c, y, 0, 0, 1});
  };
  add(0, 1, 0, 0);
  for (const double x : {-kSearchShift, kSearchShift})
    for (const double y : {-kSearchShift, kSearchShift}) add(0, 1, x, y);
  for (const double angle_rad : {-kSearchTurn, kSearchTurn}) add(angle_rad, 1, 0, 0);
  for (const double zoom : {1 / kSearchZoom, kSearchZoom}) add(0, zoom, 0, 0);
  return torch::tensor(m, torch::kDouble).view({-1, 3, 3}).to(options);
}

}  // namespace

Tensor agreement(const Step& step) {
  const Tensor trust = (step.cells.log_weight.exp() * step.inside).flatten(1);
  return (trust / (1 + trust) * (step.residual < kAgreeCells * level_stride(step.level))).mean(1);
}

EncoderImpl::EncoderImpl(const IhnOptions& options) {
  // Stages run fine to coarse, the options' lists coarse to fine.
  std::int64_t in = 1;
  for (int stage = 0; stage < kLevels; ++stage) {
    const auto s = static_cast<std::size_t>(stage), level = static_cast<std::size_t>(kLevels - 1 - stage);
    const std::int64_t width = options.feature_channels[level];
    down_[s] = register_module("down" + std::to_string(stage), conv(in, width, stage == 0 ? 5 : 3, 2));
    mix_[s] = register_module("mix" + std::to_string(stage), conv(width, width, 3));
    out_[s] = register_module("out" + std::to_string(stage), conv(width, width, 1));
    in = width;
  }
}

Features EncoderImpl::forward(const Tensor& view) {
  const Tensor mean = view.mean({2, 3}, true);
  Tensor x = view - mean;
  x = x * torch::rsqrt(x.square().mean({2, 3}, true) + 1e-4);
  x = narrowed(x, type_);
  Features features;
  for (int stage = 0; stage < kLevels; ++stage) {
    const auto s = static_cast<std::size_t>(stage);
    x = apply_in(down_[s], x).relu_();
    x = apply_in(mix_[s], x).relu_();
    const Tensor raw = apply_in(out_[s], x).to(view.scalar_type());
    features[static_cast<std::size_t>(kLevels - 1 - stage)] = raw * torch::rsqrt(raw.square().sum(1, true) + kFeatureFloor);
  }
  return features;
}

HeadImpl::HeadImpl(int radius, std::int64_t channels) : radius_(radius) {
  const std::int64_t taps = (2 * radius + 1) * (2 * radius + 1);
  // Starts at a soft arg-max that picks a clear peak out of cosines of random features.
  sharpness_ = register_parameter("sharpness", torch::full({1}, std::log(12.0)));
  first_ = register_module("first", conv(taps, channels, 1));
  second_ = register_module("second", conv(channels, channels, 3));
  third_ = register_module("third", conv(channels, channels, 3));
  last_ = register_module("last", conv(channels, 3, 1));
  // The correction starts at nothing: the soft arg-max alone already is an estimate.
  torch::NoGradGuard no_gradient;
  last_->weight.mul_(0.1);
  last_->bias.zero_();
}

CellMotion HeadImpl::forward(const Tensor& correlation) {
  const Tensor peak = peak_of(correlation, radius_, sharpness_);
  Tensor x = apply_in(first_, narrowed(correlation, type_)).relu_();
  x = apply_in(second_, x).relu_();
  x = apply_in(third_, x).relu_();
  x = apply_in(last_, x).to(correlation.scalar_type());
  return {peak + x.slice(1, 0, 2), x.slice(1, 2, 3).clamp(-kMaxLogWeight, kMaxLogWeight)};
}

IhnImpl::IhnImpl(const IhnOptions& options) : options_(options) {
  encoder = register_module("encoder", Encoder(options));
  for (int level = 0; level < kLevels; ++level) {
    const auto l = static_cast<std::size_t>(level);
    heads_[l] = register_module("head" + std::to_string(level), Head(options.radius[l], options.head_channels[l]));
  }
  outlier_scale_ = register_parameter("outlier_scale", torch::zeros({kLevels}));
}

void IhnImpl::compute_in(torch::ScalarType type) {
  encoder->compute_in(type);
  for (Head& head : heads_) head->compute_in(type);
}

void IhnImpl::use_recordings(Recorder recorder) {
  graphs_ = std::make_shared<RefineGraphs>([this](const Features& prev, const Features& cur, const ViewGeometry& geometry) { return refine(prev, cur, geometry); }, std::move(recorder));
}

const LevelGrid& IhnImpl::grid(const ViewGeometry& geometry, int level, const torch::TensorOptions& options) {
  const std::lock_guard lock(grids_mutex_);
  auto& slot = grids_[{geometry.width, geometry.height, level}];
  if (!slot || slot->centres.device() != options.device()) slot = std::make_unique<LevelGrid>(make_grid(geometry, level, options));
  return *slot;
}

Step IhnImpl::iterate(const Features& prev, const Features& cur, const ViewGeometry& geometry, int level, bool first, const Tensor& h) {
  const auto l = static_cast<std::size_t>(level);
  const Tensor &from = prev[l], &to = cur[l];
  const std::int64_t n = from.size(0), rows = from.size(2), columns = from.size(3);
  const torch::TensorOptions options = h.options();
  const double step = level_stride(level), cell = step / geometry.scale();
  const LevelGrid& level_grid = grid(geometry, level, options);
  const Tensor& centres = level_grid.centres;

  // Where the estimate puts each cell, in cells of the current view's map; grid_sample wants -1..1 over the centres of the border cells.
  const Tensor matched = apply_homography(h, centres);
  const Tensor at = (matched - centres.slice(0, 0, 1)) / cell;
  const Tensor places = (at / level_grid.extent - 1).view({n, rows, columns, 2});
  const Tensor sampled = F::grid_sample(to, places, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(true));
  const Tensor inside = ((places.select(3, 0).abs() <= 1) & (places.select(3, 1).abs() <= 1)).to(options.dtype()).unsqueeze(1);

  Step result;
  result.level = level;
  result.before = h;
  result.inside = inside;
  const Tensor correlation = local_correlation(from, sampled, options_.radius[l]);
  result.match = correlation.slice(1, correlation.size(1) / 2, correlation.size(1) / 2 + 1);
  result.cells = heads_[l]->forward(correlation);

  const Tensor& corners = level_grid.corners;
  const Tensor trust = (result.cells.log_weight.exp() * inside).reshape({n, rows * columns});
  const CornerFit fit = fit_corners(level_grid, result.cells.shift, trust, outlier_scale_[level], first);
  const Tensor displacement = fit.corners * cell;
  result.weight = fit.weight;
  result.residual = fit.residual * step;
  // matched(x) = h * moved(x): the residual motion acts on the previous view's side. A step that would fold the view is not taken: what is discarded is replaced before the
  // homographies are solved for, so that neither values nor gradients ever see a singular system.
  const Tensor still = corners.unsqueeze(0), stepped = still + displacement.view({n, 4, 2}).clamp(-1, 1);
  const auto or_else = [&](const Tensor& wanted, const Tensor& otherwise) { return torch::where(spans_a_view(wanted, corners).view({n, 1, 1}), wanted, otherwise); };
  const Tensor moved = homography_from_corners(corners, or_else(stepped, still.expand({n, 4, 2})));
  result.corners = or_else(apply_homography(torch::matmul(h, moved), corners).clamp(-kMaxCorner, kMaxCorner), apply_homography(h, corners));
  result.cur_from_prev = homography_from_corners(corners, result.corners);
  return result;
}

std::vector<Step> IhnImpl::refine_from(int first_level, const Features& prev, const Features& cur, const ViewGeometry& geometry, Tensor h) {
  std::vector<Step> steps;
  for (int level = first_level; level < kLevels; ++level)
    for (int i = 0; i < options_.iterations[static_cast<std::size_t>(level)]; ++i) {
      steps.push_back(iterate(prev, cur, geometry, level, level == 0 && i == 0, h));
      // Each iteration learns from its own step only: gradients through six warps would be large and help little.
      h = steps.back().cur_from_prev.detach();
    }
  return steps;
}

std::vector<Step> IhnImpl::refine(const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  return refine_from(0, prev, cur, geometry, torch::eye(3, prev[0].options()).unsqueeze(0).repeat({prev[0].size(0), 1, 1}));
}

std::vector<Step> IhnImpl::steps(const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  return graphs_ ? graphs_->refine(prev, cur, geometry) : refine(prev, cur, geometry);
}

Step IhnImpl::search(const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  const std::vector<Step> all = steps(prev, cur, geometry);
  Step answer = all.back();
  look_elsewhere(prev, cur, geometry, answer);
  look_twice(all, prev, cur, geometry, answer);
  return answer;
}

void IhnImpl::look_elsewhere(const Features& prev, const Features& cur, const ViewGeometry& geometry, Step& answer) {
  const Tensor agrees = agreement(answer), doubted = (agrees >= kDoubt).logical_not().nonzero().flatten();
  const std::int64_t n = doubted.size(0);
  if (n == 0) return;

  // Every pair in doubt from every start, on the coarsest level.
  const Tensor starts = search_starts(prev[0].options());
  const std::int64_t count = starts.size(0);
  const Features from = rows_of(prev, doubted), to = rows_of(cur, doubted);
  Features many_from, many_to;
  many_from[0] = from[0].repeat_interleave(count, 0);
  many_to[0] = to[0].repeat_interleave(count, 0);
  Step look;
  Tensor h = starts.repeat({n, 1, 1});
  for (int i = 0; i < kSearchIterations; ++i) {
    look = iterate(many_from, many_to, geometry, 0, i == 0, h);
    h = look.cur_from_prev;
  }
  const Tensor best = agreement(look).view({n, count}).argmax(1) + torch::arange(n, doubted.options()) * count;
  const Step again = refine_from(1, from, to, geometry, h.index_select(0, best)).back();
  const Tensor better = (agreement(again) > agrees.index_select(0, doubted)).nonzero().flatten();
  if (better.size(0) > 0) replace_rows(answer, doubted.index_select(0, better), again, better);
}

void IhnImpl::look_twice(const std::vector<Step>& steps, const Features& prev, const Features& cur, const ViewGeometry& geometry, Step& answer) {
  const Tensor agrees = agreement(answer).cpu();
  // The first look sees the largest motions, the last one of the middle level is the more exact.
  const Step &first = steps.front(), &middle = steps[static_cast<std::size_t>(options_.iterations[0] + options_.iterations[1] - 1)];
  std::vector<std::int64_t> pairs;
  std::vector<Tensor> starts;
  for (std::int64_t i = 0; i < agrees.size(0); ++i) {
    if (!(agrees[i].item<double>() < kMixed)) continue;
    std::vector<Tensor> motions{answer.cur_from_prev[i]};
    for (const Step* step : {&middle, &first})
      for (Tensor& other : other_motions(*step, i, motions, geometry)) motions.push_back(std::move(other));
    pairs.insert(pairs.end(), motions.size() - 1, i);
    starts.insert(starts.end(), motions.begin() + 1, motions.end());
  }
  if (pairs.empty()) return;

  // On the middle level it shows which of them more of the picture follows.
  const auto index = [&](const std::vector<std::int64_t>& list) { return torch::tensor(list, torch::TensorOptions().dtype(torch::kLong).device(prev[0].device())); };
  const Tensor rows = index(pairs);
  Features from = rows_of(prev, rows), to = rows_of(cur, rows);
  Step look;
  Tensor h = torch::stack(starts);
  for (int i = 0; i < options_.iterations[1]; ++i) {
    look = iterate(from, to, geometry, 1, false, h);
    h = look.cur_from_prev;
  }
  const Tensor support = spread_support(look, geometry).cpu(), known = spread_support(middle, geometry).cpu();
  const auto support_of = [&](std::int64_t candidate) { return support[candidate].item<double>(); };
  std::vector<std::int64_t> chosen;  // at most one candidate of each pair, whose candidates are neighbours
  for (std::int64_t i = 0; i < support.size(0); ++i) {
    const std::int64_t pair = pairs[static_cast<std::size_t>(i)];
    if (!(support_of(i) > known[pair].item<double>())) continue;
    if (chosen.empty() || pairs[static_cast<std::size_t>(chosen.back())] != pair) chosen.push_back(i);
    else if (support_of(i) > support_of(chosen.back())) chosen.back() = i;
  }
  if (chosen.empty()) return;
  const Tensor best = index(chosen), of_pairs = rows.index_select(0, best);
  const Step again = refine_from(2, rows_of(from, best), rows_of(to, best), geometry, h.index_select(0, best)).back();
  const Tensor better = (spread_support(again, geometry) > spread_support(answer, geometry).index_select(0, of_pairs)).nonzero().flatten();
  if (better.size(0) > 0) replace_rows(answer, of_pairs.index_select(0, better), again, better);
}

RegressionImpl::RegressionImpl(const IhnOptions& options) : radius_(options.radius[0]) {
  const std::int64_t taps = (2 * radius_ + 1) * (2 * radius_ + 1);
  first_ = register_module("first", conv(taps, 64, 3));
  second_ = register_module("second", conv(64, 64, 3, 2));
  third_ = register_module("third", conv(64, 64, 3, 2));
  read_out_ = register_module("read_out", nn::Linear(64 * 4, 8));
}

Tensor RegressionImpl::forward(const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  const Tensor correlation = local_correlation(prev[0], cur[0], radius_);
  Tensor x = apply_in(first_, narrowed(correlation, type_)).relu_();
  x = apply_in(second_, x).relu_();
  x = apply_in(third_, x).relu_();
  // A 2x2 map keeps the layout: one cell for each corner.
  x = torch::adaptive_avg_pool2d(x.to(correlation.scalar_type()), {2, 2}).reshape({x.size(0), -1});
  // Displacements are learned in coarse cells, whatever the view's size.
  return read_out_->forward(x).view({-1, 4, 2}) * (level_stride(0) / geometry.scale());
}

}  // namespace keel::learned
