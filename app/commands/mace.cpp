// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/mace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "app/commands/algorithm_options.h"
#include "app/commands/common.h"
#include "app/commands/photos.h"
#include "engine/learned/training_api.h"
#include "engine/motion/learned_plugin.h"
#include "engine/motion/motion_estimator.h"
#include "engine/photos/pair_synthesis.h"

namespace keel::cli {
namespace {

Frame gray_frame(Size size, const std::vector<std::uint8_t>& pixels) {
  FrameBuffer buffer(size, PixelFormat{.model = ColorModel::kGray, .bit_depth = 8, .chroma_shift_x = 0, .chroma_shift_y = 0}, {});
  for (int y = 0; y < size.height; ++y)
    std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(y) * size.width, size.width, buffer.row<std::uint8_t>(0, y));
  return std::move(buffer).freeze();
}

Result<std::vector<double>> estimator_errors(const MaceArguments& arguments, const std::vector<GrayPhoto>& photos, PairProtocol protocol, const OptionValues& options,
                                             std::stop_token stop) {
  KEEL_ASSIGN(const auto estimator, make_motion_estimator(arguments.estimator, options));
  std::vector<double> errors;
  for (int i = 0; i < arguments.pairs; ++i) {
    PairRandom random = evaluation_random(arguments.seed, i);
    const SynthesizedPair pair = evaluation_pair(photos[static_cast<std::size_t>(i) % photos.size()], protocol, random);
    KEEL_ASSIGN(const auto prev, estimator->prepare(gray_frame(pair.view, pair.prev)));
    KEEL_ASSIGN(const auto cur, estimator->prepare(gray_frame(pair.view, pair.cur)));
    const FramePair frames{prev, cur};
    KEEL_ASSIGN(const auto motion, estimator->estimate({&frames, 1}, stop));
    errors.push_back(mean_corner_distance(motion.front().cur_from_prev, pair.cur_from_prev, pair.view));
  }
  return errors;
}

Result<std::vector<double>> corner_errors(const MaceArguments& arguments, std::stop_token stop) {
  const auto protocol = pair_protocol(arguments.protocol);
  if (!protocol) return Error{ErrorCode::kInvalidArgument, "There is no protocol \"" + arguments.protocol + "\"; there are: coco, video."};
  KEEL_ASSIGN(const AlgorithmOptions options, parse_algorithm_options(arguments.estimator, "", arguments.set));
  if (const auto nothing = motion_options_without_effect(arguments.estimator, options.estimator)) return Error{ErrorCode::kInvalidArgument, *nothing};
  KEEL_ASSIGN(const auto photos, read_photos(arguments.photos, stop));
  if (arguments.estimator != "ihn" && arguments.estimator != "regression") return estimator_errors(arguments, photos, *protocol, options.estimator, stop);
  const std::filesystem::path weights = arguments.weights.empty() ? learned_weights_path() : arguments.weights;
  KEEL_ASSIGN(void* const symbol, learned_symbol(learned::kTrainingSymbol));
  KEEL_ASSIGN(auto both, static_cast<const learned::TrainingApi*>(symbol)->evaluate(weights, photos, *protocol, arguments.pairs, arguments.seed, options.estimator));
  return arguments.estimator == "ihn" ? std::move(both.ihn) : std::move(both.regression);
}

}  // namespace

int run_mace(const MaceArguments& arguments, std::stop_token stop) {
  auto result = corner_errors(arguments, stop);
  if (!result) return fail(result.error());
  std::vector<double>& errors = *result;
  std::sort(errors.begin(), errors.end());
  const double mace = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
  const auto at = [&](double share) { return errors[static_cast<std::size_t>(share * static_cast<double>(errors.size() - 1))]; };
  if (arguments.json) {
    const nlohmann::ordered_json j{{"estimator", arguments.estimator}, {"protocol", arguments.protocol}, {"pairs", errors.size()}, {"mace_px", mace}, {"median_px", at(0.5)}, {"p95_px", at(0.95)}};
    put("{}\n", j.dump(2));
  } else {
    put("{} on {} pairs of protocol {}: mean average corner error {:.4f} px, median {:.4f} px, 95th percentile {:.4f} px\n", arguments.estimator, errors.size(),
               arguments.protocol, mace, at(0.5), at(0.95));
  }
  return kDone;
}

}  // namespace keel::cli
