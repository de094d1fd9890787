// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/scorecard_panel.h"

#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/panels/panel_parts.h"
#include "ui/plots/trade_off_plot.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

/// Nobody reads figures while dragging, and measuring takes the processor from the preview.
constexpr int kDelay_ms = 800;
const QString kFoldKey = QStringLiteral("window/scorecard"), kCurveKey = QStringLiteral("window/trade_off");

StabilizeSettings without_keep(StabilizeSettings settings) {
  settings.keep = 1;
  return settings;
}

}  // namespace

ScorecardPanel::ScorecardPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      judge_(new ScoreJob(this)),
      tracer_(new ScoreJob(this)),
      body_(new QWidget(this)),
      curve_body_(new QWidget(this)),
      state_(make_label(QString(), "dim", this)),
      curve_state_(make_label(QString(), "dim", this)),
      plot_(new TradeOffPlot(curve_body_)) {
  build();
  delay_.setSingleShot(true);
  delay_.setInterval(kDelay_ms);
  connect(&delay_, &QTimer::timeout, this, [this] {
    measure();
    trace();
  });
  connect(judge_, &ScoreJob::progressed, this, [this](int percent) { state_->setText(tr("Measuring the picture… %1 %").arg(percent)); });
  connect(judge_, &ScoreJob::finished, this, &ScorecardPanel::show_score);
  connect(tracer_, &ScoreJob::progressed, this, [this](int percent) { curve_state_->setText(tr("Measuring ten budgets… %1 %").arg(percent)); });
  connect(tracer_, &ScoreJob::finished, this, &ScorecardPanel::show_curve);
  connect(plot_, &TradeOffPlot::keep_requested, this, [this](double keep) {
    StabilizeSettings settings = model_.state().settings;
    settings.keep = keep;
    model_.set_settings(settings);
  });
  for (const auto changed : {&SessionModel::solution_changed, &SessionModel::settings_changed, &SessionModel::clip_changed, &SessionModel::track_completed})
    connect(&model_, changed, this, &ScorecardPanel::note_change);
  note_change();
}

void ScorecardPanel::build() {
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(8);
  fold_ = make_fold(tr("SCORECARD"), tr("Measures how steady the output picture is; runs in the background while this is open."), this);
  curve_fold_ = make_fold(tr("TRADE-OFF"), tr("Measures ten crop budgets in the background while this is open; takes about ten times as long."), this);
  auto* grid = new QGridLayout(body_);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setVerticalSpacing(4);
  const std::array<QString, 3> columns{tr("Cropping"), tr("Distortion"), tr("Stability")};
  for (int column = 0; column < 3; ++column) {
    QLabel* heading = make_label(columns[static_cast<std::size_t>(column)], "dim", body_);
    // Above the figures' ends.
    heading->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    grid->addWidget(heading, 0, column + 1);
  }
  const std::array<QString, kTriplets> rows{QStringLiteral("Fusta"), QStringLiteral("Bundled"), QStringLiteral("Gimbal")};
  for (int row = 0; row < kTriplets; ++row) {
    grid->addWidget(make_label(rows[static_cast<std::size_t>(row)], "dim", body_), row + 1, 0);
    for (int column = 0; column < 3; ++column) {
      QLabel* value = add_value(tr("%1 as published; 0 to 1, 1 is ideal.").arg(columns[static_cast<std::size_t>(column)]));
      grid->addWidget(value, row + 1, column + 1);
      triplets_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = value;
    }
  }
  const std::array<std::pair<QString, QString>, kMeasures> measures{{
      {tr("Acceleration left"), tr("Residual acceleration of the camera, in % of the original's; less is steadier.")},
      {tr("Shake left"), tr("Movement faster than a quarter of a second, in % of the original's.")},
      {tr("Wobble"), tr("Bending between neighbouring frames, in % of the original's; a zoom shows it larger.")},
      {tr("Picture kept"), tr("Linear share of the original that is seen, mean over the frames, in %.")},
      {tr("Frames with a border"), tr("Share of frames whose edge shows what was not filmed, in %.")},
      {tr("Sharpness"), tr("Fine detail left in the picture, in % of the original's.")},
  }};
  for (int row = 0; row < kMeasures; ++row) {
    const auto& [name, help] = measures[static_cast<std::size_t>(row)];
    grid->addWidget(make_label(name, "dim", body_), kTriplets + 1 + row, 0, 1, 3);
    grid->addWidget(measures_[static_cast<std::size_t>(row)] = add_value(help), kTriplets + 1 + row, 3);
  }
  state_->setWordWrap(true);
  grid->addWidget(state_, kTriplets + 1 + kMeasures, 0, 1, 4);
  auto* curve_box = new QVBoxLayout(curve_body_);
  curve_box->setContentsMargins(0, 0, 0, 0);
  curve_box->addWidget(plot_);
  curve_box->addWidget(curve_state_);
  curve_state_->setWordWrap(true);
  for (QWidget* part : {static_cast<QWidget*>(fold_), body_, static_cast<QWidget*>(curve_fold_), curve_body_}) box->addWidget(part);
  const auto tie = [this](QToolButton* button, QWidget* body, const QString& key, bool open) {
    connect(button, &QToolButton::toggled, this, [this, button, body, key](bool on) {
      body->setVisible(on);
      QSettings().setValue(key, on);
      note_change();
    });
    body->setVisible(false);
    button->setChecked(QSettings().value(key, open).toBool());
  };
  tie(fold_, body_, kFoldKey, false);
  tie(curve_fold_, curve_body_, kCurveKey, false);
}

