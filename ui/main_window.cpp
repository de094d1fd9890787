// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QAction>
#include <QApplication>
#include <QDesktopServices>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>

#include "ui/estimator_names.h"
#include "ui/fill_job.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/framing_panel.h"
#include "ui/panels/panel_parts.h"
#include "ui/playback/player.h"
#include "ui/playback/transport_bar.h"
#include "ui/plots/path_plot.h"
#include "ui/project_controller.h"
#include "ui/sample_job.h"
#include "ui/session_model.h"
#include "ui/sleep_inhibitor.h"
#include "ui/theme.h"
#include "ui/tail_finder.h"
#include "ui/timeline/timeline.h"
#include "ui/view_content.h"
#include "ui/viewport/view_controller.h"
#include "ui/welcome_page.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui {
namespace {

const QString kGeometryKey = QStringLiteral("window/geometry"), kSplitterKey = QStringLiteral("window/splitter"),
              kModeKey = QStringLiteral("window/compare"), kOverlaysKey = QStringLiteral("window/overlays");

std::vector<std::filesystem::path> local_files(const QMimeData* data) {
  std::vector<std::filesystem::path> files;
  if (data == nullptr || !data->hasUrls()) return files;
  for (const QUrl& url : data->urls())
    if (url.isLocalFile()) files.push_back(to_path(url.toLocalFile()));
  return files;
}

QString clip_facts(const ClipInfo& clip, std::int64_t frames) {
  QStringList facts{to_qstring(clip.path.filename()), MainWindow::tr("%1 × %2").arg(clip.size.width).arg(clip.size.height)};
  if (clip.frame_rate.num > 0) facts << MainWindow::tr("%1 fps").arg(QLocale().toString(clip.frame_rate.value(), 'f', 2));
  if (frames > 0) facts << frames_text(frames);
  const bool short_clip = clip.duration_s < 10;
  if (clip.duration_s > 0)
    facts << (short_clip ? MainWindow::tr("%1 s").arg(QLocale().toString(clip.duration_s, 'f', 1)) : duration_text(clip.duration_s));
  facts << QString::fromStdString(clip.codec) + QLatin1Char(' ') + QString::fromStdString(clip.source_pixel_format);
  if (clip.rotation_deg != 0) facts << MainWindow::tr("turned %1°").arg(clip.rotation_deg);
  return facts.join(QStringLiteral("  ·  "));
}

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent),
      model_(new SessionModel(this)),
      player_(new Player(this)),
      sample_job_(new SampleJob(this)),
      tails_(new TailFinder(this)),
      fills_(new FillJob(this)),
      messages_(new MessageBar(this)),
      projects_(new ProjectController({*model_, *player_, *messages_, *this}, this)),
      stage_(new QStackedWidget(this)),
      welcome_(new WelcomePage(this)),
      plot_(new PathPlot(this)),
      timeline_(new Timeline(this)),
      facts_(new QLabel(this)),
      backends_(make_label(QString(), "dim", this)),
      analysis_text_(new QLabel(this)),
      analysis_bar_(new QProgressBar(this)),
      analysis_cancel_(new QPushButton(tr("Cancel"), this)) {
  register_resources();
  setWindowTitle(tr("Keel[*]"));
  setAcceptDrops(true);
  build_layout();
  build_status_bar();
  build_menus();
  connect_session();
  connect_player();
  new SleepInhibitor(*model_, this);
  qApp->installEventFilter(this);
  resize(1280, 780);
  restore_layout();
  show_clip();
  show_analysis();
}

MainWindow::~MainWindow() = default;

void MainWindow::open(const std::vector<std::filesystem::path>& files) { projects_->open_files(files); }

