// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/neighbour_fill.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/backend/thread_pool.h"
#include "engine/render/border_fill.h"
#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

constexpr int kMostReach = 30;
constexpr double kMemory_bytes = 512e6;
/// Pixels of a frame's outline that are not used: bicubic taps would read beyond it there, and coders blur it.
constexpr double kUnusedRim_px = 1.5;
/// Width of the blend from one frame to the next, as a share of the picture's longer side.
constexpr double kFeatherShare = 0.012;
/// Brightness is matched within these; more is not exposure but another scene.
constexpr double kLeastGain = 0.8, kMostGain = 1.25;
/// The grid on which frames are chosen and compared, in output px.
constexpr int kGrid_px = 8;
/// A frame that adds less than this share of the pixels that are needed is not worth a seam, unless it has as much of those that are still missing; and
/// when hardly any are missing the mirror may have them.
constexpr double kWorthIt = 0.01, kWorthItOfMissing = 0.25, kEnough = 5e-4;
/// Strips begin where every chroma subsampling has a sample.
constexpr int kAlign_px = 4;

/// One frame, and how much of it may be seen at an output position.
struct Layer {
  Frame frame;
  FrameWarp warp;  // luma px
  double gain = 1;

  [[nodiscard]] double feather_px() const { return std::max(3.0, kFeatherShare * std::max(frame.size().width, frame.size().height)); }

  /// 0 outside the frame, 1 well inside, smooth between. `from` maps the position to luma px of the frame.
  [[nodiscard]] float cover(const FrameWarp& from, double x, double y, double feather) const {
    if (!(denominator(from.src_from_dst, {x, y}) > 0)) return 0;
    const Point p = apply(from, {x, y});
    const double inside = std::min(std::min(p.x, frame.size().width - 1 - p.x), std::min(p.y, frame.size().height - 1 - p.y));
    const auto a = static_cast<float>(std::clamp((inside - kUnusedRim_px) / feather, 0.0, 1.0));
    return a * a * (3 - 2 * a);
  }
  [[nodiscard]] float cover(double x, double y) const { return cover(warp, x, y, feather_px()); }
};

/// A part of the output.
struct Strip {
  int x = 0, y = 0, width = 0, height = 0;
};

double sample_at(const Frame& frame, int x, int y) {
  return frame.format().bytes_per_sample() == 1 ? frame.plane(0).row<std::uint8_t>(y)[x] : frame.plane(0).row<std::uint16_t>(y)[x];
}

/// Bilinear: the nearest pixels of two frames would lie up to a pixel apart in the scene, and its texture would pass for brightness.
double luma_at(const Frame& frame, Point p) {
  const PlaneView& plane = frame.plane(0);
  const int x = std::clamp(static_cast<int>(std::floor(p.x)), 0, plane.width - 2), y = std::clamp(static_cast<int>(std::floor(p.y)), 0, plane.height - 2);
  const double fx = p.x - x, fy = p.y - y;
  return (1 - fy) * ((1 - fx) * sample_at(frame, x, y) + fx * sample_at(frame, x + 1, y)) + fy * ((1 - fx) * sample_at(frame, x, y + 1) + fx * sample_at(frame, x + 1, y + 1));
}

/// How much brighter the own frame is where both can be seen.
double matching_gain(const Layer& own, const Layer& other, Size output) {
  const double black = black_sample(own.frame, 0);
  double sum_own = 0, sum_other = 0;
  for (int y = 0; y < output.height; y += kGrid_px)
    for (int x = 0; x < output.width; x += kGrid_px) {
      if (own.cover(x, y) < 1 || other.cover(x, y) < 1) continue;
      const Point at = {static_cast<double>(x), static_cast<double>(y)};
      sum_own += std::max(0.0, luma_at(own.frame, apply(own.warp, at)) - black);
      sum_other += std::max(0.0, luma_at(other.frame, apply(other.warp, at)) - black);
    }
  return sum_other > 0 && sum_own > 0 ? std::clamp(sum_own / sum_other, kLeastGain, kMostGain) : 1;
}

