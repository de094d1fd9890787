// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_view.h"

#include <QOpenGLContext>
#include <QTest>

#include "engine/render/renderer.h"
#include "engine/sample/sample_clip.h"
#include "tests/support/host_sharing.h"
#include "tests/ui/ui_test_support.h"
#include "ui/viewport/raster_view.h"

namespace keel::ui::test {
namespace {

constexpr Size kSize{320, 180};
/// Half of the view is exactly as wide as the picture: one picture pixel per screen pixel.
constexpr int kGap = 2;

/// All pixels of one colour, given as 8-bit samples that are scaled up to the format's depth.
Frame flat_frame(const PixelFormat& format, const ColorTags& tags, std::array<int, 3> samples) {
  FrameBuffer buffer(kSize, format, tags);
  for (int i = 0; i < format.plane_count(); ++i) {
    const auto value = samples[static_cast<std::size_t>(std::min(i, 2))] << (format.bit_depth - 8);
    const PlaneView& plane = buffer.plane(i);
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x) {
        if (format.bytes_per_sample() == 2) {
          buffer.row<std::uint16_t>(i, y)[x] = static_cast<std::uint16_t>(value);
        } else {
          buffer.row<std::uint8_t>(i, y)[x] = static_cast<std::uint8_t>(value);
        }
      }
  }
  return std::move(buffer).freeze();
}

ViewContent content_of(Frame frame) {
  ViewContent content;
  content.output = frame.size();
  content.frame = std::move(frame);
  content.frame_serial = 1;
  return content;
}

QRectF left_of(const ViewContent& content) { return make_compare_layout(QSizeF(2 * kSize.width + kGap, kSize.height), content).original; }
QRectF right_of(const ViewContent& content) { return make_compare_layout(QSizeF(2 * kSize.width + kGap, kSize.height), content).stabilized; }

struct ShownView {
  ShownView() {
    view.resize(2 * kSize.width + kGap, kSize.height);
    view.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&view));
  }
  CompareView view{nullptr};
};

struct FormatCase {
  const char* name;
  PixelFormat format;
  std::array<int, 3> samples;
  QColor color;
};

class CompareViewFormats : public ::testing::TestWithParam<FormatCase> {};

// Red in each layout; the stored samples are rounded to 8 bits, which moves a channel by up to 2 levels.
TEST_P(CompareViewFormats, FlatColor_Shown_IsThatColorOnBothSides) {
  const FormatCase& c = GetParam();
  const auto content = content_of(flat_frame(c.format, {}, c.samples));
  ShownView shown;
  shown.view.set_content(content);
  const QImage image = shown.view.grabFramebuffer();
  expect_color(color_at(image, left_of(content), 0.5, 0.7), c.color, 3);
  expect_color(color_at(image, right_of(content), 0.5, 0.7), c.color, 3);
  RasterView raster(nullptr);
  raster.resize(shown.view.size());
  raster.set_content(content);
  expect_color(color_at(raster.grab().toImage(), right_of(content), 0.5, 0.7), c.color, 3);
}

