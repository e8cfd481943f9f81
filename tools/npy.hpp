// Arrays in .npy files, NumPy's own file format: a short header that is a Python dict literal, then the elements.
//
// A file is hostile until proven otherwise: what its header says is checked against the file's size before memory is
// taken for it. A file that is written appears under its name only when it is complete.
#pragma once

#include <string>

#include <onepass/array/any_array.hpp>

namespace onepass::npy {

/// The array in a file of format version 1.0, 2.0 or 3.0, either memory order, either byte order; what follows the
/// elements is ignored. Throws type_error for element types that arrays cannot hold, value_error for a file that
/// cannot be read or is malformed; both name the file and what is wrong.
any_array read(const std::string& path);

/// Writes the bytes that NumPy's save writes for the same array. The file is made beside its final place, then put
/// there in one step; a symbolic link stays and its target is replaced, and a replaced file's permissions stay.
/// Throws value_error, with the path and the system's reason, and leaves nothing behind if that fails.
void write(const std::string& path, const any_array& array);

}  // namespace onepass::npy
