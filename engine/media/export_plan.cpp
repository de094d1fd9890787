// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/export_plan.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/encode_settings.h"
#include "engine/media/lead_in.h"
#include "engine/media/part_file.h"
#include "engine/media/pixel_map.h"
#include "engine/media/video_encoder.h"

namespace keel::av {
namespace {

bool is_rgb(AVPixelFormat format) { return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0; }
bool has_alpha(AVPixelFormat format) { return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA) != 0; }

/// x264 and x265 take no half chroma sample at the right or lower edge.
bool fits(AVPixelFormat format, Size size, VideoCodec codec) {
  if (!has_quality_setting(codec)) return true;
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  return size.width % (1 << desc->log2_chroma_w) == 0 && size.height % (1 << desc->log2_chroma_h) == 0;
}

/// NVENC lists what it can be fed with; these are the formats that it writes without another conversion. It has no 10 bits for h264.
bool nvenc_writes(AVPixelFormat format, VideoCodec codec) {
  return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUV444P || (format == AV_PIX_FMT_P010 && codec == VideoCodec::kHevc);
}

AVPixelFormat choose_format(const AVCodec& encoder, const EncodeSettings& settings, AVPixelFormat stored, Size size) {
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (const AVPixelFormat* format = encoder.pix_fmts; format != nullptr && *format != AV_PIX_FMT_NONE; ++format) {
    if (is_j(*format) || !fits(*format, size, settings.codec)) continue;
    if (settings.encoder == EncoderKind::kNvenc && !nvenc_writes(*format, settings.codec)) continue;
    if (*format == stored) return stored;
    best = best == AV_PIX_FMT_NONE ? *format : av_find_best_pix_fmt_of_2(best, *format, stored, has_alpha(stored) ? 1 : 0, nullptr);
  }
  return best;
}

/// RGB that has to become YUV gets the matrix of high definition, which every player assumes, in the usual range.
/// ProRes cannot say that its range is full, and players take it for limited.
ColorTags encoded_color(ColorTags color, VideoCodec codec, AVPixelFormat stored, AVPixelFormat encoded) {
  const bool from_rgb = is_rgb(stored) && !is_rgb(encoded);
  if (from_rgb) color.matrix = AVCOL_SPC_BT709;
  if (from_rgb || codec == VideoCodec::kProRes) {
    color.range_known = color.range_known || from_rgb;
    color.full_range = false;
  }
  return color;
}

/// Frame rates that lie closer together than this are one rate, rounded differently.
constexpr double kSameRate = 1e-3;

bool has_constant_rate(const SourceFile& source) {
  const AVStream& video = source.video();
  if (video.r_frame_rate.num <= 0 || video.avg_frame_rate.num <= 0) return true;
  return std::abs(av_q2d(video.r_frame_rate) / av_q2d(video.avg_frame_rate) - 1) < kSameRate;
}

/// Whether every frame lies where its number says. Reads the packets of the whole clip, so it is asked only for containers that have no times.
bool evenly_spaced(const ClipInfo& info) {
  const auto times = scan_frame_times(info.path);
  const double frame = 1.0 / (info.frame_rate.value() * info.time_base.value());  // in ticks
  const double slack = 0.1 * frame + 1;                                           // rounding of coarse time bases, well below what an eye sees
  for (std::size_t n = 0; times.ok() && n < times->size(); ++n)
    if (std::abs(static_cast<double>((*times)[n] - times->front()) - static_cast<double>(n) * frame) > slack) return false;
  return times.ok();
}

/// A hidden beginning that is no longer is the encoder's priming: silence. A longer one was cut away by a person, who does not want to hear it.
constexpr double kMostPrimingS = 0.1;

class Planner {
 public:
  Planner(const ClipInfo& info, const SourceFile& source, const Container& container, const EncodeSettings& settings) : info_(info), source_(source) {
    plan_.container = container;
    plan_.settings = settings;
  }

