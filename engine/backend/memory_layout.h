// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <type_traits>

namespace keel {

/// Parts of a piece of device or pinned memory begin, and rows of pictures in it are as long as, multiples of this: what a device likes to read at once.
inline constexpr std::size_t kDeviceAlignment = 256;

[[nodiscard]] constexpr std::size_t device_aligned(std::size_t bytes) { return (bytes + kDeviceAlignment - 1) / kDeviceAlignment * kDeviceAlignment; }

/// Gives the parts of a piece of memory their offsets, one behind the other.
class MemoryLayout {
 public:
  explicit MemoryLayout(std::size_t begin = 0) : end_(begin) {}
  std::size_t add(std::size_t bytes) {
    const std::size_t at = end_;
    end_ = device_aligned(at + bytes);
    return at;
  }
  template <class T>
  std::size_t add_array(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    return add(count * sizeof(T));
  }
  [[nodiscard]] std::size_t end() const { return end_; }

 private:
  std::size_t end_;
};

}  // namespace keel
