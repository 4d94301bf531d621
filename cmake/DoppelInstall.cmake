# SPDX-License-Identifier: Apache-2.0
# What an installation holds: the command with its pages, the libraries for find_package(doppel),
# and the public headers. A header is public by standing in this list, and by nothing else.
include(CMakePackageConfigHelpers)

set(DOPPEL_PUBLIC_HEADERS
  core/ops/trap_code.h
  core/result.h
  core/types.h
  bytecode/embed/function.h
  bytecode/embed/tier.h
  bytecode/embed/values.h
  bytecode/embed/wasm.h
  bytecode/isa/indices.h
  bytecode/isa/trap_kind.h
  bytecode/isa/types.h
  bytecode/runtime/slot.h
  bytecode/runtime/trap.h)

install(TARGETS doppel)
install(TARGETS doppel_core doppel_bytecode doppel_wasm EXPORT doppel)
if(TARGET doppel_jit)
  install(TARGETS doppel_jit LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
# The standard C interface goes by its own name: #include "wasm.h".
install(FILES bytecode/capi/wasm.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/doppel)
foreach(header IN LISTS DOPPEL_PUBLIC_HEADERS)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/doppel/${folder})
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/doppel)
install(EXPORT doppel DESTINATION ${package} NAMESPACE doppel:: FILE doppel-targets.cmake)
configure_package_config_file(cmake/doppel-config.cmake.in doppel-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(doppel-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/doppel-config.cmake
  ${PROJECT_BINARY_DIR}/doppel-config-version.cmake DESTINATION ${package})

install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}
  PATTERN *.stamp EXCLUDE)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME doppel)
set(CPACK_PACKAGE_VENDOR "the doppel authors")
set(CPACK_PACKAGE_CONTACT "the doppel authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libfmt-dev, libexpected-dev")
find_program(DOPPEL_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(DOPPEL_SHLIBDEPS)
if(DOPPEL_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