QLabel* ScorecardPanel::add_value(const QString& help) {
  QLabel* value = make_label(QStringLiteral("–"), "dim", body_);
  value->setToolTip(help);
  value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  return value;
}

QString ScorecardPanel::state_text() const { return state_->text(); }
QString ScorecardPanel::curve_text() const { return curve_state_->text(); }
QString ScorecardPanel::triplet_text(int row, int column) const {
  return triplets_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)]->text();
}
QString ScorecardPanel::measure_text(int row) const { return measures_[static_cast<std::size_t>(row)]->text(); }

void ScorecardPanel::set_dimmed(bool dimmed) {
  const char* role = dimmed ? "dim" : "value";
  for (const auto& row : triplets_)
    for (QLabel* value : row) set_role(value, role);
  for (QLabel* value : measures_) set_role(value, role);
}

ScoreRequest ScorecardPanel::request(bool curve) const {
  const SessionSnapshot& session = model_.snapshot();
  return {session.clip->path, session.solution, session.track->size, model_.state().settings, model_.fill(), curve, model_.metrics_device()};
}

void ScorecardPanel::note_change() {
  plot_->set_keep(model_.state().settings.keep);
  const SessionSnapshot& session = model_.snapshot();
  if (!session.exportable()) {
    for (ScoreJob* job : {judge_, tracer_}) job->cancel();
    delay_.stop();
    measured_.reset();
    traced_track_.reset();
    plot_->set_curve({});
    set_dimmed(true);
    for (QLabel* text : {state_, curve_state_}) text->setText(tr("Measured once the clip is analysed."));
    return;
  }
  if (!fold_->isChecked()) judge_->cancel();
  if (!curve_fold_->isChecked()) tracer_->cancel();
  if (!fold_->isChecked()) measured_.reset();
  if (!curve_fold_->isChecked()) traced_track_.reset();
  const bool stale = fold_->isChecked() && (measured_ != session.solution || measured_settings_ != model_.state().settings || measured_fill_ != model_.fill());
  const bool stale_curve = curve_fold_->isChecked() && (traced_track_ != session.track || traced_settings_ != without_keep(model_.state().settings) || traced_fill_ != model_.fill());
  // Forgotten, too: whoever goes back to the measured settings before the next measurement gets it again.
  if (stale) {
    judge_->cancel();
    measured_.reset();
    set_dimmed(true);
    state_->setText(tr("Changed; measuring in a moment…"));
  }
  if (stale_curve) {
    tracer_->cancel();
    traced_track_.reset();
    curve_state_->setText(tr("Changed; measuring in a moment…"));
  }
  if (stale || stale_curve) delay_.start();
}

void ScorecardPanel::measure() {
  const auto& solution = model_.snapshot().solution;
  if (!fold_->isChecked() || !model_.snapshot().exportable() || (measured_ == solution && measured_fill_ == model_.fill())) return;
  measured_ = solution;
  measured_settings_ = model_.state().settings;
  measured_fill_ = model_.fill();
  state_->setText(tr("Measuring the picture…"));
  judge_->start(request(false));
}

void ScorecardPanel::trace() {
  const StabilizeSettings settings = without_keep(model_.state().settings);
  const auto& track = model_.snapshot().track;
  if (!curve_fold_->isChecked() || !model_.snapshot().exportable() || (traced_track_ == track && traced_settings_ == settings && traced_fill_ == model_.fill())) return;
  traced_track_ = track;
  traced_settings_ = settings;
  traced_fill_ = model_.fill();
  curve_state_->setText(tr("Measuring ten budgets…"));
  tracer_->start(request(true));
}

void ScorecardPanel::show_score(const Score& score) {
  if (score.failure) {
    for (const auto& row : triplets_)
      for (QLabel* value : row) value->setText(QStringLiteral("–"));
    for (QLabel* value : measures_) value->setText(QStringLiteral("–"));
    state_->setText(QString::fromStdString(*score.failure));
    return;
  }
  const metrics::MetricsReport& report = score.report;
  const std::array<metrics::Triplet, kTriplets> triplets{report.fusta, report.bundled, report.gimbal};
  for (std::size_t row = 0; row < triplets.size(); ++row) {
    const std::array<double, 3> values{triplets[row].cropping, triplets[row].distortion, triplets[row].stability};
    for (std::size_t column = 0; column < 3; ++column) triplets_[row][column]->setText(locale().toString(values[column], 'f', 3));
  }
  const std::array<double, kMeasures> shares{report.jitter_ratio, report.shake_ratio,      report.wobble_ratio, report.kept.mean_linear,
                                             report.border.any_share, report.sharpness_frames > 0 ? report.sharpness : -1};
  for (std::size_t row = 0; row < shares.size(); ++row)
    measures_[row]->setText(shares[row] < 0 ? QStringLiteral("–") : tr("%1 %").arg(locale().toString(100 * shares[row], 'f', 1)));
  set_dimmed(false);
  state_->setText(tr("Measured in %1 at %2 × %3 px.").arg(frames_text(report.compared_frames)).arg(score.proxy.width).arg(score.proxy.height));
  state_->setToolTip(QString::fromStdString(report.gpu_trouble.value_or("")));
}

void ScorecardPanel::show_curve(const Score& score) {
  plot_->set_curve(score.points);
  plot_->set_keep(model_.state().settings.keep);
  curve_state_->setText(score.failure ? QString::fromStdString(*score.failure) : tr("Drag the point to choose how much picture is kept."));
}

}  // namespace keel::ui
