// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

// The widest vectors that the machine has, chosen when the library is loaded. Sanitizers cannot run the resolver that early.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KEEL_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KEEL_VECTOR_CLONES
#endif

namespace keel::learned {

/// Values worked on together: with eight, the nine accumulators of a row of correlation taps stay in registers.
inline constexpr std::int64_t kLanes = 8;

/// Eight values side by side; the compiler splits them where the machine's vectors are shorter.
template <class T>
struct Eight;
template <>
struct Eight<float> {
  typedef float Vector __attribute__((vector_size(32)));
  typedef std::int32_t Integers __attribute__((vector_size(32)));
};
template <>
struct Eight<double> {
  typedef double Vector __attribute__((vector_size(64)));
};

template <class T>
[[gnu::always_inline]] inline void load(typename Eight<T>::Vector& v, const T* from) {
  __builtin_memcpy(&v, from, sizeof v);
}

/// The first `count` lanes; the others become 0.
template <class T>
[[gnu::always_inline]] inline void load(typename Eight<T>::Vector& v, const T* from, std::int64_t count) {
  if (count >= kLanes) return load<T>(v, from);
  v = typename Eight<T>::Vector{};
  for (std::int64_t i = 0; i < count; ++i) v[i] = from[i];
}

template <class T>
[[gnu::always_inline]] inline void store(const typename Eight<T>::Vector& v, T* to, std::int64_t count) {
  if (count >= kLanes) __builtin_memcpy(to, &v, sizeof v);
  else for (std::int64_t i = 0; i < count; ++i) to[i] = v[i];
}

}  // namespace keel::learned