/// Frames that add something, the nearest first; steps grow with the distance, so that a slow pan is not made of slivers.
std::vector<Layer> choose_layers(const WarpPlan& plan, const FrameWindow& window, std::int64_t index, const Layer& own, const std::stop_token& stop) {
  std::vector<Layer> chosen;
  std::vector<Point> grid;
  std::vector<float> missing;
  for (int y = 0; y < plan.output.height; y += kGrid_px)
    for (int x = 0; x < plan.output.width; x += kGrid_px)
      if (const float open = 1 - own.cover(x, y); open > 0) {
        grid.push_back({static_cast<double>(x), static_cast<double>(y)});
        missing.push_back(open);
      }
  const auto sum = [&] { return std::accumulate(missing.begin(), missing.end(), 0.0); };
  const double needed = sum();
  const auto end = std::min<std::int64_t>(window.first + static_cast<std::int64_t>(window.frames.size()), static_cast<std::int64_t>(plan.cur_from_prev.size()));
  std::int64_t at[2] = {index, index};  // how far the chains have come, backwards and forwards
  Mat3 chain[2] = {own.warp.src_from_dst, own.warp.src_from_dst};
  bool open[2] = {true, true};
  int next = 1;
  for (int distance = 1; (open[0] || open[1]) && sum() > kEnough * needed && !stop.stop_requested(); ++distance) {
    const bool used = distance == next;
    if (used) next += 1 + next / 4;
    for (const int side : {0, 1}) {
      if (!open[side]) continue;
      const std::int64_t to = at[side] + (side == 0 ? -1 : 1);
      const auto& link = to < window.first || to >= end ? std::nullopt : plan.cur_from_prev[static_cast<std::size_t>(std::max(to, at[side]))];
      const auto step = link && side == 0 ? inverse(*link) : link;
      open[side] = step.has_value();
      if (!step) continue;
      at[side] = to;
      chain[side] = *step * chain[side];
      if (!used) continue;
      Layer layer{window.frames[static_cast<std::size_t>(to - window.first)], {chain[side], plan.frames[static_cast<std::size_t>(to)].bend}};
      if (layer.frame.size() != own.frame.size() || !(layer.frame.format() == own.frame.format())) continue;
      double added = 0;
      for (std::size_t i = 0; i < grid.size(); ++i) added += missing[i] * layer.cover(grid[i].x, grid[i].y);
      if (added < std::min(kWorthIt * needed, kWorthItOfMissing * sum())) continue;
      for (std::size_t i = 0; i < grid.size(); ++i) missing[i] *= 1 - layer.cover(grid[i].x, grid[i].y);
      layer.gain = matching_gain(own, layer, plan.output);
      chosen.push_back(std::move(layer));
    }
  }
  return chosen;
}

/// The output without the largest upright rectangle in which the own frame covers everything: at most four strips.
std::vector<Strip> strips_of(const Layer& own, Size output) {
  const auto [most_x, most_y] = own.warp.bend.bound();
  const double rim = kUnusedRim_px + own.feather_px() + std::max(most_x, most_y), right = own.frame.size().width - 1 - rim, bottom = own.frame.size().height - 1 - rim;
  const auto dst_from_src = inverse(own.warp.src_from_dst);
  const Strip all{0, 0, output.width, output.height};
  if (!dst_from_src || right <= rim || bottom <= rim) return {all};
  for (const Point corner : {Point{rim, rim}, {right, rim}, {rim, bottom}, {right, bottom}})
    if (!(denominator(*dst_from_src, corner) > 0)) return {all};
  const Point a = apply(*dst_from_src, {rim, rim}), b = apply(*dst_from_src, {right, rim}), c = apply(*dst_from_src, {rim, bottom}), d = apply(*dst_from_src, {right, bottom});
  const auto up = [](double v, int most) { return std::clamp(static_cast<int>(std::ceil(v / kAlign_px)) * kAlign_px, 0, most); };
  const auto down = [](double v, int most) { return std::clamp(static_cast<int>(std::floor(v / kAlign_px)) * kAlign_px, 0, most); };
  const int x0 = up(std::max(a.x, c.x), output.width), x1 = down(std::min(b.x, d.x), output.width);
  const int y0 = up(std::max(a.y, b.y), output.height), y1 = down(std::min(c.y, d.y), output.height);
  // Strips on the far side end with the output, which need not be a multiple.
  const int far_x = std::min(b.x, d.x) >= output.width - 1 ? output.width : x1, far_y = std::min(c.y, d.y) >= output.height - 1 ? output.height : y1;
  if (x0 >= far_x || y0 >= far_y) return {all};
  std::vector<Strip> strips;
  const auto add = [&](const Strip& s) {
    if (s.width > 0 && s.height > 0) strips.push_back(s);
  };
  add({0, 0, output.width, y0});
  add({0, y0, x0, far_y - y0});
  add({far_x, y0, output.width - far_x, far_y - y0});
  add({0, far_y, output.width, output.height - far_y});
  return strips;
}

