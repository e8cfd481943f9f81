// Exchange by DLPack: the same memory on both sides, elements alive as long as anybody needs them, deleters called once.
#include <onepass/interop/dlpack.hpp>
#include <onepass/onepass.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "positions.hpp"

namespace op = onepass;

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

/// A tensor as somebody else makes it.
struct foreign {
  std::vector<float> memory = elements_of(counting<float>({12}));
  std::vector<std::int64_t> shape{3, 4}, strides{4, 1};
  int deleted = 0;
  DLManagedTensor tensor{};

  foreign() {
    tensor.dl_tensor = {memory.data(), {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape.data(), strides.data(), 0};
    tensor.manager_ctx = this;
    tensor.deleter = [](DLManagedTensor* self) { ++static_cast<foreign*>(self->manager_ctx)->deleted; };
  }
};

template <element T>
void check_there_and_back() {
  array<T> a({2, 3}, T(1));
  const T* const where = std::as_const(a).data();
  DLManagedTensor* const out = to_dlpack(a);
  EXPECT_EQ(out->dl_tensor.data, where);
  EXPECT_EQ(out->dl_tensor.device.device_type, kDLCPU);
  EXPECT_EQ(out->dl_tensor.dtype.bits, 8 * sizeof(T));
  const view<T> back = from_dlpack<T>(out);
  EXPECT_EQ(back.data(), where) << name(dtype_of<T>);
  EXPECT_EQ(back.shape(), (extents{2, 3}));
}

TEST(Dlpack, TakesEveryElementTypeThereAndBack) {
  check_there_and_back<bool>();
  check_there_and_back<std::int8_t>();
  check_there_and_back<std::int16_t>();
  check_there_and_back<std::int32_t>();
  check_there_and_back<std::int64_t>();
  check_there_and_back<std::uint8_t>();
  check_there_and_back<std::uint16_t>();
  check_there_and_back<std::uint32_t>();
  check_there_and_back<std::uint64_t>();
  check_there_and_back<float16>();
  check_there_and_back<bfloat16>();
  check_there_and_back<float>();
  check_there_and_back<double>();
}

TEST(Dlpack, ATensorKeepsElementsAlive) {
  DLManagedTensor* tensor;
  {
    const array<float> a = counting<float>({2, 3});
    tensor = to_dlpack(transpose(a));
  }
  EXPECT_EQ(tensor->dl_tensor.shape[0], 3);
  EXPECT_EQ(tensor->dl_tensor.strides[0], 1);
  EXPECT_EQ(static_cast<const float*>(tensor->dl_tensor.data)[5], 5.0f);
  tensor->deleter(tensor);
}

TEST(Dlpack, AnArrayThatIsWrittenLeavesTheTensor) {
  array<float> a = counting<float>({3});
  DLManagedTensor* const tensor = to_dlpack(a);
  a += 10;
  EXPECT_EQ(static_cast<const float*>(tensor->dl_tensor.data)[0], 0.0f);
  tensor->deleter(tensor);
}

TEST(Dlpack, ATakenTensorIsDeletedOnceWhenNothingNeedsIt) {
  foreign from;
  {
    auto v = std::make_unique<view<float>>(from_dlpack<float>(&from.tensor));
    EXPECT_EQ(v->data(), from.memory.data());
    const auto e = flip(*v, 0)(0, all) * 2;
    {
      const view<float> part = (*v)(all, slice(0, 2));
      v.reset();
      EXPECT_EQ(from.deleted, 0);
    }
    const array<float> computed = e;
    EXPECT_EQ(elements_of(computed), (std::vector<float>{16, 18, 20, 22}));
    EXPECT_EQ(from.deleted, 0);
  }
  EXPECT_EQ(from.deleted, 1);
}

TEST(Dlpack, ATakenTensorIsWritten) {
  foreign from;
  from_dlpack<float>(&from.tensor)(all, 0) = -1;
  EXPECT_EQ(from.memory[8], -1.0f);
  EXPECT_EQ(from.deleted, 1);
}

TEST(Dlpack, LayoutsAreUnderstood) {
  foreign compact;
  compact.tensor.dl_tensor.strides = nullptr;
  EXPECT_EQ(elements_of(from_dlpack<float>(&compact.tensor)), compact.memory);
  foreign part;
  part.shape = {2, 2};
  part.strides = {-4, 2};
  part.tensor.dl_tensor.byte_offset = 20;
  EXPECT_EQ(elements_of(from_dlpack<const float>(&part.tensor)), (std::vector<float>{5, 7, 1, 3}));
  foreign single;
  single.tensor.dl_tensor.ndim = 0;
  single.tensor.dl_tensor.shape = nullptr;
  EXPECT_EQ(from_dlpack<float>(&single.tensor)(), 0.0f);
  foreign none;
  none.shape = {0, 4};
  none.tensor.dl_tensor.data = nullptr;
  EXPECT_EQ(from_dlpack<float>(&none.tensor).size(), 0u);
}

/// What is wrong is named, and the tensor stays with whoever has it.
template <class Error, class T = float, class Change>
void expect_refused(Change change, const std::string& message) {
  foreign from;
  change(from, from.tensor.dl_tensor);
  EXPECT_EQ(message_of<Error>([&] { from_dlpack<T>(&from.tensor); }), message);
  EXPECT_EQ(from.deleted, 0);
}

TEST(Dlpack, NamesWhatItCannotTake) {
  expect_refused<value_error>([](foreign&, DLTensor& t) { t.device.device_type = kDLCUDA; },
                              "from_dlpack: the elements lie on a device of type 2, not in this memory");
  expect_refused<type_error, double>([](foreign&, DLTensor&) {}, "from_dlpack: elements of code 2, 32 bits, 1 lanes are not f64");
  expect_refused<type_error>([](foreign&, DLTensor& t) { t.dtype.lanes = 4; }, "from_dlpack: elements of code 2, 32 bits, 4 lanes are not f32");
  expect_refused<type_error, float16>([](foreign&, DLTensor& t) { t.dtype = {kDLBfloat, 16, 1}; },
                                      "from_dlpack: elements of code 4, 16 bits, 1 lanes are not f16");
  expect_refused<shape_error>([](foreign&, DLTensor& t) { t.ndim = 17; }, "from_dlpack: a tensor of 17 dimensions; at most 16 are supported");
  expect_refused<shape_error>([](foreign&, DLTensor& t) { t.ndim = -1; }, "from_dlpack: a tensor of -1 dimensions; at most 16 are supported");
  expect_refused<shape_error>([](foreign& f, DLTensor&) { f.shape[0] = -3; }, "shape (-3, 4) has a negative length");
  expect_refused<shape_error>([](foreign& f, DLTensor&) { f.strides[0] = INT64_MAX; },
                              "strides for shape (3, 4) reach beyond what can be addressed");
  expect_refused<value_error>([](foreign&, DLTensor& t) { t.shape = nullptr; }, "from_dlpack: a tensor without a shape");
  expect_refused<value_error>([](foreign&, DLTensor& t) { t.data = nullptr; }, "a null pointer for elements of shape (3, 4)");
  expect_refused<value_error>([](foreign&, DLTensor& t) { t.byte_offset = 2; }, "from_dlpack: elements of f32 that are not aligned to their size");
  EXPECT_SAYS(value_error, "from_dlpack: no tensor", from_dlpack<float>(static_cast<DLManagedTensor*>(nullptr)));
}

/// As newer headers have it.
struct versioned_tensor {
  struct {
    std::uint32_t major, minor;
  } version;
  void* manager_ctx;
  void (*deleter)(versioned_tensor* self);
  std::uint64_t flags;
  DLTensor dl_tensor;
};

TEST(Dlpack, VersionsAreChecked) {
  foreign from;
  versioned_tensor tensor{{1, 1}, nullptr, nullptr, 1, from.tensor.dl_tensor};
  EXPECT_SAYS(value_error, "from_dlpack: read-only elements; use from_dlpack<const T>", from_dlpack<float>(&tensor));
  EXPECT_EQ(from_dlpack<const float>(&tensor).data(), from.memory.data());
  tensor.version.major = 2;
  EXPECT_SAYS(value_error, "from_dlpack: a tensor of version 2; version 1 is known", from_dlpack<const float>(&tensor));
}

}  // namespace
}  // namespace onepass::testing
