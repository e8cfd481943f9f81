// Arrays as text: what NumPy prints for the same array with its default options, byte for byte.
//
// The elements that are shown (all of them, or the corners of a large array) are collected first; a column format is
// made to fit every one of them, and then brackets, lines and elements are written in one walk. Numbers are decimal
// digits before they are text. Digits come from std::to_chars: the fewest that identify the value in its own type, or
// exactly rounded to fewer or more; that is what NumPy's own digit generation gives, ties included.
// Nothing here knows of expressions or of files.
#include <onepass/array/any_array.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <vector>

namespace onepass {

namespace {

// NumPy's default print options.
constexpr std::size_t summary_threshold = 1000;  ///< elements; a larger array is summarised
constexpr std::int64_t edge_items = 3;           ///< shown at each end of a dimension that is cut
constexpr std::size_t line_width = 75;
constexpr int precision = 8;  ///< the most digits behind the point

// --- digits ---

/// A magnitude d.ddd * 10^exponent.
struct decimal {
  std::string digits;
  int exponent = 0;
};

/// Reads what std::to_chars wrote in scientific notation.
decimal parse(const char* text, const char* end) {
  decimal read;
  for (; *text != 'e'; ++text) {
    if (*text != '.') read.digits += *text;
  }
  const bool negative = text[1] == '-';
  std::from_chars(text + 2, end, read.exponent);
  if (negative) read.exponent = -read.exponent;
  return read;
}

double value_of(const decimal& number) {
  const std::string text = number.digits.substr(0, 1) + "." + number.digits.substr(1) + "0e" + std::to_string(number.exponent);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// One more in the last digit.
decimal above(decimal number) {
  std::size_t at = number.digits.size();
  while (at > 0 && number.digits[at - 1] == '9') number.digits[--at] = '0';
  if (at > 0) {
    ++number.digits[at - 1];
  } else {
    number.digits = "1" + number.digits.substr(1);
    ++number.exponent;
  }
  return number;
}

/// For a storage type, whose numbers are few and have exact neighbours: what rounds to the value lies between the means
/// with them. Precondition: finite and not negative.
template <storage_element T>
decimal shortest_stored(float magnitude) {
  const std::uint16_t bits = T(magnitude).bits;
  const double value = magnitude;
  char text[96];
  decimal exact = parse(text, std::to_chars(text, std::end(text), value, std::chars_format::scientific, 60).ptr);
  if (bits == 0) return {"0", 0};
  const double previous = static_cast<float>(T::of_bits(static_cast<std::uint16_t>(bits - 1)));
  const double unit = static_cast<float>(T::of_bits(bits | 1)) - static_cast<float>(T::of_bits(bits & 0xfffe));
  const double lowest = (previous + value) / 2, highest = value + unit / 2;
  const auto rounds_here = [&](double d) { return (lowest < d && d < highest) || ((bits & 1) == 0 && (d == lowest || d == highest)); };
  for (std::size_t count = 1;; ++count) {
    const decimal below{exact.digits.substr(0, count), exact.exponent}, next = above(below);
    const double down = value_of(below), up = value_of(next);
    const bool nearer_up = up - value < value - down || (up - value == value - down && (below.digits.back() - '0') % 2 != 0);
    if (rounds_here(up) && (!rounds_here(down) || nearer_up)) return next;
    if (rounds_here(down)) return below;
  }
}

/// The fewest digits that identify the value in its type T, of these the nearest.
template <element T>
decimal shortest(computed_type<T> magnitude) {
  if constexpr (storage_element<T>) {
    return shortest_stored<T>(magnitude);
  } else {
    char text[32];
    return parse(text, std::to_chars(text, std::end(text), magnitude, std::chars_format::scientific).ptr);
  }
}

/// The value with `count` digits. Where these are as many as the shortest ones, they are the shortest ones: next to a
/// power of two they can differ from the rounded value. Precondition: 1 <= count <= 18.
template <floating_element T>
decimal with_digits(T magnitude, const decimal& shortest, int count) {
  if (shortest.digits.size() == static_cast<std::size_t>(count)) return shortest;
  char text[32];
  return parse(text, std::to_chars(text, std::end(text), magnitude, std::chars_format::scientific, count - 1).ptr);
}

void strip_zeros(std::string& digits, std::size_t keep) {
  while (digits.size() > keep && digits.back() == '0') digits.pop_back();
}

/// A number in positional notation: sign and whole part, and the digits behind the point without trailing zeros.
struct positional {
  std::string whole, fraction;

  positional(bool negative, const decimal& magnitude) : whole(negative ? "-" : "") {
    const std::string& digits = magnitude.digits;
    if (magnitude.exponent < 0) {
      whole += '0';
      fraction = std::string(static_cast<std::size_t>(-magnitude.exponent - 1), '0') + digits;
    } else {
      const std::size_t places = static_cast<std::size_t>(magnitude.exponent) + 1;
      const std::size_t given = std::min(places, digits.size());
      whole += digits.substr(0, given) + std::string(places - given, '0');
      fraction = digits.substr(given);
    }
    strip_zeros(fraction, 0);
  }
};

/// The value with at most `precision` digits behind the point and all in front of it: large integers are exact.
/// Precondition: 1e-4 <= |value| < 1e8, or 0.
template <element T>
positional rounded(computed_type<T> value) {
  const auto magnitude = std::abs(value);
  const decimal fewest = shortest<T>(magnitude);
  const int places = std::clamp(static_cast<int>(fewest.digits.size()) - 1 - fewest.exponent, 0, precision);
  return positional(std::signbit(value), with_digits(magnitude, fewest, fewest.exponent + 1 + places));
}

std::string exponent_text(int exponent, std::size_t least_digits) {
  const std::string digits = std::to_string(std::abs(exponent));
  const std::size_t zeros = least_digits - std::min(least_digits, digits.size());
  return (exponent < 0 ? "e-" : "e+") + std::string(zeros, '0') + digits;
}

std::string not_finite(double value) { return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf"; }

std::string right_aligned(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

// --- column formats: made of all elements that are shown, then asked for the text of each ---

template <element T>
class column;

template <>
class column<bool> {
 public:
  explicit column(const std::vector<bool>&) {}
  std::string text(bool value) const { return value ? " True" : "False"; }
};

template <integer_element T>
class column<T> {
 public:
  explicit column(const std::vector<T>& shown) {
    const auto [lowest, highest] = std::minmax_element(shown.begin(), shown.end());
    width_ = std::max(std::to_string(*lowest).size(), std::to_string(*highest).size());
  }
  std::string text(T value) const { return right_aligned(std::to_string(value), width_); }

 private:
  std::size_t width_;
};

template <class T>
concept real_element = element<T> && (floating_element<T> || storage_element<T>);

template <real_element T>
class column<T> {
  using number = computed_type<T>;

 public:
  explicit column(const std::vector<T>& shown) {
    choose_notation(shown);
    bool all_finite = true, negative_infinity = false;
    for (const T element : shown) {
      const auto value = static_cast<number>(element);
      if (std::isfinite(value)) {
        make_room(value);
      } else {
        all_finite = false;
        negative_infinity |= value < 0;
      }
    }
    if (scientific_) right_ = places_ + 2 + exponent_digits_;
    const std::size_t widest = negative_infinity ? 4 : 3;
    if (!all_finite && widest > right_ + 1) left_ = std::max(left_, widest - (right_ + 1));
  }

  std::string text(T element) const {
    const auto value = static_cast<number>(element);
    if (!std::isfinite(value)) return right_aligned(not_finite(value), left_ + 1 + right_);
    if (scientific_) return scientific_text(value);
    const positional parts = rounded<T>(value);
    return right_aligned(parts.whole, left_) + "." + parts.fraction + std::string(right_ - parts.fraction.size(), ' ');
  }

 private:
  /// Scientific if any value is very large or small, or if the values differ too much. The quotient is one of T's.
  void choose_notation(const std::vector<T>& shown) {
    number largest = 0, smallest = std::numeric_limits<number>::infinity();
    for (const T element : shown) {
      const auto value = static_cast<number>(element);
      if (!std::isfinite(value) || value == 0) continue;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    }
    if (largest == 0) return;
    const number ratio = largest / smallest;
    scientific_ = largest >= number(1e8) || static_cast<double>(smallest) < 0.0001 || ratio > number(1000);
  }

  void make_room(number value) {
    if (!scientific_) {
      const positional parts = rounded<T>(value);
      left_ = std::max(left_, parts.whole.size());
      right_ = std::max(right_, parts.fraction.size());
      return;
    }
    const number magnitude = std::abs(value);
    const decimal fewest = shortest<T>(magnitude);
    decimal cut = with_digits(magnitude, fewest, std::min(static_cast<int>(fewest.digits.size()), precision + 1));
    strip_zeros(cut.digits, 1);
    left_ = std::max<std::size_t>(left_, std::signbit(value) ? 2 : 1);
    places_ = std::max(places_, cut.digits.size() - 1);
    exponent_digits_ = std::max(exponent_digits_, std::to_string(std::abs(cut.exponent)).size());
  }

  /// All elements of a column have equally many digits, even where fewer would identify them.
  std::string scientific_text(number value) const {
    const number magnitude = std::abs(value);
    const decimal parts = with_digits(magnitude, shortest<T>(magnitude), static_cast<int>(places_) + 1);
    const std::string sign = std::signbit(value) ? "-" : "";
    return right_aligned(sign + parts.digits[0], left_) + "." + parts.digits.substr(1) + exponent_text(parts.exponent, exponent_digits_);
  }

  bool scientific_ = false;
  std::size_t left_ = 0;             ///< characters in front of the point
  std::size_t right_ = 0;            ///< characters behind it, exponent included
  std::size_t places_ = 0;           ///< digits behind the point in scientific notation
  std::size_t exponent_digits_ = 2;  ///< in scientific notation
};

// --- the page ---

constexpr std::int64_t ellipsis = -1;

/// Brackets and lines around the elements of a shape that has dimensions and elements.
class page {
 public:
  explicit page(const extents& shape) : where_(shape), summarised_(shape.size() > summary_threshold) {}

  /// The elements that are shown, in the order in which they are written.
  template <element T>
  std::vector<T> collect(const T* elements) const {
    std::vector<T> shown;
    collect_from(elements, 0, shown);
    return shown;
  }

  template <element T>
  std::string write(const std::vector<T>& shown) const {
    const column<T> format(shown);
    std::string text;
    auto next = shown.begin();
    write_dimension(0, [&] { return format.text(*next++); }, text);
    return text;
  }

 private:
  int rank() const { return where_.shape.rank(); }

  /// Calls f with each position of a dimension that is shown, and with `ellipsis` where some are left out.
  template <class F>
  void each_position(int dimension, F&& f) const {
    const std::int64_t length = where_.shape[dimension];
    const bool cut = summarised_ && length > 2 * edge_items;
    for (std::int64_t i = 0; i < (cut ? edge_items : length); ++i) f(i);
    if (!cut) return;
    f(ellipsis);
    for (std::int64_t i = length - edge_items; i < length; ++i) f(i);
  }

  template <element T>
  void collect_from(const T* from, int dimension, std::vector<T>& shown) const {
    if (dimension == rank()) {
      shown.push_back(*from);
      return;
    }
    each_position(dimension, [&](std::int64_t position) {
      if (position != ellipsis) collect_from(from + position * where_.strides[dimension], dimension + 1, shown);
    });
  }

  template <class Next>
  void write_dimension(int dimension, const Next& next, std::string& text) const {
    text += '[';
    if (dimension + 1 == rank()) {
      write_row(next, text);
    } else {
      write_blocks(dimension, next, text);
    }
    text += ']';
  }

  /// Blocks of higher rank have more empty lines between them; each begins below the bracket of the first.
  template <class Next>
  void write_blocks(int dimension, const Next& next, std::string& text) const {
    bool first = true;
    each_position(dimension, [&](std::int64_t position) {
      if (!first) {
        text.append(static_cast<std::size_t>(rank() - dimension - 1), '\n');
        text.append(static_cast<std::size_t>(dimension + 1), ' ');
      }
      first = false;
      if (position == ellipsis) {
        text += "...";
      } else {
        write_dimension(dimension + 1, next, text);
      }
    });
  }

  /// A row is broken where the next element would leave no room for all closing brackets; one element always fits.
  template <class Next>
  void write_row(const Next& next, std::string& text) const {
    const auto indent = static_cast<std::size_t>(rank());
    const std::size_t room = line_width - indent;
    std::size_t at = indent;
    bool first = true;
    each_position(rank() - 1, [&](std::int64_t position) {
      const std::string word = position == ellipsis ? "..." : next();
      if (!first) {
        text += ' ';
        ++at;
      }
      first = false;
      if (at + word.size() > room) {
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n' + std::string(indent, ' ');
        at = indent;
      }
      text += word;
      at += word.size();
    });
  }

  layout where_;
  bool summarised_;
};

/// The element of an array without dimensions, with all its digits.
template <element T>
std::string single(T element) {
  if constexpr (std::is_same_v<T, bool>) {
    return element ? "True" : "False";
  } else if constexpr (integer_element<T>) {
    return std::to_string(element);
  } else {
    const auto value = static_cast<computed_type<T>>(element);
    if (!std::isfinite(value)) return not_finite(value);
    const decimal digits = shortest<T>(std::abs(value));
    const auto magnitude = static_cast<long double>(std::abs(value));
    if (magnitude == 0 || (magnitude >= 1e-4L && magnitude < 1e16L)) {
      const positional parts(std::signbit(value), digits);
      return parts.whole + "." + (parts.fraction.empty() ? "0" : parts.fraction);
    }
    const std::string fraction = digits.digits.substr(1);
    return (std::signbit(value) ? "-" : "") + digits.digits.substr(0, 1) + (fraction.empty() ? "" : "." + fraction) +
           exponent_text(digits.exponent, 2);
  }
}

}  // namespace

std::string to_string(const any_array& shown) {
  if (!shown.has_value() || shown.size() == 0) return "[]";
  return with_element_type(shown.type(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const elements = static_cast<const T*>(shown.data());
    if (shown.rank() == 0) return single<T>(*elements);
    const page brackets(shown.shape());
    return brackets.write<T>(brackets.collect<T>(elements));
  });
}

std::ostream& operator<<(std::ostream& out, const any_array& shown) { return out << to_string(shown); }

}  // namespace onepass
