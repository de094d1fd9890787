// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/frame_renderer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engine/backend/device.h"
#include "tests/support/device_frames.h"
#include "tests/support/host_gpu.h"
#include "tests/support/noise_frame.h"

namespace keel {
namespace {

using test::HostGpu;
using test::SurfaceLayout;

constexpr Size kSource{97, 61}, kOutput{83, 47};
constexpr int kFrames = 7;
const PixelFormat k420{ColorModel::kYuv, 8, 1, 1, false}, k422_10{ColorModel::kYuv, 10, 1, 0, false}, kGray{ColorModel::kGray, 8, 0, 0, false}, k444_16a{ColorModel::kYuv, 16, 0, 0, true}, k420_10{ColorModel::kYuv, 10, 1, 1, false};

Frame noise_frame(const PixelFormat& format, int seed) { return keel::test::noise_frame(kSource, format, seed); }

FrameWarp warp_of(int frame) {
  Mat3 h = Mat3::translation(4.3 + frame, 2.7) * Mat3::rotation(0.02 * frame);
  h.m[6] = 1e-5 * frame;
  return {h};
}

bool same_samples(const Frame& a, const Frame& b) {
  if (a.size() != b.size() || !(a.format() == b.format())) return false;
  for (int p = 0; p < a.plane_count(); ++p)
    for (int y = 0; y < a.plane(p).height; ++y)
      if (std::memcmp(a.plane(p).row<std::byte>(y), b.plane(p).row<std::byte>(y), static_cast<std::size_t>(a.plane(p).width * a.format().bytes_per_sample())) != 0) return false;
  return true;
}

/// All frames through a renderer, as an export does it, as they come from `source(i)`.
template <class Source>
std::vector<Frame> render_from(FrameRenderer& renderer, Source source) {
  std::vector<Frame> done;
  for (int i = 0; i < kFrames; ++i) {
    renderer.push(source(i), warp_of(i));
    while (renderer.in_flight() >= renderer.depth()) done.push_back(renderer.pop());
  }
  while (renderer.in_flight() > 0) done.push_back(renderer.pop());
  return done;
}

std::vector<Frame> render_all(FrameRenderer& renderer, const PixelFormat& format) {
  return render_from(renderer, [&](int i) { return noise_frame(format, i); });
}

/// Frames that a decoder left on the device, from number `from` on.
std::vector<Frame> render_surfaces(FrameRenderer& renderer, GpuRuntime& runtime, const PixelFormat& format, test::SurfaceLayout layout, int from = 0) {
  return render_from(renderer, [&](int i) {
    const Frame frame = noise_frame(format, i);
    return i < from ? frame : test::on_device(runtime, frame, layout);
  });
}

std::vector<Frame> expected_frames(const PixelFormat& format, Interpolation interpolation) {
  std::vector<Frame> frames;
  for (int i = 0; i < kFrames; ++i) frames.push_back(render(noise_frame(format, i), warp_of(i), kOutput, interpolation));
  return frames;
}

void expect_same(const std::vector<Frame>& got, const std::vector<Frame>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same_samples(got[i], wanted[i])) << "frame " << i;
}

TEST(FrameRenderer, OnTheCpu_GivesWhatRenderGives) {
  FrameRenderer renderer(kOutput, Interpolation::kBicubic);
  EXPECT_EQ(renderer.depth(), 1u);
  expect_same(render_all(renderer, k420), expected_frames(k420, Interpolation::kBicubic));
}

TEST(FrameRenderer, OnAnEmulatedGpu_GivesTheBytesOfTheCpuInEveryFormat) {
  for (const PixelFormat& format : {k420, k422_10, kGray, k444_16a})
    for (const Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kBicubic}) {
      HostGpu device;
      {
        FrameRenderer renderer(kOutput, interpolation, device.gpu());
        EXPECT_EQ(renderer.depth(), GpuRenderer::kDepth);
        expect_same(render_all(renderer, format), expected_frames(format, interpolation));
        EXPECT_TRUE(renderer.on_gpu());
        EXPECT_FALSE(renderer.trouble());
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(FrameRenderer, AnyCallOfTheGpuFailing_EndsInTheBytesOfTheCpuWithNothingLeaked) {
  const std::vector<Frame> wanted = expected_frames(k420, Interpolation::kBicubic);
  HostGpu counting;
  {
    FrameRenderer renderer(kOutput, Interpolation::kBicubic, counting.gpu());
    ASSERT_EQ(render_all(renderer, k420).size(), wanted.size());
  }
  ASSERT_GT(counting.calls(), 40);
  for (const int count : {1, HostGpu::kNever})  // a passing failure; a device that is lost for good
    for (int first = 0; first < counting.calls(); ++first) {
      HostGpu device;
      device.fail_from(first, count);
      {
        FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu());
        SCOPED_TRACE("failing call " + std::to_string(first));
        expect_same(render_all(renderer, k420), wanted);
        // The last calls only give things back.
        if (!renderer.on_gpu()) {
          ASSERT_TRUE(renderer.trouble());
          EXPECT_NE(renderer.trouble()->find("unspecified launch failure; the CPU goes on."), std::string::npos) << *renderer.trouble();
        }
      }
      EXPECT_EQ(device.leaks(), 0u) << "failing call " << first;
    }
}

constexpr SurfaceLayout kLayouts[] = {SurfaceLayout::kPlanar, SurfaceLayout::kSemiPlanar};

TEST(FrameRenderer, FramesThatLieOnTheGpu_AreReadThereAndGiveTheBytesOfTheCpu) {
  for (const SurfaceLayout layout : kLayouts)
    for (const PixelFormat& format : {k420, k420_10, k422_10, kGray}) {
      HostGpu device;
      {
        FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu());
        expect_same(render_surfaces(renderer, device, format, layout), expected_frames(format, Interpolation::kBicubic));
        EXPECT_TRUE(renderer.on_gpu()) << renderer.trouble().value_or("");
        EXPECT_EQ(device.copies(CopyDirection::kToDevice), kFrames) << "those that fill the surfaces";
        const bool deep = format.bit_depth > 8, semi_planar = layout == SurfaceLayout::kSemiPlanar;
        const int split = !semi_planar ? 0 : deep ? format.plane_count() : format.plane_count() - 1;
        EXPECT_EQ(device.launches(HostGpu::Launch::kSplitPlane), kFrames * split) << "planes that lie as they should are read in place";
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(FrameRenderer, FramesThatLieOnAGpuWhoseCallsFail_EndInTheBytesOfTheCpuWithNothingLeaked) {
  const std::vector<Frame> wanted = expected_frames(k420, Interpolation::kBicubic);
  HostGpu counting;
  {
    FrameRenderer renderer(kOutput, Interpolation::kBicubic, counting.gpu());
    ASSERT_EQ(render_surfaces(renderer, counting, k420, SurfaceLayout::kSemiPlanar).size(), wanted.size());
  }
  for (const int count : {1, HostGpu::kNever})
    for (int first = 0; first < counting.calls(); ++first) {
      HostGpu device;
      device.fail_from(first, count);
      {
        FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu());
        SCOPED_TRACE("failing call " + std::to_string(first));
        expect_same(render_surfaces(renderer, device, k420, SurfaceLayout::kSemiPlanar), wanted);
      }
      EXPECT_EQ(device.leaks(), 0u) << "failing call " << first;
    }
}

TEST(FrameRenderer, TheFirstFrameThatLiesOnTheGpu_IsComparedEvenAfterOthersWereTheCpus) {
  for (const int from : {0, 4}) {
    HostGpu device;
    device.miscalculate(HostGpu::Launch::kSplitPlane);
    FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu());
    expect_same(render_surfaces(renderer, device, k420, SurfaceLayout::kSemiPlanar, from), expected_frames(k420, Interpolation::kBilinear));
    EXPECT_FALSE(renderer.on_gpu());
    EXPECT_EQ(renderer.trouble(), "The GPU's first picture is not the CPU's; the CPU goes on.");
  }
}

TEST(FrameRenderer, SurfacesWhoseEventIsNotWaitedFor_ShowOnTheEmulatedGpu) {
  HostGpu device;
  FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu());
  const auto done = render_from(renderer, [&](int i) {
    const Frame frame = test::on_device(device, noise_frame(k420, i), SurfaceLayout::kPlanar);
    DeviceSurface hasty = *frame.surface();
    hasty.ready = nullptr;
    return frame.with_surface(std::make_shared<const DeviceSurface>(std::move(hasty)));
  });
  expect_same(done, expected_frames(k420, Interpolation::kBilinear));
  EXPECT_FALSE(renderer.on_gpu());
}

TEST(FrameRenderer, SurfacesOfAnotherDevice_AreLeftAlone) {
  HostGpu device, other;
  {
    FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu());
    expect_same(render_surfaces(renderer, other, k420, SurfaceLayout::kSemiPlanar), expected_frames(k420, Interpolation::kBilinear));
    EXPECT_TRUE(renderer.on_gpu());
    EXPECT_EQ(device.copies(CopyDirection::kToDevice), kFrames);
  }
  EXPECT_EQ(device.leaks() + other.leaks(), 0u);
}

