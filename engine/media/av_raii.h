// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/buffer.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>
#include <utility>

#include "engine/base/result.h"

/// Owners of every FFmpeg handle of this folder: a handle that is not in one of these types does not exist longer than a statement.
namespace keel::av {

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct CloseOutput {
  void operator()(AVFormatContext* context) const {
    if (context->pb != nullptr) avio_closep(&context->pb);
    avformat_free_context(context);
  }
};
struct FreeCodec {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreeConstFrame {
  void operator()(const AVFrame* frame) const { FreeFrame()(const_cast<AVFrame*>(frame)); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeScaler {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
struct FreeBuffer {
  void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
};
struct CloseIo {
  void operator()(AVIOContext* context) const { avio_closep(&context); }
};

using InputContext = std::unique_ptr<AVFormatContext, CloseInput>;
using OutputContext = std::unique_ptr<AVFormatContext, CloseOutput>;  ///< closes its file too
using CodecContext = std::unique_ptr<AVCodecContext, FreeCodec>;
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;
using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;
using Scaler = std::unique_ptr<SwsContext, FreeScaler>;
using BufferPtr = std::unique_ptr<AVBufferRef, FreeBuffer>;
using IoContext = std::unique_ptr<AVIOContext, CloseIo>;

/// The structs themselves are a few hundred bytes: a failure to get one leaves nothing sensible to do.
inline FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  KEEL_CHECK(frame != nullptr);
  return frame;
}
inline PacketPtr make_packet() {
  PacketPtr packet(av_packet_alloc());
  KEEL_CHECK(packet != nullptr);
  return packet;
}

/// String options for an open call; libav removes the ones it used.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dictionary_); }

  void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
  [[nodiscard]] AVDictionary** address() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

}  // namespace keel::av
