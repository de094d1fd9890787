// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <vector>

class QApplication;
class QString;

namespace keel::ui {

enum class Theme {
  kDark = 1,
  kLight,
  kSystem,  ///< as the desktop has it, where Qt can tell
};

/// What a colour is for. The style sheet names the same ones, see resources/theme/keel.qss.
enum class Ink {
  kWindow = 1,
  kBase,  ///< behind lists, plots and strips
  kText,
  kDim,  ///< text that explains
  kDisabled,
  kAccent,
  kSurround,  ///< around the pictures
  kGrid,      ///< lines of plots and frames
  kRawPath,   ///< what was filmed
  kStrip,     ///< an empty strip of the timeline
  kShot,
  kOtherShot,  ///< every second one
  kPlayhead,
  kShade,  ///< over what is not played
  kEstimator1,
  kEstimator2,
  kEstimator3,
  kEstimator4,
  kEstimator5,
  kButton,
  kButtonHover,
  kButtonPressed,
  kButtonOff,
  kEdge,
  kHover,
  kStatus,
  kSeparator,
  kPrimary,
  kPrimaryHover,
  kPrimaryOff,
  kOnPrimary,
  kOnPrimaryOff,
  kSelected,
  kOnSelected,
  kBadge,
  kOnBadge,
  kBadgeOff,
  kError,
  kErrorEdge,
  kInfo,
  kInfoEdge,
  kGroove,
  kGrooveOff,
  kHandle,
  kHandleHover,
  kHandleOff,
  kIndicator,
  kIndicatorHover,
  kIndicatorDot,
};

/// In the theme that was applied last; widgets that paint or keep colours take them afresh when they get a StyleChange.
[[nodiscard]] QColor ink(Ink what);

/// Margins of everything that is drawn over frame numbers, in pixels: the same ones keep strips and plots in line.
inline constexpr int kTimeAxisLeft = 58, kTimeAxisRight = 10;

/// Makes the built-in files (shaders, style sheet) readable: a static library's are not by themselves. May be called again.
void register_resources();

/// Fusion with the theme's palette and style sheet. At any time: all widgets follow at once.
void apply_theme(QApplication& application, Theme theme);

/// What can be chosen here, and its name in the menu.
struct ThemeChoice {
  Theme theme = Theme::kDark;
  QString name() const;
};
[[nodiscard]] std::vector<ThemeChoice> theme_choices();

/// The choice is remembered between runs; dark at first.
[[nodiscard]] Theme saved_theme();
void save_theme(Theme theme);

}  // namespace keel::ui
