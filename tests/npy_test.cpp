// Files in NumPy's format: what is written can be read, every form of the format is understood, and a malformed file
// is refused with a message that says what is wrong. npy_against_numpy.py compares with NumPy itself.
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <onepass/array/any_array.hpp>
#include <onepass/core/error.hpp>
#include <onepass/core/isa.hpp>

#include "npy.hpp"
#include "same_bits.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

/// A folder of its own for each test; in memory if possible, because disks are slow to say that they have a file.
class Npy : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::is_directory("/dev/shm") ? "/dev/shm/" : ::testing::TempDir()) + "npy_test_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name = "array.npy") const { return (folder_ / name).string(); }

  std::string make(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary) << bytes;
    return path();
  }
  any_array read(const std::string& bytes) const { return npy::read(make(bytes)); }

  std::string bytes_of(const std::string& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {})); }

  fs::path folder_;
};

std::string prefix(int version, std::size_t length) {
  std::string made = "\x93NUMPY" + std::string{static_cast<char>(version), '\0'};
  for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte) made += static_cast<char>(length >> 8 * byte & 0xff);
  return made;
}

/// A file with this header text.
std::string with_header(const std::string& header, const std::string& data = "", int version = 1) {
  return prefix(version, header.size()) + header + data;
}

std::string described(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }          \n";
}

template <element T>
std::string raw(std::initializer_list<T> items) {
  std::string bytes;
  for (const T item : items) bytes.append(reinterpret_cast<const char*>(&item), sizeof item);
  return bytes;
}

template <element T>
any_array random_array(const extents& shape, std::uint64_t seed) {
  array<T> made(shape);
  const auto values = random_values<T>(made.size(), seed);
  std::copy(values.begin(), values.end(), made.data());
  return made;
}

void expect_same(const any_array& a, const any_array& b) {
  ASSERT_EQ(a.type(), b.type());
  ASSERT_EQ(a.shape(), b.shape()) << to_string(a.shape()) << to_string(b.shape());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * size_of(a.type())), 0);
}

template <class F>
void for_each_type(F&& f) {
  for (int type = 0; type < dtype_count; ++type) {
    if (static_cast<dtype>(type) != dtype::bf16) with_element_type(static_cast<dtype>(type), f);
  }
}

