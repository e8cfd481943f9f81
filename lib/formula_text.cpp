// Messages about formulas.
#include "formula_text.hpp"

#include <algorithm>
#include <vector>

namespace onepass {

namespace {

/// Bytes that continue a character of UTF-8.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// One printable byte for each character.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (continues(c)) continue;
    const bool is_space = c == '\t' || c == '\r';
    shown += is_space ? ' ' : c >= ' ' && c <= '~' ? c : '?';
  }
  return shown;
}

/// The part of a line around a column, which becomes the column in that part.
std::string part_around(const std::string& line, std::size_t& column) {
  constexpr std::size_t widest = 100, before = 60;
  const std::size_t start = line.size() > widest && column > before ? column - before : 0;
  std::string part = line.substr(start, widest);
  if (start + part.size() < line.size()) part += "...";
  if (start > 0) part.insert(0, "...");
  column = column - start + (start > 0 ? 3 : 0);
  return part;
}

}  // namespace

formula_text::formula_text(std::string_view text) {
  if (text.size() > longest) {
    const std::string size = std::to_string(text.size()), limit = std::to_string(longest);
    throw formula_error("formula: the text has " + size + " bytes; at most " + limit + " are read");
  }
  text_ = text;
}

std::string formula_text::message(std::size_t place, std::string_view what) const {
  const std::string_view before = view().substr(0, place);
  const std::size_t start = before.rfind('\n') + 1;  // 0 where there is none
  const std::size_t end = std::min(view().find('\n', place), view().size());
  std::size_t column = printable(before.substr(start)).size();
  std::string text = "formula";
  if (start > 0) text += ", line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
  text += ", column " + std::to_string(column + 1) + ": ";
  text += what;
  text += "\n  " + part_around(printable(view().substr(start, end - start)), column);
  return text + "\n  " + std::string(column, ' ') + "^";
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest_quote = 40;
  const std::string shown = printable(text.substr(0, longest_quote));
  return "'" + shown + (text.size() > longest_quote ? "...'" : "'");
}

namespace {

/// Levenshtein's distance: how many characters have to be changed, inserted or left out.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest_name = 64;
  if (name.size() > longest_name) return {};
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(2, (name.size() + 1) / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest_name) continue;
    const std::size_t far = distance(name, candidate);
    if (far >= least) continue;
    least = far;
    nearest = candidate;
  }
  return nearest.empty() ? std::string() : "; did you mean " + quoted(nearest) + "?";
}

}  // namespace onepass
