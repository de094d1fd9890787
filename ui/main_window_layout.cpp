// SPDX-License-Identifier: GPL-3.0-or-later
// The window's arrangement: panels, status bar and menus.
#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>
#include <functional>

#include "ui/help_dialogs.h"
#include "ui/main_window.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/framing_panel.h"
#include "ui/panels/panel_parts.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/plots/path_plot.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/welcome_page.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui {
namespace {

constexpr int kSidePanelWidth = 272;
constexpr int kStageHeight = 400, kPlotHeight = 290;  ///< starting heights; the splitter shares out the rest in this ratio
constexpr int kLargeStep = 10;

}  // namespace

void MainWindow::build_layout() {
  view_ = make_picture_view(stage_);
  stage_->addWidget(welcome_);
  stage_->addWidget(view_->widget());
  transport_ = new TransportBar(*player_, this);
  auto* lower = new QWidget(this);
  auto* lower_box = new QVBoxLayout(lower);
  lower_box->setContentsMargins(0, 0, 0, 0);
  lower_box->setSpacing(0);
  lower_box->addWidget(transport_);
  lower_box->addWidget(plot_, 1);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->setChildrenCollapsible(false);
  splitter->addWidget(stage_);
  splitter->addWidget(lower);
  splitter->setStretchFactor(0, kStageHeight);
  splitter->setStretchFactor(1, kPlotHeight);
  splitter->setSizes({kStageHeight, kPlotHeight});
  auto* row = new QHBoxLayout;
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(splitter, 1);
  row->addWidget(build_side_panel());
  auto* central = new QWidget(this);
  auto* box = new QVBoxLayout(central);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(0);
  box->addWidget(messages_);
  box->addLayout(row, 1);
  setCentralWidget(central);
}

QWidget* MainWindow::build_side_panel() {
  steadiness_ = new SteadinessPanel(*model_, this);
  framing_ = new FramingPanel(*model_, this);
  export_panel_ = new ExportPanel(*model_, this);
  auto* controls = new QWidget(this);
  auto* box = new QVBoxLayout(controls);
  box->setContentsMargins(14, 14, 14, 8);
  box->setSpacing(12);
  box->addWidget(steadiness_);
  box->addWidget(make_separator(controls));
  box->addWidget(framing_);
  box->addStretch(1);
  // Small screens scroll the controls; the export button stays in sight.
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(controls);
  auto* panel = new QFrame(this);
  panel->setObjectName(QStringLiteral("sidePanel"));
  panel->setFixedWidth(kSidePanelWidth);
  auto* panel_box = new QVBoxLayout(panel);
  panel_box->setContentsMargins(0, 0, 0, 0);
  panel_box->addWidget(scroll, 1);
  auto* foot = new QVBoxLayout;
  foot->setContentsMargins(14, 0, 14, 14);
  foot->addWidget(export_panel_);
  panel_box->addLayout(foot);
  return panel;
}

void MainWindow::build_status_bar() {
  analysis_bar_->setTextVisible(false);
  analysis_bar_->setFixedWidth(140);
  analysis_bar_->setAccessibleName(tr("Analysis progress"));
  analysis_cancel_->setToolTip(tr("Stop the analysis; what has been found so far stays."));
  facts_->setContentsMargins(8, 0, 0, 0);
  analysis_text_->setContentsMargins(8, 0, 8, 0);
  analysis_text_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  // As wide as its longest usual text: the bar stays still while the numbers change.
  analysis_text_->setMinimumWidth(fontMetrics().horizontalAdvance(tr("Analysing 100 %, 9999 fps, 99 min 59 s left")));
  facts_->setAccessibleName(tr("About the clip"));
  facts_->setMinimumWidth(1);
  statusBar()->setSizeGripEnabled(false);
  statusBar()->setContentsMargins(0, 0, 6, 0);
  statusBar()->addWidget(facts_, 1);
  statusBar()->addPermanentWidget(analysis_text_);
  statusBar()->addPermanentWidget(analysis_bar_);
  statusBar()->addPermanentWidget(analysis_cancel_);
}