void MainWindow::connect_session() {
  connect(model_, &SessionModel::clip_changed, this, &MainWindow::show_clip);
  connect(model_, &SessionModel::analysis_changed, this, &MainWindow::show_analysis);
  // Plots and strips of a clip of two hours take most of what a signal may take: once, however much comes together.
  connect(model_, &SessionModel::results_changed, this, &MainWindow::show_solution);
  connect(model_, &SessionModel::settings_changed, this, &MainWindow::show_sides);
  connect(model_, &SessionModel::settings_changed, this, &MainWindow::refresh_view);
  connect(model_, &SessionModel::track_completed, this, [this] {
    player_->set_times(model_->snapshot().track->pts);
    show_clip();
  });
  connect(model_, &SessionModel::error_raised, this,
          [this](const QString& sentence) { messages_->show_message(MessageBar::Kind::kError, told_error_ = sentence); });
  // Not what another told meanwhile: of files beside the good one, for instance.
  connect(model_, &SessionModel::error_cleared, this, [this] {
    if (messages_->text() == told_error_) messages_->hide();
  });
  connect(model_, &SessionModel::export_finished, this, [this](const QString& output, qint64 frames) {
    const QUrl folder = QUrl::fromLocalFile(QFileInfo(output).absolutePath());
    messages_->show_message(MessageBar::Kind::kInfo, tr("Exported and checked: %1 in %2").arg(frames_text(frames), output), tr("Show folder"),
                            [folder] { QDesktopServices::openUrl(folder); });
  });
  // Whoever thought better of closing is asked anew when the next export runs.
  connect(model_, &SessionModel::exports_changed, this, [this] { close_asked_ = close_asked_ && model_->exporting(); });
  // What was saved meanwhile leaves no question; new changes are a new one.
  connect(projects_, &ProjectController::title_changed, this, [this] { drop_asked_ = drop_asked_ && projects_->would_lose_work(); });
  connect(model_, &SessionModel::settings_changed, this, &MainWindow::show_analysis);
  connect(analysis_cancel_, &QPushButton::clicked, this, [this] {
    if (const EstimatorView* told = told_estimator()) model_->cancel_analysis(told->id);
  });
  connect(sample_job_, &SampleJob::progressed, welcome_, &WelcomePage::show_sample_progress);
  connect(sample_job_, &SampleJob::finished, this, [this](const QString& path) {
    welcome_->show_sample_progress(0, 0);
    open(to_path(path));
  });
  connect(sample_job_, &SampleJob::failed, this, [this](const QString& sentence) {
    welcome_->show_sample_progress(0, 0);
    messages_->show_message(MessageBar::Kind::kError, sentence);
  });
  connect(welcome_, &WelcomePage::open_requested, projects_, &ProjectController::choose_files);
  connect(welcome_, &WelcomePage::sample_requested, sample_job_, &SampleJob::start);
  // Later: the button that was clicked goes away with the list.
  connect(
      welcome_, &WelcomePage::recent_requested, this, [this](const QString& file) { open(to_path(file)); }, Qt::QueuedConnection);
  connect(projects_, &ProjectController::title_changed, this, &MainWindow::show_title);
  connect(export_panel_, &ExportPanel::export_requested, this, &MainWindow::choose_export);
}

void MainWindow::connect_player() {
  connect(viewing_, &ViewController::changed, this, &MainWindow::show_look);
  connect(tails_, &TailFinder::found, this, &MainWindow::refresh_view);
  connect(fills_, &FillJob::filled, this, &MainWindow::refresh_view);
  connect(player_, &Player::playing_changed, this, &MainWindow::refresh_view);
  connect(transport_, &TransportBar::rates_changed, this, [this] {
    if (viewing_->look().rates) refresh_view();
  });
  view_->on_painted([this](std::uint64_t serial) { player_->note_painted(serial); });
  // Later: told while it paints, when nothing may be laid out anew.
  view_->on_trouble([this](const QString& sentence) {
    QMetaObject::invokeMethod(this, [this, sentence] { tell_view_trouble(sentence); }, Qt::QueuedConnection);
  });
  // Frames need not come by way of the host to where the view takes them from.
  view_->on_filled_by([this](GpuRuntime* gpu) { player_->lend_to(gpu); });
  player_->lend_to(view_->filled_by());
  connect(player_, &Player::frame_shown, this, &MainWindow::refresh_view);
  connect(player_, &Player::playhead_changed, plot_, &PathPlot::set_playhead);
  connect(player_, &Player::times_changed, this, &MainWindow::show_clip);
  connect(player_, &Player::decoding_changed, this, &MainWindow::show_backends);
  connect(player_, &Player::times_changed, this, &MainWindow::show_solution);
  connect(player_, &Player::failed, this, [this](const QString& sentence) { messages_->show_message(MessageBar::Kind::kError, sentence); });
  connect(player_, &Player::opened, this, [this] {
    if (model_->snapshot().track_complete) player_->set_times(model_->snapshot().track->pts);
  });
  connect(plot_, &PathPlot::playhead_requested, player_, &Player::seek);
  connect(plot_, &PathPlot::visible_range_changed, timeline_, &Timeline::set_visible_range);
  connect(timeline_, &Timeline::playhead_requested, player_, &Player::seek);
  connect(framing_, &FramingPanel::frame_requested, player_, &Player::seek);
  connect(player_, &Player::playhead_changed, framing_, &FramingPanel::set_playhead);
  connect(player_, &Player::playhead_changed, timeline_, &Timeline::set_playhead);
  connect(player_, &Player::range_changed, this, [this] { timeline_->set_points(player_->in_point(), player_->out_point()); });
}

