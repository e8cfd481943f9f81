// Strided copies, for the instruction set that this file is being built for.
//
// ONEPASS_FIND_COPY is the name under which this build appears. A copy is brought into a normal form: the columns are
// the axis along which the destination's elements follow each other, if there is one. Then the strides of the source
// tell the kind: rows that are copied whole, turned around, thinned out, repeated, woven, or a transposition by squares
// that fit the registers. Ends that do not fill a vector are covered by one that overlaps the one before: writing an
// element twice does no harm. Shuffles are written as numbers of elements; the compiler chooses the instructions.
// As in interpret_steps.cpp, nothing of the standard library that is code may be used here.
#include "copy_steps.hpp"

#include <cstdint>
#include <utility>

#include <onepass/core/config.hpp>
#include <onepass/core/isa.hpp>
#include <onepass/plan/kernel.hpp>

namespace onepass {
inline namespace ONEPASS_TARGET {
namespace {

#if defined(ONEPASS_TARGET_AVX512)
constexpr std::size_t vector_bytes = 64;
#elif defined(ONEPASS_TARGET_AVX2)
constexpr std::size_t vector_bytes = 32;
#else
constexpr std::size_t vector_bytes = 16;
#endif
constexpr std::size_t lane_bytes = 16;

template <class T, std::size_t N>
struct vector_of {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
};
template <class T, std::size_t N>
using vec = typename vector_of<T, N>::type;

template <class V>
ONEPASS_INLINE V load(const std::byte* from) {
  V result;
  __builtin_memcpy(&result, from, sizeof result);
  return result;
}
template <class V>
ONEPASS_INLINE void store(std::byte* to, V value) {
  __builtin_memcpy(to, &value, sizeof value);
}

/// Element l of the result is element F::index(l) of a and b together.
template <class F, class V, std::size_t... L>
ONEPASS_INLINE V shuffle(V a, V b, std::index_sequence<L...>) {
  return __builtin_shufflevector(a, b, F::index(L)...);
}
template <class F, std::size_t N, class V>
ONEPASS_INLINE V shuffle(V a, V b) {
  return shuffle<F>(a, b, std::make_index_sequence<N>{});
}

constexpr std::size_t least(std::size_t a, std::size_t b) { return a < b ? a : b; }

/// Asks for bytes that follow: the processor looks no further ahead than it holds instructions, and shuffles are many.
template <std::size_t Bytes>
ONEPASS_INLINE void look_ahead(const std::byte* now) {
  const auto later = reinterpret_cast<std::uintptr_t>(now) + bytes_ahead;  // which may be beyond the array: nothing happens
  for (std::size_t b = 0; b < Bytes; b += 64) __builtin_prefetch(reinterpret_cast<const void*>(later + b));
}

// --- squares ---

/// Elements of one half of two vectors in turns, in each lane of `Lane` elements.
template <std::size_t N, std::size_t Lane, bool High>
struct in_turns {
  static constexpr int index(std::size_t l) {
    const std::size_t first = l / Lane * Lane, within = l % Lane;
    return static_cast<int>(first + within / 2 + (High ? Lane / 2 : 0) + (within % 2) * N);
  }
};

/// The even or odd lanes of two vectors.
template <std::size_t N, std::size_t Lane, bool Odd>
struct every_other_lane {
  static constexpr int index(std::size_t l) { return static_cast<int>((2 * (l / Lane) + (Odd ? 1 : 0)) * Lane + l % Lane); }
};

/// Calls f with 0 to N - 1 as constants: what it does to an array stays in registers.
template <std::size_t N, class F>
ONEPASS_INLINE void each_of(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<std::size_t, I>{}), ...); }(std::make_index_sequence<N>{});
}

