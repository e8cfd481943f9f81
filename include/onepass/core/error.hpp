// The user's mistakes, by what was wrong. Each message names the shapes, types or text involved; nothing has been
// written when one of these is thrown. Our own mistakes are ONEPASS_EXPECTS, which never depends on user input.
#pragma once

#include <stdexcept>
#include <string>

namespace onepass {

/// Base of everything the library throws, std::bad_alloc apart.
class error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Shapes that do not broadcast, axes that do not exist, extents that overflow.
class shape_error : public error {
  using error::error;
};

/// Element types that do not meet, or that an operation does not take.
class type_error : public error {
  using error::error;
};

/// A value outside what its place allows: an unknown instruction set, a scalar too large for its array.
class value_error : public error {
  using error::error;
};

/// A formula that cannot be read; the message shows the place with a caret.
class formula_error : public error {
  using error::error;
};

}  // namespace onepass
