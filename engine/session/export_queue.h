// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/session/exporter.h"

namespace keel {

enum class ExportState { kWaiting = 1, kRunning, kChecking, kDone, kFailed, kCancelled };
[[nodiscard]] constexpr bool is_over(ExportState state) {
  return state == ExportState::kDone || state == ExportState::kFailed || state == ExportState::kCancelled;
}

/// One export, as a value to show.
struct ExportJob {
  std::uint64_t id = 0;
  std::filesystem::path source, output;
  ExportState state = ExportState::kWaiting;
  std::int64_t done = 0, total = 0;  ///< frames
  double fps = 0;                    ///< of the running export; 0 until it is known
  bool stopping = false;             ///< cancelled while it ran; over in a moment
  bool verified = false;             ///< the finished file was opened: its size and number of frames are those of the plan
  std::string sentence;              ///< what went wrong; empty while all is well
  bool operator==(const ExportJob&) const = default;
};

/// Compares a finished export with what it should be: opens it, reads its headers and packets. Errors: one sentence, kCorrupt.
[[nodiscard]] Result<void> verify_export(const std::filesystem::path& output, Size size, std::int64_t frames);

/// Exports one after the other on a thread of its own, each with the plan it was added with, so that later changes of settings do not touch it.
/// Calls return at once. `wake` is called from that thread when something changed and may only post. Destruction cancels and joins.
class ExportQueue {
 public:
  explicit ExportQueue(std::function<void()> wake);
  ~ExportQueue();
  ExportQueue(const ExportQueue&) = delete;
  ExportQueue& operator=(const ExportQueue&) = delete;

  /// Appends a job and returns its id. `plan` must have been solved for this clip.
  std::uint64_t add(std::shared_ptr<const ClipInfo> source, std::shared_ptr<const WarpPlan> plan, const std::filesystem::path& output,
                    const ExportSettings& settings);
  /// A waiting job never starts; a running one stops within a second and leaves no file. What is over stays as it is.
  void cancel(std::uint64_t id);
  /// Swaps a waiting job with the waiting one before (-1) or after (+1) it; nothing where there is none.
  void move(std::uint64_t id, int by);
  /// Holds all work: a running job stops after the frame it is at and goes on from there; a waiting one does not start.
  void set_paused(bool paused);
  [[nodiscard]] bool paused() const;
  /// Takes everything that is over off the list.
  void clear_finished();
  /// In the order of work.
  [[nodiscard]] std::vector<ExportJob> jobs() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keel