/// The message of the Error that `run` throws.
template <class Error, class F>
std::string message(F&& run) {
  try {
    run();
  } catch (const Error& thrown) {
    return thrown.what();
  } catch (const std::exception& other) {
    ADD_FAILURE() << "another exception: " << other.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

const extents shapes[] = {{}, {0}, {1}, {5}, {0, 3}, {3, 0}, {2, 3}, {1, 7}, {40, 33}, {2, 3, 4}, {3, 0, 2}, {5, 1, 4, 3},
                          {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}};

// --- reading what was written ---

TEST_F(Npy, ReadsWhatItWrote) {
  for_each_type([&](auto type) {
    using T = typename decltype(type)::type;
    for (const extents& shape : shapes) {
      SCOPED_TRACE(std::string(name(dtype_of<T>)) + to_string(shape));
      const any_array written = random_array<T>(shape, 5);
      npy::write(path(), written);
      expect_same(npy::read(path()), written);
      EXPECT_EQ(files(), 1u);
    }
  });
}

TEST_F(Npy, WritesTheBytesOfNumPy) {
  const std::string start = "\x93NUMPY\1\0\x76\0"s;
  npy::write(path(), array<float>::from({1, 2, 3}));
  EXPECT_EQ(bytes_of(path()), start + "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }" + std::string(60, ' ') + "\n" +
                                  raw<float>({1, 2, 3}));
  npy::write(path(), any_array(dtype::u8, extents{2, 0}));
  EXPECT_EQ(bytes_of(path()), start + "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 0), }" + std::string(58, ' ') + "\n");
  npy::write(path(), array<bool>(extents{}, true));
  EXPECT_EQ(bytes_of(path()), start + "{'descr': '|b1', 'fortran_order': False, 'shape': (), }" + std::string(62, ' ') + "\n\1");
}

// --- forms of the format ---

TEST_F(Npy, ReadsAllVersions) {
  const any_array expected = array<std::int32_t>::from({7, -8});
  for (const int version : {1, 2, 3}) {
    expect_same(read(with_header(described("'<i4'", "(2,)"), raw<std::int32_t>({7, -8}), version)), expected);
  }
}

TEST_F(Npy, ReadsHeadersHoweverTheyAreSpelt) {
  const any_array expected = array<std::int32_t>::from({7, -8});
  for (const std::string header : {
           "{'descr':'<i4','fortran_order':False,'shape':(2,)}",
           "{'shape': (2,), 'descr': '<i4', 'fortran_order': False}\n",
           "{\"descr\": \"<i4\", \"fortran_order\": False, \"shape\": (2,)}",
           "  {  'descr'  :  '<i4'  ,\n'fortran_order'\t:\tFalse , 'shape' : ( 2 , ) , }  \n ",
           "{'descr': '<i4', 'fortran_order': True, 'shape': (2L,), }",
           "{'descr': '=i4', 'fortran_order': False, 'shape': (2,), }",
       }) {
    SCOPED_TRACE(header);
    expect_same(read(with_header(header, raw<std::int32_t>({7, -8}))), expected);
  }
}

TEST_F(Npy, ReadsBothByteOrders) {
  expect_same(read(with_header(described("'>i4'", "(2,)"), "\1\2\3\4\xff\xff\xff\xfe"s)), array<std::int32_t>::from({0x01020304, -2}));
  expect_same(read(with_header(described("'>f4'", "(2,)"), "\x3f\x80\0\0\xc0\x20\0\0"s)), array<float>::from({1.0f, -2.5f}));
  expect_same(read(with_header(described("'>f8'", "(1,)"), "\x3f\xf8\0\0\0\0\0\0"s)), array<double>::from({1.5}));
  expect_same(read(with_header(described("'=f8'", "()"), raw<double>({1.5}))), array<double>(extents{}, 1.5));
  for (const std::string order : {"|", "<", ">", "="}) {
    expect_same(read(with_header(described("'" + order + "u1'", "(2,)"), "\x01\xff")), array<std::uint8_t>::from({1, 255}));
    expect_same(read(with_header(described("'" + order + "b1'", "(2,)"), "\x01\0"s)), array<bool>::from({true, false}));
  }
}

TEST_F(Npy, AnyByteButZeroIsTrue) {
  const any_array truths = read(with_header(described("'|b1'", "(2, 2)", "True"), "\0\1\x80\xff"s));
  EXPECT_EQ(std::memcmp(truths.data(), "\0\1\1\1", 4), 0);
}

TEST_F(Npy, TurnsFortranOrder) {
  expect_same(read(with_header(described("'<i4'", "(2, 3)", "True"), raw<std::int32_t>({0, 10, 1, 11, 2, 12}))).as<std::int32_t>(),
              [] {
                array<std::int32_t> made({2, 3});
                for (int i = 0; i < 2; ++i) {
                  for (int j = 0; j < 3; ++j) made(i, j) = 10 * i + j;
                }
                return made;
              }());
}

TEST_F(Npy, TurnsFortranOrderOfAllTypesAndRanks) {
  for_each_type([&](auto type) {
    using T = typename decltype(type)::type;
    for (const extents& shape : shapes) {
      SCOPED_TRACE(std::string(name(dtype_of<T>)) + to_string(shape));
      const any_array stored = random_array<T>(shape, 6);
      npy::write(path(), stored);
      std::string bytes = bytes_of(path());
      bytes.replace(bytes.find("False"), 5, "True ");
      const any_array turned = read(bytes);
      ASSERT_EQ(turned.shape(), shape);
      // Element (i, j, ...) lies at i + j * shape[0] + ... of the file.
      const auto* const to = static_cast<const T*>(turned.data());
      const auto* const from = static_cast<const T*>(stored.data());
      for (std::size_t at = 0; at < turned.size(); ++at) {
        std::size_t rest = at, offset = 0;
        for (int d = shape.rank(); d-- > 0;) {
          const auto length = static_cast<std::size_t>(shape[d]);
          std::size_t stride = 1;
          for (int e = 0; e < d; ++e) stride *= static_cast<std::size_t>(shape[e]);
          offset += rest % length * stride;
          rest /= length;
        }
        ASSERT_EQ(std::memcmp(to + at, from + offset, sizeof(T)), 0) << "element " << at;
      }
    }
  });
}

TEST_F(Npy, IgnoresWhatFollowsTheElements) {
  expect_same(read(with_header(described("'|u1'", "(2,)"), "\1\2more")), array<std::uint8_t>::from({1, 2}));
  expect_same(read(with_header(described("'<f8'", "(0, 5)"), "more")), any_array(dtype::f64, extents{0, 5}));
}

// --- files that are refused ---

TEST_F(Npy, RefusesMalformedFiles) {
  const std::string ones(64, '\1');
  const struct {
    std::string bytes, expected;
  } table[] = {
      {"", "not an .npy file"},
      {"\x93NUM", "not an .npy file"},
      {"\x94NUMPY\1\0\4\0{}  ", "not an .npy file"},
      {"PK\3\4 a zip archive", "not an .npy file"},
      {"\x93NUMPY\1", "ends within its version"},
      {"\x93NUMPY\0\0\4\0{}  "s, "format version 0.0"},
      {"\x93NUMPY\1\1\4\0{}  "s, "format version 1.1"},
      {"\x93NUMPY\4\0\4\0\0\0{}  "s, "format version 4.0"},
      {"\x93NUMPY\xff\xff\4\0\0\0{}  "s, "format version 255.255"},
      {"\x93NUMPY\1\0\4"s, "ends within the length of its header"},
      {"\x93NUMPY\2\0\4\0\0"s, "ends within the length of its header"},
      {"\x93NUMPY\1\0\x05\0{}  "s, "the header has 5 bytes, but the file has only 4 more"},
      {"\x93NUMPY\2\0\xff\xff\xff\xff{}  "s, "a header of 4294967295 bytes is too long"},
      {with_header(described("'|u1'", "(1,)") + std::string(65536, ' '), ones, 2), "is too long"},
      {with_header(""), "expected '{' at the end"},
      {with_header("\n"), "expected '{' at the end"},
      {with_header("[1, 2]\n"), "expected '{' at '[1, 2]"},
      {with_header("{}\n"), "no key 'descr'"},
      {with_header("{'descr': '|u1', 'shape': (1,)}", ones), "no key 'fortran_order'"},
      {with_header("{'descr': '|u1', 'fortran_order': False}", ones), "no key 'shape'"},
      {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'extra': 1}", ones), "unknown key 'extra'"},
      {with_header("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", ones), "key 'descr' twice"},
      {with_header("{'descr': '|u1' 'fortran_order': False, 'shape': (1,)}", ones), "expected ','"},
      {with_header("{'descr' '|u1'}", ones), "expected ':'"},
      {with_header("{,'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", ones), "expected a string"},
      {with_header("{descr: '|u1', 'fortran_order': False, 'shape': (1,)}", ones), "expected a string at 'descr"},
      {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)", ones), "expected ',' at the end"},
      {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}}", ones), "text after the dict at '}'"},
      {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}\0"s, ones), "text after the dict at '?'"},
      {with_header("{'descr: |u1}"), "a string that does not end"},
      {with_header("{'desc\\x72': '|u1', 'fortran_order': False, 'shape': (1,)}", ones), "with an escape"},
      {with_header("{'descr': |u1, 'fortran_order': False, 'shape': (1,)}", ones), "expected a string at '|u1"},
      {with_header("{'descr': [('a', '<f4'), 'fortran_order': False"), "a descr that does not end"},
      {with_header(described("'|u1'", "(1,)", "0"), ones), "fortran_order is neither True nor False at '0"},
      {with_header(described("'|u1'", "(1,)", "'False'"), ones), "fortran_order is neither"},
      {with_header(described("'|u1'", "(1,)", "Falsely"), ones), "expected ',' at 'ly"},
      {with_header(described("'|u1'", "[1]"), ones), "shape is not a tuple at '[1]"},
      {with_header(described("'|u1'", "1"), ones), "shape is not a tuple"},
      {with_header(described("'|u1'", "(1)"), ones), "a number in parentheses"},
      {with_header(described("'|u1'", "(,)"), ones), "expected a length at ',)"},
      {with_header(described("'|u1'", "(1,,)"), ones), "expected a length"},
      {with_header(described("'|u1'", "(1 2)"), ones), "expected ',' in the shape at '2)"},
      {with_header(described("'|u1'", "(1.0,)"), ones), "expected ',' in the shape at '.0"},
      {with_header(described("'|u1'", "(0x1,)"), ones), "expected ',' in the shape at 'x1"},
      {with_header(described("'|u1'", "(01,)"), ones), "leading zeros"},
      {with_header(described("'|u1'", "(True,)"), ones), "expected a length at 'True"},
      {with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1", ones), "expected ',' in the shape at the end"},
      {with_header(described("'|u1'", "(-1,)"), ones), "shape has a negative length"},
      {with_header(described("'|u1'", "(2, -9223372036854775808)"), ones), "shape has a length that is too large"},
      {with_header(described("'|u1'", "(9223372036854775808,)"), ones), "shape has a length that is too large"},
      {with_header(described("'|u1'", "(99999999999999999999999999,)"), ones), "shape has a length that is too large"},
      {with_header(described("'|u1'", "(4294967296, 4294967296)"), ones), "more elements than can be addressed"},
      {with_header(described("'<f8'", "(2305843009213693952,)"), ones), "more elements than can be addressed"},
      {with_header(described("'|u1'", "(0, 4294967296, 4294967296)"), ones), "more elements than can be addressed"},
      {with_header(described("'|u1'", "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)"), ones), "more than 16 dimensions"},
      {with_header(described("'|u1'", "(65,)"), ones), "shape (65,) of u8 needs 65 bytes, but the file has only 64 more"},
      {with_header(described("'<f8'", "(3, 3)", "True"), ones), "shape (3, 3) of f64 needs 72 bytes, but the file has only 64 more"},
      {with_header(described("'<f4'", "(1099511627776,)"), ones), "needs 4398046511104 bytes, but the file has only 64 more"},
      {with_header(described("'<f4'", "()")), "shape () of f32 needs 4 bytes, but the file has only 0 more"},
  };
  for (const auto& malformed : table) {
    SCOPED_TRACE(malformed.expected);
    const std::string got = message<value_error>([&] { read(malformed.bytes); });
    EXPECT_TRUE(got.starts_with(path() + ": ")) << got;
    EXPECT_NE(got.find(malformed.expected), std::string::npos) << got;
  }
}

TEST_F(Npy, RefusesOtherElementTypes) {
  for (const std::string descr :
       {"'<f3'", "'<i3'", "'<u16'", "'|i0'", "'<c8'", "'<f16'", "'|O'", "'|S5'", "'<U5'", "'|V4'", "'<M8[ns]'", "'|b4'", "'|f4'", "'|i4'",
        "'f4'", "'<f44'", "'<'", "''", "'float32'", "'<f4 '", "'\xc3\xa9'", "('<f4', (2,))", "[('a', '<f4')]",
        "[('a]', '<f4', (2,)), ('b', [('c', '|u1')])]"}) {
    SCOPED_TRACE(descr);
    const std::string got = message<type_error>([&] { read(with_header(described(descr, "(1,)"), std::string(64, '\1'))); });
    EXPECT_TRUE(got.starts_with(path() + ": ")) << got;
    std::string named = descr[0] == '\'' ? descr : "'" + descr + "'";
    if (descr == "'\xc3\xa9'") named = "'\?\?'";
    EXPECT_NE(got.find("elements of type " + named + " are not supported"), std::string::npos) << got;
  }
}

TEST_F(Npy, MessagesQuoteOnlyTheBeginning) {
  const std::string got = message<type_error>([&] { read(with_header(described("'" + std::string(5000, 'x') + "'", "(1,)"))); });
  EXPECT_NE(got.find(std::string(60, 'x') + "..."), std::string::npos) << got;
  EXPECT_LT(got.size(), path().size() + 150);
}

TEST_F(Npy, RefusesWhatIsNoRegularFile) {
  EXPECT_NE(message<value_error>([&] { npy::read(path("missing")); }).find("missing: cannot be read: No such file"), std::string::npos);
  EXPECT_NE(message<value_error>([&] { npy::read(folder_.string()); }).find("not a regular file"), std::string::npos);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0666), 0);
  EXPECT_NE(message<value_error>([&] { npy::read(path("fifo")); }).find("not a regular file"), std::string::npos);
  EXPECT_NE(message<value_error>([&] { npy::read("/dev/zero"); }).find("not a regular file"), std::string::npos);
  EXPECT_EQ(message<value_error>([&] { npy::read(""); }), "an empty path");
  EXPECT_NE(message<value_error>([&] { npy::read(path() + '\0' + "x"); }).find("a path with a zero byte"), std::string::npos);
}

