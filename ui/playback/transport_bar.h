// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/playback/transport_icons.h"

class QAction;
class QHBoxLayout;
class QLabel;
class QSlider;
class QTimer;
class QToolButton;

namespace keel::ui {

class Player;

/// Scrub bar, buttons and read-outs of a player.
class TransportBar : public QWidget {
  Q_OBJECT

 public:
  TransportBar(Player& player, QWidget* parent);

  /// A button for an action of the window that has to do with the part that is played; the action gets the icon, too.
  void add_range_action(QAction* action, TransportIcon icon);
  [[nodiscard]] QSlider* scrub_bar() { return scrub_; }
  /// While playing: the frame rate asked for, the one reached, and the frames dropped; else the clip's rate.
  [[nodiscard]] QString rates_text() const;

 Q_SIGNALS:
  void rates_changed();

 private:
  QToolButton* add_button(TransportIcon icon, const QString& name, const QString& keys);
  void show_playhead();
  void show_rates();
  void show_range();
  void show_clip();

  Player& player_;
  QSlider* scrub_;
  QToolButton* play_ = nullptr;
  QHBoxLayout* range_row_ = nullptr;
  QLabel* time_;
  QLabel* range_;  ///< in and out points
  QLabel* rates_;
  QTimer* rate_timer_;
};

/// "00:00:12:07": hours, minutes, seconds and the frame within the second.
[[nodiscard]] QString timecode(double seconds, double fps);

}  // namespace keel::ui
