// Reading and writing .npy files.
//
// Reading goes down one road: open, prefix, header text, description, size check, elements. Every number is checked
// where it is read. Writing is a temporary file and a rename.
// Nothing here knows of expressions, but a file in Fortran order is turned by evaluating a transposition.
#include "npy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <onepass/onepass.hpp>

namespace onepass::npy {

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr std::size_t longest_header = 64 * 1024;

[[noreturn]] void fail(const std::string& path, const std::string& what) { throw value_error(path + ": " + what); }

[[noreturn]] void fail_system(const std::string& path, const std::string& what, int reason) {
  fail(path, what + ": " + std::generic_category().message(reason));
}

/// Text from a file as a message may show it: printable, and not long.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string printable(text.substr(0, longest));
  for (char& c : printable) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > longest ? printable + "..." : printable;
}

// --- files ---

/// An open file.
class file {
 public:
  explicit file(int descriptor) noexcept : descriptor_(descriptor) {}
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  /// Closes it and tells the outcome, which on some file systems is that of earlier writes.
  bool close() noexcept { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

/// A path with a zero byte would name another file to the system than to everybody else, and a temporary file beside
/// an empty path would be made in the working directory.
void check_path(const std::string& path) {
  if (path.empty()) throw value_error("an empty path");
  if (path.find('\0') != std::string::npos) fail(shown(path), "a path with a zero byte");
}

/// A file that is being read, and how much of it there is.
class input {
 public:
  explicit input(const std::string& path) : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
    struct stat facts;
    if (!file_.is_open() || ::fstat(file_.descriptor(), &facts) != 0) fail_system(path_, "cannot be read", errno);
    if (!S_ISREG(facts.st_mode)) fail(path_, "cannot be read: not a regular file");
    left_ = static_cast<std::uint64_t>(facts.st_size);
  }

  const std::string& path() const noexcept { return path_; }
  std::uint64_t left() const noexcept { return left_; }

  /// The next bytes. Precondition: that many are left.
  void take(void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    left_ -= bytes;
    while (bytes > 0) {
      const ssize_t got = ::read(file_.descriptor(), at, bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_system(path_, "cannot be read", errno);
      if (got == 0) fail(path_, "became shorter while it was read");
      at += got;
      bytes -= static_cast<std::size_t>(got);
    }
  }

  std::string take(std::size_t bytes) {
    std::string text(bytes, '\0');
    take(text.data(), bytes);
    return text;
  }

 private:
  std::string path_;
  file file_;
  std::uint64_t left_ = 0;
};

// --- the header ---

/// What a header says about the elements.
struct description {
  dtype type{};
  bool swapped = false;  ///< big-endian
  bool fortran = false;
  extents shape;
};

/// What NumPy calls an element type, without its byte order; nothing for bf16, which it does not have.
constexpr std::string_view npy_name(dtype type) {
  switch (type) {
    case dtype::boolean: return "b1";
    case dtype::i8: return "i1";
    case dtype::i16: return "i2";
    case dtype::i32: return "i4";
    case dtype::i64: return "i8";
    case dtype::u8: return "u1";
    case dtype::u16: return "u2";
    case dtype::u32: return "u4";
    case dtype::u64: return "u8";
    case dtype::f16: return "f2";
    case dtype::f32: return "f4";
    case dtype::f64: return "f8";
    case dtype::bf16: break;
  }
  return "";
}

/// Reads a header's text: a dict literal with the keys descr, fortran_order and shape, each once, in any order.
class header_parser {
 public:
  header_parser(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  description parse() {
    expect('{');
    while (!accept('}')) {
      parse_entry();
      if (accept('}')) break;
      expect(',');
    }
    skip_space();
    if (at_ < text_.size()) fail_here("text after the dict");
    if (!descr_) fail_header("no key 'descr'");
    if (!fortran_) fail_header("no key 'fortran_order'");
    if (!shape_) fail_header("no key 'shape'");
    description read = element_type_named(*descr_);
    read.fortran = *fortran_;
    read.shape = *shape_;
    return read;
  }

 private:
  [[noreturn]] void fail_header(const std::string& what) const { fail(path_, "malformed header: " + what); }
  [[noreturn]] void fail_here(const std::string& what) const {
    fail_header(what + (at_ < text_.size() ? " at '" + shown(text_.substr(at_)) + "'" : " at the end"));
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r\f").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  /// The next character that is no space, or 0 at the end.
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) fail_here(std::string("expected '") + wanted + "'");
  }

  void parse_entry() {
    const std::string_view key = parse_string();
    expect(':');
    if (key == "descr") {
      set_once(descr_, key, parse_descr());
    } else if (key == "fortran_order") {
      set_once(fortran_, key, parse_bool());
    } else if (key == "shape") {
      set_once(shape_, key, parse_shape());
    } else {
      fail_header("unknown key '" + shown(key) + "'");
    }
  }

  template <class T>
  void set_once(std::optional<T>& value, std::string_view key, T read) {
    if (value) fail_header("key '" + std::string(key) + "' twice");
    value = std::move(read);
  }

  /// The contents of a string literal. Escapes are refused: nothing that is accepted later has any.
  std::string_view parse_string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail_here("expected a string");
    const std::size_t end = text_.find_first_of(std::string{quote, '\\', '\n'}, at_ + 1);
    if (end == std::string_view::npos || text_[end] != quote) fail_here("a string that does not end, or with an escape");
    const std::string_view contents = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return contents;
  }

  bool parse_bool() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail_here("fortran_order is neither True nor False");
  }

