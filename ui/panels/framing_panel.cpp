// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/framing_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui {
namespace {

constexpr int kBadgePadding = 12;  ///< above and below, as in the style sheet

QString label_of(Framing framing) {
  switch (framing) {
    case Framing::kFixed:
      return FramingPanel::tr("Fixed window");
    case Framing::kAdaptive:
      return FramingPanel::tr("Adaptive zoom");
    case Framing::kNone:
      return FramingPanel::tr("Whole picture, filled");
  }
  return {};
}

QString help_of(Framing framing) {
  switch (framing) {
    case Framing::kFixed:
      return FramingPanel::tr("One window for the whole clip, the largest that every frame fills.");
    case Framing::kAdaptive:
      return FramingPanel::tr("A window that changes slowly: more of the picture where the clip is calm.");
    case Framing::kNone:
      return FramingPanel::tr("Nothing is cropped; what the movement leaves empty is filled.");
  }
  return {};
}

/// The edge of the source that an output frame comes nearest to, and how near, in source px between pixel centres.
struct NearestEdge {
  double margin_px = 0;
  QString name;
};

NearestEdge nearest_edge(const FrameWarp& warp, Size output, Size source) {
  const auto [left, right, top, bottom] = border_margins(warp, output, source);
  const std::array<NearestEdge, 4> edges{{{left, FramingPanel::tr("left")}, {right, FramingPanel::tr("right")}, {top, FramingPanel::tr("upper")}, {bottom, FramingPanel::tr("lower")}}};
  return *std::min_element(edges.begin(), edges.end(), [](const NearestEdge& a, const NearestEdge& b) { return a.margin_px < b.margin_px; });
}

}  // namespace

FramingPanel::FramingPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      form_(new QFormLayout),
      framing_(new QComboBox(this)),
      fill_(new QComboBox(this)),
      kept_(make_label(QString(), "value", this)),
      zoom_(make_label(QString(), "value", this)),
      output_(make_label(QString(), "value", this)),
      certificate_(make_label(QString(), "badge-off", this)),
      reason_(make_label(QString(), "dim", this)),
      rolling_shutter_(new QCheckBox(tr("Straighten rolling shutter"), this)) {
  zoom_smoothness_ = new ValueSlider({tr("Zoom smoothness"), tr("%"), tr("How slowly the zoom changes: from half a second to eight."), 0, 100,
                                      StabilizeSettings{}.zoom_smoothness * 100, 0},
                                     this);
  fill_lists();
  kept_->setToolTip(tr("Share of the picture's width and height that the output shows, in %; where it changes, the smallest."));
  zoom_->setToolTip(tr("How much larger things are than in the source; where it changes, at most."));
  output_->setToolTip(tr("Size of the exported picture in pixels."));
  certificate_->setToolTip(
      tr("Computed from the corners of every output frame: how far, in source pixels, the nearest one is from the edge of the filmed picture. "
         "Click to go there."));
  certificate_->setWordWrap(true);
  certificate_->setFocusPolicy(Qt::TabFocus);
  certificate_->setCursor(Qt::PointingHandCursor);
  certificate_->installEventFilter(this);
  // Room for two lines at once: the panel stays still when the text grows.
  certificate_->setMinimumHeight(2 * fontMetrics().lineSpacing() + kBadgePadding);
  reason_->setWordWrap(true);
  reason_->setMinimumHeight(2 * fontMetrics().lineSpacing());
  reason_->setToolTip(tr("Why the picture is zoomed in: the frame and edge that allow no larger window, and the room at the present frame."));
  rolling_shutter_->setToolTip(tr("Most cameras read a picture row by row, so shaking bends it. The bends are measured and taken out; only Classical measures them."));
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(8);
  box->addWidget(make_section(tr("FRAMING"), this));
  form_->setVerticalSpacing(6);
  add_control_row(*form_, tr("Framing"), framing_);
  form_->addRow(zoom_smoothness_);
  add_control_row(*form_, tr("Fill"), fill_);
  form_->addRow(make_label(tr("Picture kept"), "dim", this), kept_);
  form_->addRow(make_label(tr("Zoom"), "dim", this), zoom_);
  form_->addRow(make_label(tr("Output"), "dim", this), output_);
  box->addLayout(form_);
  box->addWidget(certificate_);
  box->addWidget(reason_);
  // Last: what is read more often stays in sight on a small screen.
  box->addWidget(rolling_shutter_);
  connect(framing_, &QComboBox::activated, this, [this] {
    StabilizeSettings settings = model_.state().settings;
    settings.framing = static_cast<Framing>(framing_->currentData().toInt());
    model_.set_settings(settings);
  });
  connect(fill_, &QComboBox::activated, this, [this] { model_.set_fill(static_cast<BorderFill>(fill_->currentData().toInt())); });
  connect(zoom_smoothness_, &ValueSlider::value_edited, this, [this](double percent) {
    StabilizeSettings settings = model_.state().settings;
    settings.zoom_smoothness = percent / 100;
    model_.set_settings(settings);
  });
  connect(rolling_shutter_, &QCheckBox::clicked, this, [this](bool straighten) {
    StabilizeSettings settings = model_.state().settings;
    settings.rolling_shutter = straighten;
    model_.set_settings(settings);
  });
  connect(&model_, &SessionModel::settings_changed, this, &FramingPanel::show_settings);
  connect(&model_, &SessionModel::solution_changed, this, &FramingPanel::show_solution);
  connect(&model_, &SessionModel::analysis_changed, this, &FramingPanel::show_solution);
  show_settings();
  show_solution();
}

