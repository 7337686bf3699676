# How everything is compiled: C++20, every warning, and a sanitizer where a preset asks for one.
include_guard(GLOBAL)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()
set(TUTORIAL_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= names them")
option(TUTORIAL_WERROR "A warning is an error" OFF)
option(TUTORIAL_PORTABLE "On Linux too, use what every POSIX system has: poll, and no calls of Linux's own" OFF)

add_library(tutorial_options INTERFACE)
target_compile_features(tutorial_options INTERFACE cxx_std_20)
target_compile_options(tutorial_options INTERFACE -Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of "text" + std::string when it optimises (its bug 105329).
  target_compile_options(tutorial_options INTERFACE -Wno-restrict)
endif()
if(TUTORIAL_WERROR)
  target_compile_options(tutorial_options INTERFACE -Werror)
endif()
if(TUTORIAL_PORTABLE)
  target_compile_definitions(tutorial_options INTERFACE TUTORIAL_PORTABLE)
endif()
if(TUTORIAL_SANITIZE)
  # The check of vptr opens a pipe to look at memory: in a program that has run out of descriptors, as some tests have
  # it, it would report errors that are none.
  target_compile_options(tutorial_options INTERFACE -fsanitize=${TUTORIAL_SANITIZE} -fno-sanitize=vptr
                         -fno-omit-frame-pointer)
  if(TUTORIAL_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    target_compile_definitions(tutorial_options INTERFACE __SANITIZE_THREAD__) # as GCC does, for tests that can't run there
  endif()
  if(TUTORIAL_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(tutorial_options INTERFACE -Wno-tsan) # Asio has a fence that TSan does not see
  endif()
  target_link_options(tutorial_options INTERFACE -fsanitize=${TUTORIAL_SANITIZE})
endif()
