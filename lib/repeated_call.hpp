// A call that is like one before: the same expression on the same memory, in the same shapes and layouts.
//
// Loops of user code make such calls. What the first one found out (which engine and kernels, the plan, where every
// stream begins) is true of the next one too, so nothing is chosen, planned or checked again but that it is the same. Each
// thread remembers a few expressions; what a call does not find here it finds out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <onepass/plan/plan.hpp>
#include <onepass/run/evaluation.hpp>

#include "prepared.hpp"

namespace onepass {

class schedule;

class repeated_call {
 public:
  /// True if `what`, asked for in this way, is the call that is remembered.
  bool is(const options& how, const request& what) const;

  /// Makes the call. Precondition: is(); the floating-point environment is set.
  void run(const request& what) const;

  /// Remembers a call that has been made: one pass into one destination, directly. `made` gives its plan away.
  void remember(const options& how, const request& what, schedule& made, const pass_kernels& kernels, std::size_t room_bytes);

 private:
  static bool is_destination_of(const destination& to, const std::byte* memory);

  // What it was asked for.
  std::uint64_t site_ = 0;  ///< 0: nothing is remembered
  options how_;
  std::vector<source> sources_;
  std::vector<axis_set> axes_;
  destination::place kind_;
  std::byte* memory_ = nullptr;
  layout where_;

  // What it takes.
  const cut* cut_ = nullptr;
  const pass_kernels* kernels_ = nullptr;
  plan plan_;
  std::vector<std::byte*> bases_;
  std::vector<char> local_;
  std::vector<std::uint64_t> counts_;  ///< scalar arguments that follow those of the expression
  std::size_t room_bytes_ = 0;
};

/// The calls that a thread remembers, by expression.
class repeated_calls {
 public:
  repeated_call& of(const site& where) { return calls_[reinterpret_cast<std::uintptr_t>(&where) / alignof(site) / 8 % most]; }

 private:
  static constexpr std::size_t most = 32;
  repeated_call calls_[most];
};

}  // namespace onepass
