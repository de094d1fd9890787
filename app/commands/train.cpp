// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/train.h"

#include <fmt/format.h>

#include "app/commands/common.h"
#include "app/commands/photos.h"
#include "engine/motion/learned_plugin.h"
#include "engine/photos/photo_pack.h"

namespace keel::cli {
namespace {

/// About 10 kB a photograph of 320x240, an error of 3 grey levels (root mean square): three thousand fit into 30 MB.
constexpr int kPackStep = 8;

int write_pack(const TrainArguments& arguments, std::stop_token stop) {
  const auto photos = read_photos(arguments.photos, stop);
  if (!photos) return fail(photos.error());
  if (auto written = write_photo_pack(arguments.pack, *photos, kPackStep); !written) return fail(written.error());
  say("{} photographs written to {}.\n", photos->size(), arguments.pack.string());
  return kDone;
}

}  // namespace

int run_train(const TrainArguments& arguments, std::stop_token stop) {
  if (arguments.photos.empty()) return fail({ErrorCode::kInvalidArgument, "Say with --photos what to train on: a folder of photographs, or a pack."});
  if (!arguments.pack.empty()) return write_pack(arguments, stop);
  if (arguments.out.empty()) return fail({ErrorCode::kInvalidArgument, "Say with --out which folder the checkpoint and the weights go to."});
  const auto symbol = learned_symbol(learned::kTrainingSymbol);
  if (!symbol) return fail(symbol.error());
  const auto photos = read_photos(arguments.photos, stop);
  if (!photos) return fail(photos.error());
  std::vector<GrayPhoto> validation;
  if (!arguments.validation.empty()) {
    auto read = read_photos(arguments.validation, stop);
    if (!read) return fail(read.error());
    validation = std::move(*read);
  }
  const auto show = [](const learned::TrainStatus& s) {
    say("{:.1f} min, step {}: loss {:.3f}, MACE coco {:.3f} px, video {:.4f} px (one shot {:.2f} px)\n", s.minutes, s.step, s.loss, s.coco_mace_px, s.video_mace_px,
               s.regression_mace_px);
  };
  const auto& api = *static_cast<const learned::TrainingApi*>(*symbol);
  const auto done = api.train(*photos, validation, arguments.options, arguments.out, arguments.start, stop, show);
  if (!done) {
    const int code = fail(done.error());
    return done.error().code == ErrorCode::kCancelled ? static_cast<int>(kCancelled) : code;
  }
  say("Weights are in {}.\n", (arguments.out / "weights.safetensors").string());
  return kDone;
}

}  // namespace keel::cli
