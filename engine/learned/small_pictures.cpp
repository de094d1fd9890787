// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/small_pictures.h"

#include <cstring>
#include <utility>

#include "engine/backend/memory_layout.h"
#include "engine/kernels/kernels_cpu.h"
#include "engine/motion/device_luma.h"

namespace keel::learned {
namespace {

std::size_t bytes_of(Size size) { return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height); }

DevicePixels pixels_at(std::byte* block, Size size) { return {reinterpret_cast<std::uint8_t*>(block), size.width, size}; }

GrayImage image_of(const std::byte* block, Size size) {
  GrayImage image(size);
  for (int y = 0; y < size.height; ++y) std::memcpy(image.row(y), block + static_cast<std::ptrdiff_t>(y) * size.width, static_cast<std::size_t>(size.width));
  image.replicate_border();
  return image;
}

bool same_picture(const GrayImage& a, const GrayImage& b) {
  if (a.size() != b.size()) return false;
  for (int y = 0; y < a.size().height; ++y)
    if (std::memcmp(a.row(y), b.row(y), static_cast<std::size_t>(a.size().width)) != 0) return false;
  return true;
}

}  // namespace

SmallPictures small_pictures(const Frame& frame, Size coarse, Size view) { return {area_luma(frame, coarse), area_luma(frame, view)}; }

bool same_pictures(const SmallPictures& a, const SmallPictures& b) { return same_picture(a.coarse, b.coarse) && same_picture(a.view, b.view); }

bool SmallPictureReader::reads(const Frame& frame) const { return surface_in(gpu_.runtime->context(), frame) != nullptr; }

Result<SmallPictureReader::Reading> SmallPictureReader::read(const Frame& frame, Size coarse, Size view) {
  const std::size_t coarse_at = device_aligned(bytes_of(view)), bytes = coarse_at + bytes_of(coarse);
  KEEL_ASSIGN(std::unique_ptr<GpuWorkspace> work, workspaces_.take(bytes, bytes));
  const GpuStream stream = work->queue.stream();
  const auto checked = [&](int code, const char* doing) { return gpu_result(*gpu_.runtime, code, doing); };
  constexpr const char* kReading = "reading a decoded picture";
  KEEL_ASSIGN(const DeviceLuma luma, queue_surface_luma(*gpu_.runtime, frame, *surface_in(gpu_.runtime->context(), frame), stream));
  KEEL_TRY(checked(queue_area_luma(*gpu_.kernels, luma, pixels_at(work->device.data(), view), stream), kReading));
  KEEL_TRY(checked(queue_area_luma(*gpu_.kernels, luma, pixels_at(work->device.data() + coarse_at, coarse), stream), kReading));
  KEEL_TRY(checked(gpu_.runtime->copy(work->pinned.data(), work->device.data(), bytes, CopyDirection::kToHost, stream), "fetching a picture"));
  KEEL_TRY(checked(gpu_.runtime->wait(stream), kReading));

  Reading reading;
  reading.pictures = {image_of(work->pinned.data() + coarse_at, coarse), image_of(work->pinned.data(), view)};
  reading.view_there = {pixels_at(work->device.data(), view).pixels, view.width, view.width, view.height};
  reading.memory = std::shared_ptr<const GpuWorkspace>(work.release(), [this](const GpuWorkspace* done) {
    workspaces_.give_back(std::unique_ptr<GpuWorkspace>(const_cast<GpuWorkspace*>(done)));
  });
  return reading;
}

}  // namespace keel::learned
