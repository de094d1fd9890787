// SPDX-License-Identifier: GPL-3.0-or-later
// The metrics' pixel work on a GPU: the same bits as the CPU's, whatever the device does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "engine/backend/device.h"
#include "engine/metrics/coarse_search.h"
#include "engine/metrics/gpu_pixels.h"
#include "engine/metrics/luma_small.h"
#include "engine/metrics/metrics.h"
#include "engine/metrics/pair_tracker.h"
#include "engine/metrics/picture_measures.h"
#include "engine/metrics/registration.h"
#include "metrics_support.h"
#include "tests/support/host_metrics_gpu.h"

namespace keel::metrics {
namespace {

using test::HostGpu;
using test::HostMetricsGpu;
using testing::digest;
using testing::Plane;
using Launch = HostMetricsGpu::Launch;

/// Small, for every call is made to fail in turn, and yet with two levels, of which the coarser is searched widely.
constexpr Size kSize{140, 98};
constexpr int kFrames = 3;

Mat3 camera(int t) { return Mat3::translation(2.3 * t + (t % 2), 1.2 * (t % 3)) * Mat3::rotation(0.004 * (t % 2)); }

std::vector<Frame> shaky(Size size, int frames) {
  std::vector<Mat3> cameras;
  for (int t = 0; t < frames; ++t) cameras.push_back(camera(t));
  return views(Plane(61), size, cameras);
}

std::vector<Frame> steady(Size size, int frames, double share) {
  const double cx = 0.5 * (size.width - 1), cy = 0.5 * (size.height - 1);
  std::vector<Mat3> cameras;
  for (int t = 0; t < frames; ++t) cameras.push_back(camera(t) * Mat3::translation(cx, cy) * Mat3::scaling(share, share) * Mat3::translation(-cx, -cy));
  return views(Plane(61), size, cameras);
}

/// The picture at another depth, with noise in the bits that are new.
Frame deeper(const Frame& frame, int depth) {
  FrameBuffer out(frame.size(), {ColorModel::kGray, depth, 0, 0, false}, frame.color());
  std::mt19937 random(11);
  for (int y = 0; y < frame.size().height; ++y)
    for (int x = 0; x < frame.size().width; ++x)
      out.row<std::uint16_t>(0, y)[x] = static_cast<std::uint16_t>((frame.plane(0).row<std::uint8_t>(y)[x] << (depth - 8)) | (random() & ((1u << (depth - 8)) - 1)));
  return std::move(out).freeze();
}

struct Clip {
  std::vector<Frame> original = shaky(kSize, kFrames), stabilized = steady(kSize, kFrames, 0.9);
};

const Clip& clip() {
  static const Clip clip;
  return clip;
}

std::vector<MetricsReport> metered(const std::vector<Frame>& original, const std::vector<std::vector<Frame>>& outputs, Device device) {
  MetricsOptions options;
  options.device = device;
  options.sharpness_stride = 2;
  Meter meter(options, static_cast<int>(outputs.size()));
  for (std::size_t t = 0; t < original.size(); ++t) {
    std::vector<Frame> now;
    for (const auto& output : outputs) now.push_back(output[t]);
    EXPECT_TRUE(meter.step(original[t], now).ok());
  }
  return meter.reports();
}

MetricsReport report_of(Device device) { return metered(clip().original, {clip().stabilized}, device).front(); }

const std::string& expected() {
  static const std::string figures = digest(report_of({}));
  return figures;
}

void expect_same(const GrayImage& a, const GrayImage& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.px.size(), b.px.size());
  EXPECT_EQ(std::memcmp(a.px.data(), b.px.data(), b.px.size() * sizeof(float)), 0);
}

void expect_same(const Picture& a, const Picture& b) {
  expect_same(a.luma, b.luma);
  ASSERT_EQ(a.levels.size(), b.levels.size());
  for (std::size_t l = 0; l < a.levels.size(); ++l) {
    EXPECT_EQ(a.levels[l].width, b.levels[l].width);
    EXPECT_EQ(a.levels[l].height, b.levels[l].height);
    EXPECT_EQ(a.levels[l].px, b.levels[l].px) << "level " << l;
  }
}

/// All textured blocks of a level, to be looked for from uneven displacements, beyond the picture among them.
std::vector<BlockRequest> requests_of(const IntImage& a, const IntImage& b, int side, int step) {
  std::vector<BlockRequest> requests;
  std::mt19937 random(3);
  for (int y = side == kFineBlock ? 1 : 0; y + side + 1 <= a.height; y += step)
    for (int x = side == kFineBlock ? 1 : 0; x + side + 1 <= a.width; x += step) {
      const BlockSearch search(a, b, x, y, side);
      if (!search.textured()) continue;
      requests.push_back(search.request());
      BlockRequest& r = requests.back();
      r.dx = static_cast<int>(random() % 9) - 4;
      r.dy = static_cast<int>(random() % 9) - 4;
      r.has_second = random() % 3 == 0;
      r.second_dx = static_cast<int>(random() % 17) - 8;
      r.second_dy = static_cast<int>(random() % 17) - 8;
    }
  return requests;
}

/// Everything that GpuPixels does against the code of the CPU, on one pair of pictures.
void expect_parity(Device device, const Frame& first, const Frame& second) {
  GpuPixels gpu(device);
  const Picture a = make_picture(luma_small(first)), b = make_picture(luma_small(second));
  const auto da = gpu.picture(first, Fetched::kAll), db = gpu.picture(second, Fetched::kAll);
  ASSERT_TRUE(da.ok() && db.ok());
  expect_same(*da, a);
  expect_same(*db, b);
  EXPECT_TRUE((*gpu.picture(first, Fetched::kLevels)).luma.px.empty());

  const Mat3 map = Mat3::translation(7.3, -4.1) * Mat3::rotation(0.05) * Mat3::scaling(0.93, 0.95);
  const auto drawn = gpu.drawn(*da->device, map, b.luma.size(), Fetched::kAll);
  ASSERT_TRUE(drawn.ok());
  expect_same(*drawn, make_picture(draw(a.luma, map, b.luma.size())));

  EXPECT_EQ(*gpu.row_squares(*da->device, *db->device), row_squares(a.luma, b.luma));

  for (std::size_t level = 0; level < a.levels.size(); ++level) {
    const auto requests = requests_of(a.levels[level], b.levels[level], kCoarseBlock, level == 0 ? 40 : 11);
    if (requests.empty()) continue;
    for (const int radius : {0, 3, 6}) {
      const auto hits = gpu.search(*da->device, *db->device, static_cast<int>(level), requests, radius);
      ASSERT_TRUE(hits.ok());
      for (std::size_t i = 0; i < requests.size(); ++i) {
        const BlockSearch search(a.levels[level], b.levels[level], requests[i], kCoarseBlock);
        const BlockHit wanted = radius > 0 ? search.full(requests[i].dx, requests[i].dy, radius) : search.climb(requests[i]);
        EXPECT_EQ((*hits)[i].dx, wanted.dx);
        EXPECT_EQ((*hits)[i].dy, wanted.dy);
        EXPECT_EQ((*hits)[i].score, wanted.score);
      }
    }
  }

  const auto requests = requests_of(a.levels[0], b.levels[0], kFineBlock, 28);
  const auto refined = gpu.refine(*da->device, *db->device, requests, 0.5);
  ASSERT_TRUE(refined.ok());
  int found = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto block = FineBlock::make(a.luma, requests[i].x, requests[i].y);
    const RefinedBlock& got = refined->blocks[i];
    const auto energy = FineBlock::held_energy(got.xx, got.xy, got.yy);
    ASSERT_EQ(energy.has_value(), block.has_value());
    if (!block) continue;
    EXPECT_EQ(*energy, block->corner_energy());
    const BlockSearch search(a.levels[0], b.levels[0], requests[i], kFineBlock);
    const BlockHit hit = search.climb(requests[i]);
    EXPECT_EQ(refined->hits[i].score, hit.score);
    if (hit.score < 0.5) continue;
    const auto fine = block->refine(b.luma, search, hit);
    ASSERT_EQ(got.state != RefineState::kLost, fine.has_value()) << i;
    if (!fine) continue;
    ++found;
    EXPECT_EQ(got.dx, fine->dx);
    EXPECT_EQ(got.dy, fine->dy);
    EXPECT_EQ(got.score, fine->score);
  }
  EXPECT_GT(found, 0);

