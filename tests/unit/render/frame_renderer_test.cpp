// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/frame_renderer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engine/backend/device.h"
#include "tests/support/host_gpu.h"
#include "tests/support/noise_frame.h"

namespace keel {
namespace {

using test::HostGpu;

constexpr Size kSource{97, 61}, kOutput{83, 47};
constexpr int kFrames = 7;
const PixelFormat k420{ColorModel::kYuv, 8, 1, 1, false}, k422_10{ColorModel::kYuv, 10, 1, 0, false}, kGray{ColorModel::kGray, 8, 0, 0, false}, k444_16a{ColorModel::kYuv, 16, 0, 0, true};

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

/// All frames through a renderer, as an export does it.
std::vector<Frame> render_all(FrameRenderer& renderer, const PixelFormat& format) {
  std::vector<Frame> done;
  for (int i = 0; i < kFrames; ++i) {
    renderer.push(noise_frame(format, i), warp_of(i));
    while (renderer.in_flight() >= renderer.depth()) done.push_back(renderer.pop());
  }
  while (renderer.in_flight() > 0) done.push_back(renderer.pop());
  return done;
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
}

}  // namespace
}  // namespace keel