  Result<ExportPlan> run(const std::filesystem::path& output) {
    KEEL_ASSIGN(const AVCodec* encoder, find_encoder(plan_.settings));
    if (!carries_codec(plan_.container, encoder->id))
      return Error{ErrorCode::kUnsupported, fmt::format("{} cannot be written: {} cannot carry {}; use {}.", quoted(output), plan_.container.ending,
                                                        to_string(plan_.settings.codec), carriers_of_codec(encoder->id))};
    KEEL_TRY(check_size(output));
    plan_picture(*encoder);
    if (plan_.picture.format == AV_PIX_FMT_NONE)
      return Error{ErrorCode::kUnsupported, fmt::format("{} pictures of {}x{} cannot be encoded as {}; use ffv1.", info_.source_pixel_format,
                                                        info_.size.width, info_.size.height, to_string(plan_.settings.codec))};
    report_rotation();
    KEEL_TRY(plan_sound());
    plan_shift();
    plan_times();
    plan_streams();
    report_the_rest();
    return std::move(plan_);
  }

 private:
  /// Told here because x264 only says "invalid width x height".
  Result<void> check_size(const std::filesystem::path& output) const {
    constexpr int kMostH264 = 16384;
    if (plan_.settings.codec != VideoCodec::kH264 || std::max(info_.size.width, info_.size.height) <= kMostH264) return {};
    return Error{ErrorCode::kUnsupported, fmt::format("{} cannot be written: its picture would be {} x {}, and h264 ends at {} pixels a side; use hevc or ffv1.",
                                                      quoted(output), info_.size.width, info_.size.height, kMostH264)};
  }

  KeepReport& report() { return plan_.report; }

  void plan_picture(const AVCodec& encoder) {
    EncodedPicture& picture = plan_.picture;
    if (plan_.container.display_matrix) plan_.to_stored = applied_orientation(source_).inverse();
    picture.encoder = &encoder;
    picture.size = plan_.to_stored.apply(info_.size);
    const AVPixelFormat stored = format_of(plan_.to_stored.apply(info_.format));
    picture.format = choose_format(encoder, plan_.settings, stored, picture.size);
    if (picture.format == AV_PIX_FMT_NONE) return;
    picture.color = encoded_color(info_.color, plan_.settings.codec, stored, picture.format);
    picture.hdr = info_.hdr;
    picture.sample_aspect = encoded_aspect();
    picture.frame_rate = {static_cast<int>(info_.frame_rate.num), static_cast<int>(info_.frame_rate.den)};
    if (picture.frame_rate.num <= 0 || picture.frame_rate.den <= 0) picture.frame_rate = frame_rate_of(source_);
    report_picture(stored);
  }

  /// An aspect that the source leaves unknown stays unknown.
  AVRational encoded_aspect() const {
    if (av_guess_sample_aspect_ratio(source_.container.get(), &source_.video(), nullptr).num <= 0) return {0, 1};
    const AVRational upright{static_cast<int>(info_.sample_aspect.num), static_cast<int>(info_.sample_aspect.den)};
    return plan_.to_stored.transpose ? av_inv_q(upright) : upright;
  }

  void report_picture(AVPixelFormat stored) {
    const EncodeSettings& settings = plan_.settings;
    const AVPixelFormat encoded = plan_.picture.format;
    const int loss = av_get_pix_fmt_loss(encoded, stored, has_alpha(stored) ? 1 : 0);
    std::string line = fmt::format("video: {} {} -> {} {}", info_.codec, info_.source_pixel_format, to_string(settings.codec), name_of(encoded));
    if (settings.encoder == EncoderKind::kNvenc) line += fmt::format(", NVENC, cq {}, preset {}", settings.crf, nvenc_preset(settings.preset));
    else if (has_quality_setting(settings.codec)) line += fmt::format(", crf {}, preset {}", settings.crf, settings.preset);
    if ((loss & FF_LOSS_DEPTH) != 0)
      line +=
          fmt::format(", bit depth reduced from {} to {}", av_pix_fmt_desc_get(stored)->comp[0].depth, av_pix_fmt_desc_get(encoded)->comp[0].depth);
    if ((loss & FF_LOSS_RESOLUTION) != 0) line += ", color resolution reduced";
    if (is_rgb(stored) && !is_rgb(encoded))
      line += ", RGB turned into YUV (bt709)";
    else if (is_full_range(info_.format, info_.color) && !is_full_range(encoded, plan_.picture.color))
      line += ", full range turned into limited";
    if (!fits(stored, plan_.picture.size, settings.codec)) line += ", full color resolution because the size is odd";
    report().reencoded.push_back(std::move(line));
    // FFV1 leaves the colours to the container; .avi has no place for them, and of the others only Matroska states the range.
    const ColorTags &color = plan_.picture.color, unsaid;
    const bool said = color.primaries != unsaid.primaries || color.transfer != unsaid.transfer || color.matrix != unsaid.matrix || color.range_known;
    if (settings.codec == VideoCodec::kFfv1 && std::string_view(plan_.container.ending) == ".avi" && said)
      report().dropped.push_back(fmt::format("color tags ({}): .avi cannot state them for ffv1; use .mkv", to_string(color)));
    else if (settings.codec == VideoCodec::kFfv1 && plan_.picture.color.range_known && plan_.picture.color.full_range && std::string_view(plan_.container.ending) != ".mkv")
      report().dropped.push_back(fmt::format("full color range: {} cannot state it for ffv1; use .mkv", plan_.container.ending));
    if ((loss & FF_LOSS_ALPHA) != 0)
      report().dropped.push_back(fmt::format("alpha channel: {} cannot carry it; use prores or ffv1", to_string(settings.codec)));
  }