/// All of them on the host, for comparing; `stayed` counts those that were not.
std::vector<Frame> all_on_host(GpuRuntime& runtime, std::vector<Frame> frames, int& stayed) {
  stayed = 0;
  for (Frame& frame : frames)
    if (!on_host(frame)) {
      frame = test::fetched(runtime, frame);
      ++stayed;
    }
  return frames;
}

TEST(FrameRenderer, PicturesThatAreWantedOnTheGpu_StayThereOnceTheFirstWasTheCpus) {
  for (const PixelFormat& format : {k420, k420_10, k422_10, kGray, k444_16a}) {
    HostGpu device;
    std::vector<Frame> done;
    {
      FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu(), OutputPlace::kDevice);
      done = render_all(renderer, format);
      EXPECT_TRUE(renderer.on_gpu());
    }
    const int to_host = device.copies(CopyDirection::kToHost);
    int stayed = 0;
    const auto fetched = all_on_host(device, done, stayed);
    EXPECT_EQ(stayed, kFrames - static_cast<int>(GpuRenderer::kDepth)) << "the first was not compared yet when the others were begun";
    EXPECT_EQ(to_host, kFrames - stayed);
    expect_same(fetched, expected_frames(format, Interpolation::kBicubic));
    done.clear();
    EXPECT_EQ(device.leaks(), 0u) << "pictures may outlive their renderer";
  }
}

