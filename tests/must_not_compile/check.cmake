# Compiles one case twice: as it is, which must work, and with MUST_NOT_COMPILE defined, which must fail and say why.
# So a case whose includes are broken, or whose mistake is another one than it claims, does not pass.
#
# Given: CASE, COMPILER, FLAGS. The first lines of a case say what the compiler must say, as a regular expression
# ("// says: ..."), and may ask for more flags for the wrong variant ("// flags: ...").
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")
file(STRINGS ${CASE} says_line REGEX "^// says: " LIMIT_COUNT 1)
file(STRINGS ${CASE} flags_line REGEX "^// flags: " LIMIT_COUNT 1)
string(REGEX REPLACE "^// says: " "" expected "${says_line}")
string(REGEX REPLACE "^// flags: " "" wrong_flags "${flags_line}")
separate_arguments(wrong_flags)
if(expected STREQUAL "")
  message(FATAL_ERROR "${CASE} does not say what the compiler must say")
endif()

execute_process(COMMAND ${COMPILER} ${FLAGS} -fsyntax-only ${CASE} RESULT_VARIABLE right ERROR_VARIABLE said)
if(NOT right EQUAL 0)
  message(FATAL_ERROR "the right variant does not compile:\n${said}")
endif()

execute_process(COMMAND ${COMPILER} ${FLAGS} ${wrong_flags} -DMUST_NOT_COMPILE -fsyntax-only ${CASE} RESULT_VARIABLE wrong ERROR_VARIABLE said)
if(wrong EQUAL 0)
  message(FATAL_ERROR "the wrong variant compiles")
endif()
if(NOT said MATCHES "${expected}")
  message(FATAL_ERROR "the compiler does not say '${expected}':\n${said}")
endif()
