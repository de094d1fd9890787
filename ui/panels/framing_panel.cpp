// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/framing_panel.h"

#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr int kBadgePadding = 12;  ///< above and below, as in the style sheet

}  // namespace

FramingPanel::FramingPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      kept_(make_label(QString(), "value", this)),
      zoom_(make_label(QString(), "value", this)),
      output_(make_label(QString(), "value", this)),
      certificate_(make_label(QString(), "badge-off", this)) {
  kept_->setToolTip(tr("Share of the picture's width and height that the output shows, in %."));
  zoom_->setToolTip(tr("How much larger things are than in the source."));
  output_->setToolTip(tr("Size of the exported picture in pixels."));
  certificate_->setToolTip(
      tr("Computed from the corners of every output frame: how far, in source pixels, the nearest one is from the edge of the filmed picture."));
  certificate_->setWordWrap(true);
  // Room for two lines at once: the panel stays still when the text grows.
  certificate_->setMinimumHeight(2 * fontMetrics().lineSpacing() + kBadgePadding);
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(8);
  box->addWidget(make_section(tr("FRAMING"), this));
  auto* form = new QFormLayout;
  form->setVerticalSpacing(4);
  form->addRow(make_label(tr("Picture kept"), "dim", this), kept_);
  form->addRow(make_label(tr("Zoom"), "dim", this), zoom_);
  form->addRow(make_label(tr("Output"), "dim", this), output_);
  box->addLayout(form);
  box->addWidget(certificate_);
  connect(&model_, &SessionModel::solution_changed, this, &FramingPanel::show_solution);
  connect(&model_, &SessionModel::analysis_changed, this, &FramingPanel::show_solution);
  show_solution();
}

QString FramingPanel::certificate_text() const { return certificate_->text(); }

void FramingPanel::show_solution() {
  const auto& solution = model_.snapshot().solution;
  if (!solution || solution->plan.frames.empty()) {
    for (QLabel* label : {kept_, zoom_, output_}) label->setText(QStringLiteral("–"));
    certificate_->setText(tr("Borders: known after the analysis"));
    set_role(certificate_, "badge-off");
    return;
  }
  const WarpPlan& plan = solution->plan;
  kept_->setText(tr("%1 %").arg(locale().toString(plan.picture_kept * 100, 'f', 1)));
  zoom_->setText(plan.picture_kept > 0 ? tr("%1 ×").arg(locale().toString(1 / plan.picture_kept, 'f', 2)) : QStringLiteral("–"));
  output_->setText(tr("%1 × %2 px").arg(plan.output.width).arg(plan.output.height));
  const QString margin = locale().toString(plan.borders.smallest_margin_px, 'f', 1);
  const bool complete = model_.snapshot().exportable();
  certificate_->setText(complete ? tr("No borders: smallest margin %1 px at frame %2").arg(margin).arg(plan.borders.frame)
                                 : tr("No borders so far: smallest margin %1 px at frame %2").arg(margin).arg(plan.borders.frame));
  set_role(certificate_, complete ? "badge" : "badge-off");
}

}  // namespace keel::ui
