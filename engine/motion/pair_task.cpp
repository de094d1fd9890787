// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/pair_task.h"

namespace keel {

std::vector<PointMatch> matches_of(std::span<const LkMatch> tracks, const TrackRules& rules) {
  std::vector<PointMatch> matches;
  matches.reserve(tracks.size());
  for (const LkMatch& t : tracks)
    if (rules.believed(t)) matches.push_back({rules.scale * t.prev_x, rules.scale * t.prev_y, rules.scale * t.cur_x, rules.scale * t.cur_y, rules.worth(t)});
  return matches;
}

CornerMotion search_on_cpu(std::span<const LkMatch> tracks, const SearchRules& rules) {
  CornerMotion motion{matches_of(tracks, rules.tracks), {}, {}};
  motion.found = search_motion(motion.matches, rules.picture, rules.fit);
  return motion;
}

bool same_motion(const SearchAnswer& device, const CornerMotion& cpu) {
  if (device.matches != static_cast<int>(cpu.matches.size())) return false;
  return cpu.found ? device.found == *cpu.found : !is_found(device.found, cpu.matches.size());
}

CornerMotion motion_of(const SearchAnswer& device, std::span<const LkMatch> tracks, const SearchRules& rules) {
  CornerMotion motion{matches_of(tracks, rules.tracks), {}, {}};
  if (is_found(device.found, motion.matches.size())) motion.found = device.found;
  return motion;
}

}  // namespace keel
