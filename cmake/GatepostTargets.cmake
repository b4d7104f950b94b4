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

# gatepost_test(common.mail SOURCES address_test.cc LINKS gatepost_mail): one binary, one ctest
# entry per TEST.
function(gatepost_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  set(target test.${name})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${target} PRIVATE <gtest/gtest.h> <gmock/gmock.h> <string> <vector>)
  target_compile_definitions(${target} PRIVATE
    GATEPOST_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GATEPOST_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  gtest_discover_tests(${target} TEST_PREFIX ${name}/ DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT 300)
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
