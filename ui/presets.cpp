// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/presets.h"

#include <QCoreApplication>
#include <cmath>

namespace keel::ui {
namespace {

/// Half a step of the sliders.
constexpr double kSame = 0.005;

QString translated(const char* text) { return QCoreApplication::translate("presets", text); }

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list{
      {translated("Handheld calm"), translated("A quiet hand: shake goes, slow moves stay."), 0.5, 0.8, 1},
      {translated("Walking"), translated("Steps go, the walk stays; takes more of the picture's edge."), 0.6, 0.75, 1},
      {translated("Vehicle"), translated("Fast jolts go; bends and turns are followed closely."), 0.4, 0.85, 1},
      {translated("Tripod"), translated("As if the camera stood still, as far as the picture allows."), 1, 0.7, 1},
      {translated("Drone"), translated("Long even glides with little zoom."), 0.7, 0.9, 1},
      {translated("Keep my pans"), translated("Only the trembling goes; every deliberate move stays."), 0.25, 0.85, 1},
  };
  return list;
}

StabilizeSettings apply_preset(const Preset& preset, StabilizeSettings settings) {
  settings.smoothness = preset.smoothness;
  settings.keep = preset.keep;
  settings.strength = preset.strength;
  return settings;
}

std::optional<std::size_t> matching_preset(const StabilizeSettings& settings) {
  const auto same = [](double a, double b) { return std::abs(a - b) < kSame; };
  for (std::size_t i = 0; i < presets().size(); ++i) {
    const Preset& preset = presets()[i];
    if (same(preset.smoothness, settings.smoothness) && same(preset.keep, settings.keep) && same(preset.strength, settings.strength)) return i;
  }
  return std::nullopt;
}

}  // namespace keel::ui