/// Turns N vectors of N elements into their columns: first within the lanes, then lanes as wholes.
template <class T, std::size_t N, std::size_t Stage = 1>
ONEPASS_INLINE void transpose(vec<T, N> (&v)[N]) {
  constexpr std::size_t lane = least(N, lane_bytes / sizeof(T)), lanes = N / lane;
  vec<T, N> next[N];
  if constexpr (Stage < lane) {
    each_of<N / 2>([&](auto pair) ONEPASS_INLINE_LAMBDA {
      constexpr std::size_t first = pair / (lane / 2) * lane, k = pair % (lane / 2);
      next[first + 2 * k] = shuffle<in_turns<N, lane, false>, N>(v[first + k], v[first + k + lane / 2]);
      next[first + 2 * k + 1] = shuffle<in_turns<N, lane, true>, N>(v[first + k], v[first + k + lane / 2]);
    });
    transpose<T, N, 2 * Stage>(next);
  } else if constexpr (Stage < N) {
    each_of<N / 2>([&](auto pair) ONEPASS_INLINE_LAMBDA {
      constexpr std::size_t group = pair / lane, k = pair % lane;
      next[group * lane + k] = shuffle<every_other_lane<N, lane, false>, N>(v[2 * group * lane + k], v[(2 * group + 1) * lane + k]);
      next[(group + lanes / 2) * lane + k] = shuffle<every_other_lane<N, lane, true>, N>(v[2 * group * lane + k], v[(2 * group + 1) * lane + k]);
    });
    transpose<T, N, 2 * Stage>(next);
  } else {
    return;
  }
  each_of<N>([&](auto i) ONEPASS_INLINE_LAMBDA { v[i] = next[i]; });
}

/// Sides of the largest square: what fills a vector, unless the registers cannot hold as many of them.
template <class T>
constexpr std::size_t largest_side() {
  constexpr std::size_t registers = vector_bytes == 64 ? 32 : 16, filled = vector_bytes / sizeof(T);
  return sizeof(T) == 1 ? 16 : least(filled, registers / 2);
}
/// Sides of the smallest one that is worth it: half a lane.
template <class T>
constexpr std::size_t smallest_side() {
  constexpr std::size_t half_lane = lane_bytes / 2 / sizeof(T);
  return half_lane < 2 ? 2 : half_lane;
}

/// N columns of N elements that follow each other along the rows of `from` and along the columns of `to`.
template <class T, std::size_t N>
ONEPASS_INLINE void copy_square(std::byte* to, std::ptrdiff_t to_row, const std::byte* from, std::ptrdiff_t from_column) {
  vec<T, N> v[N];
  each_of<N>([&](auto i) ONEPASS_INLINE_LAMBDA { v[i] = load<vec<T, N>>(from + static_cast<std::ptrdiff_t>(i) * from_column); });
  transpose<T, N>(v);
  each_of<N>([&](auto i) ONEPASS_INLINE_LAMBDA { store(to + static_cast<std::ptrdiff_t>(i) * to_row, v[i]); });
}

template <class T>
void copy_stepping(const strided_copy& what);

/// A grid in squares, those at the far sides moved back into it. The rows are the inner loop, as the lines of the
/// source run along them.
template <class T, std::size_t N = largest_side<T>()>
void copy_transposed(const strided_copy& what) {
  constexpr auto size = static_cast<std::ptrdiff_t>(sizeof(T));
  if (what.rows < N || what.columns < N) {
    if constexpr (N > smallest_side<T>()) {
      return copy_transposed<T, N / 2>(what);
    } else {
      return copy_stepping<T>(what);
    }
  }
  for (std::size_t c = 0; c < what.columns; c += N) {
    const auto column = static_cast<std::ptrdiff_t>(least(c, what.columns - N));
    for (std::size_t r = 0; r < what.rows; r += N) {
      const auto row = static_cast<std::ptrdiff_t>(least(r, what.rows - N));
      copy_square<T, N>(what.to + row * what.to_row + column * size, what.to_row, what.from + row * size + column * what.from_column,
                        what.from_column);
    }
  }
}

// --- rows that follow on both sides ---

/// So many bytes at once.
template <std::size_t P>
struct part {
  std::byte of[P];
};

/// Between P and 2P bytes, by two moves that may overlap.
template <std::size_t P>
ONEPASS_INLINE void copy_two(std::byte* to, const std::byte* from, std::size_t bytes) {
  const auto first = load<part<P>>(from), last = load<part<P>>(from + bytes - P);
  store(to, first);
  store(to + bytes - P, last);
}