void MainWindow::choose_export() {
  if (!model_->snapshot().exportable()) return;
  player_->pause();
  std::vector<std::filesystem::path> taken;
  for (const ExportJob& job : model_->export_jobs())
    if (!is_over(job.state)) taken.push_back(job.output);
  const std::filesystem::path clip = model_->snapshot().clip->path;
  ExportDialog dialog(*model_, this, taken);
  if (dialog.exec() != QDialog::Accepted) return;
  // A clip that was chosen before the dialog may have been found while it was open, and settings may have no result.
  const SessionSnapshot& now = model_->snapshot();
  if (!now.clip || now.clip->path != clip) {
    messages_->show_message(MessageBar::Kind::kError, tr("Another clip was opened meanwhile; export again."));
    return;
  }
  if (!model_->up_to_date()) {
    messages_->show_message(MessageBar::Kind::kError, now.error ? tr("Nothing was exported, because the present settings have no result: %1").arg(QString::fromStdString(*now.error))
                                                                : tr("The present settings are still being worked out; export again in a moment."));
    return;
  }
  StabilizeSettings settings = model_->state().settings;
  settings.size = dialog.size();
  model_->set_settings(settings);
  model_->start_export(dialog.output(), dialog.settings());
}

void MainWindow::show_look() {
  const ViewLook& look = viewing_->look();
  stabilized_action_->setChecked(look.stabilized);
  mode_actions_.at(look.mode)->setChecked(true);
  for (const auto& [action, member] : look_switches_) action->setChecked(look.*member);
  for (QAction* gain : gain_actions_) gain->setChecked(look.gain == gain->data().toInt());
  model_->set_sides(look.original_shows, look.stabilized_shows);
  const auto compared = compared_estimators(look);
  if (compared != model_->state().compared) {
    model_->set_compared(compared);
    show_solution();
  }
  refresh_view();
}

void MainWindow::show_sides() {
  // Undo, or another clip, may have changed them.
  ViewLook look = viewing_->look();
  look.original_shows = model_->edit().original_shows;
  look.stabilized_shows = model_->edit().stabilized_shows;
  viewing_->set_look(look);
}

void MainWindow::refresh_view() {
  ViewContent content = make_view_content(model_->snapshot(), player_->shown(), viewing_->look());
  content.frame_serial = player_->shown_serial();
  content.rates = transport_->rates_text();
  if (content.look.tails) content.tails = tails_->find(model_->snapshot(), player_->shown().index);
  const auto& solution = model_->snapshot().solution;
  const bool bordered = solution && solution->plan.borders.smallest_margin_px < 0;
  if (!bordered || model_->fill() != BorderFill::kNeighbours) fills_->cancel();
  if (bordered) {
    content.fill = model_->fill();
    if (content.fill == BorderFill::kNeighbours) fill_from_neighbours(content);
  }
  view_->set_content(content);
}

void MainWindow::fill_from_neighbours(ViewContent& content) {
  const SessionSnapshot& session = model_->snapshot();
  const std::int64_t frame = player_->shown().index;
  const auto& frames = session.solution->plan.frames;
  // Of another estimator's result, or while frames run by, the borders are mirrored.
  const bool own = frame >= 0 && frame < static_cast<std::int64_t>(frames.size()) && content.warp == frames[static_cast<std::size_t>(frame)];
  if (session.track_complete && own && !player_->playing()) content.ready = fills_->find({session.clip, session.track, session.solution, frame});
  else fills_->cancel();
  if (!shows_ready(content)) content.note = tr("Borders are mirrored here; the export fills them from other frames");
}

