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
#include "engine/learned/small_pictures.h"
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

/// A device for the networks.
struct NetDevice {
  MakeRunner make;                               ///< empty where the CPU is to compute
  NetPrecision precision = NetPrecision::kFull;  ///< that the runner computes in
  Gpu gpu;  ///< whose memory the runner reads: pictures that lie there stay there; left empty, views are sent
};

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
/// CPU's answers are taken. When they differ, or anything of the device fails, the CPU does the rest, with its own motions, and compute() says so. The same goes for the pictures that
/// a device makes from a decoded frame: they must be the CPU's bit for bit, and are compared until one of them showed anything. Thread-safe.
class NetCompute {
 public:
  /// The device's runner is made here.
  explicit NetCompute(std::unique_ptr<NetRunner> host, const NetDevice& device = {});

  /// Reduces a picture to a frame's two, the coarse one of size `coarse`, and fills in its features; the frame's sizes are known. Throws where the CPU's network fails.
  void prepare(LearnedFrame& frame, const Frame& picture, Size coarse) const;
  /// One motion per pair of LearnedFrames of one size. Error: kCancelled. Throws where the CPU's network fails.
  [[nodiscard]] Result<std::vector<NetMotion>> compare(std::span<const FramePair> pairs, const std::stop_token& stop) const;
  [[nodiscard]] int preferred_batch() const;
  [[nodiscard]] MotionCompute compute() const;

 private:
  struct Device {
    std::shared_ptr<NetRunner> runner;      ///< null where the CPU computes
    std::shared_ptr<SmallPictureReader> reader;  ///< null where the runner is, or where it cannot read what lies on the device
    bool trusted = false, reads_surfaces = false;
  };
  [[nodiscard]] Device device() const;
  void give_up(const std::string& why) const;
  /// After a batch that both computed alike: the pairs of it that show a motion, and how far apart their corners are at most.
  void trust(const MotionDifference& apart) const;
  /// The pictures from the device's memory; none where they do not lie there, or can no longer be trusted to be the CPU's.
  [[nodiscard]] std::optional<SmallPictureReader::Reading> read_surface(const Device& known, const Frame& picture, Size coarse, Size view) const;
  [[nodiscard]] const Features& host_features(const LearnedFrame& frame) const;
  [[nodiscard]] Result<std::vector<NetMotion>> on_host(std::span<const FramePair> pairs, const std::stop_token& stop) const;

  std::unique_ptr<NetRunner> host_;
  NetPrecision precision_;
  mutable std::mutex mutex_;
  mutable Device device_;                          // guarded by mutex_
  mutable bool device_shows_ = false;              // guarded by mutex_
  mutable std::optional<std::string> trouble_;     // guarded by mutex_
  mutable std::optional<MotionDifference> apart_;  // guarded by mutex_
};

}  // namespace keel::learned