  // Compared inside: nothing that was said means that all spots are the same.
  const Pixels pixels(device);
  EXPECT_FALSE(find_places(pixels.picture(first), pixels.picture(second), pixels).empty());
  EXPECT_EQ(pixels.trouble(), std::nullopt);

  for (const double widen : {1.0, 1.37}) {
    DrawWindow window{a.luma, 3, 5, Mat3::translation(14, 13) * Mat3::rotation(0.02) * Mat3::scaling(0.3, 0.3), 9, 4, {41, 37}, widen};
    const auto sharp = gpu.draw_window(window, lanczos_table());
    ASSERT_TRUE(sharp.ok());
    expect_same(*sharp, draw_sharp(window));
  }
}

/// Sizes that are neither whole blocks nor whole warps, that shrink and that do not, upright and lying.
struct Case {
  Size size;
  int depth;
};
constexpr Case kCases[] = {{{261, 147}, 8}, {{97, 160}, 8}, {{701, 395}, 8}, {{667, 131}, 10}, {{130, 101}, 16}};

std::pair<Frame, Frame> pair_of(const Case& c) {
  const auto frames = shaky(c.size, 2);
  return c.depth == 8 ? std::pair{frames[0], frames[1]} : std::pair{deeper(frames[0], c.depth), deeper(frames[1], c.depth)};
}

