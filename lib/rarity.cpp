// Finding the regions of rare cases: backwards, each instruction after all that use it.
#include "rarity.hpp"

#include <algorithm>

namespace onepass {

std::vector<value_id> rare_regions(const program& code) {
  std::vector<value_id> region(code.size());
  for (value_id id = 0; id < code.size(); ++id) region[id] = id;
  const auto is_rare = [](const instruction& at) { return at.code == opcode::rarely; };
  if (std::none_of(code.instructions().begin(), code.instructions().end(), is_rare)) return region;

  // Whether to compute `id` is known once the condition is, and those of the regions around it.
  const auto is_known_before = [&](value_id id, value_id rare) {
    while (id > code[rare].operands[0] && region[rare] != rare) rare = region[rare];
    return id > code[rare].operands[0];
  };
  constexpr value_id unused = ~value_id{0}, everywhere = unused - 1;
  // Two cases of one condition, as of sin and cos of the same number, share what both need.
  const auto is_same_case = [&](value_id a, value_id b) {
    return a < everywhere && b < everywhere && region[a] == a && region[b] == b && code[a].operands[0] == code[b].operands[0];
  };
  std::vector<value_id> wanted_in(code.size(), unused);  // the region of all uses so far
  for (value_id id = static_cast<value_id>(code.size()); id-- > 0;) {
    const instruction& at = code[id];
    if (wanted_in[id] < everywhere && is_known_before(id, wanted_in[id])) region[id] = wanted_in[id];
    const value_id mine = region[id] == id ? everywhere : region[id];
    for (int i = 0; i < facts_of(at.code).arity; ++i) {
      const value_id use = is_rare(at) && i == 1 ? id : mine;
      value_id& wanted = wanted_in[at.operands[i]];
      wanted = wanted == unused || wanted == use || is_same_case(wanted, use) ? use : everywhere;
    }
  }
  return region;
}

}  // namespace onepass
