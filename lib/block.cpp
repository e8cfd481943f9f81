// Allocation of blocks, and the checks of memory that comes from outside.
#include <onepass/array/block.hpp>

#include <algorithm>
#include <cstring>
#include <new>

#include <onepass/array/any_array.hpp>
#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/core/error.hpp>

namespace onepass {

namespace {

/// Elements that an offset may reach, of any type: their bytes, both ways and of two operands, stay within a signed
/// 64-bit number.
constexpr std::int64_t most_reach = PTRDIFF_MAX / 128;

constexpr std::size_t alignment = 64;
constexpr std::size_t header_bytes = (sizeof(block) + alignment - 1) / alignment * alignment;

void free_block(block* held) noexcept {
  held->~block();
  ::operator delete(static_cast<void*>(held), std::align_val_t{alignment});
}

}  // namespace

void describe_block(block& made, dtype type, const extents& shape, void* data) {
  made.type = type;
  made.rank = shape.rank();
  std::copy(shape.begin(), shape.end(), made.lengths);
  made.size = shape.size();
  made.word = pack_shape(made.lengths, made.rank);
  made.data = data;
}

block* allocate_block(dtype type, const extents& shape) {
  std::size_t bytes;
  if (__builtin_mul_overflow(shape.size(), size_of(type), &bytes) || bytes > PTRDIFF_MAX - header_bytes) {
    throw shape_error("shape " + to_string(shape) + " of " + std::string(name(type)) + " needs more bytes than can be addressed");
  }
  void* const memory = ::operator new(header_bytes + bytes, std::align_val_t{alignment});
  block* const made = new (memory) block;
  describe_block(*made, type, shape, static_cast<std::byte*>(memory) + header_bytes);
  made->dispose = free_block;
  return made;
}

block* allocate_block(dtype type, shape_word word) { return allocate_block(type, unpack_shape(word)); }

block* block_reference::retained(block* held) noexcept {
  if (held != nullptr) held->references.increase();
  return held;
}

void block_reference::release(block* held) noexcept {
  if (held->references.decrease()) held->dispose(held);
}

namespace {

/// The block of arrays that never got one: shared by all of a type, and never released.
block* empty_block(dtype type) noexcept {
  static block* const made = [] {
    static block empty[dtype_count];
    for (int t = 0; t < dtype_count; ++t) describe_block(empty[t], static_cast<dtype>(t), extents{0}, nullptr);
    return empty;
  }();
  return &made[static_cast<int>(type)];
}

}  // namespace

block* retained_operand(block* held, dtype type) noexcept {
  if (held == nullptr) held = empty_block(type);
  held->references.increase();
  return held;
}

void make_unique(block_reference& held) {
  block_reference copy(allocate_block(held->type, held->shape()));
  std::memcpy(copy->data, held->data, held->size * size_of(held->type));
  held = std::move(copy);
}

view_layout::view_layout(const layout& where, block_reference owner) : bits_(0) {
  if (!owner && where.is_contiguous()) bits_ = pack_shape(where.shape.begin(), where.shape.rank());
  if (bits_ == 0) {
    auto* const record = new view_record{{}, std::move(owner), where};
    bits_ = reinterpret_cast<std::uint64_t>(record);
  }
}

view_layout view_layout::recorded(const layout& where) {
  view_layout made(scalar_word);
  made.bits_ = reinterpret_cast<std::uint64_t>(new view_record{{}, {}, where});
  return made;
}

void view_layout::retain(std::uint64_t bits) noexcept { record(bits)->references.increase(); }

void view_layout::release(std::uint64_t bits) noexcept {
  if (record(bits)->references.decrease()) delete record(bits);
}

view_layout borrowed_layout(const void* data, const extents& shape) {
  if (data == nullptr && shape.size() != 0) throw value_error("a null pointer for elements of shape " + to_string(shape));
  return view_layout(layout(shape), {});
}

view_layout borrowed_layout(const void* data, const extents& shape, const integer_list& strides) {
  if (data == nullptr && shape.size() != 0) throw value_error("a null pointer for elements of shape " + to_string(shape));
  if (strides.rank() != shape.rank()) throw shape_error(std::to_string(strides.rank()) + " strides for shape " + to_string(shape));
  if (shape.size() == 0) return view_layout(layout(shape), {});
  // Every offset lies between the sum of the negative reaches and that of the positive ones; twice as far stays signed.
  std::int64_t forward = 0, back = 0;
  for (int d = 0; d < shape.rank(); ++d) {
    std::int64_t reach;
    const bool far = __builtin_mul_overflow(shape[d] - 1, strides[d], &reach);
    std::int64_t& side = reach < 0 ? back : forward;
    if (far || __builtin_add_overflow(side, reach, &side) || side > most_reach || side < -most_reach) {
      throw shape_error("strides for shape " + to_string(shape) + " reach beyond what can be addressed");
    }
  }
  return view_layout(layout(shape, strides), {});
}

void require_contiguous(const layout& where) {
  if (where.is_contiguous()) return;
  throw value_error("the elements of a view of shape " + to_string(where.shape) + " with strides " + to_string(where.strides) +
                    " do not follow each other; evaluate() makes a copy in which they do");
}

void any_array::require(dtype type) const {
  if (!block_ || block_->type != type) {
    throw type_error("an array of " + std::string(block_ ? name(block_->type) : "nothing") + " is not an array of " +
                     std::string(name(type)));
  }
}

}  // namespace onepass