void MainWindow::show_clip() {
  const SessionSnapshot& session = model_->snapshot();
  QWidget* shown = session.clip ? view_->widget() : welcome_;
  if (!session.clip) welcome_->show_recent(ProjectController::recent_files());
  if (stage_->currentWidget() != shown) {
    stage_->setCurrentWidget(shown);
    // Not a control: one that looks chosen would ask for something to be done with it.
    view_->widget()->setFocus();
  }
  show_backends();
  if (!session.clip) {
    facts_->clear();
  } else {
    // Counted packets are nearer to the truth than what the container promises.
    const std::int64_t counted = player_->frame_count() > 0 ? player_->frame_count() : session.clip->frame_count_hint;
    const std::int64_t frames = session.track_complete ? session.track->frame_count() : counted;
    facts_->setText(clip_facts(*session.clip, frames));
  }
  refresh_view();
}

void MainWindow::decode_on(const DecodeDevice* device) {
  model_->decode_on(device);
  player_->decode_on(device);
}

/// The driver's name is known once the view was shown: called with every clip.
void MainWindow::show_backends() {
  const SessionSnapshot& session = model_->snapshot();
  // Who decodes what is looked at; before its first frame, and where that went well, who decoded for the analysis.
  const DecodePath& shown = player_->decode_path();
  const DecodePath& decode = shown.decoder.empty() || (session.decode.gave_up && !shown.gave_up) ? session.decode : shown;
  QStringList who;
  QString help = tr("How the clip is decoded, and how the pictures are drawn.");
  if (session.clip) {
    who << QString::fromStdString(decode.decoder);
    help = tr("Decoded by %1.").arg(QString::fromStdString(to_string(decode)));
  }
  // What the CPU measures, as everywhere, needs no words.
  if (const EstimatorView* measured = session.clip ? session.find(session.state.estimator) : nullptr; measured != nullptr && measured->stage == AnalysisStage::kDone) {
    if (measured->compute.on_gpu) {
      who << tr("motion on the GPU");
      const QString cost = tr("Motion: %1.").arg(QString::fromStdString(compute_text(measured->compute)));
      help += QLatin1Char(' ') + (measured->compute.difference ? cost : tr("Motion measured on the GPU."));
    }
    if (measured->compute.trouble) help += QLatin1Char(' ') + tr("Motion: %1").arg(QString::fromStdString(*measured->compute.trouble));
  }
  who << view_->backend_name();
  if (!view_trouble_.isEmpty()) help += QLatin1Char(' ') + view_trouble_;
  backends_->setText(who.join(QStringLiteral("  ·  ")));
  backends_->setToolTip(help);
  const auto trouble = session.clip ? decode_trouble(decode) : std::nullopt;
  // Once: who decodes for looking and who decodes for the analysis each come to the end of a device, after numbers of frames of their own.
  if (!trouble || told_trouble_of_ == session.clip) return;
  told_trouble_of_ = session.clip;
  messages_->show_message(MessageBar::Kind::kInfo, QString::fromStdString(*trouble));
}

/// Once, and not at every start either: on a machine whose screen hangs on another GPU it is always so.
void MainWindow::tell_view_trouble(const QString& sentence) {
  view_trouble_ = sentence;
  show_backends();
  const QString told = QStringLiteral("view/toldTrouble");
  QSettings settings;
  if (settings.value(told).toString() == sentence) return;
  settings.setValue(told, sentence);
  messages_->show_later(MessageBar::Kind::kInfo, sentence, {}, {});
}

void MainWindow::show_title() {
  const ProjectClip* clip = projects_->model().current();
  const auto& file = projects_->model().file();
  const std::filesystem::path name = !file.empty() ? file.filename() : clip != nullptr ? clip->path.filename() : std::filesystem::path();
  setWindowTitle(name.empty() ? tr("Keel[*]") : tr("%1[*] – Keel").arg(to_qstring(name)));
  setWindowModified(projects_->model().modified());
}

const EstimatorView* MainWindow::told_estimator() const {
  const SessionSnapshot& session = model_->snapshot();
  for (const EstimatorView& estimator : session.estimators)
    if (estimator.stage == AnalysisStage::kRunning) return &estimator;
  return session.find(model_->state().estimator);
}

