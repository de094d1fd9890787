// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/exporter.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/bounded_queue.h"

namespace keel {
namespace {

/// Frames between two stages: enough to smooth out their different rhythms, few enough for 8K.
constexpr std::size_t kQueuedFrames = 3;

/// The three stages and what connects them. An error in any of them closes both queues, and with them the others.
class Pipeline {
 public:
  Pipeline(Decoder& decoder, ClipWriter& writer, const WarpPlan& plan, const ExportSettings& settings, std::stop_token stop, const ProgressFn& progress)
      : decoder_(decoder), writer_(writer), plan_(plan), margin_px_(filled_margin_px(plan)), settings_(settings), stop_(std::move(stop)), progress_(progress) {}

  Result<std::int64_t> run() {
    std::thread decode([this] { decode_all(); });
    std::thread encode([this] { encode_all(); });
    warp_all();
    decode.join();
    encode.join();
    if (stop_.stop_requested()) return Error{ErrorCode::kCancelled, "The export was cancelled."};
    // Of two failures the decoder's is the cause.
    if (decode_error_) return *decode_error_;
    if (encode_error_) return *encode_error_;
    return written_;
  }

 private:
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
    while (auto in = decoded_.pop()) {
      if (stop_.stop_requested()) break;
      const auto last = static_cast<std::int64_t>(plan_.frames.size()) - 1;
      const FrameWarp& warp = plan_.frames[static_cast<std::size_t>(std::clamp<std::int64_t>(in->index, 0, last))];
      const Frame source = margin_px_ > 0 ? extend_border(in->frame, margin_px_, settings_.fill) : in->frame;
      in->frame = render(source, warp_from_extended(warp, margin_px_), plan_.output, settings_.interpolation);
      if (!warped_.push(std::move(*in))) break;
    }
    decoded_.close();
    warped_.close();
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
  const int margin_px_;
  const ExportSettings& settings_;
  const std::stop_token stop_;
  const ProgressFn& progress_;
  BoundedQueue<DecodedFrame> decoded_{kQueuedFrames}, warped_{kQueuedFrames};
  std::optional<Error> decode_error_;  // of the decoding thread until it is joined
  std::optional<Error> encode_error_;  // of the encoding thread until it is joined
  std::int64_t written_ = 0;           // likewise
};

}  // namespace

Result<ExportResult> export_clip(const ClipInfo& source, const WarpPlan& plan, const std::filesystem::path& output, const ExportSettings& settings,
                                 std::stop_token stop, const ProgressFn& progress) {
  if (plan.frames.empty()) return Error{ErrorCode::kInvalidArgument, "There is nothing to export: the clip has no frames."};
  if (!(plan.output == source.size))
    return Error{ErrorCode::kInvalidArgument, "The plan does not fit the clip \"" + source.path.string() + "\"; analyse it again."};
  ExportResult result;
  {
    KEEL_ASSIGN(const auto decoder, Decoder::open(source.path));
    KEEL_ASSIGN(const auto writer, ClipWriter::open(source, output, settings.encode));
    KEEL_ASSIGN(result.frames, Pipeline(*decoder, *writer, plan, settings, stop, progress).run());
    KEEL_TRY(writer->finish());
    result.health = decoder->health();
    result.keep = writer->keep_report();
  }
  return result;
}

}  // namespace keel
