// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/math/mat3.h"
#include "engine/metrics/block_matcher.h"
#include "engine/metrics/metrics_device.h"
#include "engine/metrics/gray_image.h"

namespace keel::metrics {

class GpuPixels;
struct DrawWindow;
struct CoarseSpot;
struct PlaceSearch;

/// A block of the finest level after it was looked for.
struct RefinedMatch {
  bool tried = false;           ///< the block holds both axes
  std::optional<FineHit> fine;  ///< where it was found
  double corner_energy = 0;
};

/// The pixel work behind the metrics, by the CPU or by a device, with the same bits: what a device does first is done by the CPU too and compared, and what
/// fails or differs leaves the rest to the CPU. Pictures made by one are read by the same. Thread-safe.
class Pixels {
 public:
  explicit Pixels(Device device = {});
  ~Pixels();
  Pixels(const Pixels&) = delete;
  Pixels& operator=(const Pixels&) = delete;

  /// make_picture() of luma_small(). The samples of the levels are always here.
  [[nodiscard]] Picture picture(const Frame& frame) const;
  /// make_picture() of draw(); `source` must outlive it.
  [[nodiscard]] Picture drawn(const Picture& source, const Mat3& source_from_drawn, Size size) const;
  /// Blocks of a level of `a` in `b`: BlockSearch::full() within `radius`, or BlockSearch::climb() where that is 0.
  [[nodiscard]] std::vector<BlockHit> search(const Picture& a, const Picture& b, int level, std::span<const BlockRequest> requests, int radius) const;
  /// Blocks of the finest level, which fit: FineBlock::make(), BlockSearch::climb() and, from hits of at least `least_score`, FineBlock::refine().
  [[nodiscard]] std::vector<RefinedMatch> refine(const Picture& a, const Picture& b, std::span<const BlockRequest> requests, double least_score) const;
  /// psnr_db() of two pictures of one size.
  [[nodiscard]] double psnr(const Picture& a, const Picture& b) const;
  /// Where each of the zooms and turns fits best into the thumbnail of `source`.
  [[nodiscard]] std::vector<CoarseSpot> search_places(const Picture& source, const PlaceSearch& search) const;
  /// The source drawn by Lanczos-3 in the output's geometry.
  [[nodiscard]] GrayImage draw_window(const DrawWindow& window) const;

  /// True once a device computes, after it has agreed with the CPU on blocks that were found.
  [[nodiscard]] bool on_device() const;
  /// Why a device was given up, a sentence.
  [[nodiscard]] std::optional<std::string> trouble() const;

  /// Pixel work on the CPU alone.
  [[nodiscard]] static const Pixels& cpu();

 private:
  /// What is compared apart.
  enum Kind { kPicture = 1, kDrawn = 2, kWideSearch = 4, kClimb = 8, kRefine = 16, kSquares = 32, kWindow = 64, kPlaces = 128 };
  template <class OnDevice, class OnCpu, class Same>
  [[nodiscard]] auto computed(Kind kind, bool there, const OnDevice& on_device, const OnCpu& on_cpu, const Same& same_and_telling) const;
  [[nodiscard]] std::shared_ptr<GpuPixels> gpu() const;
  [[nodiscard]] bool trusted(Kind kind) const;
  void trust(Kind kind) const;
  void give_up(const Error& error) const;

  mutable std::mutex mutex_;
  mutable std::shared_ptr<GpuPixels> gpu_;             // guarded by mutex_; null on the CPU and after trouble
  mutable unsigned agreed_ = 0;                        // Kinds; guarded by mutex_
  mutable std::optional<std::string> trouble_;         // guarded by mutex_
};

}  // namespace keel::metrics