/// One plane of one strip while frames are laid into it, in floating point.
class StripPlane {
 public:
  StripPlane(const FrameBuffer& out, const Strip& strip, const Layer& own, int plane)
      : format_(out.format()), plane_(plane), shift_x_(format_.is_chroma(plane) ? format_.chroma_shift_x : 0), shift_y_(format_.is_chroma(plane) ? format_.chroma_shift_y : 0),
        x0_(strip.x >> shift_x_), y0_(strip.y >> shift_y_),
        width_(std::min(out.plane(plane).width - x0_, (strip.width + (1 << shift_x_) - 1) >> shift_x_)),
        height_(std::min(out.plane(plane).height - y0_, (strip.height + (1 << shift_y_) - 1) >> shift_y_)),
        luma_from_plane_(inverse(plane_from_luma(format_, plane, own.frame.color().chroma_location)).value_or(Mat3::identity())),
        zero_(format_.is_chroma(plane) ? 1 << (format_.bit_depth - 1) : black_sample(own.frame, plane)), sum_(area()), open_(area()), row_sum_(static_cast<std::size_t>(height_)) {}

  /// The frame itself, as far as it covers. `out` holds it, mirrored beyond its border.
  template <class Sample>
  void begin(FrameBuffer& out, const Layer& own) {
    each_row([&](int y, float* sum, float* open) {
      const Sample* from = out.row<Sample>(plane_, y0_ + y) + x0_;
      cover_row(own, y, [&](int x, float cover) {
        open[x] = 1 - cover;
        sum[x] = cover * static_cast<float>(from[x]);
      });
    });
  }
  /// Whether the frame would add anything, by every fourth pixel.
  [[nodiscard]] bool wants(const Layer& layer) const {
    for (int y = 0; y < height_; y += kAlign_px)
      for (int x = 0; x < width_; x += kAlign_px)
        if (open_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)] > 0 && layer.cover(x0_ + x, y0_ + y) > 0) return true;
    return false;
  }
  /// Returns the pixels that it gave.
  template <class Sample>
  double lay(const Frame& rendered, const Layer& layer) {
    const bool alpha = format_.alpha && plane_ == format_.plane_count() - 1;
    const float gain = alpha ? 1 : static_cast<float>(layer.gain), zero = static_cast<float>(zero_);
    each_row([&](int y, float* sum, float* open) {
      const Sample* from = rendered.plane(plane_).row<Sample>(y);
      double given = 0;
      cover_row(layer, y, [&](int x, float cover) {
        const float weight = open[x] * cover;
        sum[x] += weight * (zero + gain * (static_cast<float>(from[x]) - zero));
        open[x] -= weight;
        given += weight;
      });
      row_sum_[static_cast<std::size_t>(y)] = given;
    });
    return std::accumulate(row_sum_.begin(), row_sum_.end(), 0.0);
  }
  /// The mirror has the rest. Returns the pixels outside the own frame that it gave.
  template <class Sample>
  double finish(FrameBuffer& out, const Layer& own) {
    const float top = static_cast<float>((1 << format_.bit_depth) - 1);
    each_row([&](int y, float* sum, float* open) {
      Sample* to = out.row<Sample>(plane_, y0_ + y) + x0_;
      double given = 0;
      cover_row(own, y, [&](int x, float cover) {
        if (cover <= 0 && open[x] > 0 && outside(own, x, y)) given += open[x];
        const float v = sum[x] + open[x] * static_cast<float>(to[x]);
        to[x] = static_cast<Sample>(std::lrint(std::clamp(v, 0.0f, top)));
      });
      row_sum_[static_cast<std::size_t>(y)] = given;
    });
    return std::accumulate(row_sum_.begin(), row_sum_.end(), 0.0);
  }

 private:
  [[nodiscard]] std::size_t area() const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_); }

  template <class Body>
  void each_row(const Body& body) {
    ThreadPool::shared().parallel_for(0, height_, 16, [&](int begin, int end) {
      for (int y = begin; y < end; ++y) body(y, sum_.data() + static_cast<std::ptrdiff_t>(y) * width_, open_.data() + static_cast<std::ptrdiff_t>(y) * width_);
    });
  }
  template <class Body>
  void cover_row(const Layer& layer, int y, const Body& body) const {
    const FrameWarp from{layer.warp.src_from_dst * luma_from_plane_, layer.warp.bend};
    const double feather = layer.feather_px();
    for (int x = 0; x < width_; ++x) body(x, layer.cover(from, x0_ + x, y0_ + y, feather));
  }
  /// More than half a pixel beyond the outermost pixel centres.
  [[nodiscard]] bool outside(const Layer& own, int x, int y) const {
    const FrameWarp from{own.warp.src_from_dst * luma_from_plane_, own.warp.bend};
    const Point at{static_cast<double>(x0_ + x), static_cast<double>(y0_ + y)};
    if (!(denominator(from.src_from_dst, at) > 0)) return true;
    const Point p = apply(from, at);
    return std::min(std::min(p.x, own.frame.size().width - 1 - p.x), std::min(p.y, own.frame.size().height - 1 - p.y)) < -0.5;
  }

  const PixelFormat format_;
  const int plane_, shift_x_, shift_y_, x0_, y0_, width_, height_;
  const Mat3 luma_from_plane_;
  const int zero_;  // the value that a gain leaves alone
  std::vector<float> sum_, open_;  // what is there so far, and the share that is still to come
  std::vector<double> row_sum_;
};

