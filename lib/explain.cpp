// Explaining a request: the schedule that an evaluation would run, as numbers and text.
#include <onepass/run/explain.hpp>

#include <algorithm>

#include <onepass/run/environment.hpp>

#include "compiler.hpp"
#include "overlap.hpp"
#include "schedule.hpp"

namespace onepass {

namespace {

/// The assembly of a stage as it would be compiled, or why it would not be.
std::string listing_of(const pass& work, const stage& at, const plan& how, isa set) {
  if (set < isa::avx2) return "no machine code for " + std::string(name(set)) + "\n";
  const jit::machine_code code = jit::compile(at.code, compilation_target(work, at, how, set, false), true);
  return code.refusal.empty() ? code.listing : "refused: " + code.refusal + "\n";
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

/// Places the results as an evaluation would, without the memory that it would allocate; says how.
void place_results(const request& what, std::size_t passes, schedule_lists& lists, explanation& result) {
  lists.results.resize(what.destination_count);
  for (std::size_t k = 0; k < what.destination_count; ++k) {
    const destination& to = what.destinations[k];
    const placing way = placing_of(what, k, passes);
    const bool is_array = to.kind == destination::place::array;
    lists.results[k].is_apart = !way.is_direct();
    if (way.is_direct() && to.kind != destination::place::number) lists.results[k].data = memory_of(to);
    const std::size_t bytes = to.where.shape.size() * size_of(to.type);
    const std::string room = (is_array ? "a new array of " : "a buffer of ") + grouped(bytes) + " bytes";
    const std::string operand = "operand " + std::to_string(way.operand);
    std::string& line = result.results += "result " + std::to_string(k) + ": ";
    switch (way.why) {
      case placing::reason::none:
        line += to.kind == destination::place::number ? "a number" : "written in place";
        break;
      case placing::reason::no_memory:
        line += room;
        break;
      case placing::reason::shared:
        line += room + ": others hold the elements of the old one";
        break;
      case placing::reason::read_again:
        line += room + ": " + operand + " is the same elements, which are read after they would be written";
        break;
      case placing::reason::other_order:
        line += room + ": " + operand + " has some of its elements, at other positions";
        break;
    }
    line += "\n";
    if (!way.is_direct() && way.why != placing::reason::no_memory) result.bytes_buffered += bytes;
  }
}

}  // namespace

explanation explain_list(const options& how, const expression_list& what, operands_now with, bool listing) {
  std::vector<block_reference> none(what.count);
  std::vector<destination> to;
  for (std::size_t k = 0; k < what.count; ++k) to.push_back(array_destination(none[k], what.types[k], what.shape(k, with.places(what)), 1));
  operand_room room;
  return explain_request(how, request_for(what, with, to.data(), room), listing);
}

explanation explain_array_in_core(const options& how, const expression_list& what, operands_now with, const block_reference& held,
                                  bool consumed) {
  block_reference seen = held;  // one more that ends with this
  const std::int64_t own_references = 2 + (consumed ? references_in(with.places(what), what.places, held.get()) : 0);
  destination to = array_destination(seen, what.types[0], what.shape(0, with.places(what)), own_references);
  operand_room room;
  return explain_request(how, request_for(what, with, &to, room), false);
}

explanation explain_memory_in_core(const options& how, const expression_list& what, operands_now with, void* data, const layout& where) {
  destination to = memory_destination(data, what.types[0], where, what.shape(0, with.places(what)));
  operand_room room;
  return explain_request(how, request_for(what, with, &to, room), false);
}

explanation explain_part_in_core(const options& how, const expression_list& what, operands_now with, const block_reference& held,
                                 bool consumed, const block_reference& known, std::int64_t offset, const layout& where) {
  // A copy of the array's elements would be apart from all operands, and so is no memory at all.
  const std::int64_t own_references = consumed ? references_in(with.places(what), what.places, held.get()) : 0;
  const bool must_copy = part_must_be_separated(held, own_references, known, where);
  void* const data = must_copy || !held ? nullptr : static_cast<std::byte*>(held->data) + offset * static_cast<std::int64_t>(size_of(what.types[0]));
  explanation result = explain_memory_in_core(how, what, with, data, where);
  if (!must_copy) return result;
  const std::size_t bytes = held->size * size_of(held->type);
  result.results += "before: all " + grouped(bytes) + " bytes of the array are copied, because others hold them\n";
  result.bytes_buffered += bytes;
  return result;
}

explanation explain_request(const options& how, const request& what, bool listing) {
  const environment_scope environment;  // literals are computed while the program is written down
  check_destinations(what);
  schedule_lists lists;
  schedule planned(how, what, lists);
  explanation result;
  place_results(what, planned.passes().size(), lists, result);
  lists.folds.resize(planned.folds().size());
  for (std::size_t f = 0; f < lists.folds.size(); ++f) {
    lists.folds[f].shape = planned.shape_of_fold(f);
  }
  planned.plan_passes();

  result.engine = planned.choice().engine;
  result.why = planned.choice().why;
  result.isa = result.engine == engine::fused ? what.fused_isa : planned.set();
  result.program = planned.code().text();
  for (std::size_t p = 0; p < planned.passes().size(); ++p) {
    const pass& work = planned.passes()[p];
    const plan& at = planned.plan_of(p);
    result.passes += work.finishes() ? 0 : 1;
    result.stages += work.stages.size();
    result.bytes_read += at.bytes_read;
    result.bytes_written += at.bytes_written;
    result.threads = std::max(result.threads, at.threads);
    result.streaming |= at.streaming;
    const std::size_t stages = work.stages.size();
    result.plan += "pass " + std::to_string(p) + ", " + std::to_string(stages) + (stages == 1 ? " stage" : " stages") +
                   (work.finishes() ? " on results of folds: " : ": ") + at.text(work);
    if (result.engine == engine::compiled) {
      // Made, not guessed: what is refused would run interpreted.
      const pass_kernels& kernels = kernels_for(planned.cuts(), p, at, engine::compiled, planned.set(), what);
      if (!kernels.refusal.empty()) {
        result.engine = engine::interpreted;
        result.why = "code generation refused: " + kernels.refusal;
      }
    }
    for (const stage& s : work.stages) {
      if (listing) result.listings.push_back(listing_of(work, s, at, planned.set()));
    }
  }
  return result;
}

std::string explanation::text() const {
  std::string text;
  text += "engine   " + std::string(name(engine)) + " (" + std::string(name(isa)) + "): " + why + "\n";
  text += "passes   " + std::to_string(passes) + ", " + std::to_string(stages) + (stages == 1 ? " stage\n" : " stages\n");
  text += "bytes    " + grouped(bytes_read) + " read, " + grouped(bytes_written) + " written\n";
  text += "threads  " + std::to_string(threads) + (streaming ? ", results written past the caches\n" : "\n");
  text += results;
  text += "\nprogram\n" + program + "\n" + plan;
  return text;
}

std::string explanation::listing() const {
  std::string text;
  for (std::size_t s = 0; s < listings.size(); ++s) text += "stage " + std::to_string(s) + "\n" + listings[s];
  return text;
}

}  // namespace onepass
