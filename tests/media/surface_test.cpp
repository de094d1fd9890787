// SPDX-License-Identifier: GPL-3.0-or-later
// Decoded frames that say where they lie on a device: there lies the same picture, few are lent at a time, and nobody outlives anybody's memory.
#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

#include "engine/image/device_surface.h"
#include "engine/media/surface_loans.h"
#include "tests/media/host_device.h"
#include "tests/media/media_test_support.h"
#include "tests/support/host_gpu.h"

namespace keel::test {
namespace {

using ::testing::HasSubstr;

constexpr int kMost = av::SurfaceLoans::kMost;

/// The device's memory is the host's.
std::optional<DecodeDevice::Place> in_host_memory(const AVFrame& packed) {
  const std::shared_ptr<const AVFrame> kept(av_frame_clone(&packed), av::FreeConstFrame());
  DecodeDevice::Place place;
  place.format = static_cast<AVPixelFormat>(packed.format);
  for (std::size_t p = 0; p < place.data.size(); ++p) {
    place.data[p] = kept->data[p];
    place.pitch_bytes[p] = kept->linesize[p];
  }
  place.memory = kept;
  return place;
}

template <class Word>
bool plane_lies_there(const Frame& frame, int p) {
  const DeviceSurface& surface = *frame.surface();
  const DeviceSurface::Plane& at = surface.planes[static_cast<std::size_t>(p)];
  for (int y = 0; y < frame.plane(p).height; ++y)
    for (int x = 0; x < frame.plane(p).width; ++x)
      if ((reinterpret_cast<const Word*>(at.data + y * at.pitch_bytes)[static_cast<std::ptrdiff_t>(x) * at.step] >> surface.sample_shift) !=
          frame.plane(p).row<Word>(y)[x])
        return false;
  return true;
}

bool lies_there(const Frame& frame) {
  for (int p = 0; p < frame.plane_count(); ++p)
    if (!(frame.format().bytes_per_sample() == 1 ? plane_lies_there<std::uint8_t>(frame, p) : plane_lies_there<std::uint16_t>(frame, p)))
      return false;
  return true;
}

class SurfaceTest : public MediaTest {
 protected:
  SurfaceTest() { device_.lay_out = in_host_memory; }
  std::filesystem::path clip(const std::string& name = "clip.mp4", const std::string& encoding = "-c:v libx264 -g 10 -bf 3 -pix_fmt yuv420p") {
    return make(name, "-f lavfi -i testsrc2=s=96x64:r=25:d=1 " + encoding);
  }
  DecoderOptions options() { return {.device = &device_, .surfaces_in = &gpu_}; }

