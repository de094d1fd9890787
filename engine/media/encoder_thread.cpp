// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/encoder_thread.h"

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <new>
#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/clip_writer.h"

namespace keel::av {

struct EncoderThread::Shared {
  std::mutex mutex;
  std::condition_variable_any changed;
  Job job = Job::kNone;  // guarded by mutex; the members below are the worker's while there is one, the caller's else
  CodecContext codec;
  FramePtr picture;
  PacketPtr packet = make_packet();
  Answer answer;
  bool leaving = false, closed = false;  // guarded by mutex: the caller wants no more; the encoder is closed
};

namespace {

/// Threads that still close their encoders. Waited for when the program ends in the usual way, so that nothing is destroyed under them.
class Abandoned {
 public:
  ~Abandoned() {
    for (Entry& entry : entries_) entry.thread.join();
  }
  void add(std::thread thread, std::shared_ptr<EncoderThread::Shared> shared) {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const bool over = is_closed(*entry->shared);
      if (over) entry->thread.join();
      entry = over ? entries_.erase(entry) : std::next(entry);
    }
    entries_.push_back({std::move(thread), std::move(shared)});
  }
  bool wait(std::chrono::steady_clock::time_point until) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      std::unique_lock closing(entry.shared->mutex);
      if (!entry.shared->changed.wait_until(closing, until, [&] { return entry.shared->closed; })) return false;
    }
    return true;
  }

 private:
  struct Entry {
    std::thread thread;
    std::shared_ptr<EncoderThread::Shared> shared;
  };
  static bool is_closed(EncoderThread::Shared& shared) {
    const std::lock_guard lock(shared.mutex);
    return shared.closed;
  }

  std::mutex mutex_;
  std::list<Entry> entries_;  // guarded by mutex_
};

Abandoned& abandoned() {
  static Abandoned all;
  return all;
}

}  // namespace

EncoderThread::EncoderThread(CodecContext codec, std::stop_token stop) : stop_(std::move(stop)), shared_(std::make_shared<Shared>()), context_(codec.get()) {
  shared_->codec = std::move(codec);
  thread_ = std::thread([shared = shared_] { work(*shared); });
}

EncoderThread::~EncoderThread() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->leaving = true;
  }
  shared_->changed.notify_all();
  lost_ = lost_ || stop_.stop_requested();
  if (lost_) abandoned().add(std::move(thread_), std::move(shared_));
  else thread_.join();
}

std::optional<EncoderThread::Answer> EncoderThread::send(FramePtr picture) {
  if (lost_) return std::nullopt;
  shared_->picture = std::move(picture);
  return ask(Job::kSend);
}

std::optional<EncoderThread::Answer> EncoderThread::receive(AVPacket& packet) {
  if (lost_) return std::nullopt;
  auto answer = ask(Job::kReceive);
  if (answer && answer->code >= 0) av_packet_move_ref(&packet, shared_->packet.get());
  return answer;
}

std::optional<EncoderThread::Answer> EncoderThread::ask(Job job) {
  std::unique_lock lock(shared_->mutex);
  shared_->job = job;
  shared_->changed.notify_all();
  lost_ = !shared_->changed.wait(lock, stop_, [&] { return shared_->job == Job::kNone; }) || stop_.stop_requested();
  if (lost_) return std::nullopt;
  return std::move(shared_->answer);
}

EncoderThread::Answer EncoderThread::call(Shared& shared, Job job) {
  take_log_line();  // kept by thread, hence asked here
  Answer answer;
  try {
    answer.code = job == Job::kSend ? avcodec_send_frame(shared.codec.get(), shared.picture.get()) : avcodec_receive_packet(shared.codec.get(), shared.packet.get());
  } catch (const std::bad_alloc&) {  // x265 is C++ inside
    answer.code = AVERROR(ENOMEM);
  }
  shared.picture.reset();
  if (answer.code < 0) answer.log = take_log_line();
  return answer;
}

void EncoderThread::work(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  for (;;) {
    shared.changed.wait(lock, [&] { return shared.job != Job::kNone || shared.leaving; });
    if (shared.job == Job::kNone) break;
    const Job job = shared.job;
    lock.unlock();
    Answer answer = call(shared, job);
    lock.lock();
    shared.answer = std::move(answer);
    shared.job = Job::kNone;
    shared.changed.notify_all();
  }
  lock.unlock();
  shared.codec.reset();
  lock.lock();
  shared.closed = true;
  shared.changed.notify_all();
}

}  // namespace keel::av

namespace keel {

bool wait_for_abandoned_encoders(std::chrono::milliseconds most) { return av::abandoned().wait(std::chrono::steady_clock::now() + most); }

}  // namespace keel
