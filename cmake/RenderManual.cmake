# cmake -DPROGRAM=... -DTEMPLATE=... -DVERSION=... -DOUTPUT=... -P RenderManual.cmake
# Puts the option table that the program prints of itself into its manual page.
execute_process(COMMAND ${PROGRAM} --print-manual-options
                OUTPUT_VARIABLE OPTIONS COMMAND_ERROR_IS_FATAL ANY)
set(PROJECT_VERSION ${VERSION})
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
