# gatepost_library(mail SOURCES a.cc b.cc LINKS gatepost_base)   makes gatepost_mail
function(gatepost_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(gatepost_${name} STATIC ${ARG_SOURCES})
  target_include_directories(gatepost_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(gatepost_${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# gatepost_program(gatepost-dkim SOURCES main.cc LINKS gatepost_milter)
function(gatepost_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endfunction()

# gatepost_manual(gatepost-dkim 8): renders gatepost-dkim.8.in with the options that the program
# prints of itself.
function(gatepost_manual program section)
  set(page ${CMAKE_CURRENT_BINARY_DIR}/${program}.${section})
  set(template ${CMAKE_CURRENT_SOURCE_DIR}/${program}.${section}.in)
  add_custom_command(OUTPUT ${page}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DTEMPLATE=${template}
            -DVERSION=${PROJECT_VERSION} -DOUTPUT=${page}
            -P ${CMAKE_SOURCE_DIR}/cmake/RenderManual.cmake
    DEPENDS ${program} ${template} VERBATIM)
  add_custom_target(manual.${program} ALL DEPENDS ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()

# gatepost_sample(gatepost-dkim dkim.toml): the sample in deploy/config is what the program prints.
function(gatepost_sample program file)
  cmake_parse_arguments(ARG "" "ARGUMENT" "" ${ARGN})
  if(NOT ARG_ARGUMENT)
    set(ARG_ARGUMENT --print-sample)
  endif()
  add_test(NAME samples/${file}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DARGUMENT=${ARG_ARGUMENT}
            -DFILE=${CMAKE_SOURCE_DIR}/deploy/config/${file}
            -P ${CMAKE_SOURCE_DIR}/cmake/CompareSample.cmake)
endfunction()

# What every test includes, compiled once (GoogleTest's headers take seconds).
function(gatepost_test_headers)
  # A program, because position independence must be that of the tests.
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/main.cc CONTENT "int main() {}\n")
  add_executable(gatepost_test_headers ${CMAKE_CURRENT_BINARY_DIR}/main.cc)
  target_link_libraries(gatepost_test_headers PRIVATE GTest::gtest GTest::gmock)
  target_precompile_headers(gatepost_test_headers PRIVATE
    <gtest/gtest.h> <gmock/gmock.h> <string> <vector>)
endfunction()

# gatepost_test(common.mail SOURCES address_test.cc LINKS gatepost_mail): one binary, one ctest
# entry per TEST; with WHOLE one entry for all, where they share what is slow to come up.
function(gatepost_test name)
  cmake_parse_arguments(ARG "WHOLE" "" "SOURCES;LINKS" ${ARGN})
  set(target test.${name})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${target} REUSE_FROM gatepost_test_headers)
  target_compile_definitions(${target} PRIVATE
    GATEPOST_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GATEPOST_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  if(ARG_WHOLE)
    add_test(NAME ${name} COMMAND ${target})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  else()
    gtest_discover_tests(${target} TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 120
      PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# gatepost_fuzz(mail_address SOURCE mail_address_fuzz.cc LINKS gatepost_mail): libFuzzer under the
# fuzz preset; everywhere else a program that replays tests/fuzz/corpus/<name> as a test.
function(gatepost_fuzz name)
  cmake_parse_arguments(ARG "" "SOURCE" "LINKS" ${ARGN})
  set(target fuzz_${name})
  add_executable(${target} ${ARG_SOURCE})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${ARG_LINKS})
  if(GATEPOST_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz_replay/${name}
             COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz_replay/${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
