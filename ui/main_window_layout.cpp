// SPDX-License-Identifier: GPL-3.0-or-later
// The window's arrangement: panels and status bar.
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include "ui/main_window.h"
#include "ui/option_form.h"
#include "ui/panels/clip_list.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/framing_panel.h"
#include "ui/panels/motion_panel.h"
#include "ui/panels/panel_parts.h"
#include "ui/panels/scorecard_panel.h"
#include "ui/panels/steadiness_panel.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/plots/path_plot.h"
#include "ui/session_model.h"
#include "ui/timeline/timeline.h"
#include "ui/viewport/view_controller.h"
#include "ui/welcome_page.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui {
namespace {

constexpr int kSidePanelWidth = 304, kPanelMargin = 14, kFootMargin = 8;  ///< px; the second one above and below
constexpr int kStageHeight = 360, kPlotHeight = 360;  ///< starting heights; the splitter shares out the rest in this ratio

constexpr int kLeastPlotHeight = 66;  ///< px: legend and a strip; the others are scrolled to

/// Small screens scroll the plots instead of pressing them flat.
QScrollArea* make_plot_area(PathPlot* plot, QWidget* parent) {
  auto* area = new QScrollArea(parent);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setMinimumHeight(kLeastPlotHeight);
  area->setAccessibleName(MainWindow::tr("Plots"));
  area->setFocusPolicy(Qt::TabFocus);
  area->setWidget(plot);
  QObject::connect(area->verticalScrollBar(), &QScrollBar::rangeChanged, plot, [area, plot](int, int most) {
    plot->give_room(most > 0 ? area->verticalScrollBar()->sizeHint().width() : 0);
  });
  return area;
}

}  // namespace

void MainWindow::build_layout() {
  view_ = make_picture_view(stage_);
  stage_->addWidget(welcome_);
  stage_->addWidget(view_->widget());
  viewing_ = new ViewController(*view_, this);
  view_->widget()->setFocusPolicy(Qt::ClickFocus);
  transport_ = new TransportBar(*player_, this);
  auto* lower = new QWidget(this);
  auto* lower_box = new QVBoxLayout(lower);
  lower_box->setContentsMargins(0, 0, 0, 0);
  lower_box->setSpacing(0);
  lower_box->addWidget(transport_);
  lower_box->addWidget(timeline_);
  lower_box->addWidget(make_plot_area(plot_, lower), 1);
  splitter_ = new QSplitter(Qt::Vertical, this);
  splitter_->setChildrenCollapsible(false);
  splitter_->addWidget(stage_);
  splitter_->addWidget(lower);
  splitter_->setStretchFactor(0, kStageHeight);
  splitter_->setStretchFactor(1, kPlotHeight);
  splitter_->setSizes({kStageHeight, kPlotHeight});
  auto* row = new QHBoxLayout;
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(splitter_, 1);
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
  clips_ = new ClipList(*projects_, this);
  motion_ = new MotionPanel(*model_, this);
  steadiness_ = new SteadinessPanel(*model_, this);
  framing_ = new FramingPanel(*model_, this);
  scorecard_ = new ScorecardPanel(*model_, this);
  export_panel_ = new ExportPanel(*model_, this);
  auto* controls = new QWidget(this);
  controls->setObjectName(QStringLiteral("controls"));
  auto* box = new QVBoxLayout(controls);
  box->setContentsMargins(kPanelMargin, kFootMargin, kPanelMargin, 8);
  box->setSpacing(12);
  box->addWidget(clips_);
  box->addWidget(motion_);
  box->addWidget(make_separator(controls));
  box->addWidget(steadiness_);
  box->addWidget(make_separator(controls));
  box->addWidget(framing_);
  box->addWidget(make_separator(controls));
  box->addWidget(scorecard_);
  box->addStretch(1);
  // Small screens scroll the controls; the export button stays in sight.
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(controls);
  // What is in it takes the focus, and is scrolled into sight by that.
  scroll->setFocusPolicy(Qt::NoFocus);
  // The bar takes its room from the margin: with and without it the controls end where the export button does.
  connect(scroll->verticalScrollBar(), &QScrollBar::rangeChanged, box, [scroll, box](int, int most) {
    const int bar = most > 0 ? scroll->verticalScrollBar()->sizeHint().width() : 0;
    box->setContentsMargins(kPanelMargin, kFootMargin, kPanelMargin - bar, 8);
  });
  order_tabs(*controls);
  for (OptionForm* form : controls->findChildren<OptionForm*>()) connect(form, &OptionForm::rebuilt, controls, [controls] { order_tabs(*controls); });
  auto* panel = new QFrame(this);
  panel->setObjectName(QStringLiteral("sidePanel"));
  panel->setFixedWidth(kSidePanelWidth);
  auto* panel_box = new QVBoxLayout(panel);
  panel_box->setContentsMargins(0, 0, 0, 0);
  panel_box->addWidget(scroll, 1);
  panel_box->setSpacing(0);
  auto* foot = new QFrame(panel);
  foot->setObjectName(QStringLiteral("exportFoot"));
  auto* foot_box = new QVBoxLayout(foot);
  foot_box->setContentsMargins(kPanelMargin, kFootMargin, kPanelMargin, kFootMargin);
  foot_box->addWidget(export_panel_);
  panel_box->addWidget(foot);
  return panel;
}

void MainWindow::build_status_bar() {
  analysis_bar_->setTextVisible(false);
  analysis_bar_->setFixedWidth(140);
  analysis_bar_->setAccessibleName(tr("Analysis progress"));
  analysis_cancel_->setToolTip(tr("Stop this analysis; what has been found so far stays."));
  facts_->setContentsMargins(8, 0, 0, 0);
  analysis_text_->setContentsMargins(8, 0, 8, 0);
  analysis_text_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  facts_->setAccessibleName(tr("About the clip"));
  facts_->setMinimumWidth(1);
  statusBar()->setSizeGripEnabled(false);
  statusBar()->setContentsMargins(0, 0, 6, 0);
  statusBar()->addWidget(facts_, 1);
  statusBar()->addPermanentWidget(backends_);
  statusBar()->addPermanentWidget(analysis_text_);
  statusBar()->addPermanentWidget(analysis_bar_);
  statusBar()->addPermanentWidget(analysis_cancel_);
}

}  // namespace keel::ui
