// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/motion_panel.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QRadioButton>
#include <QSettings>
#include <QToolButton>
#include <algorithm>

#include "engine/motion/motion_estimator.h"
#include "ui/estimator_names.h"
#include "ui/option_form.h"
#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

const QString kAnalyseAllKey = QStringLiteral("analysis/all");
/// An analysis starts once a slider has been left alone for so long: one for each of its steps would be work for nothing.
constexpr int kRestMs = 400;
constexpr int kSwatch = 10;  ///< px

QIcon swatch(const QColor& color, double ratio) {
  QPixmap pixmap(QSize(kSwatch, kSwatch) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawEllipse(QRectF(1, 1, kSwatch - 2, kSwatch - 2));
  return QIcon(pixmap);
}

bool is_active(AnalysisStage stage) { return stage == AnalysisStage::kWaiting || stage == AnalysisStage::kRunning; }

/// A word or two: where the estimator stands with this clip.
QString state_of(const EstimatorView& view, bool clip) {
  switch (view.stage) {
    case AnalysisStage::kUnavailable:
      return MotionPanel::tr("missing");
    case AnalysisStage::kWaiting:
      return MotionPanel::tr("waiting");
    case AnalysisStage::kRunning: {
      const double share = view.frames_total > 0 ? static_cast<double>(view.frames_done) / static_cast<double>(view.frames_total) : 0;
      return MotionPanel::tr("%1 %").arg(QLocale().toString(100 * std::min(share, 1.0), 'f', 0));
    }
    case AnalysisStage::kCancelled:
      return MotionPanel::tr("cancelled");
    case AnalysisStage::kFailed:
      return MotionPanel::tr("failed");
    case AnalysisStage::kDone:
      return view.health == DecodeHealth{} ? MotionPanel::tr("done") : MotionPanel::tr("damaged");
    case AnalysisStage::kNone:
      break;
  }
  return clip ? MotionPanel::tr("not yet") : QString();
}

QString details_of(const EstimatorView& view, const QString& help) {
  QString text = help;
  if (!view.reason.empty()) text += QStringLiteral("\n\n") + QString::fromStdString(view.reason);
  if (view.stage == AnalysisStage::kRunning && view.fps > 0) {
    const auto left = static_cast<double>(std::max<std::int64_t>(view.frames_total - view.frames_done, 0));
    text += QStringLiteral("\n\n") +
            MotionPanel::tr("%1 frames a second, %2 left.").arg(QLocale().toString(view.fps, 'f', 0), duration_text(left / view.fps));
  }
  if (view.stage == AnalysisStage::kDone) {
    const QString done = view.from_cache ? MotionPanel::tr("%1, analysed earlier.")
                                         : (view.compute.on_gpu ? MotionPanel::tr("%1 analysed on the GPU.") : MotionPanel::tr("%1 analysed."));
    text += QStringLiteral("\n\n") + done.arg(frames_text(view.frames_done));
    if (view.compute.difference) text += QStringLiteral("\n\n") + QString::fromStdString(compute_text(view.compute)) + QLatin1Char('.');
    for (const std::string& sentence : describe(view.health, view.frames_done)) text += QStringLiteral("\n\n") + QString::fromStdString(sentence);
    if (view.compute.trouble) text += QStringLiteral("\n\n") + QString::fromStdString(*view.compute.trouble);
  }
  return text;
}

}  // namespace

MotionPanel::MotionPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent), model_(model), all_(new QCheckBox(tr("Analyse all, in the background"), this)), options_(new OptionForm(this)) {
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(6);
  box->addWidget(make_section(tr("MOTION"), this));
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(6);
  grid->setVerticalSpacing(2);
  grid->setColumnStretch(0, 1);
  box->addLayout(grid);
  auto* group = new QButtonGroup(this);
  for (const AlgorithmInfo& info : motion_estimators()) {
    add_row(info.id, QString::fromStdString(info.help));
    const Row& row = rows_.back();
    const int line = static_cast<int>(rows_.size()) - 1;
    group->addButton(row.choice);
    grid->addWidget(row.choice, line, 0);
    grid->addWidget(row.state, line, 1);
    grid->addWidget(row.button, line, 2);
  }
  all_->setToolTip(
      tr("Once the chosen estimator is done, the others are analysed where it leaves the processor idle, so that they can be compared and "
         "switched without waiting. Clips of more than %1 frames are analysed on demand only.")
          .arg(QLocale().toString(static_cast<qlonglong>(kMostFramesUnasked))));
  box->addSpacing(4);
  box->addWidget(options_);
  box->addWidget(all_);
  all_->setChecked(QSettings().value(kAnalyseAllKey, true).toBool());
  model_.set_analyse_all(all_->isChecked());
  connect(all_, &QCheckBox::toggled, this, [this](bool on) {
    QSettings().setValue(kAnalyseAllKey, on);
    model_.set_analyse_all(on);
  });
  rested_.setSingleShot(true);
  rested_.setInterval(kRestMs);
  connect(&rested_, &QTimer::timeout, this, &MotionPanel::apply_options);
  connect(options_, &OptionForm::edited, &rested_, qOverload<>(&QTimer::start));
  connect(&model_, &SessionModel::settings_changed, this, &MotionPanel::show_options);
  connect(&model_, &SessionModel::settings_changed, this, &MotionPanel::show_estimators);
  connect(&model_, &SessionModel::analysis_changed, this, &MotionPanel::show_estimators);
  connect(&model_, &SessionModel::clip_changed, this, &MotionPanel::show_estimators);
  show_colors();
  show_options();
  show_estimators();
}

