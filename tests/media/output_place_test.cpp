// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "tests/media/media_test_support.h"

#include <fstream>

namespace keel::test {
namespace {

using ::testing::HasSubstr;

class OutputPlaceTest : public MediaTest {
 protected:
  std::filesystem::path clip() const { return make("clip.mp4", "-f lavfi -i testsrc2=s=160x120:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264"); }

  /// plan_export and ClipWriter::open refuse alike; gives the sentence.
  static std::string refusal(const std::filesystem::path& source, const std::filesystem::path& output) {
    const auto info = probe(source);
    if (!info) return info.error().message;
    const auto planned = plan_export(*info, output, quick(VideoCodec::kH264));
    const auto opened = ClipWriter::open(*info, output, quick(VideoCodec::kH264));
    EXPECT_FALSE(planned.ok() || opened.ok()) << output;
    if (planned.ok() || opened.ok()) return {};
    EXPECT_EQ(planned.error().message, opened.error().message);
    return planned.error().message;
  }

  static std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  }
};

TEST_F(OutputPlaceTest, OutputThatIsTheInputIsRefused) {
  const auto source = clip();
  EXPECT_THAT(refusal(source, source), HasSubstr("is the clip itself"));
  std::filesystem::create_symlink(source, folder() / "link.mp4");
  EXPECT_THAT(refusal(source, folder() / "link.mp4"), HasSubstr("is the clip itself"));
  EXPECT_THAT(refusal(source, folder() / "." / "clip.mp4"), HasSubstr("is the clip itself"));
  std::filesystem::rename(source, folder() / "other.mp4.part");
  EXPECT_THAT(refusal(folder() / "other.mp4.part", folder() / "other.mp4"), HasSubstr("would overwrite the clip"));
  EXPECT_TRUE(probe(folder() / "other.mp4.part").ok());
}

TEST_F(OutputPlaceTest, MissingFolderIsNamed) { EXPECT_THAT(refusal(clip(), folder() / "nowhere" / "out.mp4"), HasSubstr("nowhere")); }

TEST_F(OutputPlaceTest, FolderInPlaceOfTheOutputIsRefused) {
  std::filesystem::create_directory(folder() / "out.mp4");
  EXPECT_THAT(refusal(clip(), folder() / "out.mp4"), HasSubstr("not a plain file"));
}

TEST_F(OutputPlaceTest, ReadOnlyFolderIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const auto source = clip();
  const auto closed = folder() / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(refusal(source, closed / "out.mp4"), HasSubstr("cannot be written"));
  std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
}

TEST_F(OutputPlaceTest, NonAsciiPathIsWritten) {
  const auto output = folder() / "žluťoučký kůň 出力.mp4";
  ASSERT_TRUE(transcode(clip(), output, quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(decode(output).frames.size(), 25u);
}

TEST_F(OutputPlaceTest, PlanningLeavesNoFile) {
  const auto source = clip();
  const std::size_t before = files_in(folder());
  ASSERT_TRUE(plan_export(*probe(source), folder() / "out.mp4", quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(files_in(folder()), before);
}

TEST_F(OutputPlaceTest, UnfinishedExportLeavesNothingAndTheOldFileStays) {
  const auto source = clip();
  const auto output = write_file("out.mp4", "an older export");
  const DecodedClip decoded = decode(source);
  const std::size_t before = files_in(folder());
  {
    auto writer = ClipWriter::open(decoded.info, output, quick(VideoCodec::kH264));
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (const DecodedFrame& frame : decoded.frames) ASSERT_TRUE((*writer)->write(frame.frame, frame.pts, frame.duration).ok());
    EXPECT_TRUE(std::filesystem::exists(folder() / "out.mp4.part"));
  }
  EXPECT_EQ(files_in(folder()), before);
  EXPECT_EQ(std::filesystem::file_size(output), 15u);
}

TEST_F(OutputPlaceTest, AStopIsAnsweredAtOnceByABusyEncoderAndLeavesNothing) {
  const DecodedClip decoded = decode(clip());
  const std::size_t before = files_in(folder());
  EncodeSettings settings = quick(VideoCodec::kHevc);
  settings.preset = "veryslow";
  std::stop_source stop;
  {
    auto writer = ClipWriter::open(decoded.info, folder() / "out.mkv", settings, stop.get_token());
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (const DecodedFrame& frame : decoded.frames) ASSERT_TRUE((*writer)->write(frame.frame, frame.pts, frame.duration).ok());
    std::jthread impatient([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      stop.request_stop();
    });
    // Draining alone takes this encoder longer than that.
    const auto finished = (*writer)->finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_EQ(finished.error().code, ErrorCode::kCancelled);
    EXPECT_EQ((*writer)->write(decoded.frames[0].frame, 1 << 20, 1).error().code, ErrorCode::kCancelled);
  }
  EXPECT_EQ(files_in(folder()), before);
  EXPECT_TRUE(wait_for_abandoned_encoders(std::chrono::seconds(60)));
}

TEST_F(OutputPlaceTest, ANameThatIsTooLongWithItsPart_IsRefusedBeforeTheWork) {
  EXPECT_THAT(refusal(clip(), folder() / (std::string(251, 'x') + ".mp4")), HasSubstr("too long"));
  EXPECT_THAT(refusal(clip(), folder() / (std::string(248, 'x') + ".mp4")), HasSubstr("too long")) << "the part file's name";
}

TEST_F(OutputPlaceTest, ASecondExportToTheSameFile_IsRefusedAndLeavesTheFirstAlone) {
  const auto before = decode(clip());
  const auto output = folder() / "out.mkv";
  auto first = ClipWriter::open(before.info, output, quick(VideoCodec::kH264));
  ASSERT_TRUE(first.ok());
  const auto second = ClipWriter::open(before.info, output, quick(VideoCodec::kH264));
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("another export"));
  for (const DecodedFrame& frame : before.frames) ASSERT_TRUE((*first)->write(frame.frame, frame.pts, frame.duration).ok());
  ASSERT_TRUE((*first)->finish().ok());
  EXPECT_EQ(decode(output).frames.size(), before.frames.size());
}

TEST_F(OutputPlaceTest, ALinkInPlaceOfThePartFile_IsRemovedAndWhatItPointsToStays) {
  const auto precious = write_file("precious.txt", "keep me");
  std::filesystem::create_symlink(precious, folder() / "out.mkv.part");
  ASSERT_TRUE(transcode(clip(), folder() / "out.mkv", quick(VideoCodec::kH264)).ok());
  std::ifstream text(precious);
  std::string kept;
  std::getline(text, kept);
  EXPECT_EQ(kept, "keep me");
  EXPECT_FALSE(std::filesystem::is_symlink(folder() / "out.mkv"));
}

TEST_F(OutputPlaceTest, FinishedExportReplacesTheOldFileAndAStalePart) {
  write_file("out.mp4", "an older export");
  write_file("out.mp4.part", "left by a crash");
  ASSERT_TRUE(transcode(clip(), folder() / "out.mp4", quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(decode(folder() / "out.mp4").frames.size(), 25u);
  EXPECT_FALSE(std::filesystem::exists(folder() / "out.mp4.part"));
}

TEST_F(OutputPlaceTest, ExportOfNoFramesFinishesOrSaysWhy) {
  const auto info = probe(clip());
  auto writer = ClipWriter::open(*info, folder() / "out.mp4", quick(VideoCodec::kH264));
  ASSERT_TRUE(writer.ok());
  const auto finished = (*writer)->finish();
  EXPECT_TRUE(finished.ok() || !finished.error().message.empty());
}

/// A file system of 2 MiB that goes with the test.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path place) : place_(std::move(place)) {
    std::filesystem::create_directory(place_);
    mounted_ = mount("tmpfs", place_.c_str(), "tmpfs", 0, "size=2m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(place_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::filesystem::path place_;
  bool mounted_ = false;
};

TEST_F(OutputPlaceTest, APlaceThatTakesNoFilesIsNotCalledFull) {
  if (!std::filesystem::exists("/proc/self")) GTEST_SKIP() << "there is no /proc here";
  const std::string said = refusal(clip(), "/proc/out.mp4");
  EXPECT_THAT(said, HasSubstr("/proc"));
  EXPECT_THAT(said, HasSubstr("another one"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("full")));
}

TEST_F(OutputPlaceTest, FullDiskIsAnErrorThatSaysSoAndLeavesNoPart) {
  const auto source = make("noise.mkv", "-f lavfi -i testsrc2=s=320x240:r=25:d=2,noise=alls=60:allf=t -c:v ffv1");
  const auto disk = folder() / "disk";
  const SmallDisk small(disk);
  if (!small.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here";
  for (const auto& [codec, name] : {std::pair{VideoCodec::kFfv1, "out.mkv"}, std::pair{VideoCodec::kProRes, "out.mov"}}) {
    const auto report = transcode(source, disk / name, quick(codec));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, ErrorCode::kIo);
    EXPECT_THAT(report.error().message, HasSubstr("disk is full"));
    EXPECT_EQ(files_in(disk), 0u);
  }
}

}  // namespace
}  // namespace keel::test
