// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/source_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/media/av_error.h"

namespace keel::av {
namespace {

/// Containers that hold their media themselves. Everything else that FFmpeg knows is left out on purpose: playlists (hls, dash, concat, imf),
/// scripts (avs, ffmetadata, sdp), image sequences, devices, network formats, and curiosities whose parsers few people test.
constexpr const char* kContainers =
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,flv,asf,ogg,nut,mxf,gxf,dv,yuv4mpegpipe,ivf,obu,av1,rm,wtv,gif,apng,mjpeg,vc1,vc1test,"
    "h263,h261,dirac,dnxhd,cavsvideo,swf,nuv,ipmovie,lmlm4,live_flv,r3d,"
    // Formats without pictures are opened only to say so.
    "mp3,wav,w64,flac,aac,ac3,eac3,dts,aiff,au,caf,amr,ape,wv,tta,tak,mp2";

/// Picture files one at a time; FFmpeg's own choice for them, image2, follows name patterns to other files.
constexpr std::array<std::string_view, 5> kPictureFormats{"jpeg_pipe", "png_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe"};

constexpr std::array<std::string_view, 8> kPlaylists{"hls", "dash", "concat", "imf", "sdp", "rtsp", "webm_dash_manifest", "ffmetadata"};

Error not_a_video(const std::filesystem::path& path) {
  return {ErrorCode::kUnsupported,
          fmt::format("{} is not a video that can be read; choose a video file such as .mp4, .mov, .mkv or .avi.", quoted(path))};
}

Result<void> check_plain_file(const std::filesystem::path& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (status.type() == std::filesystem::file_type::not_found)
    return Error{ErrorCode::kNotFound, fmt::format("{} was not found; check the name and the folder.", quoted(path))};
  if (failure) return Error{ErrorCode::kIo, fmt::format("{} cannot be reached: {}.", quoted(path), failure.message())};
  if (std::filesystem::is_directory(status))
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} is a folder; choose a video file in it.", quoted(path))};
  if (!std::filesystem::is_regular_file(status))
    return Error{ErrorCode::kUnsupported, fmt::format("{} is a device or pipe, not a file; save the video to a file first.", quoted(path))};
  const auto bytes = std::filesystem::file_size(path, failure);
  if (failure) return Error{ErrorCode::kIo, fmt::format("{} cannot be reached: {}.", quoted(path), failure.message())};
  if (bytes == 0) return Error{ErrorCode::kCorrupt, fmt::format("{} is empty (0 bytes); copy it again from where it came from.", quoted(path))};
  if (!std::ifstream(path, std::ios::binary).good())
    return Error{ErrorCode::kIo, fmt::format("{} cannot be opened; check that you may read it.", quoted(path))};
  return {};
}

/// The demuxer that FFmpeg would have chosen without the white list, by content and name or by content alone.
std::string guessed_container(const std::filesystem::path& path, bool by_name = true) {
  Options options;
  options.set("protocol_whitelist", "file");
  AVIOContext* raw = nullptr;
  if (avio_open2(&raw, file_url(path).c_str(), AVIO_FLAG_READ, nullptr, options.address()) < 0) return {};
  const IoContext io(raw);
  const AVInputFormat* format = nullptr;
  if (av_probe_input_buffer2(io.get(), &format, by_name ? file_url(path).c_str() : "", nullptr, 0, 0) < 0 || format == nullptr) return {};
  return format->name;
}

bool begins_as_mp4(const std::filesystem::path& path) {
  std::array<char, 8> head{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(head.data(), head.size())) return false;
  const std::string_view box(head.data() + 4, 4);
  return box == "ftyp" || box == "mdat" || box == "wide" || box == "moov" || box == "free" || box == "skip";
}

Error explain_open_failure(int code, const std::filesystem::path& path) {
  if (code == AVERROR(ENOMEM)) return {ErrorCode::kOutOfMemory, fmt::format("There is not enough memory to open {}.", quoted(path))};
  const std::string guess = guessed_container(path);
  for (const std::string_view playlist : kPlaylists)
    if (guess == playlist)
      return {ErrorCode::kUnsupported,
              fmt::format("{} is a playlist or script ({}) that points to other files, which is not followed; open the video file "
                          "itself.",
                          quoted(path), guess)};
  if (guess.find("_pipe") != std::string::npos || guess == "image2")
    return {ErrorCode::kUnsupported, fmt::format("{} is a picture, not a video; choose a video file.", quoted(path))};
  if (begins_as_mp4(path))
    return {ErrorCode::kCorrupt,
            fmt::format("{} has no usable index (its \"moov\" part), so the recording or copy was not finished; copy it again or mend it "
                        "with a recovery tool.",
                        quoted(path))};
  return not_a_video(path);
}

bool is_moving_picture(const AVStream& stream) {
  constexpr int kStills = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE;
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & kStills) == 0;
}

