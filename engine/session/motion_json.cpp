// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/motion_json.h"

#include <nlohmann/json.hpp>
namespace keel {

std::string motion_to_json(const Analysis& analysis, const ClipInfo& source) {
  const MotionTrack& track = analysis.track;
  nlohmann::ordered_json j;
  j["schema"] = "keel.motion/1";
  j["source"] = {{"path", source.path.string()},
                 {"codec", source.codec},
                 {"frames", track.frame_count()},
                 {"time_base", {track.time_base.num, track.time_base.den}},
                 {"frame_rate", {source.frame_rate.num, source.frame_rate.den}},
                 {"rotation", source.rotation_deg}};
  j["width"] = track.size.width;
  j["height"] = track.size.height;
  j["estimator"] = track.estimator;
  j["compute"] = compute_text(analysis.compute);
  if (analysis.compute.half) j["precision"] = "half";
  if (const auto& d = analysis.compute.difference) j["differs_from_cpu"] = {{"source_px", d->source_px}, {"view_px", d->view_px}, {"pairs", d->pairs}};
  if (analysis.compute.trouble) j["gpu_trouble"] = *analysis.compute.trouble;
  j["pairs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < track.pairs.size(); ++i) {
    const PairMotion& pair = track.pairs[i];
    nlohmann::ordered_json row = {{"from", i},
                                  {"to", i + 1},
                                  {"pts", track.pts[i + 1]},
                                  {"cur_from_prev", pair.cur_from_prev.m},
                                  {"status", to_string(pair.status)},
                                  {"confidence", pair.confidence}};
    if (!pair.bend.is_zero()) row["row_bend"] = {{"x", pair.bend.x}, {"y", pair.bend.y}};
    j["pairs"].push_back(std::move(row));
  }
  j["anchors"] = nlohmann::ordered_json::array();
  for (const AnchorMotion& anchor : track.anchors)
    j["anchors"].push_back({{"from", anchor.from}, {"to", anchor.to}, {"to_from_from", anchor.to_from_from.m}, {"confidence", anchor.confidence}});
  // File names need not be UTF-8; what is not becomes a replacement character instead of an exception.
  return j.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace keel
