// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMainWindow;
class QWidget;

namespace keel::ui {

/// All keys of the window's menus and the gestures beside them, with a field to search them. Not modal.
void show_shortcuts(QMainWindow* parent);
void show_about(QWidget* parent);
/// Keel's licence and those of the libraries that it is made with, with their texts. Not modal.
void show_licences(QWidget* parent);

}  // namespace keel::ui
