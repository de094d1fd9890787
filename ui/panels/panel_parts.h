// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QLabel;
class QFrame;
class QWidget;

namespace keel::ui {

/// A heading within the side panel.
[[nodiscard]] QLabel* make_section(const QString& title, QWidget* parent);
/// A label that the style sheet treats as `role`: "dim", "value", "badge" ...
[[nodiscard]] QLabel* make_label(const QString& text, const char* role, QWidget* parent);
/// Gives a widget another role and has the style sheet looked at again.
void set_role(QWidget* widget, const char* role);
[[nodiscard]] QFrame* make_separator(QWidget* parent);
/// "3 min 05 s", "41 s".
[[nodiscard]] QString duration_text(double seconds);

}  // namespace keel::ui
