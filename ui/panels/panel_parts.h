// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QComboBox;
class QFormLayout;
class QLabel;
class QFrame;
class QProgressBar;
class QToolButton;
class QWidget;

namespace keel::ui {

/// A heading within the side panel.
[[nodiscard]] QLabel* make_section(const QString& title, QWidget* parent);
/// A heading that folds what is below it: its arrow follows whether it is checked, the rest is whoever's it is.
[[nodiscard]] QToolButton* make_fold(const QString& title, const QString& help, QWidget* parent);
/// A label that the style sheet treats as `role`: "dim", "value", "badge" ...
[[nodiscard]] QLabel* make_label(const QString& text, const char* role, QWidget* parent);
/// A row of a control and its label; all rows made so have their controls in one column.
void add_control_row(QFormLayout& form, const QString& label, QWidget* control);
/// A list in the side panel: as wide as there is room, however long its names are.
void fit_list(QComboBox& list);
/// Gives a widget another role and has the style sheet looked at again.
void set_role(QWidget* widget, const char* role);
[[nodiscard]] QFrame* make_separator(QWidget* parent);
/// Shows `done` of `total` with the next painting of the window. QProgressBar's own setters paint the whole window at once, and so keep whoever calls them.
void show_progress(QProgressBar& bar, int done, int total);
/// Has the Tab key go through what is in the widget's layouts in their order, which is that of the screen, in whatever order it was made.
void order_tabs(QWidget& panel);
/// "1 frame", "367 frames".
[[nodiscard]] QString frames_text(qint64 count);
/// "3 min 05 s", "41 s".
[[nodiscard]] QString duration_text(double seconds);

}  // namespace keel::ui
