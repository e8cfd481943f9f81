// What is known of an expression after its first evaluation: its program, its cuts, the kernels of its stages.
//
// All of it hangs at the site of the expression type in lists that only grow, so that warm calls read without locks.
// New entries are made under one lock for all sites.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <onepass/plan/cut.hpp>
#include <onepass/run/evaluation.hpp>

#include "compiler.hpp"
#include "across.hpp"
#include "executor.hpp"
#include "scan.hpp"

namespace onepass {

/// A list that several threads read while one appends.
template <class T>
class growing_list {
 public:
  growing_list() = default;
  growing_list(const growing_list&) = delete;
  growing_list& operator=(const growing_list&) = delete;
  ~growing_list() {
    for (node* at = head_.load(); at != nullptr;) delete std::exchange(at, at->next);
  }

  template <class Matches>
  T* find(Matches&& matches) const {
    for (node* at = head_.load(std::memory_order_acquire); at != nullptr; at = at->next) {
      if (matches(at->item)) return &at->item;
    }
    return nullptr;
  }
  /// Precondition: appends do not overlap.
  template <class... Arguments>
  T& add(Arguments&&... arguments) {
    node* const made = new node{T(std::forward<Arguments>(arguments)...), head_.load(std::memory_order_relaxed)};
    head_.store(made, std::memory_order_release);
    return made->item;
  }

 private:
  struct node {
    T item;
    node* next;
  };
  std::atomic<node*> head_ = nullptr;
};

/// Kernels of all stages of a pass, for one way in which its operands are met.
struct pass_kernels {
  onepass::engine engine;
  isa set;
  bool streaming;
  bool looks_ahead;
  bool is_across;
  std::vector<access> accesses;        ///< of the streams
  std::vector<stage_kernels> kernels;  ///< one for each stage
  across_kernels across;               ///< if the only stage is folded across rows
  std::vector<scan_kernels> scans;     ///< of each stream, if any is scanned
  std::string refusal;                 ///< why they are interpreted although compiled ones were wanted
  std::size_t room_bytes = 0;          ///< that any of them asks for at most

  pass_code code() const { return {kernels, across, scans, room_bytes}; }
};

/// A program cut for operands whose shapes are equal in a certain way.
struct prepared_cut {
  std::vector<std::uint32_t> shape_class;
  bool as_fused;  ///< operands of the only stage are ordered as the fused kernel expects them
  bool possible;  ///< false: it was asked for as_fused, and there are several stages
  const std::uint64_t number = next_number();  ///< from 1; no other cut has it, or had it before
  onepass::cut cut;
  std::unique_ptr<growing_list<pass_kernels>[]> kernels;  ///< of each pass

  prepared_cut(std::vector<std::uint32_t> shape_class, bool as_fused, bool possible, onepass::cut&& made)
      : shape_class(std::move(shape_class)), as_fused(as_fused), possible(possible), cut(std::move(made)),
        kernels(new growing_list<pass_kernels>[cut.passes.size()]) {}

 private:
  static std::uint64_t next_number() noexcept;
};

/// An expression with certain operands being the same array.
class prepared {
 public:
  prepared(std::vector<std::uint32_t> slots, const request& what);

  const std::vector<std::uint32_t> slots;  ///< for each leaf the first one that is the same array
  program code;
  onepass::outline outline;
  prepared* next = nullptr;

  /// The cut for these shape classes, made if it is not known. If `as_fused`, null unless it is one stage.
  prepared_cut* cut_for(std::span<const std::uint32_t> shape_class, bool as_fused, const request& what);

 private:
  growing_list<prepared_cut> cuts_;
};

/// The entry of a site for these slots, made if it is not known.
prepared& prepared_for(site& where, std::span<const std::uint32_t> slots, const request& what);

/// What a stage is compiled for.
jit::target compilation_target(const pass& of, const stage& at, const plan& how, isa set, bool streaming);

/// The kernels of a pass, made if they are not known.
const pass_kernels& kernels_for(prepared_cut& of, std::size_t pass_index, const plan& how, engine wanted, isa set, const request& what);

}  // namespace onepass
