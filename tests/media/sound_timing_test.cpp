// SPDX-License-Identifier: GPL-3.0-or-later
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

constexpr double kNever = std::numeric_limits<double>::quiet_NaN();

/// Decodes the first stream of a kind as a player does (what is to be skipped is skipped by FFmpeg) and hands out its frames with their times in seconds.
void play(const std::filesystem::path& path, AVMediaType kind, const std::function<void(const AVFrame&, double)>& see) {
  AVFormatContext* file = nullptr;
  ASSERT_GE(avformat_open_input(&file, path.c_str(), nullptr, nullptr), 0) << path;
  ASSERT_GE(avformat_find_stream_info(file, nullptr), 0);
  const AVCodec* decoder = nullptr;
  const int index = av_find_best_stream(file, kind, -1, -1, &decoder, 0);
  ASSERT_GE(index, 0) << path;
  const AVStream& stream = *file->streams[index];
  AVCodecContext* codec = avcodec_alloc_context3(decoder);
  ASSERT_GE(avcodec_parameters_to_context(codec, stream.codecpar), 0);
  codec->pkt_timebase = stream.time_base;
  ASSERT_GE(avcodec_open2(codec, decoder, nullptr), 0);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  for (bool more = true; more;) {
    more = av_read_frame(file, packet) >= 0;
    if (more && packet->stream_index != index) {
      av_packet_unref(packet);
      continue;
    }
    avcodec_send_packet(codec, more ? packet : nullptr);
    while (avcodec_receive_frame(codec, frame) >= 0) see(*frame, static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream.time_base));
    av_packet_unref(packet);
  }
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&codec);
  avformat_close_input(&file);
}

/// A hash of each packet of the sound.
std::vector<std::string> sound_packets(const std::filesystem::path& path) {
  std::istringstream lines(output_of("ffmpeg -v error -nostdin -i " + shell_quoted(path) + " -map 0:a -c copy -f framehash - 2>/dev/null"));
  std::vector<std::string> hashes;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') {
      // stream, times, duration, size, hash; what follows tells of hidden samples
      std::size_t field = 0;
      for (int comma = 0; comma < 5; ++comma) field = line.find(',', field) + 1;
      hashes.push_back(line.substr(field, line.find(',', field) - field));
    }
  return hashes;
}

/// When the first white picture is shown.
double flash_time(const std::filesystem::path& path) {
  double found = kNever;
  play(path, AVMEDIA_TYPE_VIDEO, [&](const AVFrame& frame, double time) {
    if (std::isnan(found) && frame.data[0][frame.linesize[0] * (frame.height / 2) + frame.width / 2] > 128) found = time;
  });
  return found;
}

double sample_of(const AVFrame& frame, int n) {
  switch (frame.format) {
    case AV_SAMPLE_FMT_FLTP:
    case AV_SAMPLE_FMT_FLT: return reinterpret_cast<const float*>(frame.data[0])[n];
    case AV_SAMPLE_FMT_S16P:
    case AV_SAMPLE_FMT_S16: return reinterpret_cast<const std::int16_t*>(frame.data[0])[n] / 32768.0;
    case AV_SAMPLE_FMT_S32P:
    case AV_SAMPLE_FMT_S32: return reinterpret_cast<const std::int32_t*>(frame.data[0])[n] / 2147483648.0;
    default: ADD_FAILURE() << "unexpected samples " << frame.format; return 0;
  }
}

/// When the first click is heard. The sound has one channel.
double click_time(const std::filesystem::path& path) {
  double found = kNever;
  play(path, AVMEDIA_TYPE_AUDIO, [&](const AVFrame& frame, double time) {
    for (int n = 0; n < frame.nb_samples && std::isnan(found); ++n)
      if (std::abs(sample_of(frame, n)) > 0.3) found = time + n / static_cast<double>(frame.sample_rate);
  });
  return found;
}

struct Route {
  const char* from;   ///< name of the clip
  const char* sound;  ///< ffmpeg's options for it
  const char* to;
  double cut_s = 0;   ///< from the beginning, by an edit list: what was there stays in the file, hidden
};

