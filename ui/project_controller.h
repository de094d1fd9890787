// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/media/clip_info.h"
#include "ui/project_model.h"

class QWidget;

namespace keel::ui {

class ClipOpener;
class MessageBar;
class Player;
class SessionJournal;
class SessionModel;

/// Opening and saving: puts the project's present clip into session and player, stores their values back into it, keeps recent files and the
/// journal. Whatever fails becomes a message, and what is open stays open.
class ProjectController : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    SessionModel& session;
    Player& player;
    MessageBar& messages;
    QWidget& window;  ///< parent of file dialogs
  };
  ProjectController(const Parts& parts, QObject* parent);
  ~ProjectController() override;

  [[nodiscard]] ProjectModel& model() { return model_; }
  [[nodiscard]] const Project& project() const { return model_.project(); }

  /// Clips are added to the list, the first good one of them is shown; a project file replaces everything.
  void open_files(const std::vector<std::filesystem::path>& files);
  /// Puts another clip of the list on show, once it was found to be readable.
  void show_clip(std::size_t index);
  void remove_clip(std::size_t index);
  void start_new();
  /// False when it failed, or was cancelled in the dialog.
  bool save();
  bool save_to(const std::filesystem::path& file);
  /// Looks into `found` first: what is no clip, or another one by size or length, is refused in a sentence.
  void relink(std::size_t index, const std::filesystem::path& found);

  void choose_files();
  bool choose_save_name();
  void choose_relink(std::size_t index);

  /// Newest first: clips and projects.
  [[nodiscard]] static QStringList recent_files();

  /// Whether closing the program now would lose what was changed: another running process keeps the unsaved work.
  [[nodiscard]] bool would_lose_work() const;

  /// Keeps unsaved work in `folder` from now on, and offers what an earlier run left there.
  void use_journal(const std::filesystem::path& folder);

 Q_SIGNALS:
  void title_changed();

 private:
  struct Look {
    bool add = false;       ///< else: show
    bool present = false;   ///< of an addition: put it on show
    std::size_t index = 0;  ///< of a clip to show
    bool relink = false;    ///< the clip at `index` may be this file now
  };
  void accepted(const std::filesystem::path& clip, const Look& look, const ClipInfo& info);
  void accept_relink(const std::filesystem::path& found, std::size_t index, const ClipFacts& facts);
  void refused(const std::filesystem::path& clip, const Look& look, const QString& sentence);
  void look_into(const std::filesystem::path& clip, const Look& look);
  void open_project(const std::filesystem::path& file);
  void present(std::size_t index);
  void close_clip();
  void tell_error(const QString& sentence);
  void tell_refusals();
  void ask_to_locate(const QString& sentence, std::size_t index);
  void remember(const std::filesystem::path& file);
  void restore(const Project& project);
  void show_offer();
  /// Replaces the project; unsaved changes of the one before are kept, and offered back.
  void take_up(Project next, const std::filesystem::path& file, bool modified);
  void note_exports(const std::filesystem::path& added);
  void offer_to_clean_up();

  Parts parts_;
  ProjectModel model_;
  ClipOpener* opener_;
  std::map<int, Look> looks_;  ///< by ticket, until answered
  int next_ticket_ = 0;
  struct Refusal {
    std::filesystem::path clip;
    QString sentence;
  };
  std::vector<Refusal> batch_refused_;  ///< of the last call of open_files, in its order
  std::size_t batch_size_ = 0;
  bool batch_presented_ = true;  ///< a clip of the last call of open_files is on show already
  bool presenting_ = false;      ///< session and player are being set from the project: nothing is stored back
  std::unique_ptr<SessionJournal> journal_;
  std::optional<Project> offer_;  ///< what a crash left, while nobody has taken it up
  QTimer journal_timer_;
};

}  // namespace keel::ui
