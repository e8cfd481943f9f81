# Installs the built library into a prefix of its own, then configures, builds and runs tests/consumer outside of the
# tree, as a user would. cmake -DBUILD=<build tree> -DSOURCE=<source tree> -DWORK=<scratch> -DCOMPILER= -DFLAGS=
# -DGENERATOR= -DBUILD_TYPE= -P consumer_test.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nfailed (${status}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix --component onepass)

# What is installed: every header, the licence, and no path of this machine.
file(GLOB_RECURSE headers RELATIVE ${SOURCE}/include ${SOURCE}/include/*.hpp)
foreach(header ${headers})
  file(SHA256 ${SOURCE}/include/${header} expected)
  file(SHA256 ${WORK}/prefix/include/${header} found)
  if(NOT expected STREQUAL found)
    message(FATAL_ERROR "${header} was installed with other contents")
  endif()
endforeach()
file(GLOB_RECURSE licences ${WORK}/prefix/share/doc/*/LICENSE)
if(licences STREQUAL "")
  message(FATAL_ERROR "the licence is not installed")
endif()
file(GLOB_RECURSE scripts ${WORK}/prefix/*.cmake)
foreach(script ${scripts})
  file(READ ${script} text)
  foreach(path ${SOURCE} ${BUILD})
    string(FIND "${text}" "${path}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${script} names ${path}")
    endif()
  endforeach()
endforeach()

# The prefix may be moved before it is used.
file(RENAME ${WORK}/prefix ${WORK}/elsewhere)
file(COPY ${SOURCE}/tests/consumer/ DESTINATION ${WORK}/source)
run(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/elsewhere
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
message("${output}")