TEST_F(Npy, SurvivesEveryTruncationAndEveryChangedByte) {
  npy::write(path(), random_array<double>({2, 3}, 7));
  const std::string whole = bytes_of(path());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(read(whole.substr(0, length)), value_error) << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char put : {'\0', '\xff', ' ', '\'', '(', ')', '{', '}', '[', ',', ':', '0', '9', '-', 'L', '>'}) {
      std::string changed = whole;
      changed[at] = put;
      try {
        EXPECT_LE(read(changed).size(), 48u);
      } catch (const error&) {
      }
    }
  }
}

// --- writing ---

TEST_F(Npy, RefusesToWriteNothing) {
  EXPECT_NE(message<value_error>([&] { npy::write(path(), any_array()); }).find("there is no array"), std::string::npos);
  EXPECT_EQ(files(), 0u);
}

TEST_F(Npy, ANewFileHasThePermissionsOfANewFile) {
  const mode_t old = ::umask(027);
  npy::write(path(), array<float>({3}, 1.0f));
  ::umask(old);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms(0640));
}

TEST_F(Npy, AReplacedFileKeepsItsPermissions) {
  make("old");
  fs::permissions(path(), fs::perms(0604));
  npy::write(path(), array<float>({3}, 1.0f));
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms(0604));
  expect_same(npy::read(path()), array<float>({3}, 1.0f));
}

