// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/crop_barrier.h"

#include <algorithm>

namespace keel {
namespace {

constexpr double kLeastSlack = 1e-3;

using Slope = Eigen::Matrix<double, CropLimits::kRows, kLimitedChannels>;
using Channels = Eigen::Matrix<double, kLimitedChannels, 1>;

Eigen::Map<const Slope> slope_of(const CropLimits& limits) { return Eigen::Map<const Slope>(limits.slope[0].data()); }

Eigen::Map<const Channels> frame_of(std::span<const double> v, std::size_t f) { return Eigen::Map<const Channels>(v.data() + f * kLimitedChannels); }
Eigen::Map<Channels> frame_of(std::span<double> v, std::size_t f) { return Eigen::Map<Channels>(v.data() + f * kLimitedChannels); }

}  // namespace

CropBarrier::Rows CropBarrier::goal(const Frame& frame) const { return corrected_ ? Rows(target_ - frame.step_slack * frame.step_dual) : Rows(Rows::Zero()); }

CropBarrier::Rows CropBarrier::rows(std::size_t f, std::span<const double> x) const { return (slope_of(limits_[f]) * frame_of(x, f)).array(); }

void CropBarrier::start(std::span<const double> x) {
  for (std::size_t f = 0; f < frames_.size(); ++f) {
    Frame& frame = frames_[f];
    frame.slack = (Eigen::Map<const Rows>(limits_[f].bound.data()) - rows(f, x)).max(kLeastSlack);
    frame.dual = frame.step_slack = frame.step_dual = Rows::Zero();
  }
}

void CropBarrier::set_multipliers(double value) {
  for (Frame& frame : frames_) frame.dual = value;
}

void CropBarrier::centre_multipliers(double mu) {
  for (Frame& frame : frames_) frame.dual = mu / frame.slack;
}

CropBarrier::State CropBarrier::open(double length, std::span<const double> x, std::span<double> dual_residual, SymmetricBand& system, std::span<double> rhs) {
  corrected_ = false;
  State state;
  for (std::size_t f = 0; f < frames_.size(); ++f) {
    Frame& frame = frames_[f];
    frame.slack += length * frame.step_slack;
    frame.dual += length * frame.step_dual;
    frame.residual = rows(f, x) - Eigen::Map<const Rows>(limits_[f].bound.data()) + frame.slack;
    state.gap += (frame.slack * frame.dual).sum();
    state.largest_residual = std::max(state.largest_residual, frame.residual.abs().maxCoeff());
    const auto slope = slope_of(limits_[f]);
    const Rows weight = frame.dual / frame.slack;
    frame_of(dual_residual, f) += slope.transpose() * frame.dual.matrix();
    frame_of(rhs, f) -= slope.transpose() * (weight * frame.residual).matrix();
    const Eigen::Matrix<double, kLimitedChannels, kLimitedChannels> curvature = slope.transpose() * weight.matrix().asDiagonal() * slope;
    const int first = static_cast<int>(f) * kLimitedChannels;
    for (int a = 0; a < kLimitedChannels; ++a)
      for (int b = 0; b <= a; ++b) system.at(first + a, first + b) += curvature(a, b);
  }
  return state;
}

void CropBarrier::correct(double target, std::span<double> rhs) {
  corrected_ = true;
  target_ = target;
  for (std::size_t f = 0; f < frames_.size(); ++f) frame_of(rhs, f) -= slope_of(limits_[f]).transpose() * (goal(frames_[f]) / frames_[f].slack).matrix();
}

BarrierStep CropBarrier::step(std::span<const double> dx) {
  BarrierStep all;
  for (std::size_t f = 0; f < frames_.size(); ++f) {
    Frame& frame = frames_[f];
    const Rows goal = this->goal(frame), inverse = frame.slack.inverse();
    frame.step_slack = -rows(f, dx) - frame.residual;
    frame.step_dual = (goal - frame.dual * frame.step_slack) * inverse - frame.dual;
    BarrierStep step{.steepest_primal = (-frame.step_slack * inverse).maxCoeff(), .steepest_dual = (-frame.step_dual / frame.dual).maxCoeff()};
    if (!corrected_) {
      step.along_primal = (frame.step_slack * frame.dual).sum();
      step.along_both = (frame.step_slack * frame.step_dual).sum();
    }
    all.add(step);
  }
  return all;
}

}  // namespace keel
