// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <string>

namespace keel::ui {

/// As in the registry; the id itself for one that is not in it.
[[nodiscard]] QString estimator_label(const std::string& id);

/// The colour that stands for an estimator in the list, the plots and the strips.
[[nodiscard]] QColor estimator_color(const std::string& id);

}  // namespace keel::ui
