// SPDX-License-Identifier: GPL-3.0-or-later
// Frames come into textures by upload or through a GPU, and are drawn by the viewer's own shader, in a context without a window.
#include "ui/gl/frame_texture.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/gl/window_free_context.h"
#include "tests/support/device_frames.h"
#include "tests/support/host_sharing.h"
#include "tests/support/noise_frame.h"
#include "ui/gl/picture_painter.h"

namespace keel::ui::test {
namespace {

using keel::test::HostGpu;
using keel::test::SurfaceLayout;

constexpr Size kSize{99, 61};
const PixelFormat k420{ColorModel::kYuv, 8, 1, 1, false}, k420_10{ColorModel::kYuv, 10, 1, 1, false}, k422_10{ColorModel::kYuv, 10, 1, 0, false}, kGray{ColorModel::kGray, 8, 0, 0, false}, kGbrAlpha{ColorModel::kGbr, 16, 0, 0, true};

Frame noise_frame(const PixelFormat& format, int seed) { return keel::test::noise_frame(kSize, format, seed); }

/// The same picture stored from the last row to the first, as some decoders do.
Frame bottom_up(const Frame& frame) {
  std::array<PlaneView, 4> planes{};
  auto memory = std::make_shared<std::vector<std::vector<std::byte>>>();
  for (int p = 0; p < frame.plane_count(); ++p) {
    const PlaneView& from = frame.plane(p);
    const auto row_bytes = static_cast<std::size_t>(from.width * frame.format().bytes_per_sample());
    std::vector<std::byte> rows;
    for (int y = from.height; y-- > 0;) rows.insert(rows.end(), from.row<std::byte>(y), from.row<std::byte>(y) + row_bytes);
    memory->push_back(std::move(rows));
    planes[static_cast<std::size_t>(p)] = {memory->back().data() + row_bytes * static_cast<std::size_t>(from.height - 1), -static_cast<std::ptrdiff_t>(row_bytes), from.width, from.height};
  }
  return Frame(frame.size(), frame.format(), frame.color(), planes, memory);
}

std::string shader(const char* name) {
  std::ifstream in(std::string(KEEL_SOURCE_DIR "/shaders/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Rgb> drawn(WindowFreeContext& context, PicturePainter& painter, const FrameTexture& texture, const Frame& frame) {
  context.clear();
  texture.bind();
  PictureDraw draw{.frame = &frame, .texture = &texture, .size = kSize};
  draw.whole = draw.visible = {0, 0, kSize.width, kSize.height};
  draw.target_height = kSize.height;
  painter.draw(draw);
  return context.read();
}

class FrameTextureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    context_ = WindowFreeContext::make(WindowFreeContext::Device::kAny, kSize, why);
    ASSERT_NE(context_, nullptr) << why;
    painter_.emplace(context_->gl(), shader("present.vert"), shader("present.frag"));
    ASSERT_TRUE(painter_->usable());
  }
  void TearDown() override {
    painter_.reset();
    if (!context_) return;
    EXPECT_EQ(context_->error(), static_cast<unsigned>(GL_NO_ERROR));
  }
  /// What `frame` looks like when it was uploaded.
  std::vector<Rgb> uploaded(const Frame& frame) {
    FillRoute route(context_->gl(), {});
    FrameTexture texture;
    texture.create(&context_->gl(), &route);
    texture.fill(frame);
    auto pixels = drawn(*context_, *painter_, texture, frame);
    texture.destroy();
    return pixels;
  }
  /// Fills two textures in turns with noise, as the viewer does with a clip's frames and pictures with filled borders; each must be drawn as uploaded. From number
  /// `lying_from` on the frames lie on the device, U and V by turns. Returns the troubles that were told.
  static constexpr int kShown = 6;
  std::vector<std::string> show_all(SharingGpu gpu, int lying_from = kShown) {
    FillRoute route(context_->gl(), gpu);
    FrameTexture first, second;
    first.create(&context_->gl(), &route);
    second.create(&context_->gl(), &route);
    std::vector<std::string> told;
    for (int i = 0; i < kShown; ++i) {
      Frame frame = noise_frame(i < 4 ? k420 : k422_10, i);
      if (i >= lying_from) frame = keel::test::on_device(*gpu.runtime, frame, SurfaceLayout::kSemiPlanar);
      FrameTexture& texture = i % 2 == 0 ? first : second;
      texture.fill(frame);
      if (const auto trouble = route.take_trouble()) told.push_back(*trouble);
      EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame)) << "frame " << i;
    }
    EXPECT_EQ(first.fills(), 3u);
    shares_at_end_ = route.shares();
    first.destroy();
    second.destroy();
    return told;
  }

  std::unique_ptr<WindowFreeContext> context_;
  std::optional<PicturePainter> painter_;
  bool shares_at_end_ = false;
};