const QColor kPureRed(255, 0, 0);
INSTANTIATE_TEST_SUITE_P(Layouts, CompareViewFormats,
                         ::testing::Values(FormatCase{"Yuv420", {ColorModel::kYuv, 8, 1, 1}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv422", {ColorModel::kYuv, 8, 1, 0}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv444", {ColorModel::kYuv, 8, 0, 0}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv411", {ColorModel::kYuv, 8, 2, 0}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuva420", {ColorModel::kYuv, 8, 1, 1, true}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv420Ten", {ColorModel::kYuv, 10, 1, 1}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv422Twelve", {ColorModel::kYuv, 12, 1, 0}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Yuv444Sixteen", {ColorModel::kYuv, 16, 0, 0}, {81, 90, 240}, kPureRed},
                                           FormatCase{"Gray", {ColorModel::kGray, 8, 0, 0}, {100, 0, 0}, QColor(100, 100, 100)},
                                           FormatCase{"GrayTwelve", {ColorModel::kGray, 12, 0, 0}, {100, 0, 0}, QColor(100, 100, 100)},
                                           FormatCase{"Gbr", {ColorModel::kGbr, 8, 0, 0}, {30, 60, 200}, QColor(200, 30, 60)},
                                           FormatCase{"GbrTen", {ColorModel::kGbr, 10, 0, 0}, {30, 60, 200}, QColor(200, 30, 60)}),
                         [](const auto& param_info) { return param_info.param.name; });

struct HdrCase {
  const char* name;
  int transfer;
  std::array<int, 3> samples;
  QColor color;
};

class CompareViewHdr : public ::testing::TestWithParam<HdrCase> {};

// Grays by hand: light over 203 cd/m2, times (1 + light / 4.926^2) / (1 + light), to the power of 1 / 2.4. A sample's rounding moves them by up to 3 levels.
TEST_P(CompareViewHdr, FlatColor_TaggedAs2020_IsToneMappedAlikeByShaderAndRaster) {
  ColorTags tags;
  tags.matrix = tags.primaries = 9;
  tags.transfer = GetParam().transfer;
  const auto content = content_of(flat_frame({ColorModel::kYuv, 10, 1, 1}, tags, GetParam().samples));
  ShownView shown;
  shown.view.set_content(content);
  const QColor seen = color_at(shown.view.grabFramebuffer(), right_of(content), 0.5, 0.7);
  if (GetParam().color.isValid()) expect_color(seen, GetParam().color, 4);
  RasterView raster(nullptr);
  raster.resize(shown.view.size());
  raster.set_content(content);
  expect_color(color_at(raster.grab().toImage(), right_of(content), 0.5, 0.7), seen, 2);
}

INSTANTIATE_TEST_SUITE_P(Transfers, CompareViewHdr,
                         ::testing::Values(HdrCase{"PqReferenceWhite", 16, {143, 128, 128}, QColor(194, 194, 194)},
                                           HdrCase{"PqPeak", 16, {181, 128, 128}, QColor(255, 255, 255)},
                                           HdrCase{"PqBlack", 16, {16, 128, 128}, QColor(0, 0, 0)},
                                           HdrCase{"HlgReferenceWhite", 18, {180, 128, 128}, QColor(194, 194, 194)},
                                           HdrCase{"HlgPeak", 18, {235, 128, 128}, QColor(255, 255, 255)},
                                           HdrCase{"PqColor", 16, {110, 100, 160}, QColor()}, HdrCase{"HlgColor", 18, {120, 150, 110}, QColor()}),
                         [](const auto& param_info) { return param_info.param.name; });

FrameWarp tilted_warp() {
  Mat3 h = Mat3::translation(31.4, 18.7) * Mat3::rotation(0.03) * Mat3::scaling(0.8, 0.8);
  h(2, 0) = 2e-5;
  return {h};
}

// The same weights over the same taps; the renderer rounds positions to 1/256 px and weights to 1/16384, which is below two levels on this texture.
TEST(CompareView, WarpedGray_AtFullSize_EqualsTheExport) {
  auto content = content_of(render_plane(handheld_scene(kSize, 3, 5, false), 1));
  content.warp = tilted_warp();
  ShownView shown;
  shown.view.set_content(content);
  const QImage image = shown.view.grabFramebuffer();
  const QImage expected = to_image(render(content.frame, *content.warp, content.output, Interpolation::kBicubic));
  const QRectF right = right_of(content);
  ASSERT_EQ(right.size(), QSizeF(kSize.width, kSize.height));
  int worst = 0;
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x)
      worst = std::max(worst, std::abs(image.pixelColor(static_cast<int>(right.x()) + x, y).green() - expected.pixelColor(x, y).green()));
  EXPECT_LE(worst, 2);
}

// Chroma is enlarged differently (cubic here, nearest in the reference), so colours are compared on average.
TEST(CompareView, WarpedColor_AtFullSize_EqualsTheExportOnAverage) {
  auto content = content_of(render_plane(handheld_scene(kSize, 3, 5, true), 1));
  content.warp = tilted_warp();
  ShownView shown;
  shown.view.set_content(content);
  const QImage expected = to_image(render(content.frame, *content.warp, content.output, Interpolation::kBicubic));
  const double difference = mean_difference(shown.view.grabFramebuffer(), right_of(content), expected, QRectF(expected.rect()));
  EXPECT_LT(difference, 3.0);
}

TEST(CompareView, NewWarp_OfTheSameFrame_UploadsNothing) {
  auto content = content_of(render_plane(handheld_scene(kSize, 3, 5, true), 1));
  ShownView shown;
  shown.view.set_content(content);
  const QImage before = shown.view.grabFramebuffer();
  const auto uploads = shown.view.prepared_frames();
  content.warp = tilted_warp();
  shown.view.set_content(content);
  EXPECT_NE(shown.view.grabFramebuffer(), before);
  EXPECT_EQ(shown.view.prepared_frames(), uploads);
}

