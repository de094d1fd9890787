// SPDX-License-Identifier: GPL-3.0-or-later
// A second opinion for rivals.py: residual acceleration of an original and of a stabilized file as OpenCV's tracker sees them. It shares nothing with Keel but the
// definition: corners (Shi and Tomasi), pyramidal Lucas-Kanade, a robust similarity a pair, and the second difference of the path at the picture's corners, RMS over
// frames and corners, in px of a picture 640 px wide.
//
// usage: keel_bench_opencv_steadiness WIDTH HEIGHT ORIGINAL STABILIZED     prints JSON; WIDTH and HEIGHT are the original's, upright
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <optional>
#include <string>
#include <vector>

#include "opencv_pipe.h"

namespace {

constexpr int kWidth = 640;
constexpr int kCorners = 600, kLeastInliers = 20;
constexpr double kAgree_px = 1.0;
/// Two scenes share fewer tracks than this.
constexpr double kLeastShare = 0.25;

using Shifts = std::array<cv::Point2d, 4>;

/// Where the picture's corners go from one frame to the next; nothing where no motion is found.
std::optional<Shifts> shifts_between(const cv::Mat& prev, const cv::Mat& cur) {
  std::vector<cv::Point2f> corners, found, back;
  cv::goodFeaturesToTrack(prev, corners, kCorners, 0.005, 8);
  if (corners.size() < kLeastInliers) return std::nullopt;
  std::vector<unsigned char> there, again;
  std::vector<float> error;
  const cv::Size window(21, 21);
  const cv::TermCriteria precise(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 40, 0.003);
  cv::calcOpticalFlowPyrLK(prev, cur, corners, found, there, error, window, 4, precise);
  cv::calcOpticalFlowPyrLK(cur, prev, found, back, again, error, window, 4, precise);
  std::vector<cv::Point2f> from, to;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    if (there[i] == 0 || again[i] == 0 || cv::norm(back[i] - corners[i]) > 0.5) continue;
    from.push_back(corners[i]);
    to.push_back(found[i]);
  }
  if (from.size() < kLeastInliers) return std::nullopt;
  std::vector<unsigned char> agrees;
  const cv::Mat m = cv::estimateAffinePartial2D(from, to, agrees, cv::RANSAC, kAgree_px, 4000, 0.999, 20);
  const auto inliers = static_cast<std::size_t>(std::count(agrees.begin(), agrees.end(), 1));
  if (m.empty() || inliers < kLeastInliers || static_cast<double>(inliers) < kLeastShare * static_cast<double>(corners.size())) return std::nullopt;
  Shifts out;
  const double w = prev.cols - 1, h = prev.rows - 1;
  const std::array<cv::Point2d, 4> at{{{0, 0}, {w, 0}, {w, h}, {0, h}}};
  for (std::size_t k = 0; k < at.size(); ++k)
    out[k] = {m.at<double>(0, 0) * at[k].x + m.at<double>(0, 1) * at[k].y + m.at<double>(0, 2) - at[k].x,
              m.at<double>(1, 0) * at[k].x + m.at<double>(1, 1) * at[k].y + m.at<double>(1, 2) - at[k].y};
  return out;
}

/// Sum of squares of what four corners accelerate by.
double squared_acceleration(const Shifts& before, const Shifts& after) {
  double sum = 0;
  for (std::size_t k = 0; k < before.size(); ++k) sum += (after[k] - before[k]).dot(after[k] - before[k]);
  return sum;
}

struct Film {
  Film(cv::Size size, const std::string& file) : pipe(size, CV_8UC1, "gray", cv::format("scale=%d:%d:flags=area", size.width, size.height), file) {}
  /// False at the end.
  bool step() {
    cv::Mat next = pipe.next();
    if (next.empty()) return false;
    before = now;
    now = cur.empty() ? std::nullopt : shifts_between(cur, next);
    cur = next;
    return true;
  }
  FramePipe pipe;
  cv::Mat cur;
  std::optional<Shifts> before, now;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: keel_bench_opencv_steadiness WIDTH HEIGHT ORIGINAL STABILIZED\n", stderr);
    return 2;
  }
  cv::setNumThreads(1);
  const int width = std::atoi(argv[1]), height = std::atoi(argv[2]);
  const cv::Size size(kWidth, std::max(64, (kWidth * height / std::max(1, width)) / 2 * 2));
  Film original(size, argv[3]), stabilized(size, argv[4]);
  double sums[2] = {0, 0};
  int counted = 0, frames = 0;
  while (original.step() && stabilized.step()) {
    ++frames;
    if (!original.before || !original.now || !stabilized.before || !stabilized.now) continue;  // like with like
    sums[0] += squared_acceleration(*original.before, *original.now);
    sums[1] += squared_acceleration(*stabilized.before, *stabilized.now);
    ++counted;
  }
  const auto rms = [&](double sum) { return counted > 0 ? std::sqrt(sum / (4.0 * counted)) : 0; };
  std::printf("{\"frames\": %d, \"accelerations\": %d, \"original_px\": %.5f, \"stabilized_px\": %.5f}\n", frames, counted, rms(sums[0]), rms(sums[1]));
  return counted > 0 ? 0 : 1;
}
