// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/estimator_names.h"

#include <array>

#include "engine/motion/motion_estimator.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

/// By place in the registry, starting over at the end. Told apart with any kind of colour vision: they differ in brightness too.
constexpr std::array kInks{Ink::kEstimator1, Ink::kEstimator2, Ink::kEstimator3, Ink::kEstimator4, Ink::kEstimator5};

std::size_t place_of(const std::string& id) {
  std::size_t place = 0;
  for (const AlgorithmInfo& info : motion_estimators()) {
    if (info.id == id) break;
    ++place;
  }
  return place;
}

}  // namespace

QString estimator_label(const std::string& id) {
  const std::size_t place = place_of(id);
  return QString::fromStdString(place < motion_estimators().size() ? motion_estimators()[place].label : id);
}

QColor estimator_color(const std::string& id) { return ink(kInks[place_of(id) % kInks.size()]); }

}  // namespace keel::ui
