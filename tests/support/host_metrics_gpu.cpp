// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_metrics_gpu.h"

#include "engine/backend/launch.h"

namespace keel::test {

using namespace metrics;

namespace {

std::size_t area(int width, int height) { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }

}  // namespace

template <class Body, class Check, class Spoil>
int HostMetricsGpu::run(Launch kind, const Body& body, GpuStream stream, Check check, Spoil spoil) const {
  const Extent extent = body.extent();
  KEEL_CHECK(extent.width > 0 && extent.height > 0);
  const int code = host_.launch_other(stream, check, [=, wrong = wrong_ == kind, threads = threads_] {
    if (threads) launch_threads(extent, body);
    else launch_emulated(extent, body);
    if (wrong) spoil();
  });
  if (code == 0) ++launches_[static_cast<std::size_t>(kind)];
  return code;
}

void HostMetricsGpu::check_level(const LevelOut& level) const {
  check_array(level.px, area(level.width, level.height));
  check_array(level.steps, area(level.width, level.height));
}

void HostMetricsGpu::check_search(const SearchView& search) const {
  check_array(search.a, area(search.a_width, search.a_height));
  check_array(search.b, area(search.b_width, search.b_height));
  check_array(search.requests, static_cast<std::size_t>(search.count));
}

void HostMetricsGpu::check_refinement(const RefineView& view) const {
  const auto n = static_cast<std::size_t>(view.count);
  check_array(view.a, area(view.a_width, view.a_height));
  check_array(view.b, area(view.b_width, view.b_height));
  check_array(view.requests, n);
  check_array(view.hits, n);
  check_array(view.around, 4 * n);
  check_array(view.samples, n * RefineView::kSamplesOfBlock);
  check_array(view.sums, n * RefineView::kSumsOfBlock);
  check_array(view.blocks, n);
}

template <class Sample>
int HostMetricsGpu::shrink(const ShrinkBody<Sample>& body, GpuStream stream) const {
  const auto check = [&] {
    check_array(body.src, static_cast<std::size_t>((body.src_height - 1) * body.src_stride + body.src_width));
    for (const auto& [taps, length] : {std::pair{body.across, body.to.width}, std::pair{body.down, body.to.height}}) {
      check_array(taps.first, static_cast<std::size_t>(length));
      check_array(taps.begin, static_cast<std::size_t>(length) + 1);
      check_array(taps.share, static_cast<std::size_t>(taps.shares));
    }
    check_level(body.to);
  };
  return run(Launch::kShrink, body, stream, check, [to = body.to] { to.px[to.width + 1] += 0.25F; });
}

int HostMetricsGpu::launch(const HalveBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.from, area(body.from_width, body.from_height));
    check_level(body.to);
  };
  return run(Launch::kHalve, body, stream, check, [to = body.to] { to.steps[to.width + 1] ^= 1; });
}

int HostMetricsGpu::launch(const DrawBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.from, area(body.from_width, body.from_height));
    check_level(body.to);
  };
  return run(Launch::kDraw, body, stream, check, [to = body.to] { to.px[to.width + 1] += 0.25F; });
}

int HostMetricsGpu::launch(const RowSquaresBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.a, area(body.width, body.height));
    check_array(body.b, area(body.width, body.height));
    check_array(body.out, static_cast<std::size_t>(body.height));
  };
  return run(Launch::kRowSquares, body, stream, check, [out = body.out] { out[0] += 1; });
}

int HostMetricsGpu::launch(const ScoresBody& body, GpuStream stream) const noexcept {
  const std::size_t count = area(body.windows.scores(), body.search.count);
  const auto check = [&] {
    check_search(body.search);
    check_array(body.scores, count);
  };
  return run(Launch::kScores, body, stream, check, [=] {
    for (std::size_t i = 0; i < count; ++i) body.scores[i] *= 1 - 1e-15 * static_cast<double>(i % 7);
  });
}

