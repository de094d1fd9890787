// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/project_controller.h"

#include <QFileDialog>
#include <QLocale>
#include <QSettings>
#include <cmath>

#include "ui/clip_opener.h"
#include "ui/playback/player.h"
#include "ui/session_journal.h"
#include "ui/session_model.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui {
namespace {

constexpr int kMaxRecent = 12;
constexpr qsizetype kMostNames = 3;  ///< in one sentence
constexpr int kJournalDelay_ms = 1000;
const QString kRecentKey = QStringLiteral("files/recent");

bool is_project(const std::filesystem::path& file) { return file.extension() == kProjectExtension; }
bool is_missing(const std::filesystem::path& file) {
  std::error_code failed;
  return !std::filesystem::exists(file, failed);
}

QString unsaved_work_text(const Project& project) {
  if (project.clips.size() == 1)
    return ProjectController::tr("The last session ended with unsaved work on %1.").arg(to_qstring(project.clips[0].path.filename()));
  return ProjectController::tr("The last session ended with unsaved work on %1 clips.").arg(project.clips.size());
}

QString facts_text(const ClipFacts& facts) {
  QString text = ProjectController::tr("%1 × %2").arg(facts.size.width).arg(facts.size.height);
  if (facts.duration_s > 0) text += ProjectController::tr(", %1 s").arg(QLocale().toString(facts.duration_s, 'f', 1));
  return text;
}

/// Containers round lengths differently; half a second is none of that, nor a clip that was cut.
bool same_clip(const ClipFacts& a, const ClipFacts& b) {
  constexpr double kSameLength_s = 0.5;
  const bool lengths_known = a.duration_s > 0 && b.duration_s > 0;
  return a.size == b.size && (!lengths_known || std::abs(a.duration_s - b.duration_s) < kSameLength_s);
}

}  // namespace

ProjectController::ProjectController(const Parts& parts, QObject* parent) : QObject(parent), parts_(parts), opener_(new ClipOpener(this)) {
  connect(opener_, &ClipOpener::accepted, this, [this](const QString& clip, int ticket, const ClipInfo& info) {
    const auto node = looks_.extract(ticket);
    if (!node.empty()) accepted(to_path(clip), node.mapped(), info);
  });
  connect(opener_, &ClipOpener::refused, this, [this](const QString& clip, int ticket, const QString& sentence) {
    const auto node = looks_.extract(ticket);
    if (!node.empty()) refused(to_path(clip), node.mapped(), sentence);
  });
  connect(&parts_.session, &SessionModel::settings_changed, this, [this] {
    // Where the project's clip is missing, or is still looked into, the panels show something else.
    const ProjectClip* clip = model_.current();
    if (presenting_ || clip == nullptr || parts_.session.state().clip != clip->path) return;
    const Edit edit = parts_.session.edit();
    model_.store(edit);
    // Undo brings them back.
    parts_.player.set_points(edit.in, edit.out);
  });
  connect(&parts_.player, &Player::range_changed, this, [this] {
    if (!presenting_) parts_.session.set_points(parts_.player.in_point(), parts_.player.out_point());
  });
  connect(&model_, &ProjectModel::changed, this, [this] {
    Q_EMIT title_changed();
    if (!journal_) return;
    model_.modified() ? journal_timer_.start() : journal_->discard();
  });
  journal_timer_.setSingleShot(true);
  journal_timer_.setInterval(kJournalDelay_ms);
  connect(&journal_timer_, &QTimer::timeout, this, [this] {
    if (journal_ && model_.modified()) journal_->write(project());
  });
}

ProjectController::~ProjectController() {
  // What was not saved is offered at the next start.
  if (journal_ && model_.modified()) journal_->write(project());
}

void ProjectController::tell_error(const QString& sentence) { parts_.messages.show_message(MessageBar::Kind::kError, sentence); }

void ProjectController::ask_to_locate(const QString& sentence, std::size_t index) {
  parts_.messages.show_message(MessageBar::Kind::kError, sentence, tr("Locate…"), [this, index] { choose_relink(index); });
}

void ProjectController::look_into(const std::filesystem::path& clip, const Look& look) {
  const int ticket = next_ticket_++;
  looks_[ticket] = look;
  opener_->look_into(clip, ticket);
}

void ProjectController::open_files(const std::vector<std::filesystem::path>& files) {
  // A file that the program was started with does not answer the question what to do with the work of a crash.
  const bool offered = offer_ && !parts_.messages.isHidden() && parts_.messages.text() == unsaved_work_text(*offer_);
  parts_.messages.hide();
  if (offered) show_offer();
  batch_presented_ = false;
  batch_refused_.clear();
  batch_size_ = files.size();
  for (const auto& file : files) {
    if (is_project(file)) {
      open_project(file);
      if (files.size() > 1)
        parts_.messages.show_later(MessageBar::Kind::kInfo, tr("Only the project \"%1\" was opened; what came with it was left out.").arg(to_qstring(file.filename())), {}, {});
      return;
    }
  }
  // Absolute, because a project may be saved anywhere and the working folder may change.
  for (const auto& file : files) look_into(std::filesystem::absolute(file), {true, true, 0});
}

