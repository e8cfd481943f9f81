// Executable memory: never writable at the same time, not even for a moment; and what happens when it is refused.
#include "code_memory.hpp"

#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <dirent.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "kernel_cache.hpp"
#include "kernel_room.hpp"
#include "system_calls.hpp"

namespace onepass::testing {

isa compiled_for() { return target_isa; }
system_calls calls;

namespace {

struct memory_map {
  int mappings = 0;       ///< of any kind
  int executable = 0;
  std::size_t bytes = 0;  ///< of all together
  std::string broken;     ///< one that is writable and executable, or empty
};

memory_map read_memory_map() {
  memory_map found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t at = line.find(' ');
    ++found.mappings;
    const std::size_t dash = line.find('-');
    found.bytes += std::stoull(line.substr(dash + 1, at - dash - 1), nullptr, 16) - std::stoull(line.substr(0, dash), nullptr, 16);
    if (line.compare(at + 3, 1, "x") != 0) continue;
    ++found.executable;
    if (line.compare(at + 2, 1, "w") == 0) found.broken = line;
  }
  return found;
}

int open_files() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

/// mov eax, number; ret
std::vector<std::byte> code_that_returns(std::uint32_t number) {
  std::vector<std::byte> code(6, std::byte{0xc3});
  code[0] = std::byte{0xb8};
  std::memcpy(&code[1], &number, sizeof number);
  return code;
}

int call(const void* code) { return reinterpret_cast<int (*)()>(reinterpret_cast<std::uintptr_t>(code))(); }

/// A program of its own for every number.
program numbered_program(float number) {
  program made;
  const value_id x = made.input(0, dtype::f32);
  made.store(1, made.append({opcode::mul, dtype::f32, {x, made.literal(dtype::f32, to_bits(number))}}));
  return made;
}

/// What a kernel of numbered_program(number) makes of 2.
float run_on_two(const kernel& made) {
  float from = 2, to = 0;
  kernel_room room(made);
  tile_of<2> what{{1, 1, nullptr, room.data()}, {{reinterpret_cast<std::byte*>(&from), 0, 4}, {reinterpret_cast<std::byte*>(&to), 0, 4}}};
  EXPECT_EQ(made.entry(what.head, made.context), outcome::done);
  return to;
}

/// Refuses while it lives.
struct refusal {
  refusal(bool files, bool executable) {
    calls.refuse_files = files;
    calls.refuse_executable = executable;
  }
  ~refusal() { calls.refuse_files = calls.refuse_executable = false; }
};

const bool can_generate = capabilities().can_generate_code;

TEST(CodeMemory, RunsWhatItIsGiven) {
  std::string why;
  const void* const first = jit::make_executable(code_that_returns(17), why);
  const void* const second = jit::make_executable(code_that_returns(42), why);
  ASSERT_TRUE(first != nullptr && second != nullptr) << why;
  EXPECT_EQ(call(first), 17);
  EXPECT_EQ(call(second), 42);
}

TEST(CodeMemory, TakesCodeOfManyPages) {
  std::vector<std::byte> code(100000, std::byte{0x90});  // nop
  const std::vector<std::byte> end = code_that_returns(5);
  code.insert(code.end(), end.begin(), end.end());
  std::string why;
  const void* const entry = jit::make_executable(code, why);
  ASSERT_NE(entry, nullptr) << why;
  EXPECT_EQ(call(entry), 5);
}

TEST(CodeMemory, CannotBeMadeWritable) {
  std::string why;
  const void* const entry = jit::make_executable(code_that_returns(1), why);
  ASSERT_NE(entry, nullptr) << why;
  const memory_map found = read_memory_map();
  EXPECT_TRUE(found.broken.empty()) << found.broken;
  std::ifstream maps("/proc/self/maps");
  bool listed = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("onepass-kernel") == std::string::npos) continue;
    listed = true;
    EXPECT_NE(line.find("r-xp"), std::string::npos) << line;
  }
  EXPECT_TRUE(listed) << "the sealed file is tried first";
}

