# cmake -DPROGRAM=... -DARGUMENT=--print-sample -DFILE=... -P CompareSample.cmake
# Fails when a shipped sample is not what the program prints today.
execute_process(COMMAND ${PROGRAM} ${ARGUMENT} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${FILE} shipped)
if(NOT printed STREQUAL shipped)
  get_filename_component(name ${PROGRAM} NAME)
  message(FATAL_ERROR "${FILE} is out of date: ${name} ${ARGUMENT} > ${FILE}")
endif()
