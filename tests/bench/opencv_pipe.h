// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdio>
#include <opencv2/core.hpp>
#include <string>

/// A word of a shell command.
inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The frames of a file as the ffmpeg program delivers them: upright, every one once, in a pixel format of 8 bits a sample.
class FramePipe {
 public:
  /// `type` is OpenCV's for `pixel_format`; `filters` ends with pictures of `size`.
  FramePipe(cv::Size size, int type, const std::string& pixel_format, const std::string& filters, const std::string& file)
      : size_(size), type_(type),
        command_("ffmpeg -v error -nostdin -i " + quoted(file) + " -an -fps_mode passthrough" + (filters.empty() ? "" : " -vf " + filters) + " -f rawvideo -pix_fmt " +
                 pixel_format + " -") {
    open();
  }
  ~FramePipe() { close(); }
  FramePipe(const FramePipe&) = delete;
  FramePipe& operator=(const FramePipe&) = delete;

  /// Begins again with the first frame.
  void reset() {
    close();
    open();
  }
  /// Empty at the end.
  cv::Mat next() {
    cv::Mat frame(size_, type_);
    const std::size_t bytes = frame.total() * frame.elemSize();
    return pipe_ != nullptr && std::fread(frame.data, 1, bytes, pipe_) == bytes ? frame : cv::Mat();
  }

 private:
  void open() { pipe_ = popen(command_.c_str(), "r"); }
  void close() {
    if (pipe_ != nullptr) pclose(pipe_);
    pipe_ = nullptr;
  }

  const cv::Size size_;
  const int type_;
  const std::string command_;
  std::FILE* pipe_ = nullptr;
};
