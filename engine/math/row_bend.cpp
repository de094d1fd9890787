// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/row_bend.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace keel {
namespace {

RowBend::Terms legendre(double t) {
  const double t2 = t * t;
  return {0.5 * (3 * t2 - 1), 0.5 * t * (5 * t2 - 3), 0.125 * ((35 * t2 - 30) * t2 + 3)};
}

double dot(const RowBend::Terms& a, const RowBend::Terms& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// An upper bound of a sum of the polynomials over all places. An inner extremum lies within half a step of a sample, and from there to it the value changes by half the second derivative's largest size
/// times that squared; none of the polynomials exceeds 1, which bounds the sum, too.
double largest_of(const RowBend::Terms& terms) {
  constexpr std::size_t kSamples = 17;
  constexpr double kHalfStep = 1.0 / (kSamples - 1), kSecond[RowBend::kTerms] = {3, 15, 45};
  static const std::array<RowBend::Terms, kSamples> basis = [] {
    std::array<RowBend::Terms, kSamples> out;
    for (std::size_t i = 0; i < kSamples; ++i) out[i] = legendre(-1 + 2 * kHalfStep * static_cast<double>(i));
    return out;
  }();
  if (terms == RowBend::Terms{}) return 0;
  double sampled = 0, between = 0, sum = 0;
  for (const RowBend::Terms& at : basis) sampled = std::max(sampled, std::abs(dot(terms, at)));
  for (std::size_t k = 0; k < RowBend::kTerms; ++k) {
    between += std::abs(terms[k]) * kSecond[k] * 0.5 * kHalfStep * kHalfStep;
    sum += std::abs(terms[k]);
  }
  return std::min(sampled + between, sum);
}

/// The constant and the linear term, which a homography has as well, and those of a RowBend.
constexpr std::size_t kStraight = 2;
using AllTerms = Eigen::Matrix<double, kStraight + RowBend::kTerms, 1>;
using NormalMatrix = Eigen::Matrix<double, kStraight + RowBend::kTerms, kStraight + RowBend::kTerms>;

AllTerms terms_at(double place) {
  const RowBend::Terms bent = legendre(place);
  return {1, place, bent[0], bent[1], bent[2]};
}

struct Residual {
  AllTerms terms;
  double x, y, weight;
};

}  // namespace

double RowBend::place(double row_px) const { return std::clamp((row_px - middle_px) / half_px, -1.0, 1.0); }

Point RowBend::at_place(double place) const {
  const Terms basis = legendre(place);
  return {dot(x, basis), dot(y, basis)};
}

Point RowBend::bound() const { return {largest_of(x), largest_of(y)}; }

RowBend RowBend::scaled(double factor) const {
  RowBend out = *this;
  for (double& v : out.x) v *= factor;
  for (double& v : out.y) v *= factor;
  return out;
}

RowBend RowBend::in_pixels(double scale_x, double scale_y, double offset_y) const {
  RowBend out{x, y, scale_y * middle_px + offset_y, scale_y * half_px};
  for (double& v : out.x) v *= scale_x;
  for (double& v : out.y) v *= scale_y;
  return out;
}

RowBend& RowBend::operator+=(const RowBend& other) {
  for (std::size_t k = 0; k < kTerms; ++k) {
    x[k] += other.x[k];
    y[k] += other.y[k];
  }
  return *this;
}

RowBend::Powers RowBend::powers(const Terms& c) { return {-0.5 * c[0] + 0.375 * c[2], -1.5 * c[1], 1.5 * c[0] - 3.75 * c[2], 2.5 * c[1], 4.375 * c[2]}; }

Point RowFit::apply(Point prev) const {
  const Point straight = keel::apply(cur_from_prev, prev), off = bend.at(straight.y);
  return {straight.x + off.x, straight.y + off.y};
}

RowFit fit_row_bend(std::span<const PointMatch> matches, const Mat3& cur_from_prev, Size picture) {
  constexpr double kNear_px = 8, kLeastScale_px = 0.03;
  constexpr std::size_t kLeastMatches = 40;
  constexpr int kRounds = 8;
  constexpr double kSame_px = 2e-3;  // far below what tracking can tell
  // What a term may well be, and how many matches tell as much as one: what neighbours get wrong (parallax, people, blur) they get wrong alike.
  constexpr double kLikely_px = 1, kAlike = 20;

  RowFit fit{cur_from_prev, RowBend::over(picture.height)};
  RowBend& bend = fit.bend;
  std::vector<Residual> residuals;
  std::vector<double> squares;  // of the residuals' lengths
  residuals.reserve(matches.size());
  squares.reserve(matches.size());
  for (const PointMatch& m : matches) {
    const Point expected = apply(cur_from_prev, {m.prev_x, m.prev_y});
    const double x = m.cur_x - expected.x, y = m.cur_y - expected.y, square = x * x + y * y;
    if (!(square <= kNear_px * kNear_px)) continue;
    residuals.push_back({terms_at(bend.place(expected.y)), x, y, m.weight});
    squares.push_back(square);
  }
  if (residuals.size() < kLeastMatches) return fit;
  const auto middle_variance = [&squares] {
    const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
    std::nth_element(squares.begin(), middle, squares.end());
    return std::max(kLeastScale_px * kLeastScale_px, *middle);
  };

  AllTerms x = AllTerms::Zero(), y = AllTerms::Zero();
  double variance = middle_variance();
  for (int round = 0; round < kRounds; ++round) {
    NormalMatrix normal = kAlike * variance / (kLikely_px * kLikely_px) * NormalMatrix::Identity();
    AllTerms right_x = AllTerms::Zero(), right_y = AllTerms::Zero();
    for (const Residual& r : residuals) {
      const double off_x = r.x - x.dot(r.terms), off_y = r.y - y.dot(r.terms);
      // Geman-McClure, twice the median wide.
      const double trust = 1 / (1 + (off_x * off_x + off_y * off_y) / (4 * variance)), weight = r.weight * trust * trust;
      normal.noalias() += weight * r.terms * r.terms.transpose();
      right_x += weight * r.x * r.terms;
      right_y += weight * r.y * r.terms;
    }
    const Eigen::LLT<NormalMatrix> factor(normal);
    const AllTerms last_x = std::exchange(x, factor.solve(right_x)), last_y = std::exchange(y, factor.solve(right_y));
    if (round > 0 && (x - last_x).lpNorm<Eigen::Infinity>() < kSame_px && (y - last_y).lpNorm<Eigen::Infinity>() < kSame_px) break;
    // As wide at first as the bends are large, and narrower as they are explained.
    for (std::size_t i = 0; i < residuals.size(); ++i) {
      const double off_x = residuals[i].x - x.dot(residuals[i].terms), off_y = residuals[i].y - y.dot(residuals[i].terms);
      squares[i] = off_x * off_x + off_y * off_y;
    }
    variance = std::min(variance, middle_variance());
  }
  std::copy_n(x.data() + kStraight, RowBend::kTerms, bend.x.begin());
  std::copy_n(y.data() + kStraight, RowBend::kTerms, bend.y.begin());
  // constant + linear * place, where place = (row - middle) / half.
  const auto linear = [&](const AllTerms& terms) { return terms[1] / bend.half_px; };
  const auto constant = [&](const AllTerms& terms) { return terms[0] - linear(terms) * bend.middle_px; };
  const Mat3 lacking{{1, linear(x), constant(x), 0, 1 + linear(y), constant(y), 0, 0, 1}};
  fit.cur_from_prev = normalized(lacking * cur_from_prev).value_or(cur_from_prev);
  return fit;
}

RowFit fit_rows(const RobustFit& found, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  constexpr int kTurns = 2;
  RowFit rows = fit_row_bend(matches, found.cur_from_prev, picture);
  if (found.model != MotionModel::kHomography) return rows;
  RobustFit straight = found;
  std::vector<PointMatch> straightened(matches.size());
  for (int turn = 0; turn < kTurns && !rows.bend.is_zero(); ++turn) {
    std::transform(matches.begin(), matches.end(), straightened.begin(), [&rows](PointMatch m) {
      const Point off = rows.bend.at(apply(rows.cur_from_prev, {m.prev_x, m.prev_y}).y);
      m.cur_x -= static_cast<float>(off.x);
      m.cur_y -= static_cast<float>(off.y);
      return m;
    });
    straight.cur_from_prev = rows.cur_from_prev;
    rows = fit_row_bend(matches, refine_homography(straight, straightened, picture, options).cur_from_prev, picture);
  }
  return rows;
}

}  // namespace keel