int HostMetricsGpu::launch(const PickBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.requests, static_cast<std::size_t>(body.count));
    check_array(body.scores, area(body.windows.scores(), body.count));
    check_array(body.hits, static_cast<std::size_t>(body.count));
  };
  return run(Launch::kPick, body, stream, check, [=] {
    for (int i = 0; i < body.count; ++i) ++body.hits[i].dx;
  });
}

int HostMetricsGpu::launch(const AroundBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_search(body.search);
    check_array(body.hits, static_cast<std::size_t>(body.search.count));
    check_array(body.around, 4 * static_cast<std::size_t>(body.search.count));
  };
  return run(Launch::kAround, body, stream, check, [=] {
    for (int i = 0; i < 4 * body.search.count; ++i) body.around[i] -= 1e-3 * (i % 4);
  });
}

int HostMetricsGpu::launch(const GradientsBody& body, GpuStream stream) const noexcept {
  return run(Launch::kGradients, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.written(k, RefineView::kAcross)[7] += 1;
  });
}

int HostMetricsGpu::launch(const ProductsBody& body, GpuStream stream) const noexcept {
  return run(Launch::kProducts, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.sum(k, RefineView::kProducts + 1)[3] *= 1.01F;
  });
}

int HostMetricsGpu::launch(const BeginBody& body, GpuStream stream) const noexcept {
  return run(Launch::kBegin, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.blocks[k].ixx *= 1.01;
  });
}

int HostMetricsGpu::launch(const SampleBody& body, GpuStream stream) const noexcept {
  return run(Launch::kSample, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.written(k, RefineView::kNow)[100] += 1;
  });
}

int HostMetricsGpu::launch(const CompareBody& body, GpuStream stream) const noexcept {
  return run(Launch::kCompare, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.sum(k, RefineView::kShared)[5] *= 1.01F;
  });
}

int HostMetricsGpu::launch(const LeftOverBody& body, GpuStream stream) const noexcept {
  return run(Launch::kLeftOver, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.sum(k, RefineView::kStepY)[0] += 1;
  });
}

int HostMetricsGpu::launch(const StepBody& body, GpuStream stream) const noexcept {
  return run(Launch::kStep, body, stream, [&] { check_refinement(body.view); }, [view = body.view] {
    for (int k = 0; k < view.count; ++k) view.blocks[k].dx += 1e-9;
  });
}

void HostMetricsGpu::check_places(const PlaceView& view) const {
  check_array(view.source, area(view.width, view.height));
  check_array(view.probes, static_cast<std::size_t>(view.all_probes));
  check_array(view.layers, static_cast<std::size_t>(view.count));
}

int HostMetricsGpu::launch(const PlaceScoresBody& body, GpuStream stream) const noexcept {
  const std::size_t count = area(body.most, body.view.count);
  const auto check = [&] {
    check_places(body.view);
    check_array(body.scores, count);
  };
  return run(Launch::kPlaceScores, body, stream, check, [=] { body.scores[0] = 2; });
}

int HostMetricsGpu::launch(const RoughPlaceBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_places(body.view);
    check_array(body.scores, area(body.most, body.view.count));
    check_array(body.spots, static_cast<std::size_t>(body.view.count));
  };
  return run(Launch::kRoughPlace, body, stream, check, [=] { body.spots[0].x += 2; });
}

int HostMetricsGpu::launch(const NearPlacesBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_places(body.view);
    check_array(body.spots, static_cast<std::size_t>(body.view.count));
    check_array(body.scores, 9 * static_cast<std::size_t>(body.view.count));
  };
  return run(Launch::kNearPlaces, body, stream, check, [=] { body.scores[8] = 2; });
}

int HostMetricsGpu::launch(const ResampleBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.patch, area(body.patch_width, body.patch_height));
    check_array(body.table, kLanczosEntries);
    check_array(body.out, area(body.width, body.height));
  };
  return run(Launch::kResample, body, stream, check, [=] { body.out[body.width + 1] += 1; });
}

}  // namespace keel::test