void MainWindow::show_analysis() {
  show_backends();
  const SessionSnapshot& session = model_->snapshot();
  const EstimatorView idle, *told = told_estimator();
  const EstimatorView& of = told != nullptr ? *told : idle;
  const bool active = of.stage == AnalysisStage::kRunning || of.stage == AnalysisStage::kWaiting;
  analysis_bar_->setVisible(active);
  analysis_cancel_->setVisible(active);
  if (active) {
    const double share = of.frames_total > 0 ? static_cast<double>(of.frames_done) / static_cast<double>(of.frames_total) : 0;
    QString text = tr("%1: analysing %2 %").arg(estimator_label(of.id), locale().toString(100 * std::min(share, 1.0), 'f', 0));
    if (of.fps > 0) {
      text += tr(", %1 fps").arg(locale().toString(of.fps, 'f', 0));
      const auto left = static_cast<double>(std::max<std::int64_t>(of.frames_total - of.frames_done, 0));
      if (of.frames_total > 0) text += tr(", %1 left").arg(duration_text(left / of.fps));
    }
    analysis_text_->setText(text);
    show_progress(*analysis_bar_, static_cast<int>(std::min(of.frames_done, of.frames_total)), static_cast<int>(of.frames_total));
  } else if (session.track_complete) {
    analysis_text_->setText(tr("Analysed"));
  } else {
    analysis_text_->setText(of.stage == AnalysisStage::kCancelled ? tr("Analysis cancelled: start it again under Motion") : QString());
  }
  export_action_->setEnabled(session.exportable());
}

void MainWindow::show_solution() {
  const SessionSnapshot& session = model_->snapshot();
  const Size picture = session.track ? session.track->size : Size{};
  const std::int64_t known = session.track ? session.track->frame_count() : 0;
  const std::int64_t frames = std::max(player_->frame_count(), known);
  std::vector<OtherPath> others;
  for (const EstimatorView& estimator : session.estimators)
    if (estimator.id != session.state.estimator && estimator.solution)
      others.push_back({estimator_label(estimator.id), estimator_color(estimator.id), estimator.solution});
  plot_->set_estimators(estimator_label(session.state.estimator), estimator_color(session.state.estimator), std::move(others));
  plot_->set_solution(session.solution, picture, frames);
  const EstimatorView* second = second_opinion(session, viewing_->look());
  if (second != nullptr) timeline_->set_disagreement_names(tr("%1 and %2").arg(estimator_label(session.state.estimator), estimator_label(second->id)));
  timeline_->set_data(make_timeline_data(session.track.get(), session.solution.get(), frames, second != nullptr ? second->track.get() : nullptr));
  export_action_->setEnabled(session.exportable());
  refresh_view();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!local_files(event->mimeData()).empty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const auto files = local_files(event->mimeData());
  if (files.empty()) return;
  event->acceptProposedAction();
  open(files);
}

void MainWindow::paintEvent(QPaintEvent* event) {
  QMainWindow::paintEvent(event);
  // After the first painting, while the person looks where to begin.
  if (std::exchange(painted_, true)) return;
  QTimer::singleShot(0, this, [this] {
    view_->warm_up();
    show_backends();
  });
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (model_->export_wanted() && !close_asked_) {
    close_asked_ = true;
    messages_->show_message(MessageBar::Kind::kInfo, tr("An export is running; close the window again to cancel it."));
    event->ignore();
    return;
  }
  if (projects_->would_lose_work() && !drop_asked_) {
    drop_asked_ = true;
    messages_->show_message(MessageBar::Kind::kInfo, tr("The project has changes that are not saved, and another window of Keel keeps the unsaved work; save it, or close the window again."));
    event->ignore();
    return;
  }
  QSettings settings;
  settings.setValue(kGeometryKey, saveGeometry());
  settings.setValue(kSplitterKey, splitter_->saveState());
  settings.setValue(kModeKey, static_cast<int>(viewing_->look().mode));
  QStringList shown;
  for (const auto& [action, member] : look_switches_)
    if (viewing_->look().*member) shown << action->objectName();
  settings.setValue(kOverlaysKey, shown);
  event->accept();
}

void MainWindow::restore_layout() {
  const QSettings settings;
  restoreGeometry(settings.value(kGeometryKey).toByteArray());
  splitter_->restoreState(settings.value(kSplitterKey).toByteArray());
  const int mode = settings.value(kModeKey, 0).toInt();
  for (const auto& [known, action] : mode_actions_)
    if (static_cast<int>(known) == mode) viewing_->set_mode(known);
  if (!settings.contains(kOverlaysKey)) return;
  const QStringList shown = settings.value(kOverlaysKey).toStringList();
  ViewLook look = viewing_->look();
  for (const auto& [action, member] : look_switches_) look.*member = shown.contains(action->objectName());
  viewing_->set_look(look);
}

}  // namespace keel::ui