  void report_rotation() {
    const auto asked = orientation_of(source_.video());
    if (!asked) {
      auto& list = plan_.container.display_matrix ? report().kept : report().dropped;
      list.push_back(
          plan_.container.display_matrix
              ? "rotation: the odd angle that the clip asks for stays a display rotation"
              : fmt::format("rotation: the odd angle that the clip asks for; {} cannot carry it, use .mp4 or .mov", plan_.container.ending));
    } else if (!asked->identity()) {
      report().kept.push_back(plan_.container.display_matrix ? fmt::format("rotation: {} degrees, stays a display rotation", asked->rotation_deg())
                                                             : "rotation: applied to the picture");
    }
  }

  /// Transport and program streams start anywhere (the counter of a broadcast), which files with an index would show as hours of nothing.
  bool arbitrary_origin() const { return (source_.container->iformat->flags & AVFMT_TS_DISCONT) != 0 && source_.container->start_time != AV_NOPTS_VALUE; }

  /// Finds out what of each sound the source hides, and how much of that a container that hides nothing should get.
  Result<void> plan_sound() {
    std::vector<int> sounds;
    for (unsigned s = 0; s < source_.container->nb_streams; ++s) {
      const AVStream& stream = *source_.container->streams[s];
      if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && carries(plan_.container, stream)) sounds.push_back(stream.index);
    }
    KEEL_ASSIGN(const std::vector<LeadIn> found, find_lead_ins(info_.path, sounds));
    for (const LeadIn& lead_in : found) {
      lead_ins_[lead_in.stream] = lead_in;
      if (!plan_.container.presentation_times) plan_.copied_from[lead_in.stream] = picture_start(lead_in.time_base) - lead_in.frame / 2;
      else if (!plan_.container.hides_sound() && lead_in.hidden_s() > kMostPrimingS) plan_.copied_from[lead_in.stream] = lead_in.needed;
    }
    return {};
  }

  std::int64_t picture_start(AVRational time_base) const { return av_rescale_q(info_.start_pts, source_.video().time_base, time_base); }

  /// Files hold nothing before zero; the QuickTime family, and only that, may hold it where it is not to be heard. What has to be moved takes all else along.
  void plan_shift() {
    const AVRational base = source_.video().time_base;
    if (arbitrary_origin()) plan_.shift = -av_rescale_q_rnd(source_.container->start_time, AV_TIME_BASE_Q, base, AV_ROUND_DOWN);
    plan_.shift = std::max(plan_.shift, -info_.start_pts);
    if (!plan_.container.presentation_times) {  // picture and sound begin together, with what lies nearest
      plan_.shift = -info_.start_pts;
      return;
    }
    const std::int64_t without_sound = plan_.shift;
    for (const auto& [index, lead_in] : lead_ins_) {
      const StatedDelay delay = delay_stated_apart(plan_.container.muxer(), *source_.container->streams[index]->codecpar);
      std::int64_t begin = plan_.container.hides_sound() ? lead_in.heard : plan_.copied_from.contains(index) ? lead_in.needed : lead_in.first;
      begin += av_rescale_q(delay.samples, AVRational{1, delay.rate}, lead_in.time_base);
      plan_.shift = std::max(plan_.shift, av_rescale_q_rnd(-begin, lead_in.time_base, base, AV_ROUND_UP));
    }
    later_for_sound_s_ = static_cast<double>(plan_.shift - without_sound) * av_q2d(base);
  }