int choose_video(AVFormatContext& container) {
  const int best = av_find_best_stream(&container, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best >= 0 && is_moving_picture(*container.streams[best])) return best;
  for (unsigned s = 0; s < container.nb_streams; ++s)
    if (is_moving_picture(*container.streams[s])) return static_cast<int>(s);
  return -1;
}

/// How much of a file is read to learn what its streams are.
enum class Look {
  kUsual = 1,  ///< FFmpeg's own bounds: five seconds
  kFar         ///< for pictures that begin after the sound has run for a while
};

Result<InputContext> open_container(const std::filesystem::path& path, const std::string* picture_format, Look look) {
  Options options;
  options.set("protocol_whitelist", "file");
  options.set("format_whitelist", picture_format != nullptr ? picture_format->c_str() : kContainers);
  if (look == Look::kFar) {
    options.set("analyzeduration", "600000000");  // microseconds
    options.set("probesize", "200000000");        // bytes
  }
  AVFormatContext* raw = nullptr;
  const int opened =
      avformat_open_input(&raw, file_url(path).c_str(), picture_format != nullptr ? av_find_input_format(picture_format->c_str()) : nullptr, options.address());
  if (opened < 0) return explain_open_failure(opened, path);
  return InputContext(raw);
}

/// Opens the file and chooses its video stream, -1 where there is none; `found` is 0 or more where the streams' parameters could be read.
Result<SourceFile> look_into(const std::filesystem::path& path, const std::string* picture_format, Look look, int& found) {
  KEEL_ASSIGN(InputContext container, open_container(path, picture_format, look));
  SourceFile source{std::move(container), -1};
  found = avformat_find_stream_info(source.container.get(), nullptr);
  source.video_index = choose_video(*source.container);
  return source;
}

/// Whether pictures that nothing was learnt of yet may follow: a stream without a picture size or format, or a container that announces no streams.
bool may_begin_later(const SourceFile& source) {
  if (source.video_index < 0) return (source.container->ctx_flags & AVFMTCTX_NOHEADER) != 0;
  return source.parameters().width <= 0 || source.parameters().format == AV_PIX_FMT_NONE;
}

}  // namespace

Result<SourceFile> open_source(const std::filesystem::path& path, bool still_pictures) {
  capture_log();
  KEEL_TRY(check_plain_file(path));
  const std::string guess = still_pictures ? guessed_container(path, false) : std::string();
  const bool still = std::find(kPictureFormats.begin(), kPictureFormats.end(), guess) != kPictureFormats.end();
  const std::string* picture_format = still ? &guess : nullptr;
  int found = 0;
  KEEL_ASSIGN(SourceFile source, look_into(path, picture_format, Look::kUsual, found));
  if (may_begin_later(source)) {
    KEEL_ASSIGN(source, look_into(path, picture_format, Look::kFar, found));
  }
  if (source.video_index >= 0 && found >= 0) return source;
  if (source.container->nb_streams == 0 || (found < 0 && source.video_index >= 0)) return not_a_video(path);
  // A demuxer that was chosen by the file's ending alone says nothing about what is inside.
  if (source.container->probe_score <= AVPROBE_SCORE_RETRY) return not_a_video(path);
  return Error{ErrorCode::kUnsupported, fmt::format("{} has no video stream (only {}); choose a file with moving pictures.", quoted(path),
                                                    av_find_best_stream(source.container.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0 ? "sound" : "other data")};
}

Error interlaced(const std::filesystem::path& path) {
  return {ErrorCode::kUnsupported, fmt::format("{} is interlaced, and fields of different moments cannot be stabilized as one picture; deinterlace it first, "
                                               "for example with ffmpeg -i IN -vf bwdif OUT.",
                                               quoted(path))};
}

Result<const AVCodec*> find_decoder(const SourceFile& source, const std::filesystem::path& path) {
  const AVCodecParameters& parameters = source.parameters();
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr)
    return Error{ErrorCode::kUnsupported, fmt::format("{} is encoded as {}, for which there is no decoder here; convert it to H.264 first.",
                                                      quoted(path), avcodec_get_name(parameters.codec_id))};
  if (parameters.field_order != AV_FIELD_UNKNOWN && parameters.field_order != AV_FIELD_PROGRESSIVE) return interlaced(path);
  if (parameters.width <= 0 || parameters.height <= 0 || stored_picture(source).delivered == AV_PIX_FMT_NONE)
    return Error{
        ErrorCode::kCorrupt,
        fmt::format("{} does not say how its pictures are stored, because the beginning is missing or damaged; copy it again.", quoted(path))};
  return decoder;
}

void read_video_only(const SourceFile& source) {
  for (unsigned s = 0; s < source.container->nb_streams; ++s)
    if (static_cast<int>(s) != source.video_index) source.container->streams[s]->discard = AVDISCARD_ALL;
}

}  // namespace keel::av
