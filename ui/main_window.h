// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QMainWindow>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "ui/viewport/picture_view.h"

class QAction;
class QKeyEvent;
class QLabel;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QToolBar;

namespace keel {
class DecodeDevice;
struct ClipInfo;
struct EstimatorView;
}

namespace keel::ui {

class ClipList;
class ExportPanel;
class FillJob;
class FramingPanel;
class MessageBar;
class MotionPanel;
class PathPlot;
class Player;
class ProjectController;
class SampleJob;
class ScorecardPanel;
class SessionModel;
class SteadinessPanel;
class Timeline;
class TailFinder;
class TransportBar;
class ViewController;
class WelcomePage;

/// Menus and the arrangement of the parts; joins the session's signals, the player's and the view's. Owns no project state.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Adds clips to the list, shows the first good one and analyses it at once; a project file replaces everything.
  void open(const std::vector<std::filesystem::path>& files);
  void open(const std::filesystem::path& file) { open(std::vector{file}); }

  // For tests and scripts: the parts, which have no other owner.
  [[nodiscard]] SessionModel& model() { return *model_; }
  [[nodiscard]] ProjectController& projects() { return *projects_; }
  [[nodiscard]] ClipList& clips() { return *clips_; }
  [[nodiscard]] Player& player() { return *player_; }
  [[nodiscard]] PictureView& view() { return *view_; }
  [[nodiscard]] ViewController& viewing() { return *viewing_; }
  [[nodiscard]] MotionPanel& motion() { return *motion_; }
  [[nodiscard]] SteadinessPanel& steadiness() { return *steadiness_; }
  [[nodiscard]] FramingPanel& framing() { return *framing_; }
  [[nodiscard]] ScorecardPanel& scorecard() { return *scorecard_; }
  [[nodiscard]] ExportPanel& export_panel() { return *export_panel_; }
  [[nodiscard]] PathPlot& plot() { return *plot_; }
  /// Clips that are opened from now on are decoded on `device` where they can, for looking, analysis and exports; without it in software.
  void decode_on(const DecodeDevice* device);
  [[nodiscard]] QLabel& backends() { return *backends_; }
  [[nodiscard]] Timeline& timeline() { return *timeline_; }
  [[nodiscard]] TransportBar& transport() { return *transport_; }
  [[nodiscard]] MessageBar& messages() { return *messages_; }
  [[nodiscard]] WelcomePage& welcome() { return *welcome_; }

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void build_layout();
  QWidget* build_side_panel();
  void build_status_bar();
  void build_menus();
  void build_file_menu();
  void build_project_actions(QMenu* menu);
  void build_recent_menu(QMenu* menu);
  void build_edit_menu();
  void restore_layout();
  void build_view_menu();
  void build_theme_menu(QMenu* menu);
  void build_compare_actions(QMenu* menu);
  void build_zoom_actions(QMenu* menu);
  void build_side_menus(QMenu* menu);
  void build_overlay_actions(QMenu* menu);
  void build_play_menu();
  void build_range_actions(QMenu* menu);
  void connect_session();
  void connect_player();
  QAction* add_action(QMenu* menu, const QString& text, const QKeySequence& keys, const std::function<void()>& act);

  bool watch_stabilized_key(const QKeyEvent& key, bool press);
  void let_go_of_stabilized_key();
  void choose_export();
  void show_look();
  void show_sides();
  void refresh_view();
  void fill_from_neighbours(ViewContent& content);
  void show_clip();
  void show_backends();
  void tell_view_trouble(const QString& sentence);
  void show_title();
  void show_analysis();
  /// The estimator whose analysis the status bar tells of: the one that runs, else the chosen one. Null before the first snapshot.
  [[nodiscard]] const EstimatorView* told_estimator() const;
  void show_solution();

  SessionModel* model_;
  Player* player_;
  SampleJob* sample_job_;
  TailFinder* tails_;
  FillJob* fills_;

  MessageBar* messages_;
  ProjectController* projects_;
  QSplitter* splitter_ = nullptr;
  QStackedWidget* stage_;
  WelcomePage* welcome_;
  PictureView* view_ = nullptr;
  ViewController* viewing_ = nullptr;
  TransportBar* transport_ = nullptr;
  PathPlot* plot_;
  Timeline* timeline_;
  ClipList* clips_ = nullptr;
  MotionPanel* motion_ = nullptr;
  SteadinessPanel* steadiness_ = nullptr;
  FramingPanel* framing_ = nullptr;
  ScorecardPanel* scorecard_ = nullptr;
  ExportPanel* export_panel_ = nullptr;
  QLabel* facts_;
  QLabel* backends_;  ///< how pictures are drawn and decoded
  QString told_error_;  ///< of the session, in the message bar
  QString view_trouble_;  ///< what the view does without, as it said
  std::shared_ptr<const ClipInfo> told_trouble_of_;  ///< the clip whose trouble in decoding was told
  QLabel* analysis_text_;
  QProgressBar* analysis_bar_;
  QPushButton* analysis_cancel_;
  QToolBar* quick_bar_ = nullptr;  ///< beside the menus: undo, redo, the ways to compare
  QAction* export_action_ = nullptr;
  QAction* stabilized_action_ = nullptr;
  std::map<CompareMode, QAction*> mode_actions_;
  std::map<Side, QMenu*> side_menus_;
  std::vector<QAction*> gain_actions_;
  std::vector<std::pair<QAction*, bool ViewLook::*>> look_switches_;  ///< overlays, each with what it switches
  bool painted_ = false;                                              ///< once at least
  bool close_asked_ = false;                                          ///< closing was held up once because of a running export
  bool drop_asked_ = false;                                           ///< likewise because unsaved work would be lost
  QElapsedTimer stabilized_key_;                                      ///< runs while the key is down
};

}  // namespace keel::ui
