// Handing work to threads: the only door to oneTBB.
#pragma once

#include <cstddef>

namespace onepass {

/// Calls `body(context, i)` for every i < count, on the threads of the caller's arena, and returns when all are done.
/// The calling thread takes part and picks up nothing else meanwhile. Exceptions do not cross threads: body is noexcept.
void parallel_for(std::size_t count, void (*body)(void* context, std::size_t i) noexcept, void* context);

template <class F>
void parallel_for(std::size_t count, F& body) {
  parallel_for(count, [](void* context, std::size_t i) noexcept { (*static_cast<F*>(context))(i); }, &body);
}

}  // namespace onepass
