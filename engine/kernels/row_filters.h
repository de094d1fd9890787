// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace keel {

/// Loops over one row, written so that the compiler vectorises them; no row reads what it writes.

/// sum[i] += weight * line[i]
void add_weighted_row(std::uint32_t* sum, const std::uint8_t* line, std::uint32_t weight, int count);
void add_weighted_row(std::uint32_t* sum, const std::uint16_t* line, std::uint32_t weight, int count);
/// Vertical 1 4 6 4 1 of five rows.
void binomial_column(std::uint16_t* out, const std::uint8_t* const rows[5], int count);
/// out[x] = (1 4 6 4 1 of in around 2x, + 128) >> 8; `in` may be read from -2 to 2 * count.
void binomial_row_half(std::uint8_t* out, const std::uint16_t* in, int count);
/// Adds (sign = 1) or removes (sign = -1) one row's gradient products to running column sums. `line` may be read one pixel around.
void accumulate_gradient_products(std::int32_t* gxx, std::int32_t* gxy, std::int32_t* gyy, const std::uint8_t* line, std::ptrdiff_t stride, int sign,
                                  int count);
/// out[x] = smaller eigenvalue of the sums over [x, x + 2 kCornerRadius] of the column sums.
void box_min_eigenvalue(float* out, const std::int32_t* gxx, const std::int32_t* gxy, const std::int32_t* gyy, int count);

}  // namespace keel