void MotionPanel::show_options() {
  const std::string& chosen = model_.state().estimator;
  // A slider on the move is ahead of the model.
  if (options_of_ == chosen && rested_.isActive()) return;
  // What was set for another estimator a moment ago is meant for that one.
  if (rested_.isActive()) {
    rested_.stop();
    apply_options();
  }
  if (options_of_ == chosen && options_->values() == model_.estimator_options(chosen)) return;
  options_of_ = chosen;
  for (const AlgorithmInfo& info : motion_estimators())
    if (info.id == chosen) options_->set_options(info.options, model_.estimator_options(chosen), {});
}

void MotionPanel::apply_options() { model_.set_estimator_options(options_of_, options_->values()); }

void MotionPanel::show_colors() {
  for (const Row& row : rows_) row.choice->setIcon(swatch(estimator_color(row.id), devicePixelRatioF()));
}

void MotionPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) show_colors();
  QWidget::changeEvent(event);
}

void MotionPanel::add_row(const std::string& id, const QString& help) {
  Row row{id, new QRadioButton(estimator_label(id), this), make_label(QString(), "dim", this), new QToolButton(this)};
  row.choice->setIconSize(QSize(kSwatch, kSwatch));
  row.choice->setProperty("help", help);
  row.button->setAutoRaise(true);
  row.state->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  // Buttons come and go; the rows keep their height.
  QSizePolicy kept = row.button->sizePolicy();
  kept.setRetainSizeWhenHidden(true);
  row.button->setSizePolicy(kept);
  connect(row.choice, &QRadioButton::clicked, this, [this, id] { model_.set_estimator(id); });
  connect(row.button, &QToolButton::clicked, this, [this, id] {
    const EstimatorView* view = model_.snapshot().find(id);
    if (view == nullptr) return;
    is_active(view->stage) ? model_.cancel_analysis(id) : model_.analyse(id);
  });
  rows_.push_back(row);
}

void MotionPanel::show_estimators() {
  const SessionSnapshot& session = model_.snapshot();
  const bool clip = !model_.state().clip.empty();
  for (const Row& row : rows_) {
    const EstimatorView* known = session.find(row.id);
    EstimatorView view = known != nullptr ? *known : EstimatorView{};
    // Before the first clip nothing is known of the session yet.
    if (const auto available = motion_estimator_available(row.id); known == nullptr && !available) {
      view.stage = AnalysisStage::kUnavailable;
      view.reason = available.error().message;
    }
    const bool usable = view.stage != AnalysisStage::kUnavailable;
    const QString details = details_of(view, row.choice->property("help").toString());
    row.choice->setEnabled(usable);
    row.choice->setChecked(row.id == model_.state().estimator);
    row.choice->setToolTip(details);
    row.state->setText(state_of(view, clip));
    row.state->setToolTip(details);
    const bool active = is_active(view.stage);
    row.button->setVisible(clip && usable && view.stage != AnalysisStage::kDone);
    row.button->setText(active ? QStringLiteral("✕") : QStringLiteral("▶"));
    const QString action = active ? tr("Stop the analysis with %1; what has been found so far stays.") : tr("Analyse the clip with %1.");
    row.button->setToolTip(action.arg(row.choice->text()));
    row.button->setAccessibleName(row.button->toolTip());
  }
}

const MotionPanel::Row* MotionPanel::find(const std::string& id) const {
  const auto it = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.id == id; });
  return it == rows_.end() ? nullptr : &*it;
}

QRadioButton* MotionPanel::choice(const std::string& id) const {
  const Row* row = find(id);
  return row != nullptr ? row->choice : nullptr;
}

QToolButton* MotionPanel::button(const std::string& id) const {
  const Row* row = find(id);
  return row != nullptr ? row->button : nullptr;
}

QString MotionPanel::state_text(const std::string& id) const {
  const Row* row = find(id);
  return row != nullptr ? row->state->text() : QString();
}

}  // namespace keel::ui