void PrintTo(const Route& route, std::ostream* out) { *out << route.from << " " << route.sound << " cut " << route.cut_s << " -> " << route.to; }

/// Clips of two seconds: a white picture at 1.52 s and a click at the same time; an earlier click, at 0.1 s, is there to be cut away.
class SoundTimingTest : public MediaTest, public ::testing::WithParamInterface<Route> {
 protected:
  std::filesystem::path make_clip(const Route& route) const {
    const std::string click = "0.9*sin(2*PI*1000*(t-T))*between(t\\,T\\,T+0.001)";
    const auto at = [&](const char* seconds) {
      std::string text = click;
      for (std::size_t found = 0; (found = text.find('T', found)) != std::string::npos;) text.replace(found, 1, seconds);
      return text;
    };
    const bool cut = route.cut_s > 0;
    const auto whole = make(std::string(cut ? "whole_" : "") + route.from,
                            "-f lavfi -i \"color=black:s=96x64:r=25:d=2,drawbox=c=white:t=fill:enable='between(n,38,38)'\" -f lavfi -i \"aevalsrc='" +
                                (cut ? at("0.1") + "+" : "") + at("1.52") + "':s=48000:d=2\" -c:v libx264 -g 100 -bf 2 " + route.sound);
    if (!cut) return whole;
    return make(route.from, "-ss " + std::to_string(route.cut_s) + " -i " + shell_quoted(whole) + " -c copy");
  }
};

using SoundStartTest = MediaTest;

TEST_P(SoundTimingTest, TheClickIsHeardWithTheSamePictureAsInTheSource) {
  const Route& route = GetParam();
  const auto clip = make_clip(route);
  const double before = click_time(clip) - flash_time(clip);
  ASSERT_LT(std::abs(before), 0.03) << "the clip was not made as intended";
  const auto output = folder() / route.to;
  const auto report = transcode(clip, output, quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  // Matroska rounds both times to milliseconds, and AVI knows no times: there the nearest packet of 1024 samples begins with the picture. Elsewhere the sound's clock is its samples'.
  const bool milliseconds = std::string(route.from).ends_with(".mkv") || output.extension() == ".mkv", none = output.extension() == ".avi";
  EXPECT_NEAR(click_time(output) - flash_time(output), before, none ? 512.5 / 48000 : milliseconds ? 0.00101 : 1.5 / 48000);
  if (std::string(route.from).ends_with(".ts")) return;  // its packets have headers of their own
  const std::vector<std::string> in = sound_packets(clip), out = sound_packets(output);
  const bool all = !none && (route.cut_s == 0 || !milliseconds);
  ASSERT_GT(out.size(), 10U);
  ASSERT_TRUE(all ? out.size() == in.size() : out.size() <= in.size()) << out.size() << " of " << in.size();
  EXPECT_TRUE(std::equal(out.begin(), out.end(), in.end() - static_cast<std::ptrdiff_t>(out.size())));
  EXPECT_EQ(mentions(report->dropped, "can be heard; use .mov or .mp4") || mentions(report->dropped, "before the first picture"), route.cut_s > 0 && !all);
}

TEST_F(SoundStartTest, AnEncodersStartUp_MovesEverythingInMatroska_AndTheReportSaysByHowMuch) {
  const auto clip = make("a.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=r=48000:d=1 -c:v libx264 -c:a aac");
  ASSERT_EQ(first_time(clip, "v:0"), 0);
  // 1024 samples of 48000 a second.
  const auto moved = transcode(clip, folder() / "out.mkv", quick(VideoCodec::kH264));
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  EXPECT_TRUE(mentions(moved->kept, "frame times: to the millisecond, all 21 ms later, as the sound is"));
  EXPECT_NEAR(first_time(folder() / "out.mkv", "v:0"), 0.021, 1e-6);
  const auto hidden = transcode(clip, folder() / "out.mp4", quick(VideoCodec::kH264));
  ASSERT_TRUE(hidden.ok()) << hidden.error().message;
  EXPECT_FALSE(mentions(hidden->kept, "later"));
  EXPECT_EQ(first_time(folder() / "out.mp4", "v:0"), 0);
}

TEST_F(SoundStartTest, ASoundThatBeginsLate_IsSaidToBeginWithThePictureInAvi) {
  const auto clip = make("a.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -itsoffset 0.4 -f lavfi -i sine=r=48000:d=1 -c:v libx264 -c:a pcm_s16le");
  const auto report = transcode(clip, folder() / "out.avi", quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->dropped, "audio 1 (pcm_s16le): its start 0.40 s after the picture's"));
}

