// What the comparisons with NumPy run: `print_npy FILE` reads an .npy file and prints the array, `print_npy FILE COPY`
// writes it to another file instead. Errors go to the error stream with exit status 1.
#include <exception>
#include <iostream>

#include <onepass/array/any_array.hpp>

#include "npy.hpp"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: print_npy FILE [COPY]\n";
    return 2;
  }
  try {
    const onepass::any_array array = onepass::npy::read(argv[1]);
    if (argc == 3) {
      onepass::npy::write(argv[2], array);
    } else {
      std::cout << array << '\n';
    }
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
  return 0;
}
