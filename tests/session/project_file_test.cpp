// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/project_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

using keel::test::TemporaryFolder;

void touch(const std::filesystem::path& path) { std::ofstream(path) << "x"; }

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Project two_clips(const TemporaryFolder& folder) {
  ProjectClip first;
  first.path = folder / "été.mp4";
  first.settings.smoothness = 0.25;
  first.settings.keep = 0.9;
  first.settings.smoother_options = {{"window", 1.5}};
  first.in = 10;
  first.estimator_options = {{"classical", {{"working_width", 960}}}};
  ProjectClip second;
  second.path = folder / "second.mov";
  second.out = 99;
  second.original_shows = "ihn";
  second.stabilized_shows = "original";
  second.settings.rolling_shutter = false;
  second.settings.framing = Framing::kNone;
  second.settings.zoom_smoothness = 0.25;
  second.settings.size = OutputSize::kNative;
  second.fill = BorderFill::kBlack;
  second.facts = {{1920, 1080}, 12.345};
  return {{first, second}, 1};
}

TEST(ProjectFile, SavedAndLoaded_IsTheSame) {
  const TemporaryFolder folder;
  const Project project = two_clips(folder);
  for (const auto& clip : project.clips) touch(clip.path);
  ASSERT_TRUE(save_project(project, folder / "a.keel").ok());
  const auto loaded = load_project(folder / "a.keel");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(*loaded, project);
}

TEST(ProjectFile, FolderWithProjectAndClips_Moved_FindsTheClips) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "old");
  touch(folder / "old/clip.mp4");
  Project project;
  project.clips.push_back({folder / "old/clip.mp4", "classical", {}, {}, {}});
  ASSERT_TRUE(save_project(project, folder / "old/a.keel").ok());
  std::filesystem::rename(folder / "old", folder / "new");
  const auto loaded = load_project(folder / "new/a.keel");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->clips[0].path, folder / "new/clip.mp4");
}

TEST(ProjectFile, MissingClip_IsKeptUnderItsAbsoluteName) {
  const TemporaryFolder folder;
  const Project project = two_clips(folder);
  ASSERT_TRUE(save_project(project, folder / "a.keel").ok());
  const auto loaded = load_project(folder / "a.keel");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->clips[1].path, project.clips[1].path);
}

TEST(ProjectFile, DamagedHostileAndForeignFiles_AreRefusedWithTheirName) {
  const TemporaryFolder folder;
  const Project project = two_clips(folder);
  ASSERT_TRUE(save_project(project, folder / "good.keel").ok());
  const std::string good = read(folder / "good.keel");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::vector<std::string> bad{"",
                                     "{}",
                                     "[1,2",
                                     std::string(100000, '['),
                                     good.substr(0, good.size() / 2),
                                     changed("keel.project/1", "other/1"),
                                     changed("\"current\": 1", "\"current\": 2"),
                                     changed("\"current\": 1", "\"current\": -1"),
                                     changed("\"smoothness\": 0.25", "\"smoothness\": 7"),
                                     changed("\"smoothness\": 0.25", "\"smoothness\": null"),
                                     changed("\"in\": 10", "\"in\": -4"),
                                     changed("\"estimator\": \"classical\"", "\"estimator\": 3")};
  for (const std::string& text : bad) {
    std::ofstream(folder / "bad.keel", std::ios::trunc) << text;
    const auto loaded = load_project(folder / "bad.keel");
    ASSERT_FALSE(loaded.ok()) << text.substr(0, 80);
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(loaded.error().message.find("bad.keel"), std::string::npos);
  }
}

TEST(ProjectFile, NewerVersion_IsRefusedAsSuch) {
  const auto loaded = project_from_json(R"({"schema": "keel.project/2"})", ".", "new.keel");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
}

TEST(ProjectFile, FolderThatIsNotThere_SaveAndLoad_Fail) {
  const TemporaryFolder folder;
  EXPECT_FALSE(save_project({}, folder / "absent/a.keel").ok());
  EXPECT_EQ(load_project(folder / "absent/a.keel").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace keel
