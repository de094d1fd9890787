// SPDX-License-Identifier: GPL-3.0-or-later
#include "include_rules.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace {

using keel::arch::check_text;
using keel::arch::check_tree;
using keel::arch::Violation;

const std::string kLicence = "// SPDX-License-Identifier: GPL-3.0-or-later\n";

std::string listed(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& v : violations) text += v.file + ":" + std::to_string(v.line) + ": " + v.reason + "\n";
  return text;
}

TEST(IncludeRules, TheTreeFollowsTheArrows) {
  int files = 0;
  const auto violations = check_tree(KEEL_SOURCE_DIR, &files);
  EXPECT_GT(files, 100) << "the sources were not found below " << KEEL_SOURCE_DIR;
  EXPECT_TRUE(violations.empty()) << listed(violations);
}

struct Planted {
  const char* name;
  const char* file;
  const char* include;
  const char* part_of_reason;
};

class PlantedViolation : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedViolation, IsCaughtWithItsLine) {
  const auto found = check_text(GetParam().file, kLicence + "#pragma once\n" + GetParam().include + "\n");
  ASSERT_EQ(found.size(), 1u) << listed(found);
  EXPECT_EQ(found[0].line, 3);
  EXPECT_NE(found[0].reason.find(GetParam().part_of_reason), std::string::npos) << found[0].reason;
}

INSTANTIATE_TEST_SUITE_P(
    IncludeRules, PlantedViolation,
    ::testing::Values(Planted{"ArrowUpInsideTheEngine", "engine/path/a.h", "#include \"engine/plan/warp_plan.h\"", "must not include engine/plan"},
                      Planted{"PathSeesPixels", "engine/path/a.h", "#include \"engine/image/frame.h\"", "must not include engine/image"},
                      Planted{"EngineToUi", "engine/session/a.cpp", "#include \"ui/theme.h\"", "must not include ui"},
                      Planted{"UiToApp", "ui/panels/a.cpp", "#include \"app/commands/common.h\"", "must not include app"},
                      Planted{"CommandLineToUi", "app/commands/a.cpp", "#include \"ui/theme.h\"", "only keel_studio.cpp"},
                      Planted{"SpacesInTheDirective", "engine/base/a.h", "  #  include   \"engine/math/mat3.h\"  // why", "must not include engine/math"},
                      Planted{"AngleBracketsForOwnHeader", "engine/base/a.h", "#include <engine/math/mat3.h>", "must not include engine/math"},
                      Planted{"QtInTheEngine", "engine/session/a.h", "#include <QString>", "no Qt"},
                      Planted{"QtModuleInTheEngine", "engine/session/a.h", "#include <QtCore/QString>", "no Qt"},
                      Planted{"QtInTheCommandLine", "app/commands/a.cpp", "#include <QString>", "no Qt"},
                      Planted{"QtInTheToolkitFreePart", "ui/gl/a.cpp", "#include <QString>", "no Qt"},
                      Planted{"WindowInTheToolkitFreePart", "ui/gl/a.cpp", "#include \"ui/theme.h\"", "nothing of the window"},
                      Planted{"FfmpegInTheUi", "ui/a.cpp", "#include <libavutil/frame.h>", "engine/media only"},
                      Planted{"FfmpegWithQuotes", "engine/session/a.cpp", "#include \"libavutil/frame.h\"", "engine/media only"},
                      Planted{"CudaOutsideItsFiles", "engine/kernels/a.cpp", "#include <cuda_runtime.h>", "CUDA headers"},
                      Planted{"TorchOutsideLearned", "engine/motion/a.cpp", "#include <torch/script.h>", "LibTorch"},
                      Planted{"UnknownFolder", "engine/odd/a.h", "#include \"engine/base/result.h\"", "no row in the table"},
                      Planted{"NotFromTheRoot", "engine/math/a.cpp", "#include \"mat3.h\"", "not written from the root"}),
    [](const auto& planted) { return std::string(planted.param.name); });

TEST(IncludeRules, WhatIsAllowedPasses) {
  EXPECT_TRUE(check_text("engine/media/a.cpp", kLicence + "#include <libavutil/frame.h>\n#include \"engine/image/frame.h\"\n").empty());
  EXPECT_TRUE(check_text("engine/kernels/a.cu", kLicence + "#include <cuda_runtime.h>\n#include <cuda_fp16.h>\n").empty());
  EXPECT_TRUE(check_text("ui/a.cpp", kLicence + "#include <QLabel>\n#include <QtMath>\n#include <qcustomplot.h>\n").empty());
  EXPECT_TRUE(check_text("app/keel_studio.cpp", kLicence + "#include <QApplication>\n#include \"ui/main_window.h\"\n").empty());
  EXPECT_TRUE(check_text("engine/base/a.h", kLicence + "#include <queue>\n#include <cstdint>\n#include <cuchar>\n").empty());
}

TEST(IncludeRules, MissingLicenceLineIsCaught) {
  EXPECT_EQ(check_text("engine/base/a.h", "#pragma once\n").size(), 1u);
  EXPECT_EQ(check_text("engine/base/a.h", "\n" + kLicence).size(), 1u);
  EXPECT_EQ(check_text("engine/base/a.h", "").size(), 1u);
}

TEST(IncludeRules, PlantedFileInATreeIsFound) {
  const auto root = std::filesystem::temp_directory_path() / ("keel-arch-" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "engine/math/deep");
  std::ofstream(root / "engine/math/deep/bad.h") << kLicence << "#include \"engine/plan/crop.h\"\n";
  std::ofstream(root / "engine/math/good.h") << kLicence << "#include \"engine/base/result.h\"\n";
  int files = 0;
  const auto found = check_tree(root, &files);
  std::filesystem::remove_all(root);
  EXPECT_EQ(files, 2);
  ASSERT_EQ(found.size(), 1u) << listed(found);
  EXPECT_EQ(found[0].file, "engine/math/deep/bad.h");
  EXPECT_EQ(found[0].line, 2);
}

}  // namespace