TEST_F(SoundStartTest, ASubtitleThatBeganBeforeTheCut_IsKept) {
  write_file("words.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
  const auto whole = make("whole.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -i words.srt -c:v libx264 -c:s mov_text");
  const auto clip = make("cut.mp4", "-ss 0.3 -i " + shell_quoted(whole) + " -map 0 -c copy");
  ASSERT_TRUE(transcode(clip, folder() / "out.mp4", quick(VideoCodec::kH264)).ok());
  const auto words = [&](const std::filesystem::path& path) { return output_of("ffmpeg -v error -nostdin -i " + shell_quoted(path) + " -map 0:s -f srt -"); };
  EXPECT_NE(words(clip).find("Hello"), std::string::npos) << "the clip was not made as intended";
  EXPECT_EQ(words(folder() / "out.mp4"), words(clip));
}

TEST_F(SoundStartTest, OpusInMatroska_LeavesTheFrameTimesAsTheyWere) {
  const auto clip = make("a.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=r=48000:d=1 -c:v libx264 -c:a libopus");
  const auto report = transcode(clip, folder() / "out.mkv", quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->kept, "frame times: exact"));
  EXPECT_FALSE(mentions(report->kept, "later"));
  EXPECT_EQ(first_time(folder() / "out.mkv", "v:0"), first_time(clip, "v:0"));
  EXPECT_EQ(first_time(folder() / "out.mkv", "a:0"), first_time(clip, "a:0"));
}

constexpr const char* kAac = "-c:a aac -b:a 192k";
constexpr const char* kOpus = "-c:a libopus -b:a 192k";
INSTANTIATE_TEST_SUITE_P(Routes, SoundTimingTest,
                         ::testing::Values(Route{"a.mp4", kAac, "out.mp4"}, Route{"a.mp4", kAac, "out.mov"}, Route{"a.mp4", kAac, "out.mkv"}, Route{"a.mov", kAac, "out.mkv"},
                                           Route{"a.mkv", kAac, "out.mkv"}, Route{"a.mkv", kAac, "out.mp4"}, Route{"a.mkv", kOpus, "out.mkv"}, Route{"a.mkv", kOpus, "out.mp4"},
                                           Route{"a.mp4", kOpus, "out.mkv"}, Route{"a.mp4", kOpus, "out.mp4"}, Route{"a.mov", "-c:a pcm_s16le", "out.mkv"},
                                           Route{"a.mp4", "-c:a libmp3lame -b:a 192k", "out.mkv"}, Route{"a.mp4", kAac, "out.mkv", 0.72}, Route{"a.mp4", kAac, "out.mp4", 0.72},
                                           Route{"a.mp4", kOpus, "out.mkv", 0.72}, Route{"a.mov", "-c:a pcm_s16le", "out.mkv", 0.72}, Route{"a.mov", kAac, "out.mov", 0.72},
                                           Route{"a.mkv", "-c:a truehd -strict -2", "out.mkv"}, Route{"a.ts", kAac, "out.mp4"}, Route{"a.ts", kAac, "out.mkv"}, Route{"a.mp4", kAac, "out.avi"},
                                           Route{"a.mov", "-c:a pcm_s16le", "out.avi"}, Route{"a.mov", "-c:a pcm_s16le", "out.avi", 0.72}),
                         [](const auto& tested) {
                           std::string name;
                           for (const std::string& part : {std::string(tested.param.from), std::string(tested.param.sound), std::string(tested.param.to)})
                             for (const char letter : part)
                               if (std::isalnum(static_cast<unsigned char>(letter)) != 0) name += letter;
                           return name + (tested.param.cut_s > 0 ? "Cut" : "");
                         });

}  // namespace
}  // namespace keel::test