QAction* MainWindow::add_action(QMenu* menu, const QString& text, const QKeySequence& keys, const std::function<void()>& act) {
  auto* action = menu->addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, act);
  return action;
}

void MainWindow::build_menus() {
  build_file_menu();
  build_view_menu();
  build_play_menu();
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  add_action(help, tr("Keyboard &shortcuts"), QKeySequence(Qt::Key_F1), [this] { show_shortcuts(this); });
  add_action(help, tr("&About Keel"), {}, [this] { show_about(this); });
}

void MainWindow::build_file_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&File"));
  add_action(menu, tr("&Open…"), QKeySequence(Qt::CTRL | Qt::Key_O), [this] { choose_clip(); });
  add_action(menu, tr("Open &sample"), {}, [this] { sample_job_->start(); });
  menu->addSeparator();
  export_action_ = add_action(menu, tr("&Export…"), QKeySequence(Qt::CTRL | Qt::Key_E), [this] { choose_export(); });
  export_action_->setEnabled(false);
  menu->addSeparator();
  add_action(menu, tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
}

void MainWindow::build_view_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&View"));
  auto* modes = new QActionGroup(this);
  const auto add_mode = [&](const QString& text, CompareMode mode) {
    QAction* action = add_action(menu, text, {}, [this, mode] {
      mode_ = mode;
      refresh_view();
    });
    action->setCheckable(true);
    action->setChecked(mode == mode_);
    modes->addAction(action);
  };
  add_mode(tr("Side &by side"), CompareMode::kSideBySide);
  add_mode(tr("Stabilized &only"), CompareMode::kStabilizedOnly);
  add_mode(tr("Ori&ginal only"), CompareMode::kOriginalOnly);
  menu->addSeparator();
  // Its key, S, is watched by the window itself, because it may be held.
  stabilized_action_ = add_action(menu, tr("&Stabilized picture\tS"), {}, [this] { set_stabilized(!stabilized_); });
  stabilized_action_->setCheckable(true);
  stabilized_action_->setChecked(stabilized_);
  menu->addSeparator();
  add_action(menu, tr("&Full screen"), QKeySequence(Qt::Key_F11), [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
}

void MainWindow::build_play_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Play"));
  add_action(menu, tr("&Play or pause"), QKeySequence(Qt::Key_Space), [this] { player_->toggle(); });
  add_action(menu, tr("Play &backwards"), QKeySequence(Qt::Key_J), [this] { player_->faster(-1); });
  add_action(menu, tr("Pa&use"), QKeySequence(Qt::Key_K), [this] { player_->pause(); });
  add_action(menu, tr("Play &forwards"), QKeySequence(Qt::Key_L), [this] { player_->faster(1); });
  menu->addSeparator();
  add_action(menu, tr("Frame back"), QKeySequence(Qt::Key_Left), [this] { player_->step(-1); });
  add_action(menu, tr("Frame on"), QKeySequence(Qt::Key_Right), [this] { player_->step(1); });
  add_action(menu, tr("Ten frames back"), QKeySequence(Qt::SHIFT | Qt::Key_Left), [this] { player_->step(-kLargeStep); });
  add_action(menu, tr("Ten frames on"), QKeySequence(Qt::SHIFT | Qt::Key_Right), [this] { player_->step(kLargeStep); });
  add_action(menu, tr("First frame"), QKeySequence(Qt::Key_Home), [this] { player_->seek(0); });
  add_action(menu, tr("Last frame"), QKeySequence(Qt::Key_End), [this] { player_->seek(player_->frame_count() - 1); });
  menu->addSeparator();
  QAction* loop = menu->addAction(tr("&Loop"));
  loop->setShortcut(QKeySequence(Qt::Key_Backslash));
  loop->setCheckable(true);
  connect(loop, &QAction::toggled, player_, &Player::set_loop);
}

}  // namespace keel::ui
