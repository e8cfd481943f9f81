# Installation: headers, the static library, the licence, and what find_package(onepass) reads.
#
# Everything is one component, `onepass`.
include(CMakePackageConfigHelpers)

set(ONEPASS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/onepass)

install(TARGETS onepass EXPORT onepass-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT onepass)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/onepass DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT onepass FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT onepass)
install(EXPORT onepass-targets NAMESPACE onepass:: DESTINATION ${ONEPASS_PACKAGE_DIR} COMPONENT onepass)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/onepass-config.cmake.in ${PROJECT_BINARY_DIR}/onepass-config.cmake
  INSTALL_DESTINATION ${ONEPASS_PACKAGE_DIR} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change what code means; patches may not.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/onepass-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/onepass-config.cmake ${PROJECT_BINARY_DIR}/onepass-config-version.cmake
  DESTINATION ${ONEPASS_PACKAGE_DIR} COMPONENT onepass)
