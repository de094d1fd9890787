// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Marks code that runs on the host and, compiled by nvcc, on the device. Numbers that host and device must agree on to the bit are computed in such code, with
/// nothing but + - * /, sqrt and comparisons, which IEEE 754 leaves no choice in; every other function rounds as its library likes.
#ifdef __CUDACC__
#define KEEL_HD __host__ __device__
#else
#define KEEL_HD
#endif