TEST_F(FrameTextureTest, UploadedGray_Drawn_IsEverySampleInItsPlace) {
  const Frame frame = noise_frame(kGray, 1);
  const auto pixels = uploaded(frame);
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x) {
      const int value = frame.plane(0).row<std::uint8_t>(y)[x];
      ASSERT_EQ(pixels[static_cast<std::size_t>(y * kSize.width + x)], (Rgb{value, value, value})) << x << ", " << y;
    }
}

TEST_F(FrameTextureTest, NoGpu_Filled_UploadsAndTellsNothing) {
  EXPECT_TRUE(show_all({}).empty());
  EXPECT_FALSE(shares_at_end_);
}

TEST_F(FrameTextureTest, SharedWithAGpu_EveryLayout_IsDrawnAsUploaded) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  int planes = 0;
  for (const PixelFormat& format : {k420, k422_10, kGray, kGbrAlpha, k420}) {
    for (const Frame& frame : {noise_frame(format, 1), bottom_up(noise_frame(format, 2))}) {
      texture.fill(frame);
      planes += color_planes(format);
      EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame));
      EXPECT_EQ(sharing.leaks(), static_cast<std::size_t>(color_planes(format))) << "only the present textures are shared";
    }
  }
  EXPECT_TRUE(route.shares());
  EXPECT_EQ(route.take_trouble(), std::nullopt);
  EXPECT_EQ(sharing.writes(), planes);
  texture.destroy();
  EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
}

TEST_F(FrameTextureTest, SharedWithAGpu_Filled_WaitsOnceAFrame) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  for (int i = 0; i < 5; ++i) texture.fill(noise_frame(k420, i));
  EXPECT_EQ(gpu.waits(), 5);
  texture.destroy();
}

TEST_F(FrameTextureTest, SharingThatFailsAtAnyCall_FillsOn_ByUploadToldOnceWithoutALeak) {
  int calls = 0;
  {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    ASSERT_TRUE(show_all(sharing.device()).empty());
    ASSERT_TRUE(shares_at_end_);
    calls = sharing.calls();
  }
  ASSERT_GT(calls, 30);
  int told_of = 0;
  for (int first = 0; first < calls; ++first) {
    SCOPED_TRACE("fails from call " + std::to_string(first));
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    sharing.fail_from(first);
    const auto told = show_all(sharing.device());
    // Only letting go, at the end, can fail with nothing to tell.
    EXPECT_LE(told.size(), 1u);
    EXPECT_EQ(told.empty(), shares_at_end_);
    told_of += static_cast<int>(told.size());
    EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
  }
  EXPECT_GE(told_of, calls - 12) << "of the last calls, which let go of two times three textures, or of as many when the format changes";
}

TEST_F(FrameTextureTest, RuntimeThatFailsAtAnyCall_FillsOn_ByUploadToldOnceWithoutALeak) {
  int calls = 0;
  {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    ASSERT_TRUE(show_all(sharing.device()).empty());
    calls = gpu.calls();
  }
  ASSERT_GT(calls, 8);
  int told_of = 0;
  for (int first = 0; first < calls; ++first) {
    SCOPED_TRACE("fails from call " + std::to_string(first));
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    gpu.fail_from(first);
    const auto told = show_all(sharing.device());
    EXPECT_LE(told.size(), 1u);
    EXPECT_EQ(told.empty(), shares_at_end_);
    told_of += static_cast<int>(told.size());
    EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
  }
  EXPECT_GT(told_of, 0);
}

TEST_F(FrameTextureTest, FramesThatLieOnTheGpu_InEveryLayout_AreDrawnAsUploadedAndNothingIsSent) {
  struct Case {
    PixelFormat format;
    SurfaceLayout layout;
    int split;  ///< planes that do not lie as the format has them
  };
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  int planes = 0, split = 0, sent = 0;
  for (const Case& c : {Case{k420, SurfaceLayout::kSemiPlanar, 2}, Case{k420_10, SurfaceLayout::kSemiPlanar, 3}, Case{k420, SurfaceLayout::kPlanar, 0}, Case{k422_10, SurfaceLayout::kPlanar, 0},
                        Case{kGray, SurfaceLayout::kSemiPlanar, 0}, Case{k422_10, SurfaceLayout::kSemiPlanar, 3}})
    for (int seed = 1; seed <= 2; ++seed) {
      const Frame frame = keel::test::on_device(gpu, noise_frame(c.format, seed), c.layout);
      const int textures_made_anew = seed == 1 && sent > 0 ? 1 : 0, waits = gpu.waits();
      ++sent;
      texture.fill(frame);
      EXPECT_EQ(gpu.waits() - waits, 1 + textures_made_anew) << "one for the picture, and one to let go of other textures";
      planes += color_planes(c.format);
      split += c.split;
      EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame));
    }
  EXPECT_TRUE(route.shares()) << route.take_trouble().value_or("");
  EXPECT_EQ(sharing.writes(), planes);
  EXPECT_EQ(sharing.writes_on_device(), planes);
  EXPECT_EQ(gpu.launches(HostGpu::Launch::kSplitPlane), split) << "planes that lie as they should are read in place";
  EXPECT_EQ(gpu.copies(CopyDirection::kToDevice), sent) << "those that fill the surfaces";
  texture.destroy();
  EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
}