TEST(CodeMemory, IsNeverWritableAndExecutableWhileKernelsAreMade) {
  std::atomic<bool> done{false};
  std::string broken;
  int looks = 0;
  std::thread watcher([&] {
    do {
      const memory_map found = read_memory_map();
      if (!found.broken.empty()) broken = found.broken;
      ++looks;
    } while (!done);
  });
  for (int i = 0; i < 200; ++i) {
    const made_kernel made = compiled_kernel(numbered_program(1000.0f + static_cast<float>(i)), {isa::avx2, {false}, false});
    EXPECT_EQ(made.refusal, "");
  }
  done = true;
  watcher.join();
  EXPECT_TRUE(broken.empty()) << broken;
  EXPECT_GT(looks, 0);
  EXPECT_EQ(calls.writable_and_executable, 0) << "nobody even asked";
  EXPECT_GT(calls.executable_mappings, 200);
}

TEST(CodeMemory, LeavesNothingBehindButTheCode) {
  const int files = open_files();
  const memory_map before = read_memory_map();
  const cache_statistics kernels = kernel_statistics();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) {
      const made_kernel made = compiled_kernel(numbered_program(5000.0f + static_cast<float>(i)), {isa::avx2, {false}, false});
      EXPECT_EQ(made.refusal, "");
    }
  }
  EXPECT_EQ(open_files(), files);
  EXPECT_EQ(kernel_statistics().kernels, kernels.kernels + 200) << "the same program is compiled once";
  const memory_map after = read_memory_map();
  EXPECT_LE(after.executable, before.executable + 200);
  EXPECT_LE(after.mappings, before.mappings + 220);
}

TEST(CodeMemory, IsFoundWithoutAFileToSeal) {
  const refusal only_files(true, false);
  std::string why;
  const void* const entry = jit::make_executable(code_that_returns(99), why);
  ASSERT_NE(entry, nullptr) << why;
  EXPECT_EQ(call(entry), 99);
  EXPECT_EQ(calls.writable_and_executable, 0);
  EXPECT_EQ(read_memory_map().broken, "");
}

TEST(CodeMemory, SaysWhyItIsRefused) {
  const int files = open_files();
  const std::size_t bytes = read_memory_map().bytes;
  const refusal everything(false, true);
  for (int i = 0; i < 500; ++i) {
    std::string why;
    EXPECT_EQ(jit::make_executable(code_that_returns(1), why), nullptr);
    EXPECT_EQ(why, "the system refuses executable memory: Permission denied");
  }
  EXPECT_EQ(open_files(), files) << "a refusal leaks no file";
  EXPECT_LT(read_memory_map().bytes, bytes + (1 << 20)) << "and no memory: not 500 pages";
}

TEST(CodeMemory, RefusedForOneKernelIsInterpretedWithTheSameBits) {
  if (!can_generate) GTEST_SKIP() << "no code is generated here";
  const made_kernel compiled = compiled_kernel(numbered_program(0.1f), {isa::avx2, {false}, false});
  const refusal everything(true, true);
  const std::size_t kernels = kernel_statistics().kernels;
  const made_kernel refused = compiled_kernel(numbered_program(0.3f), {isa::avx2, {false}, false});
  EXPECT_NE(refused.refusal.find("refuses executable memory"), std::string::npos) << refused.refusal;
  ASSERT_TRUE(static_cast<bool>(refused.code));
  EXPECT_EQ(run_on_two(refused.code), 2 * 0.3f);
  EXPECT_EQ(run_on_two(compiled.code), 2 * 0.1f) << "what was made before still runs";
  EXPECT_EQ(kernel_statistics().kernels, kernels);
}

TEST(CodeMemory, RefusedInTheMiddleChangesNoResult) {
  const array<float> x({5000}, 1.7f);
  const array<float> expected = evaluate(options{.engine = engine::interpreted}, exp(x) * 0.77f);
  const refusal everything(true, true);
  const array<float> found = evaluate(options{.engine = engine::compiled}, exp(x) * 0.77f);
  EXPECT_EQ(std::memcmp(found.data(), std::as_const(expected).data(), 5000 * sizeof(float)), 0);
}

}  // namespace
}  // namespace onepass::testing