TEST(CompareView, ContextMadeAnew_PictureComesBack) {
  const auto content = content_of(flat_frame({}, {}, {81, 90, 240}));
  auto first = std::make_unique<QWidget>(), second = std::make_unique<QWidget>();
  auto* view = new CompareView(first.get());
  for (QWidget* window : {first.get(), second.get()}) {
    window->resize(2 * kSize.width + kGap, kSize.height);
    window->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(window));
  }
  view->resize(first->size());
  view->show();
  view->set_content(content);
  expect_color(color_at(view->grabFramebuffer(), left_of(content), 0.5, 0.7), kPureRed, 3);
  // Another top-level window has another context: the old one is destroyed with all its textures.
  view->setParent(second.get());
  view->show();
  expect_color(color_at(view->grabFramebuffer(), left_of(content), 0.5, 0.7), kPureRed, 3);
}

TEST(CompareView, SharingThatFailsInTheMiddle_PictureStays_AndIsToldOnce) {
  auto content = content_of(flat_frame({}, {}, {81, 90, 240}));
  ShownView shown;
  QStringList told;
  shown.view.on_trouble([&](const QString& sentence) { told << sentence; });
  keel::test::HostGpu gpu;
  GlFunctions gl;
  shown.view.makeCurrent();
  ASSERT_TRUE(gl.load([&](const char* name) { return shown.view.context()->getProcAddress(name); }));
  HostSharing sharing(gpu, gl);
  std::vector<GpuRuntime*> fills;
  shown.view.on_filled_by([&](GpuRuntime* by) { fills.push_back(by); });
  shown.view.share_with(sharing.device());
  EXPECT_EQ(shown.view.filled_by(), &gpu);
  EXPECT_TRUE(shown.view.backend_name().startsWith(QLatin1String("OpenGL with CUDA"))) << shown.view.backend_name().toStdString();
  const auto show_next = [&] {
    ++content.frame_serial;
    shown.view.set_content(content);
    expect_color(color_at(shown.view.grabFramebuffer(), left_of(content), 0.5, 0.7), kPureRed, 3);
  };
  show_next();
  EXPECT_EQ(sharing.writes(), 3) << "three planes by the device";
  EXPECT_TRUE(told.isEmpty());
  sharing.fail_from(0);
  for (int i = 0; i < 3; ++i) show_next();
  ASSERT_EQ(told.size(), 1);
  EXPECT_EQ(told[0].toStdString(), "Pictures go to the screen by way of the CPU from now on. The GPU failed while taking a picture over from OpenGL: unspecified launch failure");
  EXPECT_FALSE(shown.view.backend_name().contains(QLatin1String("CUDA")));
  EXPECT_EQ(shown.view.filled_by(), nullptr);
  EXPECT_EQ(fills, (std::vector<GpuRuntime*>{&gpu, nullptr}));
  shown.view.share_with({});
  EXPECT_EQ(sharing.leaks() + gpu.leaks(), 0u);
}

TEST(CompareView, FilledBy_BeforeOpenGlCanBeAsked_IsTheGpuThatMayCome_AfterwardsWhatIsTrue) {
  keel::test::HostGpu gpu;
  const GlFunctions none;  // nothing is written
  HostSharing sharing(gpu, none);
  sharing.draw_elsewhere();
  CompareView view(nullptr);
  std::vector<GpuRuntime*> fills;
  view.on_filled_by([&](GpuRuntime* by) { fills.push_back(by); });
  view.share_with(sharing.device());
  EXPECT_EQ(view.filled_by(), &gpu);
  view.resize(2 * kSize.width + kGap, kSize.height);
  view.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
  (void)view.grabFramebuffer();
  EXPECT_EQ(view.filled_by(), nullptr);
  EXPECT_EQ(fills, (std::vector<GpuRuntime*>{&gpu, nullptr}));
}

TEST(CompareLayout, WideSamples_Fitted_WidenThePicture) {
  auto content = content_of(flat_frame({}, {}, {81, 90, 240}));
  content.look.mode = CompareMode::kOriginalOnly;
  content.sample_aspect = {2, 1};
  const QRectF picture = make_compare_layout(QSizeF(1000, 1000), content).original;
  EXPECT_NEAR(picture.width() / picture.height(), 2.0 * kSize.width / kSize.height, 0.02);
  EXPECT_TRUE(make_compare_layout(QSizeF(1000, 1000), content).stabilized.isNull());
}

}  // namespace
}  // namespace keel::ui::test
