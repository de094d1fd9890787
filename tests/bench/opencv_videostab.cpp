// SPDX-License-Identifier: GPL-3.0-or-later
// OpenCV's video stabilizer as a rival for rivals.py: affine motion, Gaussian path of radius 30, and the trim that shows no border, scaled back to the
// source's size. Files are read and written through the ffmpeg program.
//
// usage: keel_bench_opencv WIDTH HEIGHT IN OUT
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/videostab.hpp>
#include <string>

#include "opencv_pipe.h"

namespace {

namespace vs = cv::videostab;

constexpr int kRadius_frames = 30;

/// Frames of a file, upright, as BGR; starts again on every reset.
class PipeSource final : public vs::IFrameSource {
 public:
  PipeSource(cv::Size size, const std::string& file) : pipe_(size, CV_8UC3, "bgr24", "", file) {}
  void reset() override { pipe_.reset(); }
  cv::Mat nextFrame() override { return pipe_.next(); }

 private:
  FramePipe pipe_;
};

int stabilize(cv::Size size, const std::string& in, const std::string& out) {
  vs::TwoPassStabilizer stabilizer;
  stabilizer.setLog(cv::makePtr<vs::NullLog>());
  stabilizer.setFrameSource(cv::makePtr<PipeSource>(size, in));
  stabilizer.setMotionEstimator(cv::makePtr<vs::KeypointBasedMotionEstimator>(cv::makePtr<vs::MotionEstimatorRansacL2>(vs::MM_AFFINE)));
  stabilizer.setMotionStabilizer(cv::makePtr<vs::GaussianMotionFilter>(kRadius_frames));
  stabilizer.setRadius(kRadius_frames);
  stabilizer.setEstimateTrimRatio(true);
  std::FILE* pipe = nullptr;
  for (cv::Mat frame = stabilizer.nextFrame(); !frame.empty(); frame = stabilizer.nextFrame()) {
    if (pipe == nullptr) {
      const std::string cut = std::to_string(frame.cols) + "x" + std::to_string(frame.rows), full = std::to_string(size.width) + ":" + std::to_string(size.height);
      pipe = popen(("ffmpeg -v error -nostdin -y -f rawvideo -pix_fmt bgr24 -r 30 -s " + cut + " -i - -vf scale=" + full + ":flags=bicubic -pix_fmt yuv420p -c:v libx264 -crf 16 " + quoted(out)).c_str(), "w");
      if (pipe == nullptr) return 1;
    }
    for (int y = 0; y < frame.rows; ++y) std::fwrite(frame.ptr(y), 3, static_cast<std::size_t>(frame.cols), pipe);
  }
  return pipe != nullptr && pclose(pipe) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  try {
    return stabilize({std::atoi(argv[1]), std::atoi(argv[2])}, argv[3], argv[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
