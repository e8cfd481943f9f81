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

}  // namespace

explanation explain_list(const options& how, const expression_list& what, const operands_now& with, bool listing) {
  std::vector<block_reference> none(what.count);
  std::vector<destination> to;
  for (std::size_t k = 0; k < what.count; ++k) to.push_back(array_destination(none[k], what.types[k], what.shape(k, with.places), 1));
  operand_room room;
  return explain_request(how, request_for(what, with, to.data(), room), listing);
}

explanation explain_request(const options& how, const request& what, bool listing) {
  const environment_scope environment;  // literals are computed while the program is written down
  check_destinations(what);
  schedule_lists lists;
  schedule planned(how, what, lists);
  lists.results.resize(what.destination_count);
  lists.folds.resize(planned.folds().size());
  for (std::size_t f = 0; f < lists.folds.size(); ++f) {
    lists.folds[f].shape = detail::reduced_shape(lists.shapes[f], planned.folds()[f].over, planned.folds()[f].keepdims);
  }
  planned.plan_passes();

  explanation result;
  result.engine = planned.choice().engine;
  result.why = planned.choice().why;
  result.isa = result.engine == engine::fused ? what.fused_isa : planned.set();
  result.program = planned.code().text();
  result.passes = planned.passes().size();
  for (std::size_t p = 0; p < planned.passes().size(); ++p) {
    const pass& work = planned.passes()[p];
    const plan& at = planned.plan_of(p);
    result.stages += work.stages.size();
    result.bytes_read += at.bytes_read;
    result.bytes_written += at.bytes_written;
    result.threads = std::max(result.threads, at.threads);
    result.streaming |= at.streaming;
    const std::size_t stages = work.stages.size();
    result.plan += "pass " + std::to_string(p) + ", " + std::to_string(stages) + (stages == 1 ? " stage: " : " stages: ") + at.text(work);
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
  text += "\nprogram\n" + program + "\n" + plan;
  return text;
}

std::string explanation::listing() const {
  std::string text;
  for (std::size_t s = 0; s < listings.size(); ++s) text += "stage " + std::to_string(s) + "\n" + listings[s];
  return text;
}

}  // namespace onepass