  /// The name of an element type; for a structured type its text as it stands.
  std::string parse_descr() {
    const char first = peek();
    if (first != '[' && first != '(') return std::string(parse_string());
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '\'' || c == '"') {
        parse_string();
        continue;
      }
      if (at_ == text_.size()) fail_here("a descr that does not end");
      if (c == '[' || c == '(') ++depth;
      if (c == ']' || c == ')') --depth;
      ++at_;
    } while (depth > 0);
    return std::string(text_.substr(start, at_ - start));
  }

  extents parse_shape() {
    if (!accept('(')) fail_here("shape is not a tuple");
    std::int64_t lengths[max_rank];
    int rank = 0;
    bool comma = true;
    while (!accept(')')) {
      if (!comma) fail_here("expected ',' in the shape");
      if (rank == max_rank) fail_header("shape has more than " + std::to_string(max_rank) + " dimensions");
      lengths[rank++] = parse_length();
      comma = accept(',');
    }
    if (rank == 1 && !comma) fail_header("shape is a number in parentheses, not a tuple");
    check_countable(lengths, rank);
    return extents(lengths, rank);
  }

  /// A length, perhaps with the suffix of Python 2's long integers.
  std::int64_t parse_length() {
    const bool negative = accept('-');
    const std::size_t start = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        fail_header("shape has a length that is too large");
      }
    }
    if (at_ == start) fail_here("expected a length");
    if (at_ - start > 1 && text_[start] == '0') fail_header("shape has a length with leading zeros");
    if (negative) fail_header("shape has a negative length");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
    return value;
  }

  /// As NumPy does, refuses lengths whose product cannot be counted even if another length is 0.
  void check_countable(const std::int64_t* lengths, int rank) const {
    std::int64_t bytes = sizeof(double);
    for (int d = 0; d < rank; ++d) {
      if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(lengths[d], 1), &bytes)) {
        fail_header("shape has more elements than can be addressed");
      }
    }
  }

  /// Byte order, kind and size of an element type. For single bytes every byte order is the same.
  description element_type_named(std::string_view descr) const {
    for (int t = 0; t < dtype_count; ++t) {
      const auto type = static_cast<dtype>(t);
      const std::string_view name = npy_name(type);
      if (name.empty()) continue;
      const std::string_view orders = size_of(type) == 1 ? "|<>=" : "<>=";
      if (descr.empty() || orders.find(descr[0]) == std::string_view::npos || descr.substr(1) != name) continue;
      description read;
      read.type = type;
      read.swapped = descr[0] == '>' && size_of(type) > 1;
      return read;
    }
    throw type_error(path_ + ": elements of type '" + shown(descr) + "' are not supported");
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_;
  std::optional<extents> shape_;
};

