// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;

namespace keel::ui {

/// One sentence across the top of the window, until it is closed or no longer true. Never takes the focus.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { kError = 1, kInfo };

  explicit MessageBar(QWidget* parent = nullptr);
  void show_message(Kind kind, const QString& sentence);
  [[nodiscard]] QString text() const;

 private:
  QLabel* label_;
};

}  // namespace keel::ui