TEST(FrameRenderer, DeepPicturesThatStayOnTheGpu_LieAsP010) {
  HostGpu device;
  FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu(), OutputPlace::kDevice);
  const std::vector<Frame> done = render_all(renderer, k420_10);
  const DeviceSurface& surface = *done.back().surface();
  EXPECT_EQ(surface.sample_shift, 6);
  EXPECT_EQ(surface.planes[0].step, 1);
  EXPECT_EQ(surface.planes[1].step, 2);
  EXPECT_EQ(surface.planes[2].data - surface.planes[1].data, 2);
  EXPECT_EQ(surface.planes[2].pitch_bytes, surface.planes[1].pitch_bytes);
}

/// What is done to a picture for its place is part of what is compared.
TEST(FrameRenderer, GpuThatArrangesDeepPicturesWrongly_IsLeftAfterTheFirst) {
  HostGpu device;
  device.miscalculate(HostGpu::Launch::kJoinPlane);
  FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu(), OutputPlace::kDevice);
  expect_same(render_all(renderer, k420_10), expected_frames(k420_10, Interpolation::kBilinear));
  EXPECT_EQ(renderer.trouble(), "The GPU's first picture is not the CPU's; the CPU goes on.");
}

TEST(FrameRenderer, PicturesThatAreWantedOnTheGpu_AreHandedOnBeforeTheyAreThere) {
  HostGpu device;
  FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu(), OutputPlace::kDevice);
  for (int i = 0; i < 4; ++i) {
    renderer.push(noise_frame(k420, i), warp_of(i));
    if (i >= 2) (void)renderer.pop();
  }
  const int waits = device.waits();
  renderer.push(noise_frame(k420, 4), warp_of(4));
  (void)renderer.pop();  // of frame 2, the last that is compared
  const Frame early = renderer.pop();
  EXPECT_EQ(device.waits() - waits, 1);
  ASSERT_FALSE(on_host(early));
  Frame hasty = early;
  DeviceSurface unmarked = *early.surface();
  unmarked.ready = nullptr;
  hasty = hasty.with_surface(std::make_shared<const DeviceSurface>(std::move(unmarked)));
  const Frame wanted = render(noise_frame(k420, 3), warp_of(3), kOutput, Interpolation::kBilinear);
  EXPECT_FALSE(same_samples(test::fetched(device, hasty), wanted)) << "it was there already: the event shows nothing";
  EXPECT_TRUE(same_samples(test::fetched(device, early), wanted));
}

/// What became of the frames of a renderer whose pictures stay on the device.
struct Staying {
  std::vector<Frame> done;
  bool lost = false;
  bool on_gpu = false;
};

Staying render_to_stay(HostGpu& device, const PixelFormat& format) {
  FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu(), OutputPlace::kDevice);
  Staying staying{render_surfaces(renderer, device, format, SurfaceLayout::kSemiPlanar, 1)};
  renderer.settle();
  staying.lost = renderer.lost_pictures();
  staying.on_gpu = renderer.on_gpu();
  return staying;
}

