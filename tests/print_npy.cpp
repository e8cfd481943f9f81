// What the comparisons with NumPy run, on many files at once because starting a program takes longer than its work:
// `print_npy print FILE...` prints each array and a zero byte, `print_npy copy FILE COPY...` writes each array to another
// file and prints a line for it, which is empty if all went well. An array that cannot be read leaves its complaint.
#include <exception>
#include <iostream>
#include <string_view>

#include <onepass/array/any_array.hpp>

#include "npy.hpp"

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  const bool copies = command == "copy";
  if ((!copies && command != "print") || (copies && argc % 2 != 0)) {
    std::cerr << "usage: print_npy print FILE... | print_npy copy FILE COPY...\n";
    return 2;
  }
  for (int i = 2; i < argc; i += copies ? 2 : 1) {
    try {
      const onepass::any_array array = onepass::npy::read(argv[i]);
      if (copies) {
        onepass::npy::write(argv[i + 1], array);
      } else {
        std::cout << array;
      }
    } catch (const std::exception& problem) {
      std::cout << problem.what();
    }
    std::cout << (copies ? '\n' : '\0');
  }
  return 0;
}
