// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/compare/proxy_pass.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/math/mat3.h"
#include "engine/media/decoder.h"
#include "engine/media/jpeg.h"
#include "engine/metrics/luma_small.h"
#include "engine/render/renderer.h"

namespace keel {
namespace {

/// Longer side of the pictures that people look at.
constexpr int kPictureSide_px = 480;

/// The luma that the metrics would make of `frame`, as a frame that can be rendered.
Frame proxy_of(const Frame& frame) {
  const metrics::GrayImage luma = metrics::luma_small(frame);
  ColorTags color = frame.color();
  // Gray that says nothing would be taken for full range.
  color.full_range = is_full_range(frame.format(), color);
  color.range_known = true;
  FrameBuffer buffer(luma.size(), {ColorModel::kGray, 8, 0, 0, false}, color);
  for (int y = 0; y < luma.height; ++y) {
    const float* from = luma.row(y);
    auto* to = buffer.row<std::uint8_t>(0, y);
    for (int x = 0; x < luma.width; ++x) to[x] = static_cast<std::uint8_t>(std::lround(std::clamp(from[x], 0.0F, 255.0F)));
  }
  return std::move(buffer).freeze();
}

/// Pixels of one size of a picture from those of another: edges stay where they are.
Mat3 resized(Size to, Size from) {
  const double sx = static_cast<double>(to.width) / from.width, sy = static_cast<double>(to.height) / from.height;
  return Mat3::translation(-0.5, -0.5) * Mat3::scaling(sx, sy) * Mat3::translation(0.5, 0.5);
}

Error cancelled() { return {ErrorCode::kCancelled, "The comparison was cancelled."}; }

const FrameWarp& warp_at(const WarpPlan& plan, std::int64_t index) {
  const auto last = static_cast<std::int64_t>(plan.frames.size()) - 1;
  return plan.frames[static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, last))];
}

/// The contender's picture of a frame: of the full one, or of its proxy by the same warp in the proxy's pixels.
Frame picture_of(const Contender& contender, const Frame& source, const FrameWarp& warp, Size output, double scale) {
  const int full = filled_margin_px(*contender.plan);
  if (full == 0) return render(source, warp, output);
  const int margin = scaled_margin_px(full, scale);
  return render(extend_border(source, margin, contender.fill), warp_from_extended(warp, margin), output);
}

class Pass {
 public:
  Pass(const ClipInfo& clip, std::span<const Contender> contenders, std::stop_token stop, metrics::Device device)
      : contenders_(contenders), stop_(std::move(stop)), meter_(options_of(clip, device), static_cast<int>(contenders.size())) {
    result_.pictures.resize(contenders.size());
  }

  Result<void> measure(const Frame& frame, std::int64_t index) {
    const Frame original = proxy_of(frame);
    result_.size = original.size();
    const double scale = static_cast<double>(original.size().width) / frame.size().width;
    const Mat3 proxy_from_source = resized(original.size(), frame.size());
    const auto on_proxy = [&](const WarpPlan& plan) {
      // A plan's output may be smaller than the source; the proxy shows all of it.
      const FrameWarp& warp = warp_at(plan, index);
      return FrameWarp{proxy_from_source * warp.src_from_dst * resized(plan.output, original.size()),
                       warp.bend.in_pixels(proxy_from_source(0, 0), proxy_from_source(1, 1), proxy_from_source(1, 2))};
    };
    std::vector<Frame> outputs;
    for (const Contender& contender : contenders_) outputs.push_back(picture_of(contender, original, on_proxy(*contender.plan), original.size(), scale));
    return meter_.step(original, outputs);
  }

  Result<void> show(const Frame& frame, std::int64_t index) {
    result_.originals.push_back(jpeg(frame));
    for (std::size_t k = 0; k < contenders_.size(); ++k) {
      if (!contenders_[k].shown) continue;
      if (stop_.stop_requested()) return cancelled();
      const WarpPlan& plan = *contenders_[k].plan;
      result_.pictures[k].push_back(jpeg(picture_of(contenders_[k], frame, warp_at(plan, index), plan.output, 1)));
    }
    return {};
  }

  ProxyPass finish() {
    result_.reports = meter_.reports();
    return std::move(result_);
  }

 private:
  static metrics::MetricsOptions options_of(const ClipInfo& clip, metrics::Device device) {
    metrics::MetricsOptions options;
    options.device = device;
    if (const double rate = clip.frame_rate.value(); rate > 0) options.frame_rate_hz = rate;
    return options;
  }

  /// A missing picture is told and does not spoil the measurement.
  Jpeg jpeg(const Frame& frame) {
    auto file = encode_jpeg(frame, kPictureSide_px);
    if (file) return std::move(*file);
    result_.no_pictures = file.error().message;
    return {};
  }

  const std::span<const Contender> contenders_;
  const std::stop_token stop_;
  metrics::Meter meter_;
  ProxyPass result_;
};

}  // namespace

Result<ProxyPass> measure_on_proxy(const std::filesystem::path& clip, std::span<const Contender> contenders, std::span<const int> shown_frames,
                                   std::stop_token stop, const ProgressFn& progress, metrics::Device device) {
  KEEL_ASSIGN(const auto decoder, Decoder::open(clip));
  Pass pass(decoder->info(), contenders, stop, device);
  const auto total = contenders.empty() ? 0 : static_cast<std::int64_t>(contenders.front().plan->frames.size());
  while (true) {
    if (stop.stop_requested()) return cancelled();
    KEEL_ASSIGN(const auto decoded, decoder->next());
    if (!decoded) break;
    KEEL_TRY(pass.measure(decoded->frame, decoded->index));
    if (std::find(shown_frames.begin(), shown_frames.end(), static_cast<int>(decoded->index)) != shown_frames.end())
      KEEL_TRY(pass.show(decoded->frame, decoded->index));
    report(progress, decoded->index + 1, total);
  }
  return pass.finish();
}

}  // namespace keel
