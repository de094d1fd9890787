// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/size_estimate.h"

#include <algorithm>
#include <cmath>

#include "engine/media/decoder.h"
#include "engine/media/trial_encoder.h"

namespace keel {
namespace {

constexpr std::int64_t kPieces = 3;
/// A piece is longer than the look ahead of x264 (40 frames), by which it spends its bits.
constexpr std::int64_t kPieceFrames = 48;
/// Up to here the clip is its own best sample.
constexpr std::int64_t kWholeFrames = 150;

struct Piece {
  std::int64_t first = 0, frames = 0;
};

std::vector<Piece> pieces_of(std::int64_t frames) {
  if (frames <= kWholeFrames) return {{0, frames}};
  std::vector<Piece> pieces;
  // In the middles of equal thirds.
  for (std::int64_t k = 0; k < kPieces; ++k) pieces.push_back({(2 * k + 1) * frames / (2 * kPieces) - kPieceFrames / 2, kPieceFrames});
  return pieces;
}

}  // namespace

Result<std::int64_t> estimate_size(const ClipInfo& source, std::span<const std::int64_t> pts, const WarpPlan& plan, const std::filesystem::path& output,
                                   const ExportSettings& settings, std::stop_token stop) {
  const auto frames = static_cast<std::int64_t>(pts.size());
  if (frames == 0) return Error{ErrorCode::kInvalidArgument, "There is nothing to export: the clip has no frames."};
  KEEL_ASSIGN(const auto decoder, Decoder::open(source.path));
  const ClipInfo written = exported_clip(source, plan.output, settings);
  double first = 0, other = 0;  // bytes of a picture
  std::int64_t pictures_per_key = 1, copied_bytes = 0, others = 0;
  const std::vector<Piece> pieces = pieces_of(frames);
  for (const Piece& piece : pieces) {
    KEEL_ASSIGN(const auto encoder, TrialEncoder::open(written, output, settings.encode, stop));
    PlanRenderer renderer(plan, settings);
    if (piece.first > 0) KEEL_TRY(decoder->seek(pts[static_cast<std::size_t>(piece.first)]));
    for (std::int64_t k = 0; k < piece.frames; ++k) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "The estimate was cancelled."};
      KEEL_ASSIGN(auto decoded, decoder->next());
      if (!decoded) break;
      renderer.push(std::move(decoded->frame), piece.first + k);
      KEEL_TRY(encoder->add(renderer.pop()));
    }
    KEEL_ASSIGN(const TrialBytes bytes, encoder->finish());
    first += static_cast<double>(bytes.first) / static_cast<double>(pieces.size());
    other += static_cast<double>(bytes.others);
    others += std::max<std::int64_t>(0, bytes.frames - 1);
    pictures_per_key = encoder->pictures_per_key();
    copied_bytes = encoder->copied_bytes();
  }
  other = others > 0 ? other / static_cast<double>(others) : first;
  const auto keys = static_cast<double>((frames + pictures_per_key - 1) / pictures_per_key);
  return std::llround(keys * first + (static_cast<double>(frames) - keys) * other) + copied_bytes;
}

}  // namespace keel