/// Where rows of `bytes` follow each other and rows of the source lie upwards, moves of 2P bytes go on into what the next
/// row overwrites, as long as there is a next one.
template <std::size_t P>
void copy_short_rows(const strided_copy& what, std::size_t bytes) {
  constexpr auto whole = static_cast<std::ptrdiff_t>(2 * P);
  std::byte* to = what.to;
  const std::byte* from = what.from;
  const bool follow = what.to_row == static_cast<std::ptrdiff_t>(bytes) && what.from_row >= what.to_row && 2 * what.to_row >= whole;
  std::size_t r = 0;
  for (; follow && r + 1 < what.rows; ++r, to += what.to_row, from += what.from_row) store(to, load<part<2 * P>>(from));
  for (; r < what.rows; ++r, to += what.to_row, from += what.from_row) copy_two<P>(to, from, bytes);
}

void copy_rows(const strided_copy& what, std::size_t bytes) {
  if (bytes <= 2) return copy_short_rows<1>(what, bytes);
  if (bytes <= 4) return copy_short_rows<2>(what, bytes);
  if (bytes <= 8) return copy_short_rows<4>(what, bytes);
  if (bytes <= 16) return copy_short_rows<8>(what, bytes);
  if (bytes <= 32) return copy_short_rows<16>(what, bytes);
  using V = vec<std::uint8_t, vector_bytes>;
  if (bytes <= vector_bytes) return copy_short_rows<vector_bytes / 2>(what, bytes);
  std::byte* to = what.to;
  const std::byte* from = what.from;
  for (std::size_t r = 0; r < what.rows; ++r, to += what.to_row, from += what.from_row) {
    const V last = load<V>(from + bytes - vector_bytes);
    for (std::size_t i = 0; i + vector_bytes < bytes; i += vector_bytes) store(to + i, load<V>(from + i));
    store(to + bytes - vector_bytes, last);
  }
}

// --- rows of which some elements are taken ---

/// Every S-th element beginning with `Phase`, perhaps last to first, of vectors First and First + 1; elements of other
/// vectors may be anything.
template <std::size_t N, std::size_t S, bool Reversed, std::size_t Phase, std::size_t First>
struct every {
  static constexpr std::size_t wanted(std::size_t l) { return (Reversed ? N - 1 - l : l) * S + Phase; }
  static constexpr int index(std::size_t l) {
    const std::size_t first = First * N;
    return wanted(l) < first || wanted(l) >= first + 2 * N ? -1 : static_cast<int>(wanted(l) - first);
  }
};
/// Elements that vectors 0 and 1 have, joined with those of 2 and 3.
template <class Every, std::size_t N>
struct joined {
  static constexpr int index(std::size_t l) { return static_cast<int>(Every::wanted(l) < 2 * N ? l : N + l); }
};

/// S vectors that follow each other.
template <class T, std::size_t N, std::size_t S>
ONEPASS_INLINE void load_all(vec<T, N> (&v)[S], const std::byte* from) {
  each_of<S>([&](auto k) ONEPASS_INLINE_LAMBDA { v[k] = load<vec<T, N>>(from + k * sizeof(v[k])); });
}

/// N elements S apart, of S vectors that follow each other.
template <class T, std::size_t N, std::size_t S, bool Reversed, std::size_t Phase>
ONEPASS_INLINE vec<T, N> take_every(const vec<T, N> (&v)[S]) {
  const vec<T, N> low = shuffle<every<N, S, Reversed, Phase, 0>, N>(v[0], v[least(1, S - 1)]);
  if constexpr (S <= 2) {
    return low;
  } else {
    return shuffle<joined<every<N, S, Reversed, Phase, 0>, N>, N>(low, shuffle<every<N, S, Reversed, Phase, 2>, N>(v[2], v[S - 1]));
  }
}
template <class T, std::size_t N, std::size_t S, bool Reversed, std::size_t Phase>
ONEPASS_INLINE vec<T, N> take_every(const std::byte* from) {
  vec<T, N> v[S];
  load_all<T, N>(v, from);
  return take_every<T, N, S, Reversed, Phase>(v);
}

