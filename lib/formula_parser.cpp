// The parser of formulas: recursive descent, one token ahead.
#include "formula_parser.hpp"

#include <charconv>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace onepass {

namespace {

struct token {
  enum class kind : std::uint8_t { end, number, name, symbol };
  kind what = kind::end;
  std::uint32_t place = 0;
  std::string_view text;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c); }

/// Cuts the text into tokens.
class lexer {
 public:
  explicit lexer(const formula_text& text) : text_(text), rest_(text.view()) {}

  token next() {
    const std::size_t end_of_last = place();
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos) rest_.remove_prefix(1);
    if (rest_.empty()) return {token::kind::end, static_cast<std::uint32_t>(end_of_last), {}};
    const char first = rest_.front();
    if (starts_name(first)) return take(token::kind::name, length_of_name());
    if (is_digit(first) || (first == '.' && rest_.size() > 1 && is_digit(rest_[1]))) return take(token::kind::number, length_of_number());
    return take(token::kind::symbol, length_of_symbol());
  }

 private:
  std::size_t place() const { return text_.view().size() - rest_.size(); }

  token take(token::kind what, std::size_t length) {
    const token taken{what, static_cast<std::uint32_t>(place()), rest_.substr(0, length)};
    rest_.remove_prefix(length);
    return taken;
  }

  std::size_t length_of_name() const {
    std::size_t length = 1;
    while (length < rest_.size() && continues_name(rest_[length])) ++length;
    return length;
  }

  std::size_t skip_digits(std::size_t from) const {
    while (from < rest_.size() && is_digit(rest_[from])) ++from;
    return from;
  }

  std::size_t length_of_number() const {
    std::size_t length = skip_digits(0);
    if (length < rest_.size() && rest_[length] == '.') length = skip_digits(length + 1);
    if (length < rest_.size() && (rest_[length] == 'e' || rest_[length] == 'E')) {
      std::size_t digits = length + 1;
      if (digits < rest_.size() && (rest_[digits] == '+' || rest_[digits] == '-')) ++digits;
      if (skip_digits(digits) > digits) length = skip_digits(digits);
    }
    if (length < rest_.size() && (continues_name(rest_[length]) || rest_[length] == '.')) {
      text_.fail(place() + length, "a number cannot be followed by " + quoted(rest_.substr(length, 1)) + "; a product is written 2*x");
    }
    return length;
  }

  std::size_t length_of_symbol() const {
    for (const std::string_view two : {"**", "//", "<=", ">=", "==", "!=", "<<", ">>", "&&", "||", ":="}) {
      if (rest_.starts_with(two)) return 2;
    }
    if (rest_.front() < ' ' || rest_.front() > '~') text_.fail(place(), "unexpected character; formulas are made of printable ASCII");
    return 1;
  }

  const formula_text& text_;
  std::string_view rest_;
};

/// What formulas do not have, by how other languages write it, and what to write instead.
struct foreign_form {
  std::string_view text, advice;
};
constexpr foreign_form foreign_forms[] = {
    {"**", "there is no power operator; write a product such as x*x"},
    {"%", "there is no remainder operator; x - floor(x/y)*y is the remainder of floating numbers"},
    {"//", "there is no operator '//'; write floor(x/y)"},
    {"@", "there is no matrix product"},
    {"[", "parts of arrays are taken before they are bound; a formula works on whole arrays"},
    {".", "a name has no attributes; operations are called by name, as in sum(x)"},
    {"=", "a formula is one expression, without assignments; equality is '=='"},
    {":=", "a formula is one expression, without assignments"},
    {";", "a formula is one expression"},
    {"?", "a choice is written where(condition, x, y)"},
    {"if", "a choice is written where(condition, x, y)"},
    {"else", "a choice is written where(condition, x, y)"},
    {"and", "'p and q' is written where(p, q, false)"},
    {"&", "'p and q' is written where(p, q, false)"},
    {"&&", "'p and q' is written where(p, q, false)"},
    {"or", "'p or q' is written where(p, true, q)"},
    {"|", "'p or q' is written where(p, true, q)"},
    {"||", "'p or q' is written where(p, true, q)"},
    {"not", "'not p' is written where(p, false, true)"},
    {"!", "'not p' is written where(p, false, true)"},
    {"~", "'not p' is written where(p, false, true)"},
    {"^", "there is no operator '^'; write a product such as x*x, or p != q on numbers"},
    {"<<", "there are no shift operators"},
    {">>", "there are no shift operators"},
    {"'", "there is no text in formulas"},
    {"\"", "there is no text in formulas"},
};

