// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/media/encode_device.h"
#include "engine/media/encoder_thread.h"
#include "engine/media/export_plan.h"
#include "engine/media/frame_adapter.h"

namespace keel::av {

/// Frames in, packets out, in the time base of the plan. After a `stop` nothing waits for the encoder any more: calls return kCancelled.
class VideoEncoder {
 public:
  /// Takes pictures from a device's memory where it opens for them and a picture gets there, else from the host's only.
  [[nodiscard]] static Result<VideoEncoder> open(const ExportPlan& plan, const std::filesystem::path& output, std::stop_token stop = {}, EncodeFrom from = {});

  /// Whether send() takes frames of the format that lie on the device and not on the host.
  [[nodiscard]] bool takes_surfaces(const PixelFormat& format, const ColorTags& color) const { return device_ != nullptr && adapter_.keeps_samples(format, color); }
  /// Hands one frame in, or the end of the clip (null).
  [[nodiscard]] Result<void> send(const Frame* frame, std::int64_t pts, std::int64_t duration);
  /// Fills `packet`; false when the encoder wants more frames or is done.
  [[nodiscard]] Result<bool> receive(AVPacket& packet);

  [[nodiscard]] const AVCodecContext& context() const { return codec_->context(); }

 private:
  VideoEncoder(std::unique_ptr<EncoderThread> codec, const EncodeDevice* device, FrameToEncoder adapter, std::filesystem::path output)
      : codec_(std::move(codec)), device_(device), adapter_(std::move(adapter)), output_(std::move(output)) {}
  /// The picture as the encoder takes it.
  [[nodiscard]] Result<FramePtr> picture_of(const Frame& frame);
  [[nodiscard]] Error failure(const EncoderThread::Answer& answer) const;
  [[nodiscard]] Error stopped(const std::string& why) const;

  std::unique_ptr<EncoderThread> codec_;
  const EncodeDevice* device_;  ///< where the encoder takes its pictures from; null: the host's memory
  FrameToEncoder adapter_;
  std::filesystem::path output_;
  std::map<std::int64_t, std::int64_t> durations_;  ///< by pts, of frames inside the encoder: not all encoders hand durations on
};

}  // namespace keel::av
