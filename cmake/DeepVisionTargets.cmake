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
  target_compile_options(deepvision_flags INTERFACE -fsanitize=thread)
  target_link_options(deepvision_flags INTERFACE -fsanitize=thread)
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

# dv_cc_test(NAME base_digest_test SRCS … DEPS … [ARGS …])
# A Catch2 program (v2 and v3: see tests/support/catch.h) run by CTest.
function(dv_cc_test)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;ARGS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} deepvision_catch_main deepvision_flags)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  file(RELATIVE_PATH room "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
  if(DEEPVISION_TEST_ROOMS AND NOT room MATCHES "${DEEPVISION_TEST_ROOMS}")
    set_target_properties(${ARG_NAME} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  add_dependencies(deepvision_tests ${ARG_NAME})
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} ${ARG_ARGS})
  set_tests_properties(${ARG_NAME} PROPERTIES TIMEOUT 300)
  if(DEEPVISION_SANITIZE STREQUAL "thread" AND room MATCHES "^server")
    set_tests_properties(${ARG_NAME} PROPERTIES
      ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan_server.supp")
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
  add_dependencies(deepvision_tests ${target})
  add_test(NAME ${target} COMMAND ${target} "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${ARG_NAME}" ${ARG_CORPUS})
  set_tests_properties(${target} PROPERTIES TIMEOUT 300)
endfunction()
