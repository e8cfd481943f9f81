// Generators: their shapes.
#include <onepass/expression/generator.hpp>

#include <cmath>
#include <string>

#include <onepass/core/error.hpp>

namespace onepass::detail {

view_layout index_layout(const extents& shape, int along, std::uint64_t most) {
  const int axis = along < 0 ? along + shape.rank() : along;
  if (axis < 0 || axis >= shape.rank()) {
    throw shape_error("index: shape " + to_string(shape) + " has no axis " + std::to_string(along));
  }
  if (shape[axis] > 0 && static_cast<std::uint64_t>(shape[axis] - 1) > most) {
    throw value_error("index: positions along axis " + std::to_string(along) + " of shape " + to_string(shape) + " exceed " +
                      std::to_string(most));
  }
  std::int64_t strides[max_rank] = {};
  strides[axis] = 1;
  return view_layout::recorded(layout(shape, dimensions(strides, shape.rank())));
}

view_layout index_layout_without_axis(const extents& shape) {
  const std::int64_t strides[max_rank] = {};
  return view_layout::recorded(layout(shape, dimensions(strides, shape.rank())));
}

std::int64_t steps_between(double start, double stop, double step) {
  if (!std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step)) throw value_error("arange: bounds and step must be finite");
  if (step == 0) throw value_error("arange: the step is 0");
  const double steps = std::ceil((stop - start) / step);
  if (!(steps < 0x1p62)) throw value_error("arange: there are too many elements");
  return steps > 0 ? static_cast<std::int64_t>(steps) : 0;
}

std::int64_t steps_between(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step == 0) throw value_error("arange: the step is 0");
  if (step > 0 ? stop <= start : stop >= start) return 0;
  // Unsigned, since the distance may exceed what is signed.
  const auto from = static_cast<std::uint64_t>(start), to = static_cast<std::uint64_t>(stop), by = static_cast<std::uint64_t>(step);
  const std::uint64_t steps = step > 0 ? (to - from - 1) / by + 1 : (from - to - 1) / (0 - by) + 1;
  if (steps >> 62 != 0) throw value_error("arange: there are too many elements");
  return static_cast<std::int64_t>(steps);
}

}  // namespace onepass::detail