std::string_view advice_on(std::string_view text) {
  for (const foreign_form& form : foreign_forms) {
    if (form.text == text) return form.advice;
  }
  return {};
}

/// Infix operators and the operations that they are.
struct infix {
  std::string_view symbol, operation;
};
constexpr infix comparisons[] = {{"<", "less"},           {"<=", "less_equal"}, {">", "greater"},
                                 {">=", "greater_equal"}, {"==", "equal"},      {"!=", "not_equal"}};
constexpr infix sums[] = {{"+", "add"}, {"-", "subtract"}};
constexpr infix products[] = {{"*", "multiply"}, {"/", "divide"}};

/// The operation of a symbol, or null.
const formula_operation* operation_of(std::span<const infix> operators, const token& at) {
  if (at.what != token::kind::symbol) return nullptr;
  for (const infix& candidate : operators) {
    if (candidate.symbol != at.text) continue;
    const formula_operation* const found = find_operation(candidate.operation);
    ONEPASS_EXPECTS(found != nullptr);
    return found;
  }
  return nullptr;
}

class parser {
 public:
  explicit parser(const formula_text& text) : text_(text), lexer_(text), negate_(find_operation("negate")) {
    ONEPASS_EXPECTS(negate_ != nullptr);
    advance();
  }

  formula_tree read() {
    expression();
    if (next_.what != token::kind::end) fail_unexpected("an operator");
    return std::move(tree_);
  }

 private:
  using form = formula_node::form;
  using id = std::uint32_t;

  /// One more level of nesting while it lives.
  class level {
   public:
    level(parser& of, std::uint32_t place) : of_(of) {
      if (++of_.depth_ > formula_tree::deepest) {
        of_.text_.fail(place, "nested deeper than " + std::to_string(formula_tree::deepest) + " levels");
      }
    }
    ~level() { --of_.depth_; }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

   private:
    parser& of_;
  };

  // --- tokens ---

  void advance() { next_ = lexer_.next(); }
  bool is_symbol(std::string_view text) const { return next_.what == token::kind::symbol && next_.text == text; }

  [[noreturn]] void fail_unexpected(const std::string& expected) const {
    if (next_.what == token::kind::end) text_.fail(next_.place, "expected " + expected + ", found the end");
    const std::string_view advice = next_.what == token::kind::number ? std::string_view() : advice_on(next_.text);
    if (!advice.empty()) text_.fail(next_.place, advice);
    text_.fail(next_.place, "expected " + expected + ", found " + quoted(next_.text));
  }

  /// Takes the parenthesis that closes the one at `opened`.
  void close(std::uint32_t opened, const std::string& or_else) {
    if (!is_symbol(")")) {
      if (next_.what == token::kind::end) text_.fail(opened, "this '(' is never closed");
      fail_unexpected(or_else + " or ')'");
    }
    advance();
  }

  // --- nodes ---

  id add(formula_node made) {
    const bool is_fold = made.what == form::reduction || (made.what == form::operation && made.operation->on_rows);
    const bool is_call = made.what == form::reduction || made.what == form::operation;
    if (is_call && ++operations_ > formula_tree::most_operations) {
      text_.fail(made.place, "more than " + std::to_string(formula_tree::most_operations) + " operations in one formula");
    }
    if (is_fold && ++folds_ > formula_tree::most_folds) {
      text_.fail(made.place, "more than " + std::to_string(formula_tree::most_folds) + " reductions in one formula");
    }
    tree_.nodes.push_back(made);
    return static_cast<id>(tree_.nodes.size() - 1);
  }

  id add_operation(const formula_operation& what, std::uint32_t place, std::initializer_list<id> operands) {
    formula_node made{form::operation};
    made.place = place;
    made.operation = &what;
    for (const id operand : operands) made.operands[made.count++] = operand;
    return add(made);
  }