/// One row of `n` elements S apart; if Reversed the last one comes first. Nothing behind the last element is read: the
/// last vector begins S - 1 elements early.
template <class T, std::size_t S, bool Reversed, std::size_t N = vector_bytes / sizeof(T)>
ONEPASS_INLINE void thin_row(std::byte* to, const std::byte* from, std::size_t n) {
  if (n <= N) {
    if constexpr (N * sizeof(T) > lane_bytes) return thin_row<T, S, Reversed, N / 2>(to, from, n);
    for (std::size_t i = 0; i < n; ++i) {
      __builtin_memcpy(to + (Reversed ? n - 1 - i : i) * sizeof(T), from + i * S * sizeof(T), sizeof(T));
    }
    return;
  }
  std::byte* const end = to + n * sizeof(T);
  std::size_t i = 0;
  for (; i + N < n; i += N) {
    std::byte* const at = Reversed ? end - (i + N) * sizeof(T) : to + i * sizeof(T);
    store(at, take_every<T, N, S, Reversed, 0>(from + i * S * sizeof(T)));
  }
  store(Reversed ? to : end - N * sizeof(T), take_every<T, N, S, Reversed, S - 1>(from + ((n - N) * S - (S - 1)) * sizeof(T)));
}

template <class T, std::size_t S>
void thin_rows(const strided_copy& what) {
  std::byte* to = what.to;
  const std::byte* from = what.from;
  const bool reversed = what.from_column < 0;
  if (reversed) from += static_cast<std::ptrdiff_t>(what.columns - 1) * what.from_column;
  for (std::size_t r = 0; r < what.rows; ++r, to += what.to_row, from += what.from_row) {
    if (reversed) {
      thin_row<T, S, true>(to, from, what.columns);
    } else {
      thin_row<T, S, false>(to, from, what.columns);
    }
  }
}

/// C rows from elements that stand side by side: each is loaded once.
template <class T, std::size_t C>
void unweave(const strided_copy& what) {
  constexpr std::size_t N = vector_bytes / sizeof(T);
  for (std::size_t i = 0; i < what.columns; i += N) {
    const std::size_t column = least(i, what.columns - N);
    const std::byte* const from = what.from + column * C * sizeof(T);
    vec<T, N> v[C];
    load_all<T, N>(v, from);
    look_ahead<sizeof v>(from);
    each_of<C>([&](auto c) ONEPASS_INLINE_LAMBDA {
      store(what.to + static_cast<std::ptrdiff_t>(c) * what.to_row + column * sizeof(T), take_every<T, N, C, false, c>(v));
    });
  }
}

// --- repeated elements ---

/// Vector K of elements that stand C times each.
template <std::size_t N, std::size_t C, std::size_t K>
struct repeated {
  static constexpr int index(std::size_t l) { return static_cast<int>((K * N + l) / C); }
};

/// Every element of a row C times, gapless.
template <class T, std::size_t C>
void repeat_few(const strided_copy& what) {
  constexpr std::size_t N = vector_bytes / sizeof(T);
  if (what.rows < N) return copy_stepping<T>(what);
  for (std::size_t r = 0; r < what.rows; r += N) {
    const std::size_t row = least(r, what.rows - N);
    const auto v = load<vec<T, N>>(what.from + row * sizeof(T));
    each_of<C>([&](auto k) ONEPASS_INLINE_LAMBDA { store(what.to + (row * C + k * N) * sizeof(T), shuffle<repeated<N, C, k>, N>(v, v)); });
  }
}

/// Rows of one element each, at least a vector of N.
template <class T, std::size_t N = vector_bytes / sizeof(T)>
void repeat_rows(const strided_copy& what) {
  using V = vec<T, N>;
  const std::size_t n = what.columns;
  if (n < N) {
    if constexpr (N * sizeof(T) > lane_bytes / 2) {
      return repeat_rows<T, N / 2>(what);
    } else {
      return copy_stepping<T>(what);
    }
  }
  std::byte* to = what.to;
  const std::byte* from = what.from;
  for (std::size_t r = 0; r < what.rows; ++r, to += what.to_row, from += what.from_row) {
    T element;
    __builtin_memcpy(&element, from, sizeof element);
    const V all = element - V{};
    for (std::size_t i = 0; i + N < n; i += N) store(to + i * sizeof(T), all);
    store(to + (n - N) * sizeof(T), all);
  }
}

