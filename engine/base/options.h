// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace keel {

/// Describes one option, a number or a choice, of an estimator or smoother, so that the window and the command line can show it
/// without knowing the algorithm.
struct OptionDescriptor {
  std::string id;     ///< as in JSON and on the command line
  std::string label;  ///< as in the window
  std::string unit;   ///< "s", "px", "" for a plain number
  std::string help;   ///< one sentence
  double minimum = 0;
  double maximum = 1;
  double fallback = 0;  ///< the default
  bool whole = false;   ///< only whole numbers are values
  std::vector<std::string> choices{};  ///< names of the values 0, 1, ..., which are all there are; empty for a number
};

/// Values by option id; what is absent has its default.
using OptionValues = std::map<std::string, double>;

/// What a registry tells about one algorithm.
struct AlgorithmInfo {
  std::string id;
  std::string label;
  std::string help;
  std::vector<OptionDescriptor> options;
};

}  // namespace keel
