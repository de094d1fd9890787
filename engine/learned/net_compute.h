// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/learned/net_runner.h"
#include "engine/motion/motion_estimator.h"

namespace keel::learned {

/// Pairs that the CPU compares at once: few enough that a batch's maps stay in the second-level cache and that both cores of a small machine get one.
inline constexpr int kHostBatch = 4;
/// And a device: launches cost the same for one pair and for these.
inline constexpr int kDeviceBatch = 16;

/// Largest distance, px of the view, between where the CPU's motion and the device's take a corner at which the device is trusted. With floats, sums in another order differ by a
/// few thousandths; what the convolutions lose in halves is to stay within a tenth.
inline constexpr double kFloatTolerance_px = 0.02;
inline constexpr double kHalfTolerance_px = 0.1;

/// A frame as the networks see it.
struct LearnedFrame final : PreparedFrame {
  Size source, view_size;
  GrayImage coarse;
  bool flat = false;  ///< every motion explains it: cells that agree say nothing
  /// Kept where a device computes: a lost one takes its features along, and the frame is gone by then.
  std::optional<GrayImage> view;
  std::optional<Features> on_device;
  mutable std::mutex mutex;
  mutable std::optional<Features> on_host;  ///< guarded by mutex; from the view at first use, where there is one
};

/// The networks on the CPU, and on a device where there is one that deserves it. Until a pair that shows a motion has been compared by both alike, all pairs are, and the
/// CPU's answers are taken. When they differ, or anything of the device fails, the CPU does the rest, with its own motions, and compute() says so. Thread-safe.
class NetCompute {
 public:
  /// `device`: empty where the CPU is to compute. It is made here.
  explicit NetCompute(std::unique_ptr<NetRunner> host, const MakeRunner& device = {}, double tolerance_px = kFloatTolerance_px);

  /// Fills the features of a frame; throws where the CPU's network fails.
  void encode(LearnedFrame& frame, GrayImage view) const;
  /// One motion per pair of LearnedFrames of one size. Error: kCancelled. Throws where the CPU's network fails.
  [[nodiscard]] Result<std::vector<NetMotion>> compare(std::span<const FramePair> pairs, const std::stop_token& stop) const;
  [[nodiscard]] int preferred_batch() const;
  [[nodiscard]] MotionCompute compute() const;

 private:
  struct Device {
    std::shared_ptr<NetRunner> runner;  ///< null where the CPU computes
    bool trusted = false;
  };
  [[nodiscard]] Device device() const;
  void give_up(const std::string& why) const;
  [[nodiscard]] const Features& host_features(const LearnedFrame& frame) const;
  [[nodiscard]] Result<std::vector<NetMotion>> on_host(std::span<const FramePair> pairs, const std::stop_token& stop) const;

  std::unique_ptr<NetRunner> host_;
  double tolerance_px_;
  mutable std::mutex mutex_;
  mutable Device device_;                       // guarded by mutex_
  mutable bool device_shows_ = false;           // guarded by mutex_
  mutable std::optional<std::string> trouble_;  // guarded by mutex_
};

}  // namespace keel::learned
