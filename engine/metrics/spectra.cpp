// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/spectra.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace keel::metrics {
namespace {

double coefficient_energy(std::span<const double> signal, double mean, int k) {
  double re = 0, im = 0;
  const double n = static_cast<double>(signal.size());
  for (std::size_t t = 0; t < signal.size(); ++t) {
    const double angle = 2 * std::numbers::pi * std::fmod(static_cast<double>(k) * static_cast<double>(t), n) / n;
    re += (signal[t] - mean) * std::cos(angle);
    im -= (signal[t] - mean) * std::sin(angle);
  }
  return re * re + im * im;
}

/// Sample `i` of a signal that goes on beyond its ends by point reflection about the end samples, again and again.
double extended(std::span<const double> s, std::ptrdiff_t i) {
  if (s.size() == 1) return s.front();
  const auto last = static_cast<std::ptrdiff_t>(s.size()) - 1;
  if (i < 0) return 2 * s.front() - extended(s, -i);
  if (i > last) return 2 * s.back() - extended(s, 2 * last - i);
  return s[static_cast<std::size_t>(i)];
}

}  // namespace

double low_frequency_share(std::span<const double> signal, int bins, SpectrumHalf half, double noise_rms) {
  const auto n = static_cast<int>(signal.size());
  if (n < 3) return 1;
  double mean = 0, squares = 0;
  for (const double v : signal) mean += v / n;
  for (const double v : signal) squares += (v - mean) * (v - mean);
  if (squares <= noise_rms * noise_rms * n) return 1;
  const double nyquist = n % 2 == 0 ? coefficient_energy(signal, mean, n / 2) : 0;
  // Parseval: the energies of coefficients 1 .. n-1 sum to n * squares, and come in equal pairs but for Nyquist.
  const double whole = half == SpectrumHalf::kRfft ? 0.5 * (n * squares + nyquist) : 0.5 * (n * squares - nyquist);
  const int last = std::min(bins, half == SpectrumHalf::kRfft ? n / 2 : (n - 1) / 2);
  double low = 0;
  for (int k = 1; k <= last; ++k) low += coefficient_energy(signal, mean, k);
  return whole > 0 ? std::min(1.0, low / whole) : 1.0;
}

std::vector<double> low_pass(std::span<const double> signal, double sigma_frames) {
  const auto radius = static_cast<std::ptrdiff_t>(std::ceil(3 * sigma_frames));
  std::vector<double> weight;
  double total = 0;
  for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
    const double u = static_cast<double>(k) / std::max(sigma_frames, 1e-6);
    weight.push_back(std::exp(-0.5 * u * u));
    total += weight.back();
  }
  std::vector<double> out(signal.size());
  for (std::size_t t = 0; t < signal.size(); ++t) {
    double sum = 0;
    for (std::ptrdiff_t k = -radius; k <= radius; ++k)
      sum += weight[static_cast<std::size_t>(k + radius)] * extended(signal, static_cast<std::ptrdiff_t>(t) + k);
    out[t] = sum / total;
  }
  return out;
}

}  // namespace keel::metrics
