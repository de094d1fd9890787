// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QImage>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "tests/support/y4m_clip.h"
#include "ui/main_window.h"
#include "ui/viewport/compare_layout.h"

namespace keel::ui::test {

using keel::test::TemporaryFolder;

/// Runs the event loop until `ready`; false after half a minute, which only a hang takes.
[[nodiscard]] bool wait_for(const std::function<bool()>& ready);

/// Pixels of a shown view, OpenGL or not.
[[nodiscard]] QImage pixels_of(PictureView& view);
/// Colour at a place given in shares of `picture` (0 to 1).
[[nodiscard]] QColor color_at(const QImage& image, const QRectF& picture, double x, double y);
/// Mean absolute difference of the channels of two equally large areas, in 8-bit levels.
[[nodiscard]] double mean_difference(const QImage& a, const QRectF& in_a, const QImage& b, const QRectF& in_b);
void expect_color(QColor got, QColor wanted, int tolerance);

/// A shown window and a folder for clips.
class WindowTest : public ::testing::Test {
 protected:
  WindowTest();

  /// Opens a clip and waits until it is analysed, solved and its first frame shown.
  void open_and_wait(const std::filesystem::path& clip);
  /// Drags files from outside onto the window and lets them go; the drag must be taken.
  void drop(const std::vector<std::filesystem::path>& files);
  [[nodiscard]] bool solved() const;
  [[nodiscard]] bool seek_and_wait(std::int64_t frame);
  [[nodiscard]] CompareLayout layout();
  [[nodiscard]] QImage grab() { return pixels_of(window_->view()); }
  /// A textured hand-held clip.
  std::filesystem::path make_sample(const std::string& name, int frames = 40);

  TemporaryFolder folder_;
  std::unique_ptr<MainWindow> window_ = std::make_unique<MainWindow>();
};

}  // namespace keel::ui::test