  void plan_times() {
    plan_.constant_rate = has_constant_rate(source_);
    plan_.count_frames = !plan_.container.presentation_times;
    const AVRational base{static_cast<int>(info_.time_base.num), static_cast<int>(info_.time_base.den)};
    plan_.picture.time_base = plan_.count_frames ? av_inv_q(plan_.picture.frame_rate) : base;
    // The QuickTime family counts in whole fractions of a second: 1001/30000 becomes 1/30000, which holds the same times.
    if (plan_.container.is_mov_family()) plan_.picture.time_base.num = 1;
    if (plan_.count_frames) {
      if (info_.start_pts != 0 || !evenly_spaced(info_))
        report().dropped.push_back(
            fmt::format("frame times: {} knows only a constant rate from zero; use .mkv, .mov or .mp4", plan_.container.ending));
      return;
    }
    const bool whole_milliseconds = (1000LL * base.num) % base.den == 0;
    std::string line = plan_.container.is_mov_family() || whole_milliseconds ? "frame times: exact" : "frame times: to the millisecond";
    if (arbitrary_origin()) line += ", counted from the beginning of the file";
    if (later_for_sound_s_ > 0)
      line += fmt::format(", all {:.0f} ms later, as the sound is, because {} has no place for what comes before the start", 1000 * later_for_sound_s_, plan_.container.ending);
    report().kept.push_back(std::move(line));
  }