  HostDevice device_;
  HostGpu gpu_;  // none of whose memory is used
};

TEST_F(SurfaceTest, FramesSayWhereTheyLie_InEveryLayoutOfADevice) {
  struct Case {
    const char *name, *encoding;
    AVPixelFormat surface;
    int step, shift;
  };
  for (const Case& c : {Case{"nv12.mp4", "-c:v libx264 -pix_fmt yuv420p", AV_PIX_FMT_YUV420P, 2, 0},
                        Case{"full.mp4", "-c:v libx264 -pix_fmt yuvj420p", AV_PIX_FMT_YUVJ420P, 2, 0},
                        Case{"odd.mkv", "-vf crop=94:62 -c:v libx264 -pix_fmt yuv420p", AV_PIX_FMT_YUV420P, 2, 0},
                        Case{"p010.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", AV_PIX_FMT_YUV420P10, 2, 6},
                        Case{"p016.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p12le", AV_PIX_FMT_YUV420P12, 2, 4},
                        Case{"444.mkv", "-c:v libx264 -pix_fmt yuv444p", AV_PIX_FMT_YUV444P, 1, 0},
                        Case{"444_10.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv444p10le", AV_PIX_FMT_YUV444P10, 1, 6}}) {
    SCOPED_TRACE(c.name);
    device_.surface = c.surface;
    auto decoder = Decoder::open(clip(c.name, c.encoding), options());
    ASSERT_TRUE(decoder.ok());
    ASSERT_TRUE((*decoder)->decode_path().hardware) << to_string((*decoder)->decode_path());
    for (int i = 0; i < 25; ++i) {
      const auto next = (*decoder)->next();
      ASSERT_TRUE(next.ok() && next->has_value());
      const Frame& frame = (*next)->frame;
      ASSERT_NE(frame.surface(), nullptr) << i;
      EXPECT_EQ(surface_in(gpu_.context(), frame), frame.surface().get());
      EXPECT_EQ(frame.surface()->planes[1].step, c.step);
      EXPECT_EQ(frame.surface()->sample_shift, c.shift);
      EXPECT_TRUE(lies_there(frame)) << i;
    }
  }
}

TEST_F(SurfaceTest, WhoAsksForNoneOrWhoseDeviceTellsNone_GetsTheSameFramesWithoutThem) {
  const auto file = clip();
  const DecodedClip unasked = decode(file, {.device = &device_});
  device_.lay_out = nullptr;
  const DecodedClip untold = decode(file, options());
  for (const DecodedClip* decoded : {&unasked, &untold}) {
    EXPECT_TRUE(decoded->path.hardware);
    for (const DecodedFrame& f : decoded->frames) EXPECT_EQ(f.frame.surface(), nullptr);
  }
}

TEST_F(SurfaceTest, WhenAllAreLent_FramesComeWithoutUntilOneIsBack) {
  const auto file = clip();
  const DecodedClip software = decode(file);
  auto decoder = Decoder::open(file, options());
  ASSERT_TRUE(decoder.ok());
  std::vector<Frame> held;
  for (std::size_t i = 0; i < 20; ++i) {
    held.push_back((*(*decoder)->next())->frame);
    EXPECT_TRUE(same_picture(held[i], software.frames[i].frame));
    EXPECT_EQ(held[i].surface() != nullptr, i < static_cast<std::size_t>(kMost)) << i;
  }
  held[3] = {};
  EXPECT_NE((held[3] = (*(*decoder)->next())->frame).surface(), nullptr);
  EXPECT_EQ((*(*decoder)->next())->frame.surface(), nullptr);
  EXPECT_TRUE((*decoder)->decode_path().hardware);
}

TEST_F(SurfaceTest, SurfacesOutliveTheirDecoder) {
  std::vector<Frame> held;
  {
    auto decoder = Decoder::open(clip(), options());
    ASSERT_TRUE(decoder.ok());
    for (int i = 0; i < kMost; ++i) held.push_back((*(*decoder)->next())->frame);
  }
  for (const Frame& frame : held) EXPECT_TRUE(lies_there(frame));
}

TEST_F(SurfaceTest, TurnedPictures_HaveNone) {
  (void)clip();
  auto decoder = Decoder::open(make("turned.mp4", "-i clip.mp4 -c copy -metadata:s:v:0 rotate=270"), options());
  ASSERT_TRUE(decoder.ok());
  ASSERT_EQ((*decoder)->info().size, (Size{64, 96}));
  EXPECT_TRUE((*decoder)->decode_path().hardware);
  EXPECT_EQ((*(*decoder)->next())->frame.surface(), nullptr);
}

TEST_F(SurfaceTest, ADeviceThatFails_LendsNoMoreAndSoftwareGoesOn) {
  const auto file = clip();
  const DecodedClip software = decode(file);
  device_.fail_at = 5;
  auto decoder = Decoder::open(file, options());
  ASSERT_TRUE(decoder.ok());
  for (std::size_t i = 0; i < software.frames.size(); ++i) {
    const auto next = (*decoder)->next();
    ASSERT_TRUE(next.ok() && next->has_value());
    EXPECT_TRUE(same_picture((*next)->frame, software.frames[i].frame));
    EXPECT_EQ((*next)->frame.surface() != nullptr, i < 5) << i;
  }
}

TEST_F(SurfaceTest, ADeviceThatDoesNotDecodeInTheContext_DecodesElsewhereAndItIsTold) {
  device_.connects_in_context = false;
  const DecodedClip decoded = decode(clip(), options());
  EXPECT_TRUE(decoded.path.hardware);
  EXPECT_EQ(to_string(decoded.path), "HOST h264, copied to the computer's memory, because it does not decode there");
  EXPECT_FALSE(decode_trouble(decoded.path));
  for (const DecodedFrame& f : decoded.frames) EXPECT_EQ(f.frame.surface(), nullptr);
}

}  // namespace
}  // namespace keel::test