// --- short rows turned around ---

template <std::size_t N, std::size_t C>
struct turned {
  static constexpr int index(std::size_t l) { return static_cast<int>(l / C * C + C - 1 - l % C < N ? l / C * C + C - 1 - l % C : 0); }
};

/// Gapless rows of C elements, each last to first. A vector goes on into what the next one overwrites.
template <class T, std::size_t C>
void turn_few(const strided_copy& what) {
  constexpr std::size_t N = vector_bytes / sizeof(T), rows = N / C;
  constexpr auto step = static_cast<std::ptrdiff_t>(rows * C * sizeof(T));
  strided_copy rest = what;
  const std::byte* from = what.from - (C - 1) * sizeof(T);
  if constexpr (rows > 0) {
    for (; rest.rows > rows; rest.rows -= rows, rest.to += step, rest.from += step, from += step) {
      const auto v = load<vec<T, N>>(from);
      store(rest.to, shuffle<turned<N, C>, N>(v, v));
    }
  }
  copy_stepping<T>(rest);
}

// --- a few rows woven into one ---

/// Vector K of the result: elements that are of columns First and First + 1, others may be anything.
template <std::size_t N, std::size_t C, std::size_t K, std::size_t First>
struct woven {
  static constexpr std::size_t column(std::size_t l) { return (K * N + l) % C; }
  static constexpr int index(std::size_t l) {
    return column(l) / 2 != First / 2 ? -1 : static_cast<int>((K * N + l) / C + column(l) % 2 * N);
  }
};
/// Elements of columns 0 and 1, joined with others.
template <std::size_t N, std::size_t C, std::size_t K>
struct woven_together {
  static constexpr int index(std::size_t l) { return static_cast<int>((K * N + l) % C < 2 ? l : N + l); }
};

/// C columns whose elements follow each other along the rows, into rows that follow each other.
template <class T, std::size_t C>
void weave(const strided_copy& what) {
  constexpr std::size_t N = vector_bytes / sizeof(T);
  if (what.rows < N) return copy_stepping<T>(what);
  for (std::size_t r = 0; r < what.rows; r += N) {
    const std::size_t row = least(r, what.rows - N);
    vec<T, N> v[C];
    each_of<C>([&](auto c) ONEPASS_INLINE_LAMBDA {
      v[c] = load<vec<T, N>>(what.from + row * sizeof(T) + static_cast<std::ptrdiff_t>(c) * what.from_column);
    });
    each_of<C>([&](auto k) ONEPASS_INLINE_LAMBDA {
      vec<T, N> out = shuffle<woven<N, C, k, 0>, N>(v[0], v[1]);
      if constexpr (C > 2) out = shuffle<woven_together<N, C, k>, N>(out, shuffle<woven<N, C, k, 2>, N>(v[2], v[C - 1]));
      store(what.to + (row * C + k * N) * sizeof(T), out);
    });
  }
}

// --- anything else ---

/// Element by element; in pairs, where one store takes both. With more of them at once the machine no longer sees that
/// the loads are evenly spaced and does not run ahead of them.
template <class T>
ONEPASS_INLINE void step_through(std::byte* to, std::ptrdiff_t to_step, const std::byte* from, std::ptrdiff_t from_step, std::size_t n) {
  if (to_step == sizeof(T)) {
    for (; n >= 2; n -= 2, to += 2 * to_step, from += 2 * from_step) store(to, vec<T, 2>{load<T>(from), load<T>(from + from_step)});
  }
  for (; n > 0; --n, to += to_step, from += from_step) __builtin_memcpy(to, from, sizeof(T));
}

