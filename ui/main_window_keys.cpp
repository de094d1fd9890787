// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that no shortcut can carry: one that may be held, and the one that presses what has the focus.
#include <QAbstractButton>
#include <QApplication>
#include <QKeyEvent>

#include "ui/main_window.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui {
namespace {

/// A key held for longer than this was meant for a moment's look.
constexpr qint64 kHoldMs = 300;

}  // namespace

/// A shortcut cannot tell when its key is let go, so the held key is watched before any control sees it.
bool MainWindow::watch_stabilized_key(const QKeyEvent& key, bool press) {
  // With Ctrl it saves; let go it may be with anything, where it was pressed alone.
  if (key.key() != Qt::Key_S || (press ? key.modifiers() != Qt::NoModifier : !stabilized_key_.isValid())) return false;
  if (key.isAutoRepeat()) return true;
  if (press) {
    viewing_->set_stabilized(!viewing_->look().stabilized);
    stabilized_key_.start();
  } else {
    let_go_of_stabilized_key();
  }
  return true;
}

void MainWindow::let_go_of_stabilized_key() {
  if (!stabilized_key_.isValid()) return;
  if (stabilized_key_.elapsed() > kHoldMs) viewing_->set_stabilized(!viewing_->look().stabilized);
  stabilized_key_.invalidate();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
  // Whoever leaves the window with the key down never lets it go here.
  if (event->type() == QEvent::WindowDeactivate && watched == this) let_go_of_stabilized_key();
  const bool press = event->type() == QEvent::KeyPress, release = event->type() == QEvent::KeyRelease;
  // An open menu or list has keys of its own.
  if ((press || release) && isActiveWindow() && watched->isWidgetType() && QApplication::activePopupWidget() == nullptr) {
    const auto* key = static_cast<const QKeyEvent*>(event);
    if (watch_stabilized_key(*key, press)) return true;
    // Space plays, whatever has the focus; what Space does elsewhere, the Enter key does here.
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    auto* button = enter && press ? qobject_cast<QAbstractButton*>(watched) : nullptr;
    if (button != nullptr && button->window() == this && button->isEnabled()) {
      if (!key->isAutoRepeat()) button->click();
      return true;
    }
  }
  return QMainWindow::eventFilter(watched, event);
}

}  // namespace keel::ui
