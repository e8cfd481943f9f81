// Batches: their parts on several threads, and what is said of items that do not go together.
#include <onepass/run/batch.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>

#include "machine.hpp"
#include "parallel.hpp"

namespace onepass {

void run_in_parts(std::size_t items, std::size_t least, int threads, void (*run)(void* context, std::size_t first, std::size_t last), void* context) {
  // A few parts for each thread, so that none waits for long; with a limit, one for each, so that no more can run.
  const std::size_t most = threads > 0 ? static_cast<std::size_t>(threads) : 4 * static_cast<std::size_t>(this_machine().threads);
  const std::size_t parts = std::clamp<std::size_t>(items / least, 1, most);
  std::exception_ptr thrown;
  std::mutex throwing;
  auto body = [&](std::size_t part) noexcept {
    try {
      run(context, items * part / parts, items * (part + 1) / parts);
    } catch (...) {
      const std::lock_guard lock(throwing);
      thrown = std::current_exception();
    }
  };
  if (parts == 1) return run(context, 0, items);
  parallel_for(parts, body);
  if (thrown) std::rethrow_exception(thrown);
}

void throw_batch_lengths(std::size_t outputs, std::size_t inputs) {
  throw value_error("map_batch: " + std::to_string(inputs) + " inputs for " + std::to_string(outputs) + " outputs");
}

void throw_item_lengths(std::size_t item, std::size_t output, std::size_t input) {
  throw shape_error("map_batch: item " + std::to_string(item) + " has an input of " + std::to_string(input) + " elements for an output of " +
                    std::to_string(output));
}

}  // namespace onepass
