// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/export_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/base/counted.h"

namespace keel {
namespace {

using Clock = std::chrono::steady_clock;

/// A person cannot read faster.
constexpr std::chrono::milliseconds kProgressInterval{50};

struct Entry {
  ExportJob job;
  std::shared_ptr<const ClipInfo> source;
  std::shared_ptr<const WarpPlan> plan;
  ExportSettings settings;
  std::stop_source stop;
};

}  // namespace

Result<void> verify_export(const std::filesystem::path& output, Size size, std::int64_t frames) {
  const std::string name = output.filename().string();
  const auto wrong = [&](const std::string& what) {
    return Error{ErrorCode::kCorrupt, fmt::format("\"{}\" was written but {}; export it again.", name, what)};
  };
  const auto info = probe(output);
  if (!info) return wrong("cannot be opened: " + info.error().message);
  if (info->size != size)
    return wrong(fmt::format("its picture is {} x {} instead of {} x {}", info->size.width, info->size.height, size.width, size.height));
  const auto times = scan_frame_times(output);
  if (!times) return wrong("its frames cannot be listed");
  if (static_cast<std::int64_t>(times->size()) != frames) return wrong(fmt::format("it has {} instead of {}", counted(static_cast<std::int64_t>(times->size()), "frame"), frames));
  return {};
}

struct ExportQueue::Impl {
  explicit Impl(std::function<void()> wake_owner) : wake(std::move(wake_owner)) {
    worker = std::jthread([this] { run(); });
  }
  ~Impl() {
    {
      std::lock_guard lock(mutex);
      closing = true;
      for (const auto& entry : entries) entry->stop.request_stop();
    }
    changed.notify_all();
    // Joined here, while every member that the worker uses is still alive.
    worker.join();
  }

  void run();
  void work(Entry& entry);
  /// Waits while the queue is paused and the job is wanted; returns for how long.
  Clock::duration hold(const Entry& entry);
  void finish(Entry& entry, Result<ExportResult> result);
  [[nodiscard]] std::shared_ptr<Entry> next_locked() const;

  /// Runs `change` under the lock and wakes the owner outside it.
  template <class Change>
  void update(Change change) {
    {
      std::lock_guard lock(mutex);
      change();
    }
    changed.notify_all();
    if (wake) wake();
  }

  const std::function<void()> wake;
  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by `mutex`; of an entry only the job, the rest is never written after it was added.
  bool closing = false, paused = false;
  std::uint64_t last_id = 0;
  std::vector<std::shared_ptr<Entry>> entries;

  std::jthread worker;
};

std::shared_ptr<Entry> ExportQueue::Impl::next_locked() const {
  const auto it = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry->job.state == ExportState::kWaiting; });
  return it == entries.end() ? nullptr : *it;
}

void ExportQueue::Impl::run() {
  for (;;) {
    std::shared_ptr<Entry> entry;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closing || (!paused && next_locked()); });
      if (closing) return;
      entry = next_locked();
      entry->job.state = ExportState::kRunning;
    }
    if (wake) wake();
    work(*entry);
  }
}

Clock::duration ExportQueue::Impl::hold(const Entry& entry) {
  const Clock::time_point before = Clock::now();
  std::unique_lock lock(mutex);
  if (!paused) return Clock::duration::zero();
  changed.wait(lock, [&] { return !paused || entry.stop.stop_requested(); });
  return Clock::now() - before;
}

void ExportQueue::Impl::work(Entry& entry) {
  Clock::time_point start = Clock::now();
  Clock::time_point next_report = start;
  finish(entry, export_clip(*entry.source, *entry.plan, entry.job.output, entry.settings, entry.stop.get_token(),
                            [&](std::int64_t done, std::int64_t total) {
                              // Called between two frames: the full queues hold the other stages.
                              start += hold(entry);
                              const Clock::time_point now = Clock::now();
                              if (now < next_report) return;
                              next_report = now + kProgressInterval;
                              update([&] {
                                entry.job.done = done;
                                if (total > 0) entry.job.total = total;
                                const double seconds = std::chrono::duration<double>(now - start).count();
                                entry.job.fps = seconds > 0 ? static_cast<double>(done) / seconds : 0;
                              });
                            }));
}