  // --- expressions ---

  id expression() {
    const id left = sum();
    const formula_operation* const operation = operation_of(comparisons, next_);
    if (operation == nullptr) return left;
    const std::uint32_t place = next_.place;
    advance();
    const id made = add_operation(*operation, place, {left, sum()});
    if (operation_of(comparisons, next_) != nullptr) {
      text_.fail(next_.place, "comparisons do not chain; 'x < y and y < z' is written where(x < y, y < z, false)");
    }
    return made;
  }

  id sum() {
    id left = product();
    while (const formula_operation* const operation = operation_of(sums, next_)) {
      const std::uint32_t place = next_.place;
      advance();
      left = add_operation(*operation, place, {left, product()});
    }
    return left;
  }

  id product() {
    id left = unary();
    while (const formula_operation* const operation = operation_of(products, next_)) {
      const std::uint32_t place = next_.place;
      advance();
      left = add_operation(*operation, place, {left, unary()});
    }
    return left;
  }

  id unary() {
    const bool minus = is_symbol("-");
    if (!minus && !is_symbol("+")) return primary();
    const std::uint32_t place = next_.place;
    const level deeper(*this, place);
    advance();
    const id operand = unary();
    if (!minus) return operand;
    formula_node& at = tree_.nodes[operand];
    if (at.what != form::number || at.value.type == dtype::boolean) return add_operation(*negate_, place, {operand});
    at.value.integer = -at.value.integer;
    at.value.floating = -at.value.floating;
    at.place = place;
    return operand;
  }

  id primary() {
    const token at = next_;
    if (is_symbol("(")) {
      const level deeper(*this, at.place);
      advance();
      const id inside = expression();
      close(at.place, "an operator");
      return inside;
    }
    if (at.what == token::kind::number) {
      advance();
      return written_number(at);
    }
    if (at.what != token::kind::name || !advice_on(at.text).empty()) fail_unexpected("a number, a name or '('");
    advance();
    return is_symbol("(") ? call(at) : name_or_constant(at);
  }

  id written_number(const token& at) {
    formula_node made{form::number};
    made.place = at.place;
    const char* const begin = at.text.data();
    const char* const end = begin + at.text.size();
    if (at.text.find_first_of(".eE") == std::string_view::npos) {
      if (std::from_chars(begin, end, made.value.integer).ec != std::errc()) {
        text_.fail(at.place, "the integer " + quoted(at.text) + " is too large; with a point it is a floating number");
      }
    } else {
      made.value.type = dtype::f64;
      if (std::from_chars(begin, end, made.value.floating).ec != std::errc()) {
        text_.fail(at.place, "the number " + quoted(at.text) + " is out of the range of f64");
      }
    }
    return add(made);
  }

  id name_or_constant(const token& at) {
    formula_node made{form::number};
    made.place = at.place;
    if (at.text == "true" || at.text == "false") {
      made.value = {dtype::boolean, at.text == "true", 0};
    } else if (at.text == "inf") {
      made.value = {dtype::f64, 0, std::numeric_limits<double>::infinity()};
    } else if (at.text == "nan") {
      made.value = {dtype::f64, 0, std::numeric_limits<double>::quiet_NaN()};
    } else {
      made.what = form::name;
      made.name = name_index(at);
    }
    return add(made);
  }

  std::uint32_t name_index(const token& at) {
    const auto [known, is_new] = names_.emplace(at.text, static_cast<std::uint32_t>(tree_.names.size()));
    if (is_new) {
      if (names_.size() > formula_tree::most_names) {
        text_.fail(at.place, "more than " + std::to_string(formula_tree::most_names) + " names in one formula");
      }
      tree_.names.emplace_back(at.text);
      tree_.name_places.push_back(at.place);
    }
    return known->second;
  }

  // --- calls ---

  /// A call whose arguments are being read.
  struct pending {
    token callee;
    formula_node made;
    bool has_keepdims = false;

    std::string name() const { return std::string(callee.text); }
    int fewest() const { return made.what == form::operation ? made.operation->fewest_operands() : 1; }
    int most() const { return made.what == form::operation ? made.operation->most_operands() : 1; }
    bool is_fold() const { return made.what == form::reduction || made.operation->on_rows; }
    bool reduces() const { return made.what == form::reduction || made.operation->reduces; }
  };

