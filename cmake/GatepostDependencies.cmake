# Each third-party header has one owner folder (tests/checks/layers verifies it); only the owner
# links the library.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(tl-expected REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(MAXMINDDB REQUIRED IMPORTED_TARGET libmaxminddb)
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# These two ship no usable pkg-config file in Debian 12.
find_library(MILTER_LIBRARY milter REQUIRED)
find_path(MILTER_INCLUDE_DIR libmilter/mfapi.h REQUIRED)
add_library(gatepost_libmilter INTERFACE)
target_link_libraries(gatepost_libmilter INTERFACE ${MILTER_LIBRARY} Threads::Threads)
target_include_directories(gatepost_libmilter SYSTEM INTERFACE ${MILTER_INCLUDE_DIR})

find_library(OPENDKIM_LIBRARY opendkim REQUIRED)
find_path(OPENDKIM_INCLUDE_DIR opendkim/dkim.h REQUIRED)
add_library(gatepost_libopendkim INTERFACE)
target_link_libraries(gatepost_libopendkim INTERFACE ${OPENDKIM_LIBRARY})
target_include_directories(gatepost_libopendkim SYSTEM INTERFACE ${OPENDKIM_INCLUDE_DIR})

# Header-only here: no shared library to keep in step, and sanitizers see into it.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(gatepost_tomlplusplus INTERFACE)
target_include_directories(gatepost_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

# libspf2 installs no pkg-config file either, and its headers know nothing of C++.
find_library(SPF2_LIBRARY spf2 REQUIRED)
find_path(SPF2_INCLUDE_DIR spf2/spf.h REQUIRED)
add_library(gatepost_libspf2 INTERFACE)
target_link_libraries(gatepost_libspf2 INTERFACE ${SPF2_LIBRARY})
target_include_directories(gatepost_libspf2 SYSTEM INTERFACE ${SPF2_INCLUDE_DIR})
