// oneTBB lives here, and nowhere else.
#include "parallel.hpp"

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace onepass {

void parallel_for(std::size_t count, void (*body)(void* context, std::size_t i) noexcept, void* context) {
  // Isolated: while this thread waits it must not start another task of the caller's, which could evaluate in turn.
  tbb::this_task_arena::isolate([=] {
    tbb::parallel_for(std::size_t{0}, count, [=](std::size_t i) { body(context, i); }, tbb::simple_partitioner());
  });
}

}  // namespace onepass
