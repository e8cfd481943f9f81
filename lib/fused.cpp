// A tile of fused loops: row after row, what stays the same repeated in a buffer, so that a row's loop sees only
// operands that follow. Folds take a row as one piece, and operands that stay with an index that is masked away.
#include <onepass/run/fused_loops.hpp>

#include <algorithm>

namespace onepass {

namespace {

/// Of an operand that stays, where the row is cut into pieces.
constexpr std::size_t piece_bytes = 4096;
constexpr std::size_t piece_elements = piece_bytes / 8;

std::size_t bytes_of_buffer(const fused_loops& loops) { return loops.some_stay != nullptr ? loops.repeated_bytes : piece_bytes; }

std::size_t count_staying(const tile& what, std::size_t leaves) {
  const auto stays = [](const tile_operand& at) { return at.column_stride == 0; };
  return static_cast<std::size_t>(std::count_if(what.operands(), what.operands() + leaves, stays));
}

/// The rows of one tile, each with its operands in lists as loops take them. The room has a buffer for each leaf that stays,
/// then the lists.
class tile_rows {
 public:
  tile_rows(const tile& what, const fused_loops& loops, row_way way)
      : what_(what), loops_(loops), way_(way), staying_(count_staying(what, loops.leaves)),
        buffer_bytes_(bytes_of_buffer(loops)), operands_(reinterpret_cast<const void**>(what.room + staying_ * buffer_bytes_)),
        index_masks_(reinterpret_cast<std::size_t*>(operands_ + loops.leaves + loops.results)) {
    for (std::size_t k = 0; k < loops.leaves; ++k) index_masks_[k] = stays(k) ? 0 : ~std::size_t{0};
  }

  void run() {
    for (std::size_t r = 0; r < what_.rows; ++r) {
      begin(r);
      if (loops_.some_stay != nullptr) {
        loop_of_fold()(operands_, what_.scalars, what_.columns, way_, index_masks_);
      } else {
        run_pieces();
      }
    }
  }

 private:
  bool stays(std::size_t k) const { return what_.operands()[k].column_stride == 0; }

  void begin(std::size_t row) {
    std::byte* buffer = what_.room;
    for (std::size_t k = 0; k < loops_.leaves + loops_.results; ++k) {
      const tile_operand& at = what_.operands()[k];
      const std::byte* const from = at.data + static_cast<std::ptrdiff_t>(row) * at.row_stride;
      operands_[k] = from;
      if (k >= loops_.leaves || !stays(k)) continue;
      operands_[k] = buffer;
      const std::size_t size = loops_.sizes[k];
      if (row == 0 || at.row_stride != 0) {
        loops_.repeat(buffer, from, size, loops_.some_stay != nullptr ? buffer_bytes_ : std::min(piece_elements, what_.columns) * size);
      }
      buffer += buffer_bytes_;
    }
  }

  /// Several folds often are of the same array, as in evaluate(min(x), max(x), sum(x)): each element is then read once.
  row_loop loop_of_fold() const {
    if (staying_ > 0) return loops_.some_stay;
    if (loops_.one_array == nullptr) return loops_.follow;
    return std::all_of(operands_, operands_ + loops_.leaves, [&](const void* at) { return at == operands_[0]; }) ? loops_.one_array : loops_.follow;
  }

  void run_pieces() {
    for (std::size_t left = what_.columns; left > 0;) {
      const std::size_t count = staying_ > 0 ? std::min(left, piece_elements) : left;
      loops_.follow(operands_, what_.scalars, count, way_, nullptr);
      left -= count;
      if (left > 0) advance(count);
    }
  }

  void advance(std::size_t count) {
    for (std::size_t k = 0; k < loops_.leaves + loops_.results; ++k) {
      if (k < loops_.leaves && stays(k)) continue;
      operands_[k] = static_cast<const std::byte*>(operands_[k]) + count * loops_.sizes[k];
    }
  }

  const tile& what_;
  const fused_loops& loops_;
  const row_way way_;
  const std::size_t staying_;  ///< leaves
  const std::size_t buffer_bytes_;
  const void** const operands_;  ///< of the row
  std::size_t* const index_masks_;
};

template <row_way Way>
outcome run_tile(const tile& what, const void* loops) noexcept {
  tile_rows(what, *static_cast<const fused_loops*>(loops), Way | row_way::default_environment).run();
  return outcome::done;
}

}  // namespace

kernel fused_loops::tile_kernel(row_way way) const noexcept {
  const std::size_t room_bytes = leaves * bytes_of_buffer(*this) + (2 * leaves + results) * sizeof(void*);
  const entry_point entry = has(way, row_way::streaming) ? run_tile<row_way::streaming>
                            : has(way, row_way::early)   ? run_tile<row_way::early>
                                                         : run_tile<row_way::usual>;
  return {entry, this, false, room_bytes};
}

}  // namespace onepass