TEST(MetricsDevice, EveryStepOnTheEmulatedGrid_GivesTheBitsOfTheCpu) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::to_string(c.size.width) + "x" + std::to_string(c.size.height));
    HostMetricsGpu device;
    const auto [first, second] = pair_of(c);
    expect_parity(device.device(), first, second);
    EXPECT_EQ(device.host().leaks(), 0u);
  }
}

TEST(MetricsDevice, EveryStepOnThreads_GivesTheBitsOfTheCpu) {
  HostMetricsGpu device;
  device.run_on_threads();
  const auto [first, second] = pair_of(kCases[0]);
  expect_parity(device.device(), first, second);
}

TEST(MetricsDevice, ReportOfADevice_IsTheCpus) {
  HostMetricsGpu device;
  const MetricsReport r = report_of(device.device()), cpu = report_of({});
  EXPECT_EQ(digest(r), expected());
  EXPECT_TRUE(r.on_gpu) << r.gpu_trouble.value_or("");
  EXPECT_FALSE(r.gpu_trouble);
  EXPECT_FALSE(cpu.on_gpu || cpu.gpu_trouble);
  // The clip shows what the other tests need: a motion, a place in the original in every frame, and the sharpness.
  EXPECT_EQ(r.registered_frames, kFrames);
  EXPECT_GT(r.original.measured, 0);
  EXPECT_GT(r.sharpness_frames, 0);
  for (int kind = 1; kind < HostMetricsGpu::kLaunches; ++kind) EXPECT_GT(device.launches(static_cast<Launch>(kind)), 0) << kind;
  EXPECT_EQ(device.launches(Launch::kShrink), 2 * kFrames) << "each frame is sent once";
  EXPECT_EQ(device.host().leaks(), 0u);
}

TEST(MetricsDevice, SeveralOutputsAtOnceWithACutAndBlack_AreTheCpus) {
  auto original = shaky(kSize, 4);
  auto other = views(Plane(62), kSize, {camera(0)}), black = std::vector<Frame>{testing::paint(kSize, [](int, int) { return 0.0; })};
  original.push_back(other.front());
  original.push_back(black.front());
  auto cropped = steady(kSize, 4, 0.85);
  cropped.push_back(other.front());
  cropped.push_back(black.front());
  const std::vector<std::vector<Frame>> outputs{original, cropped, std::vector<Frame>(original.size(), black.front())};
  HostMetricsGpu device;
  device.run_on_threads();
  const auto got = metered(original, outputs, device.device()), wanted = metered(original, outputs, {});
  for (std::size_t k = 0; k < wanted.size(); ++k) EXPECT_EQ(digest(got[k]), digest(wanted[k])) << k;
  EXPECT_TRUE(got.front().on_gpu);
  EXPECT_EQ(device.host().leaks(), 0u);
}

