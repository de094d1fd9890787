// SPDX-License-Identifier: GPL-3.0-or-later
// The window's menus: every key of the program is the shortcut of an action made here, so that the list of shortcuts is complete by itself.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>
#include <functional>

#include "ui/help_dialogs.h"
#include "ui/main_window.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/project_controller.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/side_menu.h"
#include "ui/theme.h"
#include "ui/timeline/timeline.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui {
namespace {

constexpr int kLargeStep = 10;
constexpr double kZoomStep = 1.5;
constexpr int kBarMargin = 4, kBarHeight = 33;  ///< px, of the bar beside the menus: right of it, and all in all

}  // namespace

QAction* MainWindow::add_action(QMenu* menu, const QString& text, const QKeySequence& keys, const std::function<void()>& act) {
  auto* action = menu->addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, act);
  return action;
}

void MainWindow::build_menus() {
  quick_bar_ = new QToolBar(tr("Undo and compare"), this);
  quick_bar_->setObjectName(QStringLiteral("compareBar"));
  quick_bar_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  quick_bar_->setIconSize(QSize(16, 16));
  build_file_menu();
  build_edit_menu();
  build_view_menu();
  build_play_menu();
  // In the middle of a part of one height: a bar's own margins come from the style sheet after the first change of theme only, and it would move then.
  auto* corner = new QWidget(this);
  auto* corner_box = new QHBoxLayout(corner);
  corner_box->setContentsMargins(0, 0, kBarMargin, 0);
  corner_box->addWidget(quick_bar_, 0, Qt::AlignVCenter);
  corner->setMinimumHeight(kBarHeight);
  menuBar()->setCornerWidget(corner);
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  add_action(help, tr("Keyboard &shortcuts"), QKeySequence(Qt::Key_F1), [this] { show_shortcuts(this); });
  add_action(help, tr("&Licences"), {}, [this] { show_licences(this); });
  add_action(help, tr("&About Keel"), {}, [this] { show_about(this); });
}

void MainWindow::build_file_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&File"));
  build_project_actions(menu);
  menu->addSeparator();
  export_action_ = add_action(menu, tr("&Export…"), QKeySequence(Qt::CTRL | Qt::Key_E), [this] { choose_export(); });
  export_action_->setEnabled(false);
  menu->addSeparator();
  add_action(menu, tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
}