/// Adds the pixels that were filled to `filled`, in pixels.
template <class Sample>
void fill_strip(FrameBuffer& out, const Strip& strip, const Layer& own, const std::vector<Layer>& layers, Interpolation interpolation, const std::stop_token& stop,
                FilledPixels& filled) {
  std::vector<StripPlane> planes;
  for (int p = 0; p < out.plane_count(); ++p) {
    planes.emplace_back(out, strip, own, p);
    planes.back().begin<Sample>(out, own);
  }
  for (const Layer& layer : layers) {
    if (stop.stop_requested()) break;
    if (!planes.front().wants(layer)) continue;
    const Frame rendered = render(layer.frame, {layer.warp.src_from_dst * Mat3::translation(strip.x, strip.y), layer.warp.bend}, {strip.width, strip.height}, interpolation);
    for (std::size_t p = 0; p < planes.size(); ++p) {
      const double given = planes[p].lay<Sample>(rendered, layer);
      if (p == 0) filled.neighbours += given;
    }
  }
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const double given = planes[p].finish<Sample>(out, own);
    if (p == 0) filled.mirrored += given;
  }
}

FrameBuffer copy_of(const Frame& frame) {
  FrameBuffer out(frame.size(), frame.format(), frame.color());
  for (int p = 0; p < frame.plane_count(); ++p)
    for (int y = 0; y < frame.plane(p).height; ++y)
      std::copy_n(frame.plane(p).row<std::byte>(y), static_cast<std::ptrdiff_t>(frame.plane(p).width) * frame.format().bytes_per_sample(), out.row<std::byte>(p, y));
  return out;
}

}  // namespace

int neighbour_reach(Size picture, const PixelFormat& format) {
  double bytes = 0;
  for (int p = 0; p < format.plane_count(); ++p) {
    const Size size = format.plane_size(picture, p);
    bytes += static_cast<double>(size.width) * size.height * format.bytes_per_sample();
  }
  return std::clamp(static_cast<int>((kMemory_bytes / std::max(bytes, 1.0) - 1) / 2), 1, kMostReach);
}

NeighbourFilled fill_from_neighbours(const WarpPlan& plan, const FrameWindow& window, std::int64_t index, Interpolation interpolation, const std::stop_token& stop) {
  const Frame& source = window.frames[static_cast<std::size_t>(index - window.first)];
  const auto last = static_cast<std::int64_t>(plan.frames.size()) - 1;
  const FrameWarp& warp = plan.frames[static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, last))];
  const int margin = filled_margin_px(plan);
  NeighbourFilled result{render(extend_border(source, margin, BorderFill::kMirror), warp_from_extended(warp, margin), plan.output, interpolation), {}};
  const Layer own{source, warp};
  // Frames beyond the plan repeat its last warp; nothing is known of how they moved.
  const std::vector<Layer> layers = index > last ? std::vector<Layer>{} : choose_layers(plan, window, index, own, stop);
  FrameBuffer out = copy_of(result.frame);
  FilledPixels pixels;
  for (const Strip& strip : strips_of(own, plan.output)) {
    if (stop.stop_requested()) break;
    if (out.format().bytes_per_sample() == 1) fill_strip<std::uint8_t>(out, strip, own, layers, interpolation, stop, pixels);
    else fill_strip<std::uint16_t>(out, strip, own, layers, interpolation, stop, pixels);
  }
  const double area = static_cast<double>(plan.output.width) * plan.output.height;
  result.pixels = {pixels.neighbours / area, pixels.mirrored / area};
  result.frame = std::move(out).freeze();
  return result;
}

}  // namespace keel