  /// "audio 2 (aac, eng)": counted by kind, as players show them.
  std::string title_of(const AVStream& stream) {
    const char* type = av_get_media_type_string(stream.codecpar->codec_type);
    const bool cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    const std::string kind = cover ? "cover picture" : type == nullptr ? "unknown" : type;
    const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0);
    const bool named = language != nullptr && std::string(language->value) != "und";
    return fmt::format("{} {} ({}{}{})", kind, ++counts_[kind], avcodec_get_name(stream.codecpar->codec_id), named ? ", " : "",
                       named ? language->value : "");
  }

  void plan_streams() {
    for (unsigned s = 0; s < source_.container->nb_streams; ++s) {
      const AVStream& stream = *source_.container->streams[s];
      if (static_cast<int>(s) == source_.video_index) {
        ++counts_["video"];
        continue;
      }
      // The text track of QuickTime chapters: the demuxer has turned it into chapters already.
      if (stream.codecpar->codec_type == AVMEDIA_TYPE_DATA && stream.discard == AVDISCARD_ALL) continue;
      if (is_timecode(stream)) continue;  // goes by metadata, see report_the_rest()
      plan_stream(stream);
    }
  }

  static bool is_timecode(const AVStream& stream) { return stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd'); }

  void plan_stream(const AVStream& stream) {
    const std::string title = title_of(stream);
    if (carries(plan_.container, stream)) {
      plan_.copied_streams.push_back(stream.index);
      report().kept.push_back(title + ": copied");
      report_lead_in(stream.index, title);
      return;
    }
    const std::string carriers = carriers_of(stream);
    const bool more_video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    report().dropped.push_back(more_video         ? title + ": only one video stream is exported"
                               : carriers.empty() ? title + ": none of the output containers can carry it"
                                                  : fmt::format("{}: {} cannot carry it; use {}", title, plan_.container.ending, carriers));
  }

  void report_lead_in(int stream, const std::string& title) {
    const auto found = lead_ins_.find(stream);
    if (found == lead_ins_.end()) return;
    const LeadIn& lead_in = found->second;
    if (!plan_.container.presentation_times) {
      const std::int64_t late = lead_in.first - picture_start(lead_in.time_base);
      const double late_s = static_cast<double>(late) * av_q2d(lead_in.time_base);
      if (late > lead_in.frame / 2)
        report().dropped.push_back(fmt::format("{}: its start {:.2f} s after the picture's, with which {} lets it begin; use .mkv, .mov or .mp4", title, late_s, plan_.container.ending));
      if (late_s < -kMostPrimingS)
        report().dropped.push_back(fmt::format("{}: the first {:.2f} s, which are before the first picture; {} has no place for them", title, -late_s, plan_.container.ending));
    } else if (plan_.copied_from.contains(stream)) {
      report().dropped.push_back(fmt::format("{}: of {:.2f} s that the source hides before the start, {:.2f} s are left out and {:.2f} s can be heard; use .mov or .mp4, which hide them",
                                             title, lead_in.hidden_s(), lead_in.unneeded_s(), lead_in.hidden_s() - lead_in.unneeded_s()));
    }
  }

  void report_flag(bool present, bool carried, const std::string& what) {
    if (!present) return;
    if (carried)
      report().kept.push_back(what + ": copied");
    else
      report().dropped.push_back(fmt::format("{}: {} cannot carry it; use .mkv, .mov or .mp4", what, plan_.container.ending));
  }

  void report_the_rest() {
    const AVFormatContext& file = *source_.container;
    report_flag(file.nb_chapters > 0, plan_.container.chapters, fmt::format("chapters ({})", file.nb_chapters));
    bool timecode = av_dict_get(file.metadata, "timecode", nullptr, 0) != nullptr;
    for (unsigned s = 0; s < file.nb_streams; ++s) timecode |= av_dict_get(file.streams[s]->metadata, "timecode", nullptr, 0) != nullptr;
    report_flag(timecode, plan_.container.timecode, "timecode");
    // The other containers have lists of tags, and drop what is not on them without a word.
    const bool any_tag = std::string_view(plan_.container.ending) == ".mkv";
    if (av_dict_count(file.metadata) > 0)
      report().kept.push_back(any_tag ? "metadata: copied" : fmt::format("metadata: the tags that {} knows are copied", plan_.container.ending));
    report_hdr();
    const AVDictionaryEntry* alpha = av_dict_get(source_.video().metadata, "alpha_mode", nullptr, 0);
    const bool read = has_alpha(format_of(info_.format));
    if (!read && alpha != nullptr && std::string_view(alpha->value) == "1") report().dropped.push_back("alpha channel: it lies beside the pictures, where it is not read");
    if (info_.embedded_captions) report().dropped.push_back("closed captions inside the pictures; extract them to a subtitle track first");
    std::size_t bytes = 0;
    if (av_stream_get_side_data(&source_.video(), AV_PKT_DATA_DOVI_CONF, &bytes) != nullptr)
      report().dropped.push_back("Dolby Vision: its commands fit the original pictures only");
  }

  void report_hdr() {
    if (info_.dynamic_hdr) report().dropped.push_back("HDR10+: its values fit the original pictures only");
    if (info_.hdr.empty()) return;
    // x264 and x265 write it into the pictures; else the container must have a place for it.
    const std::string_view ending = plan_.container.ending;
    const bool in_pictures = has_quality_setting(plan_.settings.codec) && plan_.settings.encoder == EncoderKind::kSoftware;
    const bool carried = in_pictures || ending != ".avi";
    if (carried)
      report().kept.push_back("HDR metadata: copied");
    else
      report().dropped.push_back(fmt::format("HDR metadata: {} cannot carry it for {}; use .mkv", ending, to_string(plan_.settings.codec)));
  }

  const ClipInfo& info_;
  const SourceFile& source_;
  ExportPlan plan_;
  std::map<std::string, int> counts_;
  std::map<int, LeadIn> lead_ins_;  ///< of the sounds that are copied, by stream
  double later_for_sound_s_ = 0;    ///< the part of the shift that is made for them
};

}  // namespace

Result<ExportPlan> make_export_plan(const ClipInfo& info, const SourceFile& source, const std::filesystem::path& output,
                                    const EncodeSettings& settings) {
  KEEL_TRY(validate(settings));
  KEEL_ASSIGN(const Container container, container_for(output));
  KEEL_TRY(check_output_place(info.path, output));
  return Planner(info, source, container, settings).run(output);
}

}  // namespace keel::av

namespace keel {

Result<KeepReport> plan_export(const ClipInfo& info, const std::filesystem::path& output, const EncodeSettings& settings) {
  KEEL_ASSIGN(const av::SourceFile source, av::open_source(info.path));
  KEEL_ASSIGN(av::ExportPlan plan, av::make_export_plan(info, source, output, settings));
  // Encoders have limits of their own (least sizes, levels): opening one is the only way to know.
  KEEL_TRY(av::VideoEncoder::open(plan, output));
  return std::move(plan.report);
}

}  // namespace keel
