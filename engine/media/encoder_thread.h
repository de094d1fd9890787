// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/media/av_raii.h"

namespace keel::av {

/// An opened encoder on a thread of its own. A call of x265 may take seconds while pictures are in flight, closing it as well, and nothing interrupts either:
/// whoever is told to stop gets away at once, and the thread is left behind to close the encoder (see wait_for_abandoned_encoders()). One caller at a time.
class EncoderThread {
 public:
  EncoderThread(CodecContext codec, std::stop_token stop);
  EncoderThread(const EncoderThread&) = delete;
  EncoderThread& operator=(const EncoderThread&) = delete;
  /// Closes the encoder and waits for that, unless a stop was requested.
  ~EncoderThread();

  struct Answer {
    int code = 0;     ///< FFmpeg's
    std::string log;  ///< what the encoder said to a negative code
  };
  /// avcodec_send_frame; null is the end of the clip. Nothing: a stop was requested, and nothing more can be asked.
  [[nodiscard]] std::optional<Answer> send(FramePtr picture);
  /// avcodec_receive_packet, likewise.
  [[nodiscard]] std::optional<Answer> receive(AVPacket& packet);

  /// Between calls.
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

  struct Shared;  ///< what both threads see; outlives the caller where the thread is left behind

 private:
  enum class Job { kNone = 1, kSend, kReceive };
  static Answer call(Shared& shared, Job job);
  static void work(Shared& shared);
  std::optional<Answer> ask(Job job);

  std::stop_token stop_;
  std::shared_ptr<Shared> shared_;
  const AVCodecContext* context_;
  std::thread thread_;
  bool lost_ = false;  ///< a stop came during a call
};

}  // namespace keel::av
