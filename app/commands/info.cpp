// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/commands/common.h"
#include "engine/backend/device.h"
#include "engine/media/clip_info.h"
#include "engine/media/clip_writer.h"
#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"

namespace keel::cli {
namespace {

using Json = nlohmann::ordered_json;

Json algorithms(std::span<const AlgorithmInfo> list) {
  Json j = Json::array();
  for (const AlgorithmInfo& info : list) {
    Json options = Json::array();
    for (const OptionDescriptor& o : info.options) {
      options.push_back({{"id", o.id}, {"label", o.label}, {"unit", o.unit}, {"minimum", o.minimum}, {"maximum", o.maximum}, {"default", o.fallback}, {"whole", o.whole},
                         {"help", o.help}});
      if (!o.choices.empty()) options.back()["choices"] = o.choices;
    }
    j.push_back({{"id", info.id}, {"help", info.help}, {"options", options}});
  }
  return j;
}

Json program() {
  const DeviceStatus& device = device_status();
  Json j;
  j["schema"] = "keel.info/1";
  j["version"] = KEEL_VERSION;
  j["cpu"] = {{"threads", device.cpu_threads}, {"simd", device.avx2 ? "avx2" : "none"}};
  j["cuda"] = {{"built", device.cuda_built}, {"usable", device.cuda_usable}, {"text", device.cuda_text}};
  // By stabilize and analyze, and by the window, unless they are told otherwise.
  j["cuda"]["used_for"] = Json::array();
  if (device.cuda_usable) {
    for (const AlgorithmInfo& info : motion_estimators())
      if (const auto uses = motion_estimator_uses_gpu(info.id); uses && *uses) j["cuda"]["used_for"].push_back("motion (" + info.id + ")");
    j["cuda"]["used_for"].push_back("pictures");
  }
  const auto decodes = decode_device_available(*nvdec());
  j["nvdec"] = {{"usable", decodes.ok()}, {"text", decodes ? "decodes H.264, HEVC, VP8 and VP9 where it knows the profile" : decodes.error().message}};
  j["nvenc"] = Json::object();
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc}) {
    const auto encodes = nvenc_available(codec);
    j["nvenc"][to_string(codec)] = {{"usable", encodes.ok()}, {"text", encodes ? "may be chosen for exports" : encodes.error().message}};
  }
  j["estimators"] = algorithms(motion_estimators());
  for (Json& estimator : j["estimators"]) {
    const auto available = motion_estimator_available(estimator["id"]);
    estimator["available"] = available.ok();
    if (!available) estimator["reason"] = available.error().message;
  }
  j["smoothers"] = algorithms(path_smoothers());
  return j;
}

Json describe(const FrameSpacing& spacing) {
  Json j;
  j["variable"] = spacing.known() ? Json(spacing.variable) : Json();
  j["shortest_s"] = spacing.shortest_s;
  j["longest_s"] = spacing.longest_s;
  j["frames_looked_at"] = spacing.frames;
  j["whole_clip"] = spacing.whole;
  j["text"] = to_string(spacing);
  return j;
}

Json describe(const ClipInfo& clip, const std::string& device) {
  Json streams = Json::array();
  for (const StreamInfo& s : clip.streams) streams.push_back({{"index", s.index}, {"type", s.type}, {"codec", s.codec}, {"language", s.language}});
  return {{"path", clip.path.string()},
          {"container", clip.container},
          {"codec", clip.codec},
          {"decode", describe_decoding(clip.decode, device)},
          {"width", clip.size.width},
          {"height", clip.size.height},
          {"pixel_format", clip.source_pixel_format},
          {"bit_depth", clip.format.bit_depth},
          {"rotation", clip.rotation_deg},
          {"sample_aspect", {clip.sample_aspect.num, clip.sample_aspect.den}},
          {"frame_rate", {clip.frame_rate.num, clip.frame_rate.den}},
          {"time_base", {clip.time_base.num, clip.time_base.den}},
          {"duration_s", clip.duration_s},
          {"frames", clip.frame_count_hint},
          {"color", {{"primaries", clip.color.primaries}, {"transfer", clip.color.transfer}, {"matrix", clip.color.matrix}, {"full_range", clip.color.full_range}, {"text", to_string(clip.color)}}},
          {"hdr", !clip.hdr.empty() || clip.dynamic_hdr},
          {"streams", streams}};
}

void print_option(const Json& o) {
  if (o.contains("choices")) {
    const auto names = o["choices"].get<std::vector<std::string>>();
    put("{:<11}   {} [{}, {}]: {}\n", "", o["id"].get<std::string>(), fmt::join(names, " or "), names[o["default"].get<std::size_t>()], o["help"].get<std::string>());
    return;
  }
  const std::string unit = o["unit"].get<std::string>();
  put("{:<11}   {} [{} to {}{}{}, {}]: {}\n", "", o["id"].get<std::string>(), o["minimum"].get<double>(), o["maximum"].get<double>(), unit.empty() ? "" : " ", unit,
             o["default"].get<double>(), o["help"].get<std::string>());
}

