// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/container_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/media/av_error.h"

namespace keel::av {
namespace {

/// In the order in which they are recommended.
// clang-format off
constexpr std::array<Container, 5> kContainers{{
    //  ending  muxer       matrix times  chapt. attach cover  timecode
    {".mkv", "matroska",    false, true,  true,  true,  true,  true},
    {".mov", "mov",         true,  true,  true,  false, false, true},
    {".mp4", "mp4",         true,  true,  true,  false, true,  true},
    {".m4v", "mp4",         true,  true,  true,  false, true,  true},
    {".avi", "avi",         false, false, false, false, false, false},
}};
// clang-format on

template <class Predicate>
std::string join_endings(Predicate accepts) {
  std::string list;
  for (const Container& container : kContainers) {
    // ".m4v" is another name of ".mp4": naming both helps nobody.
    if (std::string_view(container.ending) == ".m4v" || !accepts(container)) continue;
    list += (list.empty() ? "" : " or ") + std::string(container.ending);
  }
  return list;
}

bool is_cover(const AVStream& stream) { return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0; }

bool carries_cover(const Container& container, AVCodecID codec) {
  return container.cover_picture &&
         (codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG || (codec == AV_CODEC_ID_BMP && container.is_mov_family()));
}

}  // namespace

const AVOutputFormat& Container::muxer() const {
  const AVOutputFormat* format = av_guess_format(muxer_name, nullptr, nullptr);
  KEEL_CHECK(format != nullptr);
  return *format;
}

Result<Container> container_for(const std::filesystem::path& output) {
  std::string ending = output.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  for (const Container& container : kContainers)
    if (ending == container.ending) return container;
  if (ending == ".") ending.clear();
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} {}; use .mp4, .mov, .mkv, .m4v or .avi.", quoted(output),
                                                        ending.empty() ? "has no ending that names a kind of file"
                                                                       : fmt::format("has the ending {}, which cannot be written", ending))};
}

bool carries_codec(const Container& container, AVCodecID codec) {
  // AVI has a code for ProRes by accident of a shared table; hardly any program reads it.
  const std::string_view muxer = container.muxer_name;
  if (codec == AV_CODEC_ID_PRORES && muxer == "avi") return false;
  // FFmpeg asks for these what .mp4 can, and finds out at the header.
  constexpr std::array kOnlyMp4{AV_CODEC_ID_FLAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_TRUEHD};
  if (muxer == "mov" && std::find(kOnlyMp4.begin(), kOnlyMp4.end(), codec) != kOnlyMp4.end()) return false;
  // Sound that Matroska has no name of its own for goes by Windows' (A_MS/ACM), of which the query does not know.
  const std::array windows{avformat_get_riff_audio_tags(), static_cast<const AVCodecTag*>(nullptr)};
  if (muxer == "matroska" && av_codec_get_tag(windows.data(), codec) != 0) return true;
  return codec != AV_CODEC_ID_NONE && avformat_query_codec(&container.muxer(), codec, FF_COMPLIANCE_NORMAL) == 1;
}

bool carries(const Container& container, const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if (is_cover(stream)) return carries_cover(container, parameters.codec_id);
  // Fonts and pictures lie in the stream's header; a muxer's table of codecs does not know them.
  if (parameters.codec_type == AVMEDIA_TYPE_ATTACHMENT) return container.attachments && parameters.extradata_size > 0;
  if (parameters.codec_type != AVMEDIA_TYPE_AUDIO && parameters.codec_type != AVMEDIA_TYPE_SUBTITLE && parameters.codec_type != AVMEDIA_TYPE_DATA)
    return false;
  return carries_codec(container, parameters.codec_id);
}

std::string carriers_of(const AVStream& stream) {
  return join_endings([&](const Container& container) { return carries(container, stream); });
}

std::string carriers_of_codec(AVCodecID codec) {
  return join_endings([&](const Container& container) { return carries_codec(container, codec); });
}

}  // namespace keel::av