void MainWindow::build_project_actions(QMenu* menu) {
  add_action(menu, tr("&New project"), QKeySequence(Qt::CTRL | Qt::Key_N), [this] { projects_->start_new(); });
  add_action(menu, tr("&Open…"), QKeySequence(Qt::CTRL | Qt::Key_O), [this] { projects_->choose_files(); });
  build_recent_menu(menu->addMenu(tr("Open &recent")));
  add_action(menu, tr("Open sam&ple"), {}, [this] { sample_job_->start(); });
  menu->addSeparator();
  QAction* save = add_action(menu, tr("&Save project"), QKeySequence(Qt::CTRL | Qt::Key_S), [this] { projects_->save(); });
  QAction* save_as =
      add_action(menu, tr("Save project &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), [this] { projects_->choose_save_name(); });
  QAction* locate = add_action(menu, tr("&Locate the clip…"), {}, [this] { projects_->choose_relink(projects_->project().current); });
  const auto enable = [this, save, save_as, locate] {
    for (QAction* action : {save, save_as, locate}) action->setEnabled(!projects_->project().clips.empty());
  };
  connect(&projects_->model(), &ProjectModel::clips_changed, this, enable);
  enable();
}

void MainWindow::build_recent_menu(QMenu* menu) {
  connect(menu, &QMenu::aboutToShow, this, [this, menu] {
    menu->clear();
    for (const QString& name : ProjectController::recent_files()) {
      QAction* action = menu->addAction(QString(name).replace(QLatin1Char('&'), QStringLiteral("&&")));
      connect(action, &QAction::triggered, this, [this, name] { open(to_path(name)); });
    }
    if (menu->isEmpty()) menu->addAction(tr("Nothing was opened yet"))->setEnabled(false);
  });
}

void MainWindow::build_edit_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = add_action(menu, tr("&Undo"), QKeySequence(Qt::CTRL | Qt::Key_Z), [this] { model_->undo(); });
  QAction* redo = add_action(menu, tr("&Redo"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), [this] { model_->redo(); });
  for (const auto& [action, icon] : {std::pair{undo, TransportIcon::kUndo}, {redo, TransportIcon::kRedo}}) {
    action->setIcon(make_transport_icon(icon));
    action->setIconVisibleInMenu(false);
    quick_bar_->addAction(action);
    // Without it the tool tip would be the name alone.
    action->setToolTip(QStringLiteral("%1 (%2)").arg(action->text().remove(QLatin1Char('&')), action->shortcut().toString(QKeySequence::NativeText)));
    if (auto* button = qobject_cast<QToolButton*>(quick_bar_->widgetForAction(action))) button->setToolButtonStyle(Qt::ToolButtonIconOnly);
  }
  quick_bar_->addSeparator();
  menu->addSeparator();
  add_action(menu, tr("Reset &all settings"), QKeySequence(Qt::CTRL | Qt::Key_R), [this] { model_->set_settings({}); });
  const auto enable = [this, undo, redo] {
    undo->setEnabled(model_->can_undo());
    redo->setEnabled(model_->can_redo());
  };
  connect(model_, &SessionModel::history_changed, this, enable);
  enable();
}

void MainWindow::build_view_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&View"));
  build_compare_actions(menu);
  build_side_menus(menu);
  menu->addSeparator();
  build_zoom_actions(menu);
  menu->addSeparator();
  build_overlay_actions(menu);
  menu->addSeparator();
  build_theme_menu(menu->addMenu(tr("T&heme")));
  add_action(menu, tr("&Full screen"), QKeySequence(Qt::Key_F11), [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
}

void MainWindow::build_theme_menu(QMenu* menu) {
  auto* group = new QActionGroup(this);
  for (const ThemeChoice& choice : theme_choices()) {
    QAction* action = add_action(menu, choice.name(), {}, [this, theme = choice.theme] {
      save_theme(theme);
      apply_theme(*qApp, theme);
      // The curves' and strips' colours come with the estimators.
      show_solution();
    });
    action->setCheckable(true);
    action->setChecked(choice.theme == saved_theme());
    group->addAction(action);
  }
}

void MainWindow::build_compare_actions(QMenu* menu) {
  auto* modes = new QActionGroup(this);
  const auto add_mode = [&](const QString& text, const QString& short_text, const QKeySequence& keys, CompareMode mode, bool toggles) {
    QAction* action = add_action(menu, text, keys, [this, mode, toggles] { toggles ? viewing_->toggle_mode(mode) : viewing_->set_mode(mode); });
    action->setIconText(short_text);
    action->setCheckable(true);
    action->setChecked(mode == viewing_->look().mode);
    modes->addAction(action);
    mode_actions_[mode] = action;
    quick_bar_->addAction(action);
  };
  add_mode(tr("Side &by side"), tr("Split"), {}, CompareMode::kSideBySide, false);
  add_mode(tr("S&tacked"), tr("Stacked"), {}, CompareMode::kStacked, false);
  add_mode(tr("&Wipe"), tr("Wipe"), QKeySequence(Qt::Key_W), CompareMode::kWipe, true);
  add_mode(tr("&Difference"), tr("Difference"), QKeySequence(Qt::Key_D), CompareMode::kDifference, true);
  add_mode(tr("B&link"), tr("Blink"), QKeySequence(Qt::Key_B), CompareMode::kBlink, true);
  add_mode(tr("Stabilized &only"), tr("Result"), {}, CompareMode::kStabilizedOnly, false);
  add_mode(tr("Ori&ginal only"), tr("Original"), {}, CompareMode::kOriginalOnly, false);
  menu->addSeparator();
  // Its key, S, is watched by the window itself, because it may be held.
  stabilized_action_ = add_action(menu, tr("&Stabilized picture\tS"), {}, [this] { viewing_->set_stabilized(!viewing_->look().stabilized); });
  stabilized_action_->setCheckable(true);
  stabilized_action_->setChecked(viewing_->look().stabilized);
  add_action(menu, tr("S&wap sides"), QKeySequence(Qt::Key_X), [this] { viewing_->swap_sides(); });
  QMenu* gains = menu->addMenu(tr("Difference &gain"));
  auto* group = new QActionGroup(this);
  for (const int gain : {1, 2, 4, 8, 16}) {
    QAction* action = add_action(gains, tr("× %1").arg(gain), {}, [this, gain] { viewing_->set_gain(gain); });
    action->setCheckable(true);
    action->setChecked(viewing_->look().gain == gain);
    action->setData(gain);
    group->addAction(action);
    gain_actions_.push_back(action);
  }
}

void MainWindow::build_side_menus(QMenu* menu) {
  for (const auto& [side, title] : {std::pair{Side::kOriginal, tr("First side shows")}, {Side::kStabilized, tr("Second side shows")}}) {
    side_menus_[side] = menu->addMenu(title);
    fill_side_menu(*side_menus_[side], side, *model_, *viewing_);
  }
  connect(viewing_, &ViewController::side_clicked, this, [this](Side side, QPoint global) { side_menus_.at(side)->popup(global); });
}

void MainWindow::build_zoom_actions(QMenu* menu) {
  const auto zoom_by = [this](double factor) {
    const double ratio = view_->widget()->devicePixelRatioF();
    const double fitted = fitted_zoom(QSizeF(view_->widget()->size()), view_->content(), ratio);
    const double now = viewing_->look().zoom;
    viewing_->zoom_to((now > 0 ? now : fitted) * factor);
  };
  add_action(menu, tr("Zoom &in"), QKeySequence(Qt::Key_Plus), [zoom_by] { zoom_by(kZoomStep); });
  add_action(menu, tr("Zoom &out"), QKeySequence(Qt::Key_Minus), [zoom_by] { zoom_by(1 / kZoomStep); });
  add_action(menu, tr("&100 %, pixel for pixel"), QKeySequence(Qt::Key_1), [this] { viewing_->zoom_to(1); });
  add_action(menu, tr("Fit to the wi&ndow"), QKeySequence(Qt::Key_Backspace), [this] { viewing_->fit(); });
}

void MainWindow::build_overlay_actions(QMenu* menu) {
  // The name is that of the setting.
  const auto add_switch = [&](const char* name, const QString& text, const QKeySequence& keys, bool ViewLook::*member) {
    QAction* action = menu->addAction(text);
    action->setObjectName(QLatin1String(name));
    action->setShortcut(keys);
    action->setCheckable(true);
    action->setChecked(viewing_->look().*member);
    look_switches_.emplace_back(action, member);
    connect(action, &QAction::triggered, this, [this, member](bool on) {
      ViewLook look = viewing_->look();
      look.*member = on;
      viewing_->set_look(look);
    });
  };
  add_switch("crop-window", tr("&Crop window on the original"), QKeySequence(Qt::Key_C), &ViewLook::crop_window);
  add_switch("tails", tr("Feature &tails on the original"), QKeySequence(Qt::Key_T), &ViewLook::tails);
  add_switch("grid", tr("G&rid"), QKeySequence(Qt::Key_G), &ViewLook::grid);
  add_switch("safe-areas", tr("Sa&fe areas"), QKeySequence(Qt::SHIFT | Qt::Key_G), &ViewLook::safe_area);
  add_switch("rates", tr("Frame rates on the &picture"), QKeySequence(Qt::Key_H), &ViewLook::rates);
}

void MainWindow::build_play_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Play"));
  add_action(menu, tr("&Play or pause"), QKeySequence(Qt::Key_Space), [this] { player_->toggle(); });
  add_action(menu, tr("Play &backwards, again for faster"), QKeySequence(Qt::Key_J), [this] { player_->faster(-1); });
  add_action(menu, tr("Pa&use"), QKeySequence(Qt::Key_K), [this] { player_->pause(); });
  add_action(menu, tr("Play &forwards, again for faster"), QKeySequence(Qt::Key_L), [this] { player_->faster(1); });
  menu->addSeparator();
  add_action(menu, tr("Frame back"), QKeySequence(Qt::Key_Left), [this] { player_->step(-1); });
  add_action(menu, tr("Frame on"), QKeySequence(Qt::Key_Right), [this] { player_->step(1); });
  add_action(menu, tr("Ten frames back"), QKeySequence(Qt::SHIFT | Qt::Key_Left), [this] { player_->step(-kLargeStep); });
  add_action(menu, tr("Ten frames on"), QKeySequence(Qt::SHIFT | Qt::Key_Right), [this] { player_->step(kLargeStep); });
  add_action(menu, tr("First frame"), QKeySequence(Qt::Key_Home), [this] { player_->seek(0); });
  add_action(menu, tr("Last frame"), QKeySequence(Qt::Key_End), [this] { player_->seek(player_->frame_count() - 1); });
  menu->addSeparator();
  const auto go_to = [this](std::optional<std::int64_t> frame) {
    if (frame) player_->seek(*frame);
  };
  add_action(menu, tr("&Next of the worst frames"), QKeySequence(Qt::Key_N), [this, go_to] { go_to(timeline_->worst_after(player_->playhead())); });
  add_action(menu, tr("Previous of the worst frames"), QKeySequence(Qt::SHIFT | Qt::Key_N),
             [this, go_to] { go_to(timeline_->worst_before(player_->playhead())); });
  menu->addSeparator();
  build_range_actions(menu);
}

void MainWindow::build_range_actions(QMenu* menu) {
  QAction* in = add_action(menu, tr("Set &in point"), QKeySequence(Qt::Key_I), [this] { player_->set_in(player_->playhead()); });
  QAction* out = add_action(menu, tr("Set &out point"), QKeySequence(Qt::Key_O), [this] { player_->set_out(player_->playhead()); });
  add_action(menu, tr("Clear in point"), QKeySequence(Qt::SHIFT | Qt::Key_I), [this] { player_->set_in(std::nullopt); });
  add_action(menu, tr("Clear out point"), QKeySequence(Qt::SHIFT | Qt::Key_O), [this] { player_->set_out(std::nullopt); });
  QAction* loop = menu->addAction(tr("&Loop"));
  loop->setShortcut(QKeySequence(Qt::Key_Backslash));
  loop->setCheckable(true);
  connect(loop, &QAction::toggled, player_, &Player::set_loop);
  transport_->add_range_action(in, TransportIcon::kIn);
  transport_->add_range_action(out, TransportIcon::kOut);
  transport_->add_range_action(loop, TransportIcon::kLoop);
}

}  // namespace keel::ui