std::string ratio_text(double width, double height) {
  // Names that people know; anything else as a number.
  for (const auto& [w, h] : {std::pair{16, 9}, {9, 16}, {4, 3}, {3, 4}, {1, 1}, {3, 2}, {2, 3}, {21, 9}})
    if (std::abs(width / height * h / w - 1) < 0.005) return fmt::format("{}:{}", w, h);
  return fmt::format("{:.3f}:1", width / height);
}

void print_clip(const Json& c) {
  const auto text = [&](const char* key) { return c[key].get<std::string>(); };
  const double rate = c["frame_rate"][1].get<double>() > 0 ? c["frame_rate"][0].get<double>() / c["frame_rate"][1].get<double>() : 0;
  put("clip        {}\n", one_line(text("path")));
  put("video       {} {}x{} {} {} bit, {:.3f} fps on average, about {} frames, {:.2f} s\n", text("codec"), c["width"].get<int>(), c["height"].get<int>(), text("pixel_format"),
             c["bit_depth"].get<int>(), rate, c["frames"].get<long>(), c["duration_s"].get<double>());
  put("times       {}\n", c["frame_times"]["text"].get<std::string>());
  const double pixel = c["sample_aspect"][0].get<double>() / c["sample_aspect"][1].get<double>();
  put("shape       {}", ratio_text(c["width"].get<double>() * pixel, c["height"].get<double>()));
  if (pixel != 1) put(", pixels {}:{}", c["sample_aspect"][0].get<int>(), c["sample_aspect"][1].get<int>());
  if (c["rotation"].get<int>() != 0) put(", turned by {} degrees", c["rotation"].get<int>());
  put("\ncolour      {}{}\n", c["color"]["text"].get<std::string>(), c["hdr"].get<bool>() ? ", with HDR values for displays" : "");
  put("decode      {}\n", text("decode"));
  for (const Json& s : c["streams"]) {
    const std::string language = one_line(s["language"].get<std::string>());
    put("stream {:<4} {} {}{}\n", s["index"].get<int>(), s["type"].get<std::string>(), s["codec"].get<std::string>(), language.empty() ? "" : ", language " + language);
  }
}

/// About a clip where there is one, and otherwise what may be chosen; about the machine always.
void print_text(const Json& j) {
  const bool has_clip = j.contains("clip");
  if (has_clip) print_clip(j["clip"]);
  put("Keel {}\n", j["version"].get<std::string>());
  put("compute     CPU, {} threads, {}\n", j["cpu"]["threads"].get<int>(), j["cpu"]["simd"] == "avx2" ? "AVX2" : "no AVX2");
  const Json& cuda = j["cuda"];
  std::string used_for;
  for (const Json& what : cuda["used_for"]) used_for += (used_for.empty() ? "; used for " : ", ") + what.get<std::string>();
  put("CUDA        {}: {}{}\n", cuda["usable"].get<bool>() ? "device found" : "not used", cuda["text"].get<std::string>(), used_for);
  put("NVDEC       {}{}\n", j["nvdec"]["usable"].get<bool>() ? "" : "not used: ", j["nvdec"]["text"].get<std::string>());
  for (const auto& [codec, found] : j["nvenc"].items())
    put("NVENC {:<5} {}{}\n", codec, found["usable"].get<bool>() ? "" : "not available: ", found["text"].get<std::string>());
  if (has_clip) return;
  for (const auto& [key, title] : {std::pair{"estimators", "estimator"}, {"smoothers", "smoother"}})
    for (const Json& a : j[key]) {
      put("{:<11} {}: {}\n", title, a["id"].get<std::string>(), a["help"].get<std::string>());
      if (a.contains("reason")) put("{:<11} {}\n", "", a["reason"].get<std::string>());
      for (const Json& o : a["options"]) print_option(o);
    }
}

}  // namespace

int run_info(const std::filesystem::path& clip_path, const std::string& device, bool json) {
  if (const auto usable = gpu_of_device(device); !usable) return fail(usable.error());
  Json j = program();
  if (!clip_path.empty()) {
    const auto clip = probe(clip_path, decode_device(device));
    if (!clip) return fail(clip.error());
    j["clip"] = describe(*clip, device);
    const auto spacing = look_at_frame_spacing(clip_path);
    if (!spacing) return fail(spacing.error());
    j["clip"]["frame_times"] = describe(*spacing);
  }
  if (json) put("{}\n", j.dump(1, ' ', false, Json::error_handler_t::replace));
  else print_text(j);
  return kDone;
}

}  // namespace keel::cli
