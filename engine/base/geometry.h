// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace keel {

/// Width and height in pixels.
struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

/// An exact fraction, as containers state frame rates, time bases and pixel aspects.
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  bool operator==(const Rational&) const = default;
  [[nodiscard]] double value() const { return den == 0 ? 0.0 : static_cast<double>(num) / static_cast<double>(den); }
};

/// A point; pixel centres lie at integers, x grows to the right and y down.
struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

}  // namespace keel