void ProjectController::accepted(const std::filesystem::path& clip, const Look& look, const ClipInfo& info) {
  const ClipFacts facts{info.size, info.duration_s};
  if (look.relink) {
    accept_relink(clip, look.index, facts);
    return;
  }
  if (!look.add) {
    // The list may have changed while the file was looked into.
    if (look.index >= project().clips.size() || project().clips[look.index].path != clip) return;
    model_.set_facts(look.index, facts);
    present(look.index);
    return;
  }
  const std::size_t index = model_.add(clip);
  model_.set_facts(index, facts);
  remember(clip);
  if (look.present && !batch_presented_) {
    batch_presented_ = true;
    present(index);
  }
}

void ProjectController::refused(const std::filesystem::path& clip, const Look& look, const QString& sentence) {
  if (look.relink) {
    ask_to_locate(sentence, look.index);
    return;
  }
  if (look.add) {
    batch_refused_.push_back({clip, sentence});
    tell_refusals();
    return;
  }
  const bool known = look.index < project().clips.size();
  if (!known || !is_missing(clip)) {
    tell_error(sentence);
    return;
  }
  ask_to_locate(tr("\"%1\" is no longer where it was; locate it to go on.").arg(to_qstring(clip.filename())), look.index);
}

/// One sentence about all files of the batch that were refused so far; the reasons on demand.
void ProjectController::tell_refusals() {
  const std::size_t count = batch_refused_.size();
  if (count == 1) {
    tell_error(batch_refused_.front().sentence);
    return;
  }
  QStringList names, reasons;
  for (const Refusal& refusal : batch_refused_) {
    if (names.size() < kMostNames) names << QLatin1Char('"') + to_qstring(refusal.clip.filename()) + QLatin1Char('"');
    reasons << refusal.sentence;
  }
  const auto unnamed = static_cast<qsizetype>(count) - names.size();
  QString all = names.join(QStringLiteral(", "));
  if (unnamed > 0) all += tr(" and %1 more").arg(unnamed);
  const QString sentence = count == batch_size_ ? tr("None of the %1 files could be opened: %2.").arg(count).arg(all)
                                                : tr("%1 of %2 files could not be opened: %3.").arg(count).arg(batch_size_).arg(all);
  parts_.messages.show_details(MessageBar::Kind::kError, sentence, reasons);
}

void ProjectController::present(std::size_t index) {
  presenting_ = true;
  model_.select(index);
  // A copy: signals on the way may change the list.
  const ProjectClip clip = project().clips[index];
  parts_.player.open(clip.path);
  parts_.session.open(clip.path, ProjectModel::edit_of(clip));
  parts_.player.set_points(clip.in, clip.out);
  presenting_ = false;
  Q_EMIT title_changed();
}

void ProjectController::close_clip() {
  presenting_ = true;
  parts_.player.open({});
  parts_.session.open({}, {SessionState{}.estimator, {}});
  presenting_ = false;
}

void ProjectController::show_clip(std::size_t index) {
  if (index < project().clips.size()) look_into(project().clips[index].path, {false, false, index});
}

void ProjectController::remove_clip(std::size_t index) {
  if (index >= project().clips.size()) return;
  const bool shown = index == project().current;
  model_.remove(index);
  if (!shown) return;
  close_clip();
  if (!project().clips.empty()) show_clip(project().current);
}

void ProjectController::take_up(Project next, const std::filesystem::path& file, bool modified) {
  parts_.messages.hide();
  looks_.clear();
  std::optional<Project> left;
  if (model_.modified() && !project().clips.empty()) left = project();
  const std::filesystem::path left_file = model_.file();
  if (left && journal_) journal_->keep_earlier(*left);
  close_clip();
  model_.replace(std::move(next), file, modified);
  if (!project().clips.empty()) show_clip(project().current);
  if (!left) return;
  const QString name = left_file.empty() ? tr("The work of before") : tr("\"%1\"").arg(to_qstring(left_file.filename()));
  parts_.messages.show_message(MessageBar::Kind::kInfo, tr("%1 has changes that were not saved.").arg(name), tr("Bring it back"),
                               [this, project = std::move(*left), left_file] { take_up(project, left_file, true); });
}

void ProjectController::start_new() { take_up({}, {}, false); }

void ProjectController::open_project(const std::filesystem::path& file) {
  auto loaded = load_project(file);
  if (!loaded) {
    tell_error(QString::fromStdString(loaded.error().message));
    return;
  }
  take_up(std::move(*loaded), file, false);
  remember(file);
}

bool ProjectController::save() { return model_.file().empty() ? choose_save_name() : save_to(model_.file()); }

bool ProjectController::save_to(const std::filesystem::path& file) {
  if (const auto saved = model_.save(file); !saved) {
    tell_error(QString::fromStdString(saved.error().message));
    return false;
  }
  remember(file);
  return true;
}

void ProjectController::relink(std::size_t index, const std::filesystem::path& found) {
  look_into(std::filesystem::absolute(found), {false, false, index, true});
}

