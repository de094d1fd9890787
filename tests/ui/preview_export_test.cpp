// SPDX-License-Identifier: GPL-3.0-or-later
// What is previewed is what is exported: the shader's picture of a source frame against the decoded lossless export of it.
#include <QTest>
#include <cmath>
#include <fstream>

#include "engine/media/decoder.h"
#include "engine/sample/sample_clip.h"
#include "engine/session/analyzer.h"
#include "engine/session/exporter.h"
#include "tests/ui/ui_test_support.h"
#include "ui/sample_job.h"
#include "ui/viewport/compare_view.h"
#include "ui/viewport/raster_view.h"

namespace keel::ui::test {
namespace {

constexpr Size kSize{320, 180};
constexpr int kGap = 2, kFrames = 10, kLeastDecibels = 42, kMostBlockLevels = 5;

struct Case {
  const char* name;
  int bits;
  Framing framing;
  BorderFill fill;
  bool gray = false;  ///< luma alone, without tags
};

void write_clip(const std::filesystem::path& path, int bits, bool gray, std::uint32_t seed) {
  const auto shallow = bits == 8 && !gray ? path : std::filesystem::path(path.string() + ".y4m");
  ASSERT_TRUE(write_sample(handheld_scene(kSize, kFrames, seed, true), {30, 1}, shallow, {}).ok());
  if (shallow == path) return;
  auto decoder = Decoder::open(shallow);
  ASSERT_TRUE(decoder.ok());
  std::ofstream file(path, std::ios::binary);
  file << "YUV4MPEG2 W" << kSize.width << " H" << kSize.height << " F30:1 Ip A1:1 " << (gray ? "Cmono" : "C420p10 XYSCSS=420P10") << "\n";
  for (auto decoded = (*decoder)->next(); decoded.ok() && decoded->has_value(); decoded = (*decoder)->next()) {
    const Frame& frame = (*decoded)->frame;
    file << "FRAME\n";
    for (int p = 0; p < (gray ? 1 : 3); ++p)
      for (int y = 0; y < frame.plane(p).height; ++y)
        for (int x = 0; x < frame.plane(p).width; ++x) {
          if (gray) {
            file.put(static_cast<char>(frame.plane(p).row<std::uint8_t>(y)[x]));
            continue;
          }
          // The two bits below are in use as well.
          const int deep = 4 * frame.plane(p).row<std::uint8_t>(y)[x] + (x + 3 * y) % 4;
          file.put(static_cast<char>(deep & 255));
          file.put(static_cast<char>(deep >> 8));
        }
  }
}

double psnr_db(const QImage& a, const QImage& b, const QRect& in_a, const QRect& in_b) {
  double sum = 0;
  for (int y = 0; y < in_a.height(); ++y)
    for (int x = 0; x < in_a.width(); ++x) {
      const QRgb p = a.pixel(in_a.left() + x, in_a.top() + y), q = b.pixel(in_b.left() + x, in_b.top() + y);
      for (const int d : {qRed(p) - qRed(q), qGreen(p) - qGreen(q), qBlue(p) - qBlue(q)}) sum += d * d;
    }
  return 10 * std::log10(255.0 * 255.0 * 3 * in_a.width() * in_a.height() / std::max(sum, 1e-9));
}

/// The largest difference of the mean brightness of small blocks, in 8-bit levels: finds a border of another black, which is too little of the picture for the PSNR.
double largest_block_difference(const QImage& a, const QImage& b, const QRect& in_a, const QRect& in_b) {
  constexpr int kSide = 6;
  double largest = 0;
  for (int top = 0; top + kSide <= in_a.height(); top += kSide)
    for (int left = 0; left + kSide <= in_a.width(); left += kSide) {
      int sum = 0;
      for (int y = top; y < top + kSide; ++y)
        for (int x = left; x < left + kSide; ++x) sum += qGray(a.pixel(in_a.left() + x, in_a.top() + y)) - qGray(b.pixel(in_b.left() + x, in_b.top() + y));
      largest = std::max(largest, std::abs(static_cast<double>(sum)) / (kSide * kSide));
    }
  return largest;
}

class PreviewExport : public ::testing::TestWithParam<Case> {
 protected:
  PreviewExport() {
    for (CompareView* view : {&preview_, &result_}) {
      view->resize(2 * kSize.width + kGap, kSize.height);
      view->show();
      EXPECT_TRUE(QTest::qWaitForWindowExposed(view));
    }
  }
  /// The two sides at one picture pixel per screen pixel, nothing drawn over them.
  static ViewContent content_of(const Frame& frame, std::uint64_t serial) {
    ViewContent content;
    content.frame = frame;
    content.output = frame.size();
    content.frame_serial = serial;
    content.look.crop_window = false;
    return content;
  }
  void compare_clip(const std::filesystem::path& clip, const std::filesystem::path& output);

