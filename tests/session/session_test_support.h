// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/session/session.h"
#include "tests/support/y4m_clip.h"

namespace keel::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using SnapshotPtr = std::shared_ptr<const SessionSnapshot>;

inline constexpr Size kSize{192, 128};
inline constexpr int kFrames = 24;
/// Far beyond what any step takes, sanitizers included: only a hang gets there.
inline constexpr auto kPatience = 60s;

/// A session and the news it wakes its owner with.
class SessionTest : public ::testing::Test {
 protected:
  SnapshotPtr wait_until(const std::function<bool(const SessionSnapshot&)>& ready) {
    const auto deadline = Clock::now() + kPatience;
    std::unique_lock lock(mutex_);
    for (;;) {
      const SnapshotPtr now = session_->snapshot();
      if (ready(*now)) return now;
      const auto seen = wakes_;
      if (!woken_.wait_until(lock, deadline, [&] { return wakes_ != seen; })) {
        ADD_FAILURE() << "nothing happened";
        return now;
      }
    }
  }

  SnapshotPtr open_and_analyse(const SessionState& state) {
    const auto revision = session_->edit(state);
    return wait_until([&](const SessionSnapshot& s) { return s.error || (s.exportable() && s.revision == revision); });
  }

  SessionState make_clip(const std::string& name, int frames = kFrames, Size size = kSize) {
    SessionState state;
    state.clip = folder_ / name;
    write_painted_clip(state.clip, size, frames, shaky_texture);
    return state;
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;  // guarded by mutex_
  std::unique_ptr<Session> make_session() {
    return std::make_unique<Session>([this] {
      {
        std::lock_guard lock(mutex_);
        ++wakes_;
      }
      woken_.notify_all();
    });
  }
  std::unique_ptr<Session> session_ = make_session();
};

}  // namespace keel::test
