// What an error says: the text that users see is part of what is tested.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string>

namespace onepass::testing {

/// What f throws as an Error says; or what happened instead.
template <class Error, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& caught) {
    return caught.what();
  } catch (const std::exception& other) {
    return std::string("another error: ") + other.what();
  }
  return "nothing was thrown";
}

#define EXPECT_SAYS(Error, text, ...) EXPECT_EQ(message_of<Error>([&] { static_cast<void>(__VA_ARGS__); }), text)

}  // namespace onepass::testing