/// In squares of which both sides use whole cache lines.
template <class T>
void copy_stepping(const strided_copy& what) {
  if (what.rows == 1) return step_through<T>(what.to, what.to_column, what.from, what.from_column, what.columns);
  constexpr std::size_t square = 16;
  for (std::size_t r = 0; r < what.rows; r += square) {
    const std::size_t rows_end = least(r + square, what.rows);
    for (std::size_t c = 0; c < what.columns; c += square) {
      const std::size_t width = least(square, what.columns - c);
      for (std::size_t i = r; i < rows_end; ++i) {
        const auto row = static_cast<std::ptrdiff_t>(i), column = static_cast<std::ptrdiff_t>(c);
        step_through<T>(what.to + row * what.to_row + column * what.to_column, what.to_column,
                        what.from + row * what.from_row + column * what.from_column, what.from_column, width);
      }
    }
  }
}

// --- the choice ---

strided_copy with_axes_swapped(const strided_copy& what) {
  return {what.to, what.to_column, what.to_row, what.from, what.from_column, what.from_row, what.columns, what.rows};
}

void turn_rows(strided_copy& what) {
  const auto last = static_cast<std::ptrdiff_t>(what.rows - 1);
  what.to += last * what.to_row;
  what.from += last * what.from_row;
  what.to_row = -what.to_row;
  what.from_row = -what.from_row;
}

/// The columns become the axis along which the destination's elements follow each other, upwards: of two such axes the
/// one along which the source's do, too, or the longer one.
void normalise(strided_copy& what, std::ptrdiff_t size) {
  const auto apart = [](std::ptrdiff_t stride) { return stride < 0 ? -stride : stride; };
  const bool along_rows = apart(what.to_row) == size && what.rows > 1, along_columns = apart(what.to_column) == size && what.columns > 1;
  const bool step_shorter = !along_columns && apart(what.to_row) + apart(what.from_row) < apart(what.to_column) + apart(what.from_column);
  if (along_rows ? !along_columns : step_shorter && what.rows > 1) what = with_axes_swapped(what);
  if (what.to_column >= 0) return;
  strided_copy turned = with_axes_swapped(what);
  turn_rows(turned);
  what = with_axes_swapped(turned);
}

/// Short rows that follow each other, gapless, or are made from such: a vector holds several. False if it is another case.
template <class T, std::size_t C>
bool copy_few(const strided_copy& what) {
  constexpr auto size = static_cast<std::ptrdiff_t>(sizeof(T)), row = static_cast<std::ptrdiff_t>(C * sizeof(T));
  if (what.rows == C && what.from_row == size && what.from_column == row && what.columns >= vector_bytes / sizeof(T)) {
    return unweave<T, C>(what), true;
  }
  if (what.columns != C || what.to_row != row) return false;
  if (what.from_row == size && what.from_column == 0) return repeat_few<T, C>(what), true;
  if (what.from_row == size) return weave<T, C>(what), true;
  if (what.from_row == row && what.from_column == -size) return turn_few<T, C>(what), true;
  return false;
}

template <class T>
void copy(const strided_copy& given) {
  constexpr auto size = static_cast<std::ptrdiff_t>(sizeof(T));
  if (given.rows == 0 || given.columns == 0) return;
  strided_copy what = given;
  normalise(what, size);
  if (what.to_column != size) return copy_stepping<T>(what);
  if (what.from_column == size) return copy_rows(what, what.columns * sizeof(T));
  if (what.from_row == -size) turn_rows(what);
  if (copy_few<T, 2>(what) || copy_few<T, 3>(what) || copy_few<T, 4>(what)) return;
  switch (what.from_column / size) {
    case 0: return repeat_rows<T>(what);
    case -1: return thin_rows<T, 1>(what);
    case 2: case -2: return thin_rows<T, 2>(what);
    case 3: case -3: return thin_rows<T, 3>(what);
    case 4: case -4: return thin_rows<T, 4>(what);
    default: break;
  }
  if (what.from_row == size) return copy_transposed<T>(what);
  copy_stepping<T>(what);
}

}  // namespace
}  // namespace ONEPASS_TARGET

copy_function ONEPASS_FIND_COPY(std::size_t size) {
  switch (size) {
    case 1: return copy<std::uint8_t>;
    case 2: return copy<std::uint16_t>;
    case 4: return copy<std::uint32_t>;
    default: return copy<std::uint64_t>;
  }
}

}  // namespace onepass
