// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/decode_device.h"
#include "engine/media/source_file.h"
#include "engine/media/surface_loans.h"

namespace keel::av {

/// A decoded picture as it is stored, with a mended timestamp.
struct Picture {
  std::shared_ptr<const AVFrame> frame;
  std::int64_t pts = 0;
  std::int64_t duration = 1;
  std::shared_ptr<const DeviceSurface> surface;  ///< where a device has it too; null where not, and in pictures that are repeated
  bool repeated = false;
  bool damaged = false;
};

/// Packets in, pictures in display order out. Packets that fail to decode give the last good picture again at their time.
///
/// With a device, pictures come as software would have decoded them. Whatever goes wrong there, damage in the file included, ends its part: software goes on
/// behind the newest picture, so that each picture comes once, and what is repeated and counted is up to software alone.
class PictureSource {
 public:
  /// Without a device: software. Errors with one: kUnsupported, a clause, where it cannot be used for this clip. With `surfaces_in`, pictures are lent in the device's
  /// memory too.
  [[nodiscard]] static Result<PictureSource> open(SourceFile source, const std::filesystem::path& path, int threads, const DecodeDevice* device = nullptr,
                                                  GpuRuntime* surfaces_in = nullptr);

  /// The next picture; empty at the end. Strictly increasing pts.
  [[nodiscard]] Result<std::optional<Picture>> next();

  /// The picture that next() will return, which stays there until then; null at the end.
  [[nodiscard]] Result<const Picture*> peek();

  /// Goes to a place from which decoding reaches the picture at `pts` exactly; pictures before it may come first.
  [[nodiscard]] Result<void> seek(std::int64_t pts);

  /// Decoding errors that could not be covered by a repeated picture, and pictures that the file lost before any decoder saw them.
  [[nodiscard]] std::int64_t lost_without_repeat() const { return errors_ - repeats_ + lost_in_file_ + damaged_behind_; }
  [[nodiscard]] bool read_failed() const { return read_failed_; }

  [[nodiscard]] bool on_device() const { return device_.decodes != nullptr; }
  /// Why software took over from the device; a clause. kUnsupported where the device cannot decode such a clip.
  [[nodiscard]] const std::optional<Error>& device_trouble() const { return device_.trouble; }

 private:
  /// The device's part.
  struct Device {
    const DecodeDevice* decodes = nullptr;  ///< null: software does
    BufferPtr connection;
    std::optional<SurfaceLoans> loans;  ///< where its pictures are lent
    std::int64_t pictures = 0;     ///< that came from it
    std::string said;              ///< what its decoder logged as an error since the newest of them
    std::optional<Error> failure;  ///< set where it fails, until software has taken over
    std::optional<Error> trouble;  ///< from then on
    [[nodiscard]] int lent() const { return loans ? SurfaceLoans::kMost : 0; }
    [[nodiscard]] Error describe_failure() const;
  };
  PictureSource(SourceFile source, std::filesystem::path path, CodecContext codec, int threads, Device device);

  [[nodiscard]] Result<void> fill();
  void feed();
  void send(const AVPacket* packet);
  [[nodiscard]] bool read_packet();
  void note_reading_trouble(bool trouble);
  void note_clock();
  void count_lost_in_file(std::int64_t pts);
  void note_error(int code);
  void take(AVFrame& frame);
  void repeat_lost_before(std::int64_t pts);
  void push(Picture picture);

  void forget();
  [[nodiscard]] bool land_before(std::int64_t pts, std::int64_t margin);
  [[nodiscard]] Result<void> restart();
  [[nodiscard]] Result<void> hand_over();

  SourceFile source_;
  std::filesystem::path path_;
  CodecContext codec_;
  int threads_ = 0;
  std::int64_t usual_duration_ = 1;
  PacketPtr packet_ = make_packet();
  FramePtr frame_ = make_frame();
  bool packet_held_ = false;  ///< packet_ was read by land_before() and not sent yet
  bool draining_ = false;
  bool finished_ = false;
  bool read_failed_ = false;
  std::optional<Error> refused_;  ///< what only packets or pictures tell: not to be stabilized as it is
  std::deque<Picture> ready_;
  std::optional<Picture> last_;
  std::multiset<std::int64_t> awaited_;  ///< times of packets that were sent and gave no picture yet
  std::int64_t lost_ = 0;                ///< packets that failed and were not made up for yet
  std::int64_t errors_ = 0;
  std::int64_t repeats_ = 0;
  int errors_in_a_row_ = 0;

  Device device_;
  std::optional<std::int64_t> sought_;        ///< where seek() last went
  std::optional<std::int64_t> resume_after_;  ///< up to here the device delivered; software's pictures are dropped
  std::int64_t damaged_behind_ = 0;           ///< damaged pictures among these
  bool mended_ = false;                       ///< a time since the last seek depended on what came before

  /// A stretch of time in which the demuxer had to skip something.
  struct Trouble {
    std::int64_t from, to;
  };
  std::deque<Trouble> troubles_;                   ///< by time; those that pictures have passed are gone
  bool trouble_open_ = false;                      ///< the newest one reaches to the next good packet
  std::optional<std::int64_t> newest_packet_;      ///< latest time of a packet
  std::int64_t lost_in_file_ = 0;

  /// A jump of the packets' clock: decoding times on both sides, and how many packets lie beyond it so far.
  struct ClockJump {
    std::int64_t from, to;
    int packets;
  };
  std::deque<std::int64_t> recent_times_;  ///< decoding times of the newest packets
  std::optional<ClockJump> clock_jump_;
};

}  // namespace keel::av
