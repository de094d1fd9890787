// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/bounded_queue.h"
#include "engine/base/counted.h"
#include "engine/render/side_by_side.h"

namespace keel {
namespace {

/// Frames between two stages: enough to smooth out their different rhythms, few enough for 8K.
constexpr std::size_t kQueuedFrames = 3;

/// The three stages and what connects them. An error in any of them closes both queues, and with them the others.
class Pipeline {
 public:
  Pipeline(Decoder& decoder, ClipWriter& writer, const WarpPlan& plan, const ExportSettings& settings, std::stop_token stop, const ProgressFn& progress)
      : decoder_(decoder),
        writer_(writer),
        plan_(plan),
        settings_(settings),
        stop_(std::move(stop)),
        progress_(progress),
        renderer_(plan, settings, writer.takes_surfaces() ? OutputPlace::kDevice : OutputPlace::kHost) {}

  Result<std::int64_t> run() {
    std::thread decode([this] { decode_all(); });
    std::thread encode([this] { encode_all(); });
    warp_all();
    decode.join();
    encode.join();
    renderer_.settle();
    if (stop_.stop_requested()) return Error{ErrorCode::kCancelled, "The export was cancelled."};
    // Of two failures the decoder's is the cause.
    if (decode_error_) return *decode_error_;
    if (encode_error_) return *encode_error_;
    return written_;
  }
  /// Means over the frames that run() wrote.
  [[nodiscard]] FilledPixels filled() const {
    const auto frames = static_cast<double>(std::max<std::int64_t>(written_, 1));
    return {filled_.neighbours / frames, filled_.mirrored / frames};
  }
  [[nodiscard]] bool on_gpu() const { return renderer_.on_gpu() && !from_neighbours(); }
  [[nodiscard]] const std::optional<std::string>& gpu_trouble() const { return renderer_.trouble(); }
  /// Whether the encoder was given pictures that were never there, after run().
  [[nodiscard]] bool lost_pictures() const { return renderer_.lost_pictures(); }

 private:
  bool from_neighbours() const { return filled_margin_px(plan_) > 0 && settings_.fill == BorderFill::kNeighbours; }

  void decode_all() {
    while (!stop_.stop_requested()) {
      auto decoded = decoder_.next();
      if (!decoded) {
        decode_error_ = decoded.error();
        break;
      }
      if (!decoded->has_value() || !decoded_.push(std::move(**decoded))) break;
    }
    decoded_.close();
  }

  void warp_all() {
    if (from_neighbours()) warp_with_neighbours();
    else warp_each();
    decoded_.close();
    warped_.close();
  }

  void warp_each() {
    std::deque<DecodedFrame> rendering;  // what is known of the frames in flight
    const auto hand_on = [&] {
      DecodedFrame out = std::move(rendering.front());
      rendering.pop_front();
      out.frame = renderer_.pop();
      return warped_.push(std::move(out));
    };
    while (auto in = decoded_.pop()) {
      if (stop_.stop_requested()) return;
      renderer_.push(std::exchange(in->frame, {}), in->index);
      if (renderer_.lost_pictures()) return;
      rendering.push_back(std::move(*in));
      while (renderer_.in_flight() >= renderer_.depth())
        if (!hand_on()) return;
    }
    while (!rendering.empty())
      if (!hand_on()) return;
  }

  /// A frame waits until those after it that may fill its borders are there too.
  void warp_with_neighbours() {
    const auto reach = static_cast<std::size_t>(neighbour_reach(plan_.source, decoder_.info().format));
    std::deque<DecodedFrame> waiting;  // from the frame that comes next on
    std::vector<Frame> window;         // up to `reach` frames before it, and all that wait
    std::int64_t first = 0;            // index of the window's first
    bool more = true;
    while (more || !waiting.empty()) {
      if (stop_.stop_requested()) return;
      while (more && waiting.size() <= reach) {
        auto in = decoded_.pop();
        more = in.has_value();
        if (!more) break;
        window.push_back(in->frame);
        waiting.push_back(std::move(*in));
      }
      if (waiting.empty()) return;
      DecodedFrame out = std::move(waiting.front());
      waiting.pop_front();
      NeighbourFilled filled = fill_from_neighbours(plan_, {window, first}, out.index, settings_.interpolation, stop_);
      if (stop_.stop_requested()) return;
      filled_.neighbours += filled.pixels.neighbours;
      filled_.mirrored += filled.pixels.mirrored;
      if (static_cast<std::size_t>(out.index - first) >= reach) {
        window.erase(window.begin());
        ++first;
      }
      out.frame = settings_.side_by_side ? side_by_side(out.frame, filled.frame) : std::move(filled.frame);
      if (!warped_.push(std::move(out))) return;
    }
  }

