// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/side_menu.h"

#include <QMenu>
#include <QObject>

#include "ui/estimator_names.h"
#include "ui/session_model.h"
#include "ui/viewport/view_controller.h"

namespace keel::ui {
namespace {

void fill(QMenu& menu, Side side, const SessionModel& model, ViewController& viewing) {
  menu.clear();
  menu.setToolTipsVisible(true);
  const std::string shown = side == Side::kOriginal ? viewing.look().original_shows : viewing.look().stabilized_shows;
  const auto add = [&](const QString& text, const std::string& shows) {
    QAction* action = menu.addAction(text);
    action->setCheckable(true);
    action->setChecked(shown == shows);
    QObject::connect(action, &QAction::triggered, &viewing, [&viewing, side, shows] { viewing.set_side(side, shows); });
    return action;
  };
  add(QObject::tr("Original"), kShowsOriginal);
  add(QObject::tr("Result, as exported (now %1)").arg(estimator_label(model.state().estimator)), kShowsResult);
  menu.addSeparator();
  for (const EstimatorView& estimator : model.snapshot().estimators) {
    QAction* action = add(QObject::tr("Stabilized with %1").arg(estimator_label(estimator.id)), estimator.id);
    action->setEnabled(estimator.stage != AnalysisStage::kUnavailable);
    action->setToolTip(QString::fromStdString(estimator.reason));
  }
}

}  // namespace

void fill_side_menu(QMenu& menu, Side side, const SessionModel& model, ViewController& viewing) {
  QObject::connect(&menu, &QMenu::aboutToShow, &viewing, [&menu, side, &model, &viewing] { fill(menu, side, model, viewing); });
  // Once now: an empty menu has nowhere to open.
  fill(menu, side, model, viewing);
}

}  // namespace keel::ui