TEST_F(FrameTextureTest, AlternatingFramesOfHostAndGpu_AreDrawnAsUploaded) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  for (int i = 0; i < 4; ++i) {
    Frame frame = noise_frame(k420, i);
    if (i % 2 == 0) frame = keel::test::on_device(gpu, frame, SurfaceLayout::kSemiPlanar);
    texture.fill(frame);
    EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame)) << i;
  }
  EXPECT_EQ(sharing.writes_on_device(), 6);
  EXPECT_EQ(sharing.writes(), 12);
  texture.destroy();
}

TEST_F(FrameTextureTest, SurfaceOfAnotherGpu_Filled_IsNotTouched) {
  HostGpu gpu, other;
  HostSharing sharing(gpu, context_->gl());
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  const Frame frame = keel::test::on_device(other, noise_frame(k420, 1), SurfaceLayout::kSemiPlanar);
  const int calls = other.calls();
  texture.fill(frame);
  EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame));
  EXPECT_TRUE(route.shares());
  EXPECT_EQ(other.calls(), calls);
  EXPECT_EQ(sharing.writes(), 3);
  EXPECT_EQ(sharing.writes_on_device() + gpu.launches(HostGpu::Launch::kSplitPlane), 0);
  texture.destroy();
}

TEST_F(FrameTextureTest, SurfaceThatGoesRightAfterTheFill_IsReadByNobodyThen) {
  for (const bool fails : {false, true}) {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    SharingFiller filler(sharing.device());
    Frame frame = keel::test::on_device(gpu, noise_frame(k420, 1), SurfaceLayout::kSemiPlanar);
    // No texture is adopted: what would be written does not matter here. With the sharing broken, planes have been taken apart by then.
    if (fails) sharing.fail_from(0);
    EXPECT_EQ(filler.fill(frame).ok(), !fails);
    EXPECT_EQ(gpu.launches(HostGpu::Launch::kSplitPlane), 2);
    gpu.on_release([&] { EXPECT_TRUE(gpu.idle()) << "memory goes while work that may read it is queued"; });
    frame = {};
    gpu.on_release({});
  }
}

TEST_F(FrameTextureTest, SharingThatFailsAtAnyCall_WithFramesOnTheGpu_FillsOnByUploadToldOnceWithoutALeak) {
  int calls = 0;
  {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    ASSERT_TRUE(show_all(sharing.device(), 0).empty());
    ASSERT_EQ(sharing.writes_on_device(), sharing.writes());
    calls = sharing.calls();
  }
  for (int first = 0; first < calls; ++first) {
    SCOPED_TRACE("fails from call " + std::to_string(first));
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    sharing.fail_from(first);
    const auto told = show_all(sharing.device(), 0);
    EXPECT_LE(told.size(), 1u);
    EXPECT_EQ(told.empty(), shares_at_end_);
    EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
  }
}

TEST_F(FrameTextureTest, RuntimeThatFailsAtAnyCall_WithFramesOnTheGpu_FillsOnByUploadToldOnceWithoutALeak) {
  int calls = 0;
  {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    ASSERT_TRUE(show_all(sharing.device(), 2).empty());
    ASSERT_EQ(sharing.writes_on_device(), 3 * 4);
    calls = gpu.calls();
  }
  int told_of = 0;
  for (const int count : {1, HostGpu::kNever})  // a passing failure; a device that is lost for good
    for (int first = 0; first < calls; ++first) {
      SCOPED_TRACE("fails from call " + std::to_string(first));
      HostGpu gpu;
      HostSharing sharing(gpu, context_->gl());
      gpu.fail_from(first, count);
      const auto told = show_all(sharing.device(), 2);
      EXPECT_LE(told.size(), 1u);
      EXPECT_EQ(told.empty(), shares_at_end_);
      told_of += static_cast<int>(told.size());
      EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
    }
  EXPECT_GT(told_of, calls / 2) << "what fills the surfaces, and gives things back, may fail with nothing to tell";
}

TEST_F(FrameTextureTest, GpuThatTakesPlanesApartWrongly_FirstFrameThatLiesThere_IsNoticedAndUploadedEvenAfterOthers) {
  for (const int lying_from : {0, 2, 4}) {
    HostGpu gpu;
    HostSharing sharing(gpu, context_->gl());
    gpu.miscalculate(HostGpu::Launch::kSplitPlane);
    const auto told = show_all(sharing.device(), lying_from);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0], "Pictures go to the screen by way of the CPU from now on. The GPU filled a picture with something else.");
    EXPECT_FALSE(shares_at_end_);
    EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
  }
}