  TemporaryFolder folder_;
  CompareView preview_{nullptr}, result_{nullptr};
  std::uint64_t serial_ = 0;
  double largest_fill_ = 0;
};

void PreviewExport::compare_clip(const std::filesystem::path& clip, const std::filesystem::path& output) {
  StabilizeSettings settings;
  settings.framing = GetParam().framing;
  const auto analysis = analyze_clip(clip, "classical", {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().message;
  const auto solution = solve(analysis->track, settings);
  ASSERT_TRUE(solution.ok());
  // Rows as a rolling shutter would ask for, which this clip does not have: as far as the windows leave room.
  WarpPlan plan = solution->plan;
  for (std::size_t t = 0; t < plan.frames.size(); ++t) {
    const double amount_px = t % 2 == 0 ? 0.6 : -0.6;
    plan.frames[t].bend = {{amount_px, 0, 0.3 * amount_px}, {0, -amount_px, 0}, 0.5 * (kSize.height - 1), 0.5 * kSize.height};
  }
  plan.borders = certify_borders(plan.frames, plan.output, plan.source);
  largest_fill_ = std::max(largest_fill_, plan.filled.largest_share);
  ExportSettings lossless;
  lossless.encode.codec = VideoCodec::kFfv1;
  lossless.fill = GetParam().fill;
  const auto source = probe(clip);
  ASSERT_TRUE(source.ok());
  const auto exported = export_clip(*source, plan, output, lossless, {});
  ASSERT_TRUE(exported.ok()) << exported.error().message;
  auto before = Decoder::open(clip), after = Decoder::open(output);
  ASSERT_TRUE(before.ok() && after.ok());
  for (int i = 0; i < kFrames; ++i) {
    const auto in = (*before)->next(), out = (*after)->next();
    ASSERT_TRUE(in.ok() && in->has_value() && out.ok() && out->has_value());
    ViewContent shown = content_of((*in)->frame, ++serial_);
    shown.warp = plan.frames[static_cast<std::size_t>(i)];
    if (settings.framing == Framing::kNone) shown.fill = GetParam().fill;
    const ViewContent reference = content_of((*out)->frame, serial_);
    preview_.set_content(shown);
    result_.set_content(reference);
    const CompareLayout places = make_compare_layout(QSizeF(preview_.size()), shown);
    const QImage previewed = preview_.grabFramebuffer(), decoded = result_.grabFramebuffer();
    EXPECT_GE(psnr_db(previewed, decoded, places.stabilized.toRect(), places.original.toRect()), kLeastDecibels) << clip.filename() << ", frame " << i;
    EXPECT_LE(largest_block_difference(previewed, decoded, places.stabilized.toRect(), places.original.toRect()), kMostBlockLevels) << clip.filename() << ", frame " << i;
    if (i != 0) continue;
    // Without OpenGL the preview is the export's own renderer.
    RasterView raster(nullptr);
    raster.resize(preview_.size());
    raster.set_content(shown);
    RasterView raster_reference(nullptr);
    raster_reference.resize(preview_.size());
    raster_reference.set_content(reference);
    EXPECT_GE(psnr_db(raster.grab().toImage(), raster_reference.grab().toImage(), places.stabilized.toRect(), places.original.toRect()), kLeastDecibels);
  }
}

TEST_P(PreviewExport, TenFramesOfThreeClips_EqualTheDecodedLosslessExport) {
  for (const std::uint32_t seed : {3U, 5U, 8U}) {
    const auto clip = folder_ / ("clip" + std::to_string(seed) + ".y4m");
    write_clip(clip, GetParam().bits, GetParam().gray, seed);
    compare_clip(clip, folder_ / ("steady" + std::to_string(seed) + ".mkv"));
  }
  // Else the fill was not tested.
  if (GetParam().framing == Framing::kNone) {
    EXPECT_GT(largest_fill_, 0.005);
  }
}

INSTANTIATE_TEST_SUITE_P(Framings, PreviewExport,
                         ::testing::Values(Case{"FixedEight", 8, Framing::kFixed, BorderFill::kMirror}, Case{"FixedTen", 10, Framing::kFixed, BorderFill::kMirror},
                                           Case{"AdaptiveEight", 8, Framing::kAdaptive, BorderFill::kMirror},
                                           Case{"AdaptiveTen", 10, Framing::kAdaptive, BorderFill::kMirror},
                                           Case{"MirroredEight", 8, Framing::kNone, BorderFill::kMirror},
                                           Case{"MirroredTen", 10, Framing::kNone, BorderFill::kMirror},
                                           Case{"BlackEight", 8, Framing::kNone, BorderFill::kBlack},
                                           Case{"BlackTen", 10, Framing::kNone, BorderFill::kBlack},
                                           Case{"BlackGray", 8, Framing::kNone, BorderFill::kBlack, true}),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace keel::ui::test
