# SPDX-License-Identifier: Apache-2.0
# Compiler settings shared by all targets, and doppel_library(), which makes a folder a library.
include(GNUInstallDirs)
include(CheckLinkerFlag)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
# The libraries may end up inside a shared object of whoever embeds them.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

add_compile_options(-Wall -Wextra -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  check_linker_flag(CXX -fuse-ld=lld DOPPEL_HAVE_LLD)
  if(DOPPEL_HAVE_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

# Machine code that is kept belongs to one build.
add_link_options(LINKER:--build-id)

if(DOPPEL_SANITIZE)
  add_compile_options(-fsanitize=${DOPPEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DOPPEL_SANITIZE})
endif()
if(DOPPEL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# With relative paths, clones and worktrees share what ccache has compiled; it asks for the
# sloppiness wherever precompiled headers are in use.
find_program(DOPPEL_CCACHE ccache)
mark_as_advanced(DOPPEL_CCACHE)
if(DOPPEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${DOPPEL_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

# doppel_library(NAME SOURCES...): the static library doppel_NAME, also known as doppel::NAME,
# whose includes are written from the root of the tree.
function(doppel_library name)
  add_library(doppel_${name} STATIC ${ARGN})
  add_library(doppel::${name} ALIAS doppel_${name})
  set_target_properties(doppel_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(doppel_${name} PUBLIC cxx_std_20)
  target_include_directories(doppel_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/doppel>)
endfunction()

# doppel_precompile(TARGET PRIVATE HEADERS... | REUSE_FROM OTHER): library headers compiled beforehand
# for the target, or those of a target that is built alike. Headers of the project stay out, so that
# an edit rebuilds no more than it must. Clang alone: GCC's build shows that nothing rests on it.
function(doppel_precompile target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_precompile_headers(${target} ${ARGN})
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()
