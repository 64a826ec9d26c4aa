# dv_cc_library, dv_cc_binary and dv_cc_test: declarations without logic at the
# call site. A room is one dv_cc_library; DEPS are what its headers show,
# PRIVATE_DEPS what only its sources use. Other rooms cannot include what is
# private, which is how the layering of ARCHITECTURE.md is enforced.

# Warnings and sanitizers of our own code.
add_library(deepvision_flags INTERFACE)
target_compile_options(deepvision_flags INTERFACE
  -Wall -Wextra -Wno-missing-field-initializers -fno-omit-frame-pointer
  $<$<BOOL:${DEEPVISION_WERROR}>:-Werror>)
if(DEEPVISION_SANITIZE STREQUAL "address")
  target_compile_options(deepvision_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined)
  target_link_options(deepvision_flags INTERFACE -fsanitize=address,undefined)
elseif(DEEPVISION_SANITIZE STREQUAL "thread")
  # Abseil's flags use fences, which GCC only warns of here.
  target_compile_options(deepvision_flags INTERFACE -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(deepvision_flags INTERFACE -fsanitize=thread)
  # Instrumented in place of the packaged Abseil.
  include(DeepVisionCache)
  set(tsan_abseil "${DEEPVISION_CACHE}/abseil-tsan/lib")
  if(NOT EXISTS "${tsan_abseil}")
    message(FATAL_ERROR "${tsan_abseil} does not exist; run scripts/tsan_abseil.sh first")
  endif()
  set(DEEPVISION_TSAN "LD_LIBRARY_PATH=${tsan_abseil}")
  set(DEEPVISION_TSAN_SUPPRESSED
    "${DEEPVISION_TSAN}" "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan_server.supp")
endif()

if(DEEPVISION_FUZZ)
  target_compile_options(deepvision_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_compile_definitions(deepvision_flags INTERFACE DEEPVISION_FUZZ)
endif()

# dv_cc_library(NAME graph [HDRS …] [SRCS …] [DEPS …] [PRIVATE_DEPS …])
# makes deepvision::<NAME>; without SRCS it is header-only.
function(dv_cc_library)
  cmake_parse_arguments(ARG "" "NAME" "HDRS;SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  set(target deepvision_${ARG_NAME})
  if(ARG_SRCS)
    add_library(${target} STATIC ${ARG_SRCS} ${ARG_HDRS})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} deepvision_flags)
  else()
    add_library(${target} INTERFACE ${ARG_HDRS})
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${ARG_DEPS})
  endif()
  add_library(deepvision::${ARG_NAME} ALIAS ${target})
  list(TRANSFORM ARG_HDRS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" OUTPUT_VARIABLE headers)
  set_property(GLOBAL APPEND PROPERTY DEEPVISION_HEADERS_${ARG_NAME} ${headers})
  set_property(GLOBAL APPEND PROPERTY DEEPVISION_ROOMS ${ARG_NAME})
endfunction()

# dv_fault_points(room): the room has places that tests can hold up or fail, see
# core/base/fault_point.h.
function(dv_fault_points name)
  if(DEEPVISION_FAULT_POINTS)
    target_link_libraries(deepvision_${name} PRIVATE deepvision::fault_points)
  endif()
endfunction()

# dv_cc_binary(NAME tool SRCS … DEPS …)
function(dv_cc_binary)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} deepvision_flags)
endfunction()

# Builds every test; DEEPVISION_TEST_ROOMS narrows what that is.
add_custom_target(deepvision_tests)

# Sets wanted: whether the test of this folder is one of DEEPVISION_TEST_ROOMS.
# Others are declared all the same, and built only when asked for by name.
function(_dv_test_wanted name wanted)
  file(RELATIVE_PATH room "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(${wanted} ON PARENT_SCOPE)
  if(DEEPVISION_TEST_ROOMS AND NOT "${room}/${name}" MATCHES "${DEEPVISION_TEST_ROOMS}")
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    set(${wanted} OFF PARENT_SCOPE)
  endif()
endfunction()

# dv_cc_test(NAME base_digest_test SRCS … DEPS … [ARGS …] [SUPPRESSED])
# A Catch2 program (v2 and v3: see tests/support/catch.h) run by CTest.
# SUPPRESSED: it runs distribution code that the thread sanitizer cannot see into.
function(dv_cc_test)
  cmake_parse_arguments(ARG "SUPPRESSED" "NAME" "SRCS;DEPS;ARGS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} deepvision_catch_main deepvision_flags)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  _dv_test_wanted(${ARG_NAME} wanted)
  if(NOT wanted)
    return()
  endif()
  add_dependencies(deepvision_tests ${ARG_NAME})
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} ${ARG_ARGS})
  set_tests_properties(${ARG_NAME} PROPERTIES TIMEOUT 300)
  if(ARG_SUPPRESSED)
    set_tests_properties(${ARG_NAME} PROPERTIES ENVIRONMENT "${DEEPVISION_TSAN_SUPPRESSED}")
  else()
    set_tests_properties(${ARG_NAME} PROPERTIES ENVIRONMENT "${DEEPVISION_TSAN}")
  endif()
endfunction()

# dv_fuzz_target(NAME manifest SRCS … DEPS … [CORPUS folder …])
# makes manifest_fuzz: a fuzzer in the preset "fuzz"; elsewhere a test that
# replays the kept inputs, corpus/<NAME> and the folders named here.
function(dv_fuzz_target)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;CORPUS" ${ARGN})
  set(target ${ARG_NAME}_fuzz)
  dv_cc_binary(NAME ${target} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS})
  if(DEEPVISION_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(deepvision_fuzzers ${target})
    return()
  endif()
  target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc")
  _dv_test_wanted(${target} wanted)
  if(NOT wanted)
    return()
  endif()
  add_dependencies(deepvision_tests ${target})
  add_test(NAME ${target} COMMAND ${target} "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${ARG_NAME}" ${ARG_CORPUS})
  set_tests_properties(${target} PROPERTIES TIMEOUT 300)
endfunction()
