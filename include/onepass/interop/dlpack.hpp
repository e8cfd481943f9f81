// Exchange by DLPack, both ways without a copy. The only header that includes DLPack; <onepass/onepass.hpp> does not.
//
//   DLManagedTensor* out = op::to_dlpack(a);                       // holds a's elements until its deleter is called
//   op::view<float> in = op::from_dlpack<float>(tensor);           // calls tensor's deleter when its last view is gone
//
// Elements are shared: what one side writes, the other sees. An array that is written after it was exported gets elements
// of its own, as if the tensor were a copy of it; but a consumer that writes to the tensor changes all that hold it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <dlpack/dlpack.h>

#include <onepass/array/viewing.hpp>
#include <onepass/core/dtype.hpp>
#include <onepass/core/error.hpp>

namespace onepass {

namespace detail {

/// Truth values have a code since DLPack 0.8; older headers do not name it.
inline constexpr std::uint8_t dlpack_truth = 6;

constexpr DLDataType dlpack_type(dtype type) {
  const auto bits = static_cast<std::uint8_t>(8 * size_of(type));
  if (type == dtype::boolean) return {dlpack_truth, bits, 1};
  if (type == dtype::bf16) return {kDLBfloat, bits, 1};
  if (is_floating(type)) return {kDLFloat, bits, 1};
  return {static_cast<std::uint8_t>(is_signed(type) ? kDLInt : kDLUInt), bits, 1};
}

/// What an exported tensor consists of.
struct exported_tensor {
  DLManagedTensor managed{};
  block_reference owner;
  std::int64_t shape[max_rank], strides[max_rank];
};

inline DLManagedTensor* export_tensor(const void* data, dtype type, const layout& where, block_reference owner) {
  auto* const made = new exported_tensor;
  made->owner = std::move(owner);
  for (int d = 0; d < where.shape.rank(); ++d) {
    made->shape[d] = where.shape[d];
    made->strides[d] = where.strides[d];
  }
  made->managed.dl_tensor = {const_cast<void*>(data), {kDLCPU, 0}, where.shape.rank(), dlpack_type(type), made->shape, made->strides, 0};
  made->managed.manager_ctx = made;
  made->managed.deleter = [](DLManagedTensor* self) { delete static_cast<exported_tensor*>(self->manager_ctx); };
  return &made->managed;
}

inline void check_device(const DLDevice& device) {
  const bool is_host = device.device_type == kDLCPU || device.device_type == kDLCUDAHost || device.device_type == kDLROCMHost;
  if (!is_host) throw value_error("from_dlpack: the elements lie on a device of type " + std::to_string(device.device_type) + ", not in this memory");
}

inline std::string text_of(const DLDataType& type) {
  return "code " + std::to_string(type.code) + ", " + std::to_string(type.bits) + " bits, " + std::to_string(type.lanes) + " lanes";
}

/// Where the elements lie and how. Throws what from_dlpack throws.
template <element T>
std::pair<T*, layout> imported(const DLTensor& tensor) {
  check_device(tensor.device);
  const DLDataType wanted = dlpack_type(dtype_of<T>), type = tensor.dtype;
  if (type.code != wanted.code || type.bits != wanted.bits || type.lanes != wanted.lanes) {
    throw type_error("from_dlpack: elements of " + text_of(type) + " are not " + std::string(name(dtype_of<T>)));
  }
  if (tensor.ndim < 0 || tensor.ndim > max_rank) {
    throw shape_error("from_dlpack: a tensor of " + std::to_string(tensor.ndim) + " dimensions; at most " + std::to_string(max_rank) +
                      " are supported");
  }
  if (tensor.ndim > 0 && tensor.shape == nullptr) throw value_error("from_dlpack: a tensor without a shape");
  const extents shape(tensor.shape, tensor.ndim);
  if (tensor.data == nullptr) return {nullptr, borrowed_layout(nullptr, shape).get()};
  std::byte* const data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0) {
    throw value_error("from_dlpack: elements of " + std::string(name(dtype_of<T>)) + " that are not aligned to their size");
  }
  const bool is_compact = tensor.strides == nullptr;
  const view_layout where = is_compact ? borrowed_layout(data, shape) : borrowed_layout(data, shape, dimensions(tensor.strides, tensor.ndim));
  return {reinterpret_cast<T*>(data), where.get()};
}

}  // namespace detail

/// A tensor that shares the elements of an array. Whoever gets it calls its deleter once.
template <element T>
DLManagedTensor* to_dlpack(const array<T>& a) {
  return detail::export_tensor(a.data(), dtype_of<T>, a.layout(), a.held());
}
/// The same of a view. Borrowed memory has to outlive the tensor; elements of arrays are kept alive.
template <class T>
DLManagedTensor* to_dlpack(const view<T>& v) {
  return detail::export_tensor(v.data(), dtype_of<std::remove_const_t<T>>, v.layout(), v.where().owner());
}
template <element T>
DLManagedTensor* to_dlpack(const subarray<T>& p) {
  return detail::export_tensor(p.data(), dtype_of<T>, p.layout(), p.held());
}

/// A view of the elements of a tensor, of any strides, that takes it over: when the last view of it and the last
/// expression with one is gone, its deleter is called. `Managed` is DLManagedTensor or DLManagedTensorVersioned; a
/// read-only one takes `from_dlpack<const T>`.
///
/// Throws type_error for other elements than T, value_error for memory of a device, for elements that are not aligned, for
/// another major version and for read-only elements, shape_error for shapes and strides beyond what can be addressed. Then
/// the tensor has not been taken over.
template <class T, class Managed>
view<T> from_dlpack(Managed* tensor) {
  using E = std::remove_const_t<T>;
  if (tensor == nullptr) throw value_error("from_dlpack: no tensor");
  if constexpr (requires { tensor->version.major; }) {
    if (tensor->version.major != 1) {
      throw value_error("from_dlpack: a tensor of version " + std::to_string(tensor->version.major) + "; version 1 is known");
    }
    constexpr std::uint64_t read_only = 1;
    if (!std::is_const_v<T> && (tensor->flags & read_only) != 0) throw value_error("from_dlpack: read-only elements; use from_dlpack<const T>");
  }
  const auto [data, where] = detail::imported<E>(tensor->dl_tensor);
  struct imported_block : block {
    Managed* tensor = nullptr;
  };
  auto made = std::make_unique<imported_block>();
  describe_block(*made, dtype_of<E>, where.shape, const_cast<E*>(data));
  made->dispose = [](block* held) noexcept {
    auto* const self = static_cast<imported_block*>(held);
    if (self->tensor != nullptr && self->tensor->deleter != nullptr) self->tensor->deleter(self->tensor);
    delete self;
  };
  imported_block* const taken = made.get();
  view<T> result(data, view_layout(where, block_reference(made.release())));
  taken->tensor = tensor;  // from here on nothing throws
  return result;
}

}  // namespace onepass