  void encode_all() {
    while (auto in = warped_.pop()) {
      if (stop_.stop_requested()) break;
      if (auto done = writer_.write(in->frame, in->pts, in->duration); !done) {
        encode_error_ = done.error();
        break;
      }
      report(progress_, ++written_, static_cast<std::int64_t>(plan_.frames.size()));
    }
    warped_.close();
  }

  Decoder& decoder_;
  ClipWriter& writer_;
  const WarpPlan& plan_;
  const ExportSettings& settings_;
  const std::stop_token stop_;
  const ProgressFn& progress_;
  BoundedQueue<DecodedFrame> decoded_{kQueuedFrames}, warped_{kQueuedFrames};
  std::optional<Error> decode_error_;  // of the decoding thread until it is joined
  std::optional<Error> encode_error_;  // of the encoding thread until it is joined
  std::int64_t written_ = 0;           // likewise
  PlanRenderer renderer_;              // of the warping thread
  FilledPixels filled_;                // sums, likewise
};

/// Fills `result`, whose gpu_trouble is set after an error too. `lost_pictures`: the encoder was given pictures that the GPU never made, or can no more get at those that it made.
Result<void> export_once(const ClipInfo& source, const WarpPlan& plan, const std::filesystem::path& output, const ExportSettings& settings, const std::stop_token& stop,
                         const ProgressFn& progress, ExportResult& result, bool& lost_pictures) {
  KEEL_ASSIGN(const auto decoder, Decoder::open(source.path, {.device = settings.decode_on, .surfaces_in = settings.gpu.runtime}));
  const ClipInfo written = exported_clip(source, plan.output, settings);
  result.size = written.size;
  KEEL_ASSIGN(const auto writer, ClipWriter::open(written, output, settings.encode, stop, {settings.encode_from, settings.gpu.runtime}));
  Pipeline pipeline(*decoder, *writer, plan, settings, stop, progress);
  auto frames = pipeline.run();
  result.filled = pipeline.filled();
  result.on_gpu = pipeline.on_gpu();
  result.gpu_trouble = pipeline.gpu_trouble();
  lost_pictures = pipeline.lost_pictures() || (!frames && writer->takes_surfaces() && result.gpu_trouble);
  if (!frames) return frames.error();
  if (lost_pictures) return Error{ErrorCode::kInternal, *result.gpu_trouble};
  result.frames = *frames;
  const auto planned = static_cast<std::int64_t>(plan.frames.size());
  if (result.frames < planned)
    return Error{ErrorCode::kCorrupt, fmt::format("\"{}\" ended after {} of {} that it had when it was analysed; check the disk or connection it is on, and export again.", source.path.string(), result.frames, counted(planned, "frame"))};
  KEEL_TRY(writer->finish());
  result.health = decoder->health();
  result.decode = decoder->decode_path();
  result.keep = writer->keep_report();
  result.left_out_packets = writer->left_out_packets();
  result.encoder = writer->encoder_name();
  return {};
}

}  // namespace

std::vector<std::string> losses(const ExportResult& result) {
  std::vector<std::string> sentences = describe(result.health, result.frames);
  if (result.left_out_packets > 0) sentences.push_back(fmt::format("Left out {} of sound or subtitles that the file holds damaged.", counted(result.left_out_packets, "packet")));
  return sentences;
}

ClipInfo exported_clip(const ClipInfo& source, Size output, const ExportSettings& settings) {
  ClipInfo written = source;
  written.size = picture_size(source.format, source.size, output, settings);
  return written;
}

Result<ExportResult> export_clip(const ClipInfo& source, const WarpPlan& plan, const std::filesystem::path& output, const ExportSettings& settings,
                                 std::stop_token stop, const ProgressFn& progress) {
  if (plan.frames.empty()) return Error{ErrorCode::kInvalidArgument, "There is nothing to export: the clip has no frames."};
  if (!(plan.source == source.size))
    return Error{ErrorCode::kInvalidArgument, "The plan does not fit the clip \"" + source.path.string() + "\"; analyse it again."};
  bool lost_pictures = false;
  ExportResult result;
  auto done = export_once(source, plan, output, settings, stop, progress, result, lost_pictures);
  if (lost_pictures && !stop.stop_requested()) {
    // The encoder cannot give them back: all over again, by the CPU.
    const std::optional<std::string> trouble = std::exchange(result, {}).gpu_trouble;
    ExportSettings without = settings;
    without.gpu = {};
    without.encode_from = nullptr;
    done = export_once(source, plan, output, without, stop, progress, result, lost_pictures);
    result.gpu_trouble = trouble;
  }
  if (!done) return done.error();
  return result;
}

}  // namespace keel
