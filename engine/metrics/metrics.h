// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/metrics/metrics_device.h"
#include "engine/metrics/path_measures.h"

namespace keel::metrics {

/// Delivers the frames of a file one by one; an empty optional at the end.
using FrameSource = std::function<Result<std::optional<Frame>>()>;

struct MetricsOptions {
  double frame_rate_hz = 30;  ///< of both files; turns the 0.25 s of *shake* into frames
  int sharpness_stride = 5;   ///< sharpness is taken at every so manieth frame
  Device device;              ///< does the pixel work (system_device()); the CPU where it is left empty or fails. No figure depends on it
  std::stop_token stop;
  ProgressFn progress;
};

/// What was measured in one file. Lengths in px of a picture 640 px wide.
struct FileFigures {
  Size size;                 ///< full size
  PathFigures path;          ///< over the pairs that are measured in both files, so that ratios compare like with like
  double itf_db = 0;         ///< inter-frame transformation fidelity (Morimoto and Chellappa 1998): mean PSNR of neighbouring frames, at 640 px
  double wobble_px = 0;      ///< mean over pairs of the median distance of tracked blocks from the pair's best homography; a zoom shows it larger
  double tracked_share = 0;  ///< mean over measured pairs of agreeing over textured blocks
  int measured = 0, cuts = 0, low_texture = 0, lost = 0;  ///< pairs of neighbours by what became of them
};

/// A published triple. *cropping* and *stability* grow towards 1 = ideal; *distortion* too (1 = none), and is that of the worst frame.
struct Triplet {
  double cropping = 0, distortion = 0, stability = 0;
};

/// Share of the original that is still seen, from the registration of each output frame onto its original. *linear* is the square root
/// of *area*, the side of a square picture.
struct PictureKept {
  double mean_linear = 0, worst_linear = 0, mean_area = 0, worst_area = 0;
};

/// Shares of the compared frames whose edge shows what the original frame does not hold.
struct BorderFigures {
  double any_share = 0;       ///< one of the three below
  double outside_share = 0;   ///< the output's outline lies outside the original's by more than 1 px (at 640 px width)
  double black_share = 0;     ///< a run of black along an edge
  double repeated_share = 0;  ///< lines that repeat or mirror those inside
  double worst_outside_px = 0;
};

/// Everything `keel metrics` says. Ratios are stabilized over original, each side taken as at least the noise of the measurement
/// (0.02 px), so a clip that was still and stays still scores 1.
struct MetricsReport {
  int original_frames = 0, stabilized_frames = 0, compared_frames = 0;
  int registered_frames = 0;           ///< output frames found in their original
  int registrable_frames = 0;          ///< compared frames whose original is not flat
  std::optional<std::string> failure;  ///< why the figures below cannot be trusted; a failed clip has no score
  FileFigures original, stabilized;
  double jitter_ratio = 0;  ///< second difference of the path, residual acceleration
  double peak_acceleration_ratio = 0;
  double shake_ratio = 0;
  double wobble_ratio = 0;
  PictureKept kept;
  BorderFigures border;
  double sharpness = 0;      ///< median over frames; see sharpness_ratio
  int sharpness_frames = 0;  ///< 0: it could not be taken
  /// `fusta`: J. Choi and I. Kweon's measures as corrected for Fusta (2021). Cropping mean 1/sqrt(H00^2+H01^2) clipped to 1; distortion
  /// smallest eigenvalue ratio of the linear part; stability see StabilityScores.
  Triplet fusta;
  /// `bundled`: Liu, Yuan, Tan, Sun, "Bundled camera paths" (2013). Cropping mean of the inverse scale; distortion as above.
  Triplet bundled;
  /// `gimbal`: cropping sqrt(area), distortion smallest ratio of singular values.
  Triplet gimbal;
  bool on_gpu = false;                     ///< a device does the pixel work: it has agreed with the CPU and not failed
  std::optional<std::string> gpu_trouble;  ///< why the CPU did it, or went on with it, where there was a device; a sentence
};

/// Measures several outputs of one original in a single pass: the original is tracked once, and the outputs share the process's thread
/// pool. For callers that hold pictures and no files; measure() is this with one output. What it says of an output depends neither on the
/// others, nor on the number of threads, nor on the device. Memory: two small pictures per output and some numbers per frame; with a device the last two
/// frames are held, too, so that their pictures can be made again where it fails.
class Meter {
 public:
  /// Takes the frame rate, the sharpness stride and the device of `options`; stop and progress are the caller's business.
  Meter(const MetricsOptions& options, int outputs);
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// The next frame of the original and of every output, in the order that reports() will have. Cost: about 20 ms for the original and one output
  /// at 640x360 on one thread. Error: kUnsupported for pictures that change size or are below 64 px a side; the frame is then not counted.
  [[nodiscard]] Result<void> step(const Frame& original, std::span<const Frame> outputs);
  [[nodiscard]] std::vector<MetricsReport> reports() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compares two files frame by frame, from decoded pictures alone. When the counts differ the common beginning is compared (and both
/// are still read to their ends, to say so). Motion is measured by block matching of its own, which shares no code with the estimators
/// of the product. Streaming: two small pictures of each file are held, and some numbers per frame. Cost: about 20 ms a frame at
/// 640x360 on one thread. Errors: those of the sources, kCancelled, kUnsupported for pictures that change size or are below 64 px a
/// side. A clip that cannot be measured is a report with `failure`.
[[nodiscard]] Result<MetricsReport> measure(const FrameSource& original, const FrameSource& stabilized, const MetricsOptions& options);

}  // namespace keel::metrics