/// Everything in front of the elements.
description read_description(input& from) {
  constexpr std::size_t version_bytes = 2;
  const std::string& path = from.path();
  if (from.left() < magic.size() || from.take(magic.size()) != magic) fail(path, "not an .npy file: the magic bytes are missing");
  if (from.left() < version_bytes) fail(path, "ends within its version");
  const std::string version = from.take(version_bytes);
  const int major = static_cast<unsigned char>(version[0]), minor = static_cast<unsigned char>(version[1]);
  if (major < 1 || major > 3 || minor != 0) {
    fail(path, "format version " + std::to_string(major) + "." + std::to_string(minor) + " is not 1.0, 2.0 or 3.0");
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (from.left() < length_bytes) fail(path, "ends within the length of its header");
  std::uint32_t length = 0;
  from.take(&length, length_bytes);
  if (length > longest_header) fail(path, "a header of " + std::to_string(length) + " bytes is too long");
  if (length > from.left()) {
    fail(path, "the header has " + std::to_string(length) + " bytes, but the file has only " + std::to_string(from.left()) + " more");
  }
  return header_parser(path, from.take(length)).parse();
}

// --- the elements ---

std::uint16_t swapped(std::uint16_t word) { return __builtin_bswap16(word); }
std::uint32_t swapped(std::uint32_t word) { return __builtin_bswap32(word); }
std::uint64_t swapped(std::uint64_t word) { return __builtin_bswap64(word); }

template <class Word>
void swap_words(void* data, std::size_t count) {
  auto* at = static_cast<std::byte*>(data);
  for (std::size_t i = 0; i < count; ++i, at += sizeof(Word)) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    word = swapped(word);
    std::memcpy(at, &word, sizeof word);
  }
}

/// Makes bytes from a file elements: in this machine's byte order, truth values 0 or 1.
void make_valid(void* data, std::size_t count, const description& what) {
  if (what.type == dtype::boolean) {
    auto* const bytes = static_cast<unsigned char*>(data);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = bytes[i] != 0;
  }
  if (!what.swapped) return;
  switch (size_of(what.type)) {
    case 2: return swap_words<std::uint16_t>(data, count);
    case 4: return swap_words<std::uint32_t>(data, count);
    default: return swap_words<std::uint64_t>(data, count);
  }
}

extents reversed(const extents& shape) {
  std::int64_t lengths[max_rank];
  std::reverse_copy(shape.begin(), shape.end(), lengths);
  return extents(lengths, shape.rank());
}

/// Element by element: as an expression they would become f32 and back, and a NaN lose what it holds.
template <storage_element T>
array<T> copied(const view<const T>& from) {
  const layout where = from.layout();
  array<T> made(where.shape);
  T* to = made.data();
  const auto copy = [&](const auto& self, const T* at, int dimension) -> void {
    if (dimension == where.shape.rank()) {
      *to++ = *at;
      return;
    }
    for (std::int64_t i = 0; i < where.shape[dimension]; ++i) self(self, at + i * where.strides[dimension], dimension + 1);
  };
  copy(copy, from.data(), 0);
  return made;
}

/// The transposed array, in row-major order.
any_array transposed(const any_array& of) {
  return with_element_type(of.type(), [&](auto type) {
    using T = typename decltype(type)::type;
    const array<T> source = of.as<T>();
    if constexpr (storage_element<T>) return any_array(copied(transpose(source)));
    else return any_array(array<T>(transpose(source)));
  });
}

// --- writing ---

