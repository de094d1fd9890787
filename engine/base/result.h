// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace keel {

/// Why an operation could not be done. Enumerators start at 1 so that a zeroed value is never a valid code.
enum class ErrorCode {
  kInvalidArgument = 1,  ///< the caller asked for something that makes no sense
  kNotFound,             ///< a file or a named thing is not there
  kUnsupported,          ///< a valid input that this program does not handle
  kCorrupt,              ///< the input is damaged
  kIo,                   ///< reading or writing failed
  kCancelled,            ///< the user asked to stop
  kOutOfMemory,
  kInternal,             ///< a library failed in a way that has no better name
};

/// An expected failure. `message` is one sentence for a user: what, which file, what to do.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// Aborts with the location. For bugs of this program only, never for bad input.
#define KEEL_CHECK(condition)                                                                  \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);       \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)

/// Either a value or an Error. Engine code returns it instead of throwing.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { KEEL_CHECK(ok()); return std::get<0>(state_); }
  const T& value() const& { KEEL_CHECK(ok()); return std::get<0>(state_); }
  T&& value() && { KEEL_CHECK(ok()); return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const { KEEL_CHECK(!ok()); return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const { KEEL_CHECK(!ok()); return *error_; }

 private:
  std::optional<Error> error_;
};

#define KEEL_CONCAT_INNER(a, b) a##b
#define KEEL_CONCAT(a, b) KEEL_CONCAT_INNER(a, b)

/// `KEEL_ASSIGN(auto x, expression)`: binds the value or returns the error from the enclosing function.
#define KEEL_ASSIGN(declaration, expression)                                  \
  auto KEEL_CONCAT(keel_result_, __LINE__) = (expression);                    \
  if (!KEEL_CONCAT(keel_result_, __LINE__).ok())                              \
    return KEEL_CONCAT(keel_result_, __LINE__).error();                       \
  declaration = std::move(*KEEL_CONCAT(keel_result_, __LINE__))

/// Returns the error of a Result<void> (or any Result whose value is not needed).
#define KEEL_TRY(expression)                                \
  do {                                                      \
    auto keel_try_result = (expression);                    \
    if (!keel_try_result.ok()) return keel_try_result.error(); \
  } while (false)

}  // namespace keel
