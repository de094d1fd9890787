// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <deque>
#include <functional>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace keel::ui {

/// One sentence across the top of the window, until it is closed or no longer true. Takes no focus unasked.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { kError = 1, kInfo };

  explicit MessageBar(QWidget* parent = nullptr);
  void show_message(Kind kind, const QString& sentence);
  /// With a button that does something about it, once, and closes the message.
  void show_message(Kind kind, const QString& sentence, const QString& button, std::function<void()> act);
  /// At once where no message is on show, else when that one is gone.
  void show_later(Kind kind, const QString& sentence, const QString& button, std::function<void()> act);
  /// With a button that unfolds `lines` below the sentence.
  void show_details(Kind kind, const QString& sentence, const QStringList& lines);
  [[nodiscard]] QString text() const;
  [[nodiscard]] QPushButton* action_button() { return action_; }
  [[nodiscard]] QPushButton* details_button() { return unfold_; }
  [[nodiscard]] QPlainTextEdit* details() { return details_; }

 protected:
  void hideEvent(QHideEvent* event) override;

 private:
  struct Message {
    Kind kind;
    QString sentence, button;
    std::function<void()> act;
  };
  void show_next();

  std::deque<Message> waiting_;
  QLabel* label_;
  QPushButton* action_;
  QPushButton* unfold_;
  QPlainTextEdit* details_;
  std::function<void()> act_;
};

}  // namespace keel::ui
