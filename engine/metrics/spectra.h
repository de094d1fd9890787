// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace keel::metrics {

/// Which coefficients count as the whole of a real signal of n samples, the constant one aside.
enum class SpectrumHalf {
  kWithoutNyquist = 1,  ///< 1 .. (n-1)/2: `delete(fft, 0)[: (n-1)//2]` of the published code
  kRfft,                ///< 1 .. n/2: `rfft` without its first entry
};

/// Energy of the first `bins` coefficients after the constant one over that of all of them. 1 where the RMS of the signal without its
/// mean is at most `noise_rms`: a channel that does not move is still. The whole comes from Parseval's theorem: cost O(n * bins).
[[nodiscard]] double low_frequency_share(std::span<const double> signal, int bins, SpectrumHalf half, double noise_rms);

/// Gaussian low-pass of `sigma_frames`, radius 3 sigma; the ends are continued by point reflection, so a steady pan passes unchanged.
[[nodiscard]] std::vector<double> low_pass(std::span<const double> signal, double sigma_frames);

}  // namespace keel::metrics