void FramingPanel::fill_lists() {
  for (QComboBox* list : {framing_, fill_}) fit_list(*list);
  // Enumerators begin at 1 and have no gaps; the first number without a name ends the list.
  for (int number = 1; !to_string(static_cast<Framing>(number)).empty(); ++number) {
    framing_->addItem(label_of(static_cast<Framing>(number)), number);
    framing_->setItemData(framing_->count() - 1, help_of(static_cast<Framing>(number)), Qt::ToolTipRole);
  }
  framing_->setAccessibleName(tr("Framing"));
  framing_->setToolTip(tr("What the output shows of the steadied picture."));
  for (const BorderFillInfo& info : border_fills()) {
    fill_->addItem(tr(info.label.c_str()), static_cast<int>(info.fill));
    fill_->setItemData(fill_->count() - 1, tr(info.help.c_str()), Qt::ToolTipRole);
  }
  fill_->setAccessibleName(tr("Border fill"));
  fill_->setToolTip(tr("What stands where the movement leaves the picture empty."));
}

QString FramingPanel::certificate_text() const { return certificate_->text(); }
QString FramingPanel::reason_text() const { return reason_->text(); }

void FramingPanel::set_playhead(qint64 frame) {
  playhead_ = frame;
  show_reason();
}

void FramingPanel::request_frame() {
  const auto& solution = model_.snapshot().solution;
  if (solution && solution->plan.borders.frame >= 0) Q_EMIT frame_requested(solution->plan.borders.frame);
}

bool FramingPanel::eventFilter(QObject* watched, QEvent* event) {
  const bool clicked = event->type() == QEvent::MouseButtonRelease;
  const bool press = event->type() == QEvent::KeyPress;
  const int key = press ? static_cast<QKeyEvent*>(event)->key() : 0;
  if (watched == certificate_ && (clicked || key == Qt::Key_Return || key == Qt::Key_Enter)) {
    request_frame();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void FramingPanel::show_settings() {
  const StabilizeSettings& settings = model_.state().settings;
  const QSignalBlocker quiet_framing(framing_), quiet_fill(fill_);
  framing_->setCurrentIndex(framing_->findData(static_cast<int>(settings.framing)));
  fill_->setCurrentIndex(fill_->findData(static_cast<int>(model_.fill())));
  zoom_smoothness_->set_value(settings.zoom_smoothness * 100);
  zoom_smoothness_->setVisible(settings.framing == Framing::kAdaptive);
  rolling_shutter_->setChecked(settings.rolling_shutter);
  fill_->setVisible(settings.framing == Framing::kNone);
  form_->labelForField(fill_)->setVisible(settings.framing == Framing::kNone);
}

void FramingPanel::show_solution() {
  const auto& solution = model_.snapshot().solution;
  show_reason();
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
  const bool complete = model_.snapshot().exportable(), bordered = plan.borders.smallest_margin_px < 0;
  if (bordered) {
    certificate_->setText(tr("Filled borders: up to %1 px at frame %2")
                              .arg(locale().toString(-plan.borders.smallest_margin_px, 'f', 1))
                              .arg(plan.borders.frame));
  } else {
    certificate_->setText(complete ? tr("No borders: smallest margin %1 px at frame %2").arg(margin).arg(plan.borders.frame)
                                   : tr("No borders so far: smallest margin %1 px at frame %2").arg(margin).arg(plan.borders.frame));
  }
  certificate_->setAccessibleName(certificate_->text());
  set_role(certificate_, complete && !bordered ? "badge" : "badge-off");
}

void FramingPanel::show_reason() {
  const SessionSnapshot& session = model_.snapshot();
  if (!session.solution || !session.track || session.solution->plan.frames.empty()) {
    reason_->clear();
    return;
  }
  const WarpPlan& plan = session.solution->plan;
  const auto number = [this](double value) { return locale().toString(value, 'f', 1); };
  const auto last = static_cast<qint64>(plan.frames.size()) - 1;
  const NearestEdge here = nearest_edge(plan.frames[static_cast<std::size_t>(std::clamp<qint64>(playhead_, 0, last))], plan.output, session.track->size);
  if (plan.borders.smallest_margin_px < 0) {
    reason_->setText(tr("Filled: %1 % of the picture on average, at most %2 % (frame %3).")
                         .arg(number(100 * plan.filled.mean_share), number(100 * plan.filled.largest_share))
                         .arg(plan.filled.frame));
    return;
  }
  const QString room = tr("Here the %1 edge is nearest, %2\u00a0px away.").arg(here.name, number(here.margin_px));
  // The plan keeps a hair's breadth of slack.
  if (plan.picture_kept > 1 - 1e-6) {
    reason_->setText(tr("Not zoomed in.") + QLatin1Char(' ') + room);
    return;
  }
  const NearestEdge bound = nearest_edge(plan.frames[static_cast<std::size_t>(plan.borders.frame)], plan.output, session.track->size);
  reason_->setText(tr("Zoomed in because of the %1 edge at frame %2.").arg(bound.name).arg(plan.borders.frame) + QLatin1Char(' ') + room);
}

}  // namespace keel::ui