  id call(const token& callee) {
    const level deeper(*this, callee.place);
    pending under_way = callee_of(callee);
    const std::uint32_t opened = next_.place;
    advance();
    if (!is_symbol(")")) {
      argument(under_way);
      while (is_symbol(",")) {
        advance();
        argument(under_way);
      }
    }
    close(opened, "',', an operator");
    const formula_node& made = under_way.made;
    if (made.count < under_way.fewest()) fail_count(under_way, callee.place);
    if (made.keepdims && !made.has_axis) {
      text_.fail(callee.place, "keepdims needs an axis, as in " + under_way.name() + "(x, axis=-1, keepdims=true)");
    }
    return add(made);
  }

  pending callee_of(const token& callee) const {
    pending under_way{callee, {form::operation}};
    under_way.made.place = callee.place;
    under_way.made.operation = find_operation(callee.text);
    if (under_way.made.operation != nullptr) return under_way;
    under_way.made.what = form::reduction;
    under_way.made.reduction = find_reduction(callee.text);
    if (under_way.made.reduction != nullptr) return under_way;
    text_.fail(callee.place, "unknown operation " + quoted(callee.text) + did_you_mean(callee.text, callable_names()));
  }

  [[noreturn]] void fail_count(const pending& call, std::uint32_t place) const {
    std::string count = std::to_string(call.fewest());
    if (call.most() > call.fewest()) count += " to " + std::to_string(call.most());
    std::string text = call.name() + " takes " + count + (call.most() == 1 ? " operand" : " operands");
    if (call.made.what == form::reduction) text += "; the axis is given by name, as in " + call.name() + "(x, axis=-1)";
    text_.fail(place, text);
  }

  void argument(pending& call) {
    const bool is_keyword = next_.what == token::kind::name && lexer(lexer_).next().text == "=";
    if (is_keyword) return keyword(call);
    if (call.made.has_axis || call.has_keepdims) text_.fail(next_.place, "operands come before axis and keepdims");
    if (call.made.count == call.most() && !is_symbol(")") && next_.what != token::kind::end) fail_count(call, next_.place);
    const id operand = expression();
    call.made.operands[call.made.count++] = operand;
  }

  void keyword(pending& call) {
    const token word = next_;
    advance();
    advance();
    const bool is_axis = word.text == "axis", is_keepdims = word.text == "keepdims";
    if (!(is_axis && call.is_fold()) && !(is_keepdims && call.reduces())) {
      text_.fail(word.place, call.name() + " takes no argument called " + quoted(word.text));
    }
    if (is_axis ? call.made.has_axis : call.has_keepdims) text_.fail(word.place, quoted(word.text) + " is given twice");
    if (is_axis) {
      call.made.has_axis = true;
      call.made.axis = axis_number();
    } else {
      call.has_keepdims = true;
      call.made.keepdims = truth();
    }
  }

  int axis_number() {
    const std::uint32_t place = next_.place;
    const bool minus = is_symbol("-");
    if (minus) advance();
    int axis = 0;
    const char* const end = next_.text.data() + next_.text.size();
    const bool is_number = next_.what == token::kind::number;
    const auto [stop, problem] = std::from_chars(next_.text.data(), end, axis);
    if (!is_number || stop != end || problem != std::errc()) text_.fail(place, "an axis is a whole number, such as -1 for the last one");
    advance();
    return minus ? -axis : axis;
  }

  bool truth() {
    const bool is_name = next_.what == token::kind::name;
    if (!is_name || (next_.text != "true" && next_.text != "false")) text_.fail(next_.place, "keepdims is true or false");
    const bool is_true = next_.text == "true";
    advance();
    return is_true;
  }

  const formula_text& text_;
  lexer lexer_;
  const formula_operation* negate_;
  token next_;
  formula_tree tree_;
  std::unordered_map<std::string_view, std::uint32_t> names_;
  int depth_ = 0;
  std::size_t operations_ = 0, folds_ = 0;
};

}  // namespace

formula_tree parse_formula(const formula_text& text) { return parser(text).read(); }

}  // namespace onepass
