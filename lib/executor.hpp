// Running a plan: tiles in order, on as many threads as planned, in the default floating-point environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <onepass/core/isa.hpp>
#include <onepass/plan/cut.hpp>
#include <onepass/plan/kernel.hpp>
#include <onepass/plan/plan.hpp>

#include "across.hpp"
#include "scan.hpp"

namespace onepass {

/// The code of one stage. `streaming` is empty if no result of the stage can be written past the caches.
struct stage_kernels {
  kernel cached;
  kernel streaming;
};

/// The code of a pass.
struct pass_code {
  std::span<const stage_kernels> stages;
  const across_kernels& across;
  std::span<const scan_kernels> scans;  ///< of each stream, if any is scanned
  std::size_t room_bytes;               ///< that any of these kernels asks for at most
};

/// What a pass runs on.
struct pass_arguments {
  std::span<std::byte* const> bases;     ///< of each stream; unused for what lives in the tile
  std::span<const char> local;           ///< folds and scans that stay with the tile
  const std::uint64_t* scalars;
  std::span<const cut_fold> folds;
  std::span<const cut_group> groups;
  isa set;                               ///< nothing wider copies elements
};

/// Memory that running a pass takes.
std::size_t room_for(const pass& what, const plan& how, const pass_code& code);

/// Runs one pass in `room`.
void run_pass(const pass& what, const plan& how, const pass_code& code, const pass_arguments& arguments, std::byte* room);

}  // namespace onepass
