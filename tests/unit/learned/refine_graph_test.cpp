// SPDX-License-Identifier: GPL-3.0-or-later
// Recorded refinements, on a stand-in that records and replays on the CPU and fails on demand; and the networks in other types.
#include "engine/learned/refine_graph.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/learned/motion_nets.h"

namespace keel::learned {
namespace {

using torch::Tensor;

const ViewGeometry kGeometry{96, 64};

enum class Fault { kNone = 1, kRecord, kFirstReplay, kThirdReplay, kKeepsItsInputs };

struct Counts {
  int made = 0, replayed = 0;
  std::uint64_t queue = 0;
};

class HostRecording final : public Recording {
 public:
  HostRecording(Fault fault, Counts& counts) : fault_(fault), counts_(counts) { ++counts_.made; }
  void record(const std::function<void()>& work) override {
    if (fault_ == Fault::kRecord) throw std::runtime_error("operation not permitted when stream is capturing");
    work();
    work_ = work;
  }
  void replay() override {
    ++counts_.replayed;
    if (counts_.replayed == (fault_ == Fault::kFirstReplay ? 1 : fault_ == Fault::kThirdReplay ? 3 : 0)) throw std::runtime_error("unspecified launch failure");
    if (fault_ != Fault::kKeepsItsInputs) work_();
  }

