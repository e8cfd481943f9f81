# Compiler flags of our own targets. Users' targets get none of these: the headers do not depend on flags.

# Instruction sets that code is built for, and their flags.
set(ONEPASS_FLAGS_baseline "")
set(ONEPASS_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2)
set(ONEPASS_FLAGS_avx512 ${ONEPASS_FLAGS_avx2} -mavx512f -mavx512vl -mavx512bw -mavx512dq)

# What every target of this project is compiled with.
function(onepass_target_flags target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -ffp-contract=off
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 sees overlaps in every concatenation of strings
  if(ONEPASS_SANITIZER)
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)  # g++ 12 sees some in instrumented std::function
  endif()
  if(ONEPASS_STRICT)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
