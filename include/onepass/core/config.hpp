// The few words of compiler vocabulary that the whole library shares: forced inlining, cold code, internal checks.
//
// Forced inlining is not a hint here but part of the design: a body that is not inlined passes its packs through
// memory and runs several times slower. A translation unit compiled with fast-math is refused, because it would
// change the meaning of every expression in it (NaN, signed zeros, association).
#pragma once

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#error "onepass: this translation unit is compiled with fast-math; the library promises bits that fast-math breaks"
#endif

#define ONEPASS_VERSION_MAJOR 0
#define ONEPASS_VERSION_MINOR 1
#define ONEPASS_VERSION_PATCH 0

/// Inlined at every call, whatever the optimiser thinks of its size.
#define ONEPASS_INLINE [[gnu::always_inline]] inline

/// The same for a lambda: between its parameters and its body.
#define ONEPASS_INLINE_LAMBDA __attribute__((always_inline))

/// Copying, moving and destruction of a class as the compiler would make them, but inlined at every use.
#define ONEPASS_INLINE_SPECIAL_MEMBERS(name)                      \
  ONEPASS_INLINE name(const name&) = default;                     \
  ONEPASS_INLINE name(name&&) noexcept = default;                 \
  ONEPASS_INLINE name& operator=(const name&) = default;          \
  ONEPASS_INLINE name& operator=(name&&) noexcept = default;      \
  ONEPASS_INLINE ~name() = default;

/// Never inlined and placed away from hot code.
#define ONEPASS_COLD [[gnu::noinline, gnu::cold]]

/// What an index operator takes: as many indices as the language allows it.
#if defined(__cpp_multidimensional_subscript)
#define ONEPASS_SUBSCRIPTS ...
#else
#define ONEPASS_SUBSCRIPTS
#endif

/// An internal check: a false condition is our mistake, never the user's; it names the place and aborts.
#define ONEPASS_EXPECTS(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void() : ::onepass::broken_expectation(#condition, __FILE__, __LINE__))

namespace onepass {

[[noreturn]] void broken_expectation(const char* condition, const char* file, int line) noexcept;

}  // namespace onepass
