// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace keel::ui {

/// All keys, with a field to search them. Not modal.
void show_shortcuts(QWidget* parent);
void show_about(QWidget* parent);

}  // namespace keel::ui
