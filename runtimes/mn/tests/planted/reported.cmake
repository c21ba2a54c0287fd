# Runs PROGRAM with ARGUMENTS, which does something wrong on purpose, and demands that it ends badly and that its
# standard error has every one of the regular expressions EXPECTED, in any order.
#
#   cmake -DPROGRAM=… -DARGUMENTS=… -DEXPECTED=… -P reported.cmake
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} RESULT_VARIABLE status ERROR_VARIABLE report OUTPUT_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended well; on standard error:\n${report}")
endif()
foreach(expression IN LISTS EXPECTED)
  if(NOT report MATCHES "${expression}")
    message(FATAL_ERROR "nothing in the report matches \"${expression}\":\n${report}")
  endif()
endforeach()
