// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

class QApplication;

namespace keel::ui {

inline const QColor kViewportBackground(18, 19, 22);
inline const QColor kAccent(92, 200, 176);
inline const QColor kRawPath(140, 146, 158);
inline const QColor kGridLine(52, 55, 63);
inline const QColor kDimText(150, 155, 166);
inline const QColor kPlotBackground(23, 24, 28);

/// Margins of everything that is drawn over frame numbers, in pixels: the same ones keep strips and plots in line.
inline constexpr int kTimeAxisLeft = 58, kTimeAxisRight = 10;

/// Makes the built-in files (shaders, style sheet) readable: a static library's are not by themselves. May be called again.
void register_resources();

/// Fusion with a dark palette and a small style sheet.
void apply_dark_theme(QApplication& application);

}  // namespace keel::ui