/// Everything in front of the elements, padded as NumPy pads it.
std::string header_text(const any_array& array) {
  if (npy_name(array.type()).empty()) throw type_error("an .npy file cannot hold elements of type " + std::string(name(array.type())));
  // NumPy leaves room for the first length to grow to this many digits in place.
  constexpr std::size_t longest_length = 21;
  constexpr std::size_t alignment = 64, prefix_bytes = 10;

  const extents shape = array.shape();
  const char* const order = size_of(array.type()) == 1 ? "|" : "<";
  std::string text = "{'descr': '" + (order + std::string(npy_name(array.type()))) + "', 'fortran_order': False, 'shape': " +
                     to_string(shape) + ", }";
  if (shape.rank() > 0) text.append(longest_length - std::to_string(shape[0]).size(), ' ');
  text.append(alignment - (prefix_bytes + text.size() + 1) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

/// The path that remains when symbolic links at its end are followed; it need not exist.
std::string final_place(const std::string& path) {
  constexpr int most_links = 40;
  std::string place = path;
  for (int links = 0; links < most_links; ++links) {
    char target[4096];
    const ssize_t length = ::readlink(place.c_str(), target, sizeof target);
    if (length < 0 && (errno == EINVAL || errno == ENOENT)) return place;
    if (length < 0) fail_system(path, "cannot be written", errno);
    if (static_cast<std::size_t>(length) == sizeof target) fail_system(path, "cannot be written", ENAMETOOLONG);
    const std::string_view next(target, static_cast<std::size_t>(length));
    place = next.starts_with('/') ? std::string(next) : folder_of(place) + std::string(next);
  }
  fail_system(path, "cannot be written", ELOOP);
}

/// The permissions of the file that will be replaced, if there is one and it may be.
std::optional<mode_t> replaced_mode(const std::string& path, const std::string& place) {
  struct stat facts;
  if (::stat(place.c_str(), &facts) != 0) {
    if (errno != ENOENT) fail_system(path, "cannot be written", errno);
    return std::nullopt;
  }
  if (!S_ISREG(facts.st_mode)) fail(path, "cannot be written: not a regular file");
  if (::faccessat(AT_FDCWD, place.c_str(), W_OK, AT_EACCESS) != 0) fail_system(path, "cannot be written", errno);
  return facts.st_mode & 0777;
}

/// A new file beside its final place. It disappears unless it is put there.
class temporary {
 public:
  temporary(const std::string& path, const std::string& place) : path_(path), place_(place), file_(create()) {}
  temporary(const temporary&) = delete;
  temporary& operator=(const temporary&) = delete;
  ~temporary() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  void write(const void* from, std::size_t bytes) {
    auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
      const ssize_t put = ::write(file_.descriptor(), at, bytes);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) fail_write(put < 0 ? errno : ENOSPC);
      at += put;
      bytes -= static_cast<std::size_t>(put);
    }
  }

  /// Puts the file in its place. The elements reach the disk before the name does.
  void put_in_place(std::optional<mode_t> mode) {
    if (mode && ::fchmod(file_.descriptor(), *mode) != 0) fail_write(errno);
    if (::fsync(file_.descriptor()) != 0) fail_write(errno);
    if (!file_.close()) fail_write(errno);
    if (::rename(name_.c_str(), place_.c_str()) != 0) fail_write(errno);
    name_.clear();
  }

 private:
  [[noreturn]] void fail_write(int reason) const { fail_system(path_, "cannot be written", reason); }

  int create() {
    constexpr int most_attempts = 10000;
    const std::string start = folder_of(place_) + ".npy-" + std::to_string(::getpid()) + "-";
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      name_ = start + std::to_string(attempt) + ".tmp";
      const int made = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (made >= 0) return made;
      if (errno != EEXIST) break;
    }
    fail_write(errno);
  }

  std::string path_, place_;
  std::string name_;  ///< empty when there is nothing to remove
  file file_;
};

}  // namespace

any_array read(const std::string& path) {
  check_path(path);
  input from(path);
  const description what = read_description(from);
  const std::uint64_t bytes = what.shape.size() * size_of(what.type);
  if (bytes > from.left()) {
    fail(path, "shape " + to_string(what.shape) + " of " + std::string(name(what.type)) + " needs " + std::to_string(bytes) +
                   " bytes, but the file has only " + std::to_string(from.left()) + " more");
  }
  const bool turned = what.fortran && what.shape.rank() > 1;
  const any_array stored(what.type, turned ? reversed(what.shape) : what.shape);
  from.take(stored.held()->data, bytes);
  make_valid(stored.held()->data, stored.size(), what);
  return turned ? transposed(stored) : stored;
}

void write(const std::string& path, const any_array& array) {
  check_path(path);
  if (!array.has_value()) fail(path, "cannot be written: there is no array");
  const std::string place = final_place(path);
  const std::optional<mode_t> mode = replaced_mode(path, place);
  temporary made(path, place);
  const std::string header = header_text(array);
  made.write(header.data(), header.size());
  made.write(array.data(), array.size() * size_of(array.type()));
  made.put_in_place(mode);
}

}  // namespace onepass::npy