void ExportQueue::Impl::finish(Entry& entry, Result<ExportResult> result) {
  if (!result) {
    update([&] {
      const bool cancelled = result.error().code == ErrorCode::kCancelled;
      entry.job.state = cancelled ? ExportState::kCancelled : ExportState::kFailed;
      if (!cancelled) entry.job.sentence = result.error().message;
    });
    return;
  }
  update([&] {
    entry.job.done = entry.job.total = result->frames;
    entry.job.state = ExportState::kChecking;
  });
  const auto verified = verify_export(entry.job.output, result->size, result->frames);
  update([&] {
    entry.job.state = verified.ok() ? ExportState::kDone : ExportState::kFailed;
    entry.job.verified = verified.ok();
    if (!verified) {
      entry.job.sentence = verified.error().message;
      return;
    }
    std::vector<std::string> sentences = losses(*result);
    if (const auto decoding = decode_trouble(result->decode)) sentences.push_back(*decoding);
    else if (result->gpu_trouble) sentences.push_back(*result->gpu_trouble);
    entry.job.sentence = fmt::format("{}", fmt::join(sentences, " "));
  });
}

ExportQueue::ExportQueue(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
ExportQueue::~ExportQueue() = default;

std::uint64_t ExportQueue::add(std::shared_ptr<const ClipInfo> source, std::shared_ptr<const WarpPlan> plan, const std::filesystem::path& output,
                               const ExportSettings& settings) {
  auto entry = std::make_shared<Entry>();
  entry->job.source = source->path;
  entry->job.output = output;
  entry->job.total = static_cast<std::int64_t>(plan->frames.size());
  entry->source = std::move(source);
  entry->plan = std::move(plan);
  entry->settings = settings;
  impl_->update([&] {
    entry->job.id = ++impl_->last_id;
    impl_->entries.push_back(entry);
  });
  return entry->job.id;
}

void ExportQueue::cancel(std::uint64_t id) {
  impl_->update([&] {
    for (const auto& entry : impl_->entries) {
      if (entry->job.id != id) continue;
      entry->stop.request_stop();
      if (entry->job.state == ExportState::kWaiting) entry->job.state = ExportState::kCancelled;
      else entry->job.stopping = !is_over(entry->job.state);
    }
  });
}

void ExportQueue::move(std::uint64_t id, int by) {
  impl_->update([&] {
    auto& entries = impl_->entries;
    const auto waiting = [&](std::ptrdiff_t at) {
      return at >= 0 && at < static_cast<std::ptrdiff_t>(entries.size()) && entries[static_cast<std::size_t>(at)]->job.state == ExportState::kWaiting;
    };
    const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry->job.id == id; });
    const std::ptrdiff_t from = it - entries.begin(), to = from + (by < 0 ? -1 : 1);
    if (waiting(from) && waiting(to)) std::swap(entries[static_cast<std::size_t>(from)], entries[static_cast<std::size_t>(to)]);
  });
}

void ExportQueue::set_paused(bool paused) {
  impl_->update([&] { impl_->paused = paused; });
}

bool ExportQueue::paused() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->paused;
}

void ExportQueue::clear_finished() {
  impl_->update([&] { std::erase_if(impl_->entries, [](const auto& entry) { return is_over(entry->job.state); }); });
}

std::vector<ExportJob> ExportQueue::jobs() const {
  std::lock_guard lock(impl_->mutex);
  std::vector<ExportJob> out;
  for (const auto& entry : impl_->entries) out.push_back(entry->job);
  return out;
}

}  // namespace keel
