// Running a plan: tiles in order, on as many threads as planned, in the default floating-point environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <onepass/core/isa.hpp>
#include <onepass/plan/cut.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/plan/plan.hpp>

namespace onepass {

/// The code of one stage. `streaming` is empty if no result of the stage can be written past the caches.
struct stage_kernels {
  kernel cached;
  kernel streaming;
};

/// What a pass runs on.
struct pass_arguments {
  std::span<std::byte* const> bases;     ///< of each stream; unused for what lives in the tile
  std::span<const char> local;           ///< folds that stay with the tile
  const std::uint64_t* scalars;
  std::span<const cut_fold> folds;
  std::span<const cut_group> groups;
  isa set;                               ///< nothing wider copies elements
};

/// Memory that running a pass takes.
std::size_t room_for(const pass& what, const plan& how);

/// Runs one pass in `room`. Throws std::bad_alloc if a kernel found no memory of its own.
void run_pass(const pass& what, const plan& how, std::span<const stage_kernels> kernels, const pass_arguments& arguments, std::byte* room);

}  // namespace onepass
