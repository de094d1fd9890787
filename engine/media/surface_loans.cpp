// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/surface_loans.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstddef>
#include <optional>
#include <utility>

#include "engine/media/pixel_map.h"
#include "engine/media/split_planes.h"

namespace keel::av {
namespace {

struct Loan {
  Loan(FramePtr picture_, std::shared_ptr<const void> memory_, std::shared_ptr<std::atomic<int>> lent_)
      : picture(std::move(picture_)), memory(std::move(memory_)), lent(std::move(lent_)) {}
  ~Loan() {
    picture.reset();  // before another may be lent
    --*lent;
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  FramePtr picture;
  std::shared_ptr<const void> memory;
  std::shared_ptr<std::atomic<int>> lent;
};

/// How the planes lie for a reader of `planar` frames: what split() does, for somebody else to do. Nothing where the formats differ in more than
/// split() undoes.
std::optional<DeviceSurface> described(const DecodeDevice::Place& place, AVPixelFormat planar) {
  const auto layout = planar_layout(planar);
  const bool as_it_is = without_j(place.format) == planar;
  if (!layout || (!as_it_is && !can_split(place.format, planar))) return std::nullopt;
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(place.format);
  const int word = layout->bytes_per_sample();
  DeviceSurface surface;
  surface.context = place.context;
  surface.ready = place.ready;
  surface.sample_shift = as_it_is || layout->bit_depth == 8 ? 0 : 16 - layout->bit_depth;
  for (int p = 0; p < layout->plane_count(); ++p) {
    // The components of GBR count from red, but none of them shares its plane.
    const AVComponentDescriptor* component = as_it_is ? nullptr : &desc.comp[p];
    const auto from = static_cast<std::size_t>(component != nullptr ? component->plane : p);
    if (place.data[from] == nullptr || place.pitch_bytes[from] <= 0 || place.pitch_bytes[from] % word != 0) return std::nullopt;
    DeviceSurface::Plane& plane = surface.planes[static_cast<std::size_t>(p)];
    plane.data = reinterpret_cast<const std::byte*>(place.data[from]) + (component != nullptr ? component->offset : 0);
    plane.pitch_bytes = place.pitch_bytes[from];
    plane.step = component != nullptr ? component->step / word : 1;
  }
  return surface;
}

/// Takes one of the loans that are left.
bool take_one(std::atomic<int>& lent) {
  int before = lent.load();
  while (before < SurfaceLoans::kMost)
    if (lent.compare_exchange_weak(before, before + 1)) return true;
  return false;
}

}  // namespace

std::shared_ptr<const DeviceSurface> SurfaceLoans::lend(const DecodeDevice& device, const AVFrame& surface, const StoredPicture& expected) {
  if (!(Size{surface.width, surface.height} == expected.size) || surface.crop_left != 0 || surface.crop_top != 0) return nullptr;
  if (without_j(expected.source) != expected.delivered) return nullptr;
  if (!take_one(*lent_)) return nullptr;
  const auto loan = std::make_shared<Loan>(FramePtr(av_frame_clone(&surface)), nullptr, lent_);
  if (loan->picture == nullptr) return nullptr;
  const auto place = device.where(surface);
  if (!place) return nullptr;
  auto lent = described(*place, expected.delivered);
  if (!lent) return nullptr;
  loan->memory = place->memory;
  lent->owner = loan;
  return std::make_shared<const DeviceSurface>(std::move(*lent));
}

}  // namespace keel::av