 private:
  Fault fault_;
  Counts& counts_;
  std::function<void()> work_;
};

Recorder recorder(Counts& counts, Fault fault = Fault::kNone) {
  return {[&counts, fault] { return std::make_unique<HostRecording>(fault, counts); }, [&counts] { return counts.queue; }};
}

struct Views {
  Tensor prev, cur;
};
Views views(int pairs, int seed) {
  torch::manual_seed(seed);
  const Tensor smooth = torch::avg_pool2d(torch::rand({pairs, 1, 80, 112}), 5, 1, 2);
  return {smooth.slice(2, 8, 72).slice(3, 8, 104).contiguous(), smooth.slice(2, 6, 70).slice(3, 11, 107).contiguous()};
}

Ihn network() {
  torch::manual_seed(1);
  Ihn net(IhnOptions{});
  net->eval();
  return net;
}

Step answer(Ihn& net, const Views& v) {
  const c10::InferenceMode inference;
  return net->search(net->encode(v.prev), net->encode(v.cur), kGeometry);
}

TEST(RefineGraphTest, ReplayedRefinements_AreThePlainOnesAndEachShapeIsRecordedOnce) {
  Ihn plain = network(), recorded = network();
  Counts counts;
  recorded->use_recordings(recorder(counts));
  std::vector<Step> kept, wanted;
  for (int round = 0; round < 4; ++round)
    for (const int pairs : {1, 3}) {
      const Views v = views(pairs, 10 * round + pairs);
      wanted.push_back(answer(plain, v));
      kept.push_back(answer(recorded, v));
    }
  // Compared at the end: what a later replay overwrote would show.
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_TRUE(torch::equal(kept[i].corners, wanted[i].corners)) << i;
    EXPECT_TRUE(torch::equal(kept[i].cells.shift, wanted[i].cells.shift)) << i;
    EXPECT_TRUE(torch::equal(kept[i].residual, wanted[i].residual)) << i;
  }
  EXPECT_EQ(counts.made, 2);
  EXPECT_EQ(recorded->recordings()->replays(), 6) << "all but the first of each shape";
  EXPECT_FALSE(recorded->recordings()->trouble());
  counts.queue = 1;
  (void)answer(recorded, views(1, 99));
  EXPECT_EQ(counts.made, 3) << "another queue has a recording of its own";
}

TEST(RefineGraphTest, RecordingThatFailsOrKeepsItsInputs_IsLeftWithTheSameAnswers) {
  for (const auto& [fault, words] : {std::pair{Fault::kRecord, "could not be recorded (operation not permitted"}, {Fault::kFirstReplay, "could not be recorded (unspecified"},
                                     {Fault::kThirdReplay, "refinement failed (unspecified"}, {Fault::kKeepsItsInputs, "does not give what it gives step by step"}}) {
    Ihn plain = network(), recorded = network();
    Counts counts;
    recorded->use_recordings(recorder(counts, fault));
    for (int round = 0; round < 4; ++round) {
      const Views v = views(2, round);
      EXPECT_TRUE(torch::equal(answer(recorded, v).corners, answer(plain, v).corners)) << words << ", round " << round;
    }
    ASSERT_TRUE(recorded->recordings()->trouble()) << words;
    EXPECT_NE(recorded->recordings()->trouble()->find(words), std::string::npos) << *recorded->recordings()->trouble();
    EXPECT_EQ(counts.made, 1) << "it is not tried again";
  }
}

TEST(RefineGraphTest, ManyShapes_AreRecordedUpToABound) {
  Ihn plain = network(), recorded = network();
  Counts counts;
  recorded->use_recordings(recorder(counts));
  for (int pairs = 1; pairs <= 10; ++pairs) {
    const Views v = views(pairs, pairs);
    EXPECT_TRUE(torch::equal(answer(recorded, v).corners, answer(plain, v).corners));
  }
  EXPECT_EQ(counts.made, 8);
}

TEST(RefineGraphTest, OnTheMachinesGpu_ReplaysWhatItGivesStepByStep) {
  const auto graphs = cuda_graphs();
  if (!graphs || !torch::cuda::is_available()) {
    // A GPU may be required of a machine whose LibTorch knows of none.
    GTEST_SKIP() << "no GPU for LibTorch";
  }
  Ihn plain = network(), recorded = network();
  plain->to(torch::kCUDA);
  recorded->to(torch::kCUDA);
  recorded->use_recordings(*graphs);
  for (int round = 0; round < 4; ++round)
    for (const int pairs : {1, 64}) {
      Views v = views(pairs, 10 * round + pairs);
      v = {v.prev.to(torch::kCUDA), v.cur.to(torch::kCUDA)};
      EXPECT_LE((answer(recorded, v).corners - answer(plain, v).corners).abs().max().item<double>(), kReplayTolerance);
    }
  EXPECT_EQ(recorded->recordings()->replays(), 6) << recorded->recordings()->trouble().value_or("");
}

TEST(ComputeInTest, ConvolutionsInAShorterType_ChangeCornersALittleAndFeaturesKeepTheirType) {
  Ihn net = network(), narrow = network();
  // What a CPU has in a half's place: fewer bits still.
  narrow->compute_in(torch::kBFloat16);
  const Views v = views(2, 5);
  const c10::InferenceMode inference;
  const Features wanted = net->encode(v.prev), got = narrow->encode(v.prev);
  for (std::size_t level = 0; level < kLevels; ++level) {
    EXPECT_EQ(got[level].scalar_type(), torch::kFloat);
    EXPECT_FALSE(torch::equal(got[level], wanted[level]));
    // Eight bits of mantissa through up to nine layers.
    EXPECT_LT((got[level] - wanted[level]).abs().max().item<double>(), 0.1);
  }
  EXPECT_TRUE(torch::isfinite(answer(narrow, v).corners).all().item<bool>());
  narrow->compute_in(torch::kFloat);
  EXPECT_TRUE(torch::equal(narrow->encode(v.prev)[0], wanted[0]));
}

TEST(ComputeInTest, RegressionInAShorterType_ChangesCornersALittle) {
  torch::manual_seed(3);
  MotionNets nets{IhnOptions{}};
  const Views v = views(2, 5);
  const c10::InferenceMode inference;
  const Features prev = nets->ihn->encode(v.prev), cur = nets->ihn->encode(v.cur);
  const Tensor wanted = nets->regression->forward(prev, cur, kGeometry);
  nets->compute_in(torch::kBFloat16);
  const Tensor got = nets->regression->forward(prev, cur, kGeometry);
  EXPECT_EQ(got.scalar_type(), torch::kFloat);
  EXPECT_FALSE(torch::equal(got, wanted));
  // Eight bits of mantissa through three layers, half widths of the view.
  EXPECT_LT((got - wanted).abs().max().item<double>(), 0.02);
  EXPECT_FALSE(torch::equal(nets->ihn->encode(v.prev)[0], prev[0])) << "the encoder too";
}

}  // namespace
}  // namespace keel::learned