TEST(FrameRenderer, PicturesThatAreWantedOnAGpuWhoseCallsFail_AreTheCpusWhereverTheyAreOrSaidToBeLost) {
  for (const PixelFormat& format : {k420, k420_10}) {
    const std::vector<Frame> wanted = expected_frames(format, Interpolation::kBilinear);
    HostGpu counting;
    ASSERT_TRUE(render_to_stay(counting, format).on_gpu);
    int lost = 0;
    for (const int count : {1, HostGpu::kNever})
      for (int first = 0; first < counting.calls(); ++first) {
        HostGpu device;
        device.fail_from(first, count);
        Staying staying = render_to_stay(device, format);
        device.fail_from(HostGpu::kNever);
        SCOPED_TRACE("failing call " + std::to_string(first) + ", " + std::to_string(count));
        int stayed = 0;
        if (!staying.lost) expect_same(all_on_host(device, staying.done, stayed), wanted);
        EXPECT_FALSE(staying.lost && staying.on_gpu);
        lost += staying.lost;
        staying.done.clear();
        EXPECT_EQ(device.leaks(), 0u);
      }
    EXPECT_GT(lost, 0);
  }
}

TEST(FrameRenderer, ThatGoesWithFramesInFlight_WaitsBeforeTheirSurfacesGo) {
  HostGpu device;
  {
    FrameRenderer renderer(kOutput, Interpolation::kBilinear, device.gpu());
    renderer.push(test::on_device(device, noise_frame(k420, 0), SurfaceLayout::kSemiPlanar), warp_of(0));
    device.on_release([&] { EXPECT_TRUE(device.idle()) << "memory goes while work that may read it is queued"; });
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(FrameRenderer, GpuThatMiscalculates_IsLeftAfterTheFirstPicture) {
  HostGpu device;
  device.miscalculate(HostGpu::Launch::kWarp);
  FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu());
  expect_same(render_all(renderer, k420), expected_frames(k420, Interpolation::kBicubic));
  EXPECT_FALSE(renderer.on_gpu());
  EXPECT_EQ(renderer.trouble(), "The GPU's first picture is not the CPU's; the CPU goes on.");
}

TEST(FrameRenderer, OutOfMemory_IsTold) {
  HostGpu device;
  device.fail_from(1, HostGpu::kNever, HostGpu::kOutOfMemory);
  FrameRenderer renderer(kOutput, Interpolation::kBicubic, device.gpu());
  renderer.push(noise_frame(k420, 0), warp_of(0));
  EXPECT_FALSE(renderer.on_gpu());
  EXPECT_EQ(renderer.trouble(), "The GPU failed while reserving memory: out of memory; the CPU goes on.");
  EXPECT_TRUE(same_samples(renderer.pop(), render(noise_frame(k420, 0), warp_of(0), kOutput)));
}

TEST(FrameRenderer, OnTheMachinesGpu_GivesTheBytesOfTheCpu) {
  const Gpu gpu = system_gpu();
  if (gpu.runtime == nullptr) {
    const char* required = std::getenv("KEEL_REQUIRE_GPU");
    if (required != nullptr && std::strcmp(required, "1") == 0) FAIL() << "a GPU is required: " << device_status().cuda_text;
    GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  }
  for (const PixelFormat& format : {k420, k422_10, kGray, k444_16a})
    for (const Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kBicubic}) {
      FrameRenderer renderer(kOutput, interpolation, gpu);
      expect_same(render_all(renderer, format), expected_frames(format, interpolation));
      EXPECT_TRUE(renderer.on_gpu()) << renderer.trouble().value_or("");
    }
  for (const PixelFormat& format : {k420, k420_10, k422_10, kGray})
    for (const SurfaceLayout layout : kLayouts) {
      FrameRenderer renderer(kOutput, Interpolation::kBicubic, gpu);
      expect_same(render_surfaces(renderer, *gpu.runtime, format, layout), expected_frames(format, Interpolation::kBicubic));
      EXPECT_TRUE(renderer.on_gpu()) << renderer.trouble().value_or("");
      FrameRenderer staying(kOutput, Interpolation::kBicubic, gpu, OutputPlace::kDevice);
      int stayed = 0;
      expect_same(all_on_host(*gpu.runtime, render_surfaces(staying, *gpu.runtime, format, layout), stayed), expected_frames(format, Interpolation::kBicubic));
      EXPECT_GT(stayed, 0);
    }
}

}  // namespace
}  // namespace keel
