// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/metrics/metrics_device.h"
#include "engine/session/export_queue.h"
#include "engine/session/session.h"
#include "ui/edit_history.h"

namespace keel::ui {

/// A solution's plan for pictures of another size: one that was chosen just now need not be solved for.
[[nodiscard]] std::shared_ptr<const WarpPlan> plan_of_size(const std::shared_ptr<const Solution>& solution, OutputSize size);

[[nodiscard]] QString to_qstring(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path to_path(const QString& name);

/// The bridge between the engine's session and the window: the session's wake posts an event, the event pulls the newest snapshot
/// and tells by signals what is new in it. Nothing else in the window talks to the engine's threads.
class SessionModel : public QObject {
  Q_OBJECT

 public:
  explicit SessionModel(QObject* parent = nullptr);
  ~SessionModel() override;

  /// Opens and analyses with the values given; a clip that is open already is read afresh. An empty path closes. Undo starts anew.
  void open(const std::filesystem::path& clip, const Edit& edit);
  void set_estimator(const std::string& id);
  void set_settings(const StabilizeSettings& settings);
  /// What stands where the framing leaves borders, in the view and in exports.
  void set_fill(BorderFill fill);
  [[nodiscard]] BorderFill fill() const { return fill_; }
  /// Only what differs from the defaults. A change has the clip analysed anew with that estimator.
  void set_estimator_options(const std::string& id, const OptionValues& options);
  [[nodiscard]] OptionValues estimator_options(const std::string& id) const;
  /// Whether the snapshot's solution is that of the present settings; not while they are being solved, nor after that failed.
  [[nodiscard]] bool up_to_date() const { return snapshot_->revision == asked_; }
  /// What the two sides show, in the words of ViewLook.
  void set_sides(const std::string& original, const std::string& stabilized);
  /// First and last frame that is played; empty: the clip's ends. Nothing is solved anew for that.
  void set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out);
  /// Back and forward through the changes of all of the above; nothing happens at the ends.
  void undo();
  void redo();
  [[nodiscard]] bool can_undo() const { return history_.can_undo(); }
  [[nodiscard]] bool can_redo() const { return history_.can_redo(); }
  [[nodiscard]] Edit edit() const {
    return {state_.estimator, state_.settings, fill_, state_.estimator_options, original_shows_, stabilized_shows_, in_, out_};
  }
  /// Finished analyses are looked for, and kept, in `folder`. To be called before the first clip.
  void use_cache(const std::filesystem::path& folder) { session_.use_cache(folder); }
  /// Analyses and exports that begin from now on compute on `gpu` where they can; without it on the CPU.
  void use_gpu(Gpu gpu) {
    gpu_ = gpu;
    session_.use_gpu(gpu);
  }
  /// What judges pictures: the same GPU, by the metrics' own kernels.
  [[nodiscard]] metrics::Device metrics_device() const { return gpu_.runtime != nullptr ? metrics::system_device() : metrics::Device{}; }
  /// Clips that are opened, analysed and exported from now on are decoded on `device` where they can; without it in software.
  void decode_on(const DecodeDevice* device) {
    decode_on_ = device;
    session_.decode_on(device);
  }
  /// Estimators whose results are looked at beside the chosen one; no part of undo.
  void set_compared(const std::vector<std::string>& ids);
  /// Whether all available estimators are analysed, one after the other, in the background.
  void set_analyse_all(bool on);
  void analyse(const std::string& id) { session_.analyse(id); }
  void cancel_analysis(const std::string& id) { session_.cancel_analysis(id); }
  /// Appends an export of the clip with the present plan; later changes do not touch it. What speaks against it comes by error_raised.
  void start_export(const std::filesystem::path& output, const ExportSettings& settings);
  [[nodiscard]] ExportQueue& exports() { return exports_; }
  /// The queue as last told by exports_changed.
  [[nodiscard]] const std::vector<ExportJob>& export_jobs() const { return jobs_; }
  /// An export runs or waits.
  [[nodiscard]] bool exporting() const;
  /// Likewise, and nobody has cancelled it.
  [[nodiscard]] bool export_wanted() const;

  [[nodiscard]] const SessionState& state() const { return state_; }
  /// Never null.
  [[nodiscard]] const SessionSnapshot& snapshot() const { return *snapshot_; }

 Q_SIGNALS:
  void settings_changed();  ///< anything of edit(), by whomever
  void history_changed();
  void clip_changed();      ///< snapshot().clip: another clip, or none
  void track_completed();   ///< all frames of the clip are analysed
  void analysis_changed();  ///< progress, start or end, of any estimator
  void others_changed();    ///< track or solution of an estimator that is not the chosen one
  void solution_changed();
  void results_changed();  ///< once for all of track_completed, solution_changed and others_changed that come together, after them
  void exports_changed();                                      ///< the queue: jobs, order, states, progress
  void export_added(const QString& output);                    ///< before its file is begun
  void export_finished(const QString& output, qint64 frames);  ///< written and checked
  void export_stopped();                                       ///< cancelled or failed; what failed comes by error_raised
  void error_raised(const QString& sentence);
  void error_cleared();

 private:
  void drain();
  void change(const Edit& edit);
  void apply(const Edit& edit);
  /// Puts the values into the members.
  void take(const Edit& edit);
  void wake();
  void tell_exports();

  SessionState state_;
  Gpu gpu_;
  const DecodeDevice* decode_on_ = nullptr;
  BorderFill fill_ = BorderFill::kMirror;
  std::string original_shows_ = Edit{}.original_shows, stabilized_shows_ = Edit{}.stabilized_shows;
  std::optional<std::int64_t> in_, out_;
  EditHistory history_;
  QElapsedTimer clock_;
  std::uint64_t asked_ = 0;  ///< revision of the newest state that the session was given
  std::shared_ptr<const SessionSnapshot> snapshot_ = std::make_shared<const SessionSnapshot>();
  std::vector<ExportJob> jobs_;
  std::atomic<bool> wake_posted_{false};  ///< set by the session's threads, cleared by this one: many wakes, one event
  Session session_;                       ///< last, with the queue: their threads call back into the members above
  ExportQueue exports_;
};

}  // namespace keel::ui