TEST_F(FrameTextureTest, FirstFrameOfAnotherFormatThatLiesOnTheGpu_IsComparedAnew) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  gpu.miscalculate(HostGpu::Launch::kSplitPlane);
  FillRoute route(context_->gl(), sharing.device());
  FrameTexture texture;
  texture.create(&context_->gl(), &route);
  texture.fill(keel::test::on_device(gpu, noise_frame(k420, 1), SurfaceLayout::kPlanar));
  EXPECT_TRUE(route.shares()) << "nothing had to be taken apart";
  const Frame frame = keel::test::on_device(gpu, noise_frame(k420_10, 2), SurfaceLayout::kSemiPlanar);
  texture.fill(frame);
  EXPECT_FALSE(route.shares());
  EXPECT_EQ(drawn(*context_, *painter_, texture, frame), uploaded(frame));
  texture.destroy();
}

TEST_F(FrameTextureTest, OpenGlOnAnotherGpu_Filled_UploadsToldOnce) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  sharing.draw_elsewhere();
  const auto told = show_all(sharing.device());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], "Pictures go to the screen by way of the CPU: OpenGL does not draw on the GPU that computes.");
  EXPECT_EQ(sharing.writes(), 0);
}

TEST_F(FrameTextureTest, GpuThatCopiesWrongly_FirstFrame_IsNoticedAndUploaded) {
  HostGpu gpu;
  HostSharing sharing(gpu, context_->gl());
  sharing.miscopy();
  EXPECT_EQ(show_all(sharing.device()).size(), 1u);
  EXPECT_FALSE(shares_at_end_);
  EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
}

// The driver must refuse, and the picture be there all the same.
TEST_F(FrameTextureTest, OpenGlInSoftware_WithTheMachinesGpu_UploadsToldOnce) {
  if (system_sharing_gpu().runtime == nullptr) GTEST_SKIP() << "there is no GPU";
  if (context_->renderer().find("pipe") == std::string::npos) GTEST_SKIP() << "OpenGL is not in software: " << context_->renderer();
  EXPECT_EQ(show_all(system_sharing_gpu()).size(), 1u);
  EXPECT_FALSE(shares_at_end_);
}

TEST(FrameTextureOnTheMachinesGpu, EveryLayout_IsFilledByTheGpuAndDrawnAsUploaded) {
  const SharingGpu gpu = system_sharing_gpu();
  if (gpu.runtime == nullptr) {
    ASSERT_EQ(std::getenv("KEEL_REQUIRE_GPU"), nullptr) << "a GPU is required, and there is none";
    GTEST_SKIP() << "there is no GPU";
  }
  std::string why;
  const auto context = WindowFreeContext::make(WindowFreeContext::Device::kOfCuda, kSize, why);
  if (!context) GTEST_SKIP() << why;
  PicturePainter painter(context->gl(), shader("present.vert"), shader("present.frag"));
  ASSERT_TRUE(painter.usable());
  FillRoute shared(context->gl(), gpu), upload(context->gl(), {});
  FrameTexture by_gpu, by_upload;
  by_gpu.create(&context->gl(), &shared);
  by_upload.create(&context->gl(), &upload);
  for (const PixelFormat& format : {k420, k422_10, kGray, kGbrAlpha})
    for (int seed = 1; seed <= 3; ++seed) {
      const Frame frame = noise_frame(format, seed);
      by_gpu.fill(frame);
      by_upload.fill(frame);
      EXPECT_EQ(drawn(*context, painter, by_gpu, frame), drawn(*context, painter, by_upload, frame));
    }
  for (const PixelFormat& format : {k420, k420_10, k422_10, kGray})
    for (const SurfaceLayout layout : {SurfaceLayout::kPlanar, SurfaceLayout::kSemiPlanar})
      for (int seed = 1; seed <= 3; ++seed) {
        const Frame frame = keel::test::on_device(*gpu.runtime, noise_frame(format, seed), layout);
        ASSERT_NE(surface_in(gpu.runtime->context(), frame), nullptr);
        by_gpu.fill(frame);
        by_upload.fill(frame);
        EXPECT_EQ(drawn(*context, painter, by_gpu, frame), drawn(*context, painter, by_upload, frame));
      }
  EXPECT_TRUE(shared.shares()) << shared.take_trouble().value_or("");
  by_gpu.destroy();
  by_upload.destroy();
  EXPECT_EQ(context->error(), static_cast<unsigned>(GL_NO_ERROR));
}

}  // namespace
}  // namespace keel::ui::test