TEST_F(Npy, SymbolicLinksStay) {
  fs::create_directory(folder_ / "inner");
  fs::create_symlink("inner/second", path("first"));
  fs::create_symlink("../target.npy", path("inner/second"));
  for (const float value : {1.0f, 2.0f}) {  // at first nothing is there
    npy::write(path("first"), array<float>({3}, value));
    EXPECT_TRUE(fs::is_symlink(path("first")));
    EXPECT_TRUE(fs::is_symlink(path("inner/second")));
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(path("target.npy"))));
    expect_same(npy::read(path("first")), array<float>({3}, value));
  }
  EXPECT_EQ(files(), 3u);
}

TEST_F(Npy, SaysWhyItCannotWrite) {
  const any_array some = array<float>({3}, 1.0f);
  const auto reason = [&](const std::string& to) { return message<value_error>([&] { npy::write(to, some); }); };
  EXPECT_EQ(reason(path("missing/array.npy")), path("missing/array.npy") + ": cannot be written: No such file or directory");
  EXPECT_EQ(reason(folder_.string()), folder_.string() + ": cannot be written: not a regular file");
  EXPECT_EQ(reason("/dev/full"), "/dev/full: cannot be written: not a regular file");
  EXPECT_EQ(reason(""), "an empty path");
  EXPECT_EQ(reason(path("array.npy/x")), path("array.npy/x") + ": cannot be written: No such file or directory");
  fs::create_symlink("loop", path("loop"));
  EXPECT_EQ(reason(path("loop")), path("loop") + ": cannot be written: Too many levels of symbolic links");
  EXPECT_NE(reason(path(std::string(300, 'x'))).find("File name too long"), std::string::npos);
  EXPECT_NE(reason(path() + '\0').find("a path with a zero byte"), std::string::npos);
  EXPECT_EQ(files(), 1u);
}

TEST_F(Npy, AReadOnlyFileIsNotReplaced) {
  if (::geteuid() == 0) GTEST_SKIP() << "nothing is read-only for this user";
  make("old");
  fs::permissions(path(), fs::perms(0444));
  EXPECT_NE(message<value_error>([&] { npy::write(path(), array<float>({3}, 1.0f)); }).find("Permission denied"), std::string::npos);
  EXPECT_EQ(bytes_of(path()), "old");
}

TEST_F(Npy, AFileThatCannotBeCompletedLeavesNothingBehind) {
  make("old");
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string got = message<value_error>([&] { npy::write(path(), array<float>({1000}, 1.0f)); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(got, path() + ": cannot be written: File too large");
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(bytes_of(path()), "old");
}

}  // namespace
}  // namespace onepass::testing
