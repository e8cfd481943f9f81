// Files that are made from the code and committed: a test compares them with what they should be, and the same program
// with `--write` renews them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace onepass::testing {

/// Whether the command line asked for it; main.cpp looks.
bool to_be_written();

/// The content of a file of the source tree; empty if there is none.
inline std::string committed(const std::string& path) {
  std::ifstream from(std::string(ONEPASS_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(from), {}};
}

/// The file has this content; or gets it.
inline void expect_committed(const std::string& path, const std::string& content) {
  if (to_be_written()) {
    std::ofstream(std::string(ONEPASS_SOURCE_DIR) + "/" + path) << content;
    return;
  }
  std::istringstream expected(content), found(committed(path));
  int shown = 0;
  for (std::string e, f; shown < 5;) {
    const bool more_expected = static_cast<bool>(std::getline(expected, e)), more_found = static_cast<bool>(std::getline(found, f));
    if (!more_expected && !more_found) break;
    if (more_expected == more_found && e == f) continue;
    ADD_FAILURE() << path << " has\n  " << (more_found ? f : "(its end)") << "\nand should have\n  " << (more_expected ? e : "(its end)")
                  << "\nIf that is meant to be so, run this program with --write";
    ++shown;
    if (more_expected != more_found) break;
  }
}

}  // namespace onepass::testing