void ProjectController::accept_relink(const std::filesystem::path& found, std::size_t index, const ClipFacts& facts) {
  if (index >= project().clips.size()) return;
  const ProjectClip& clip = project().clips[index];
  if (clip.facts && !same_clip(*clip.facts, facts)) {
    ask_to_locate(tr("\"%1\" is not \"%2\": it is %3 instead of %4; locate another file.")
                      .arg(to_qstring(found.filename()), to_qstring(clip.path.filename()), facts_text(facts), facts_text(*clip.facts)),
                  index);
    return;
  }
  model_.relink(index, found);
  model_.set_facts(index, facts);
  parts_.messages.hide();
  present(index);
}

void ProjectController::choose_files() {
  const QStringList names = QFileDialog::getOpenFileNames(
      &parts_.window, tr("Open clips or a project"), QString(),
      tr("Clips and projects (*.mp4 *.mov *.m4v *.mkv *.webm *.avi *.mts *.m2ts *.ts *.mpg *.wmv *.3gp *.y4m *.keel);;All files (*)"));
  std::vector<std::filesystem::path> files;
  for (const QString& name : names) files.push_back(to_path(name));
  if (!files.empty()) open_files(files);
}

bool ProjectController::choose_save_name() {
  const ProjectClip* clip = model_.current();
  std::filesystem::path proposed = clip != nullptr ? clip->path : std::filesystem::path("project");
  proposed.replace_extension(kProjectExtension);
  const QString name = QFileDialog::getSaveFileName(&parts_.window, tr("Save the project"), to_qstring(proposed), tr("Keel projects (*.keel)"));
  if (name.isEmpty()) return false;
  std::filesystem::path file = to_path(name);
  if (!is_project(file)) file += kProjectExtension;
  return save_to(file);
}

void ProjectController::choose_relink(std::size_t index) {
  if (index >= project().clips.size()) return;
  const std::filesystem::path old = project().clips[index].path;
  const QString name = QFileDialog::getOpenFileName(&parts_.window, tr("Locate %1").arg(to_qstring(old.filename())), to_qstring(old.parent_path()));
  if (!name.isEmpty()) relink(index, to_path(name));
}

QStringList ProjectController::recent_files() { return QSettings().value(kRecentKey).toStringList(); }

void ProjectController::remember(const std::filesystem::path& file) {
  QStringList files = recent_files();
  const QString name = to_qstring(std::filesystem::absolute(file));
  files.removeAll(name);
  files.prepend(name);
  QSettings().setValue(kRecentKey, files.mid(0, kMaxRecent));
}

void ProjectController::use_journal(const std::filesystem::path& folder) {
  journal_ = std::make_unique<SessionJournal>(folder);
  const auto left = journal_->left_behind();
  if (!journal_->set_aside().empty()) {
    tell_error(tr("The unsaved work of the last session could not be restored and was set aside as %1.").arg(to_qstring(journal_->set_aside())));
  } else if (left) {
    offer_ = *left;
    show_offer();
  }
  offer_to_clean_up();
  connect(&parts_.session, &SessionModel::export_added, this, [this](const QString& output) { note_exports(to_path(output)); });
  connect(&parts_.session, &SessionModel::exports_changed, this, [this] { note_exports({}); });
}

void ProjectController::show_offer() {
  parts_.messages.show_message(MessageBar::Kind::kInfo, unsaved_work_text(*offer_), tr("Restore"), [this, project = *offer_] { restore(project); });
}

bool ProjectController::would_lose_work() const { return model_.modified() && journal_ && !journal_->active(); }

void ProjectController::note_exports(const std::filesystem::path& added) {
  std::vector<std::filesystem::path> outputs;
  if (!added.empty()) outputs.push_back(std::filesystem::absolute(added));
  for (const ExportJob& job : parts_.session.export_jobs())
    if (!is_over(job.state)) outputs.push_back(std::filesystem::absolute(job.output));
  journal_->note_exports(outputs);
}

void ProjectController::offer_to_clean_up() {
  const std::vector<UnfinishedExport> found = journal_->unfinished_exports();
  if (found.empty()) return;
  const QString first = to_qstring(found.front().part);
  const bool one = found.size() == 1;
  parts_.messages.show_later(MessageBar::Kind::kInfo,
                             one ? tr("An export was interrupted. Its unfinished file is still there: %1").arg(first)
                                 : tr("%1 exports were interrupted. Their unfinished files are still there, the first one is %2").arg(found.size()).arg(first),
                             one ? tr("Remove it") : tr("Remove them"), [this, found] {
                               for (const UnfinishedExport& file : found)
                                 if (!SessionJournal::remove_unfinished(file)) tell_error(tr("%1 could not be removed, or was written again.").arg(to_qstring(file.part)));
                             });
}

void ProjectController::restore(const Project& project) {
  offer_.reset();
  journal_->begin_attempt();
  take_up(project, {}, true);
  // Taking it up closes what was there before, which changes the solution, too.
  connect(
      &parts_.session, &SessionModel::solution_changed, this, [this] { journal_->confirm_attempt(); }, Qt::SingleShotConnection);
}

}  // namespace keel::ui