TEST(MetricsDevice, BlackPictures_DoNotMakeADeviceTrusted) {
  const std::vector<Frame> black(4, testing::paint(kSize, [](int, int) { return 0.0; }));
  HostMetricsGpu device;
  const auto r = metered(black, {black}, device.device()).front();
  EXPECT_FALSE(r.on_gpu);
  EXPECT_FALSE(r.gpu_trouble);
}

/// Every call fails in turn, in eight tests that may run side by side: every other one with all after it, as those of a device that is lost for good, the rest alone.
constexpr int kShards = 8;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kEach = 5;  // of a shard's calls: four times as slow, and the paths are the same few
#else
constexpr int kEach = 1;
#endif

class MetricsDeviceFailing : public ::testing::TestWithParam<int> {};

TEST_P(MetricsDeviceFailing, AtAnyCall_EndsInTheReportOfTheCpuWithNothingLeaked) {
  HostMetricsGpu counting;
  counting.run_on_threads();
  ASSERT_EQ(digest(report_of(counting.device())), expected());
  const int calls = counting.host().calls();
  ASSERT_GT(calls, 300);
  bool for_good = false;
  for (int first = GetParam(); first < calls; first += kShards * kEach) {
    for_good = !for_good;
    HostMetricsGpu device;
    device.run_on_threads();
    device.host().fail_from(first, for_good ? HostGpu::kNever : 1);
    SCOPED_TRACE("failing call " + std::to_string(first));
    const MetricsReport r = report_of(device.device());
    EXPECT_EQ(digest(r), expected());
    // The last calls only give things back.
    if (!r.on_gpu) {
      ASSERT_TRUE(r.gpu_trouble);
      EXPECT_EQ(r.gpu_trouble->rfind("The GPU failed while ", 0), 0u) << *r.gpu_trouble;
      EXPECT_NE(r.gpu_trouble->find("unspecified launch failure; the CPU goes on."), std::string::npos) << *r.gpu_trouble;
    }
    EXPECT_EQ(device.host().leaks(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, MetricsDeviceFailing, ::testing::Range(0, kShards));

TEST(MetricsDevice, DeviceThatMiscalculatesAnyLaunch_IsLeftAndTheReportIsTheCpus) {
  for (int kind = 1; kind < HostMetricsGpu::kLaunches; ++kind) {
    SCOPED_TRACE("launch " + std::to_string(kind));
    HostMetricsGpu device;
    device.run_on_threads();
    device.miscalculate(static_cast<Launch>(kind));
    const MetricsReport r = report_of(device.device());
    EXPECT_EQ(digest(r), expected());
    EXPECT_FALSE(r.on_gpu);
    EXPECT_EQ(r.gpu_trouble, "The GPU does not judge pictures as the CPU does; the CPU goes on.");
    EXPECT_EQ(device.host().leaks(), 0u);
  }
}

/// Null members, which is a failure where one is required.
Device machines_gpu() {
  const char* required = std::getenv("KEEL_REQUIRE_GPU");
  const Device device = system_device();
  if (device.runtime == nullptr && required != nullptr && std::strcmp(required, "1") == 0) ADD_FAILURE() << "a GPU is required: " << device_status().cuda_text;
  return device;
}

TEST(MetricsDevice, EveryStepOnTheMachinesGpu_GivesTheBitsOfTheCpu) {
  const Device device = machines_gpu();
  if (device.runtime == nullptr) GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  for (const Case& c : kCases) {
    const auto [first, second] = pair_of(c);
    expect_parity(device, first, second);
  }
}

TEST(MetricsDevice, ReportOnTheMachinesGpu_IsTheCpus) {
  const Device device = machines_gpu();
  if (device.runtime == nullptr) GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  constexpr Size kFull{1280, 720};
  const auto original = shaky(kFull, 8), first = steady(kFull, 8, 0.9), second = steady(kFull, 8, 0.8);
  const auto got = metered(original, {first, second}, device), wanted = metered(original, {first, second}, {});
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    EXPECT_EQ(digest(got[k]), digest(wanted[k]));
    EXPECT_TRUE(got[k].on_gpu) << got[k].gpu_trouble.value_or("");
  }
}

}  // namespace
}  // namespace keel::metrics
