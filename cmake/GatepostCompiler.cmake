# Warnings are errors everywhere; sanitizers by preset; hardening where there is no sanitizer.
set(GATEPOST_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
option(GATEPOST_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Werror -fno-omit-frame-pointer
                    -fdiagnostics-color=auto)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(GATEPOST_SANITIZE)
  add_compile_options(-fsanitize=${GATEPOST_SANITIZE} -fno-sanitize-recover=all -g1 -O1)
  add_link_options(-fsanitize=${GATEPOST_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 sees false overflows in sanitized std::string code.
    add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
else()
  add_compile_options(-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
                      -fcf-protection)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 sees overlapping copies in std::string's operator+ where there are none.
  add_compile_options(-Wno-restrict)
endif()

if(GATEPOST_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
