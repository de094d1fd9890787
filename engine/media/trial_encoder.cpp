// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/trial_encoder.h"

#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/export_plan.h"
#include "engine/media/video_encoder.h"

namespace keel {
namespace {

using namespace av;

class CountingEncoder final : public TrialEncoder {
 public:
  CountingEncoder(ExportPlan plan, VideoEncoder encoder, std::int64_t copied_bytes) : plan_(std::move(plan)), encoder_(std::move(encoder)), copied_bytes_(copied_bytes) {}

  Result<void> add(const Frame& frame) override {
    const auto tick = [&](std::int64_t n) { return av_rescale_q(n, av_inv_q(plan_.picture.frame_rate), plan_.picture.time_base); };
    KEEL_TRY(encoder_.send(&frame, tick(bytes_.frames), tick(bytes_.frames + 1) - tick(bytes_.frames)));
    ++bytes_.frames;
    return count();
  }
  Result<TrialBytes> finish() override {
    KEEL_TRY(encoder_.send(nullptr, 0, 0));
    KEEL_TRY(count());
    return bytes_;
  }
  std::int64_t pictures_per_key() const override {
    constexpr std::int64_t kUsual = 250;  // of x264 and x265, where the field says that the encoder decides
    const bool intra = plan_.settings.codec == VideoCodec::kProRes || plan_.settings.codec == VideoCodec::kFfv1;
    if (intra) return 1;
    return encoder_.context().gop_size > 0 ? encoder_.context().gop_size : kUsual;
  }
  std::int64_t copied_bytes() const override { return copied_bytes_; }

 private:
  Result<void> count() {
    for (;;) {
      KEEL_ASSIGN(const bool got, encoder_.receive(*packet_));
      if (!got) return {};
      // The first packet is the first picture's with every codec: it is what the others refer to.
      (std::exchange(seen_first_, true) ? bytes_.others : bytes_.first) += packet_->size;
      av_packet_unref(packet_.get());
    }
  }

  ExportPlan plan_;
  VideoEncoder encoder_;
  std::int64_t copied_bytes_;
  PacketPtr packet_ = make_packet();
  TrialBytes bytes_;
  bool seen_first_ = false;
};

}  // namespace

Result<std::unique_ptr<TrialEncoder>> TrialEncoder::open(const ClipInfo& source, const std::filesystem::path& output, const EncodeSettings& settings,
                                                         std::stop_token stop) {
  KEEL_ASSIGN(const SourceFile file, open_source(source.path));
  KEEL_ASSIGN(ExportPlan plan, make_export_plan(source, file, output, settings));
  double copied_bits = 0;
  for (const int stream : plan.copied_streams)
    copied_bits += static_cast<double>(file.container->streams[static_cast<std::size_t>(stream)]->codecpar->bit_rate) * source.duration_s;
  KEEL_ASSIGN(VideoEncoder encoder, VideoEncoder::open(plan, output, std::move(stop)));
  return std::unique_ptr<TrialEncoder>(std::make_unique<CountingEncoder>(std::move(plan), std::move(encoder), static_cast<std::int64_t>(copied_bits / 8)));
}

}  // namespace keel
