// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;

namespace keel::ui {

/// One sentence across the top of the window, until it is closed or no longer true. Never takes the focus.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { kError = 1, kInfo };

  explicit MessageBar(QWidget* parent = nullptr);
  void show_message(Kind kind, const QString& sentence);
  /// With a button that does something about it, once, and closes the message.
  void show_message(Kind kind, const QString& sentence, const QString& button, std::function<void()> act);
  [[nodiscard]] QString text() const;
  [[nodiscard]] QPushButton* action_button() { return action_; }

 private:
  QLabel* label_;
  QPushButton* action_;
  std::function<void()> act_;
};

}  // namespace keel::ui
