# Runs GDB over PROGRAM with the commands of SCRIPT, live and on a core file, and checks what they print. FOLDER is where
# the system may write the core file. (gdb's own `gcore` leaves out what lies behind guard markers.)
if(NOT GDB)
  message("skipped: gdb is not installed")
  return()
endif()
execute_process(COMMAND ${GDB} -nx -batch -ex "python import gdb.unwinder; print('has', 'unwinders')" OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT said MATCHES "has unwinders")
  message("skipped: this gdb has no Python")
  return()
endif()

set(commands
  -ex "source ${SCRIPT}" -ex "info mn-tasks" -ex "mn-bt all" -ex "echo [on waiter]\\n" -ex "mn-task 2" -ex "up"
  -ex "backtrace" -ex "mn-task off" -ex "echo [no such task]\\n" -ex "mn-bt 99")
execute_process(
  COMMAND ${GDB} -nx -batch -ex "set debuginfod enabled off" -ex "set breakpoint pending off"
    -ex "break mn_gdb_all_are_parked" -ex run ${commands} -ex "mn-task 1" -ex continue ${PROGRAM}
  OUTPUT_VARIABLE live ERROR_VARIABLE errors TIMEOUT 60)
if(live MATCHES "ptrace: Operation not permitted" OR errors MATCHES "ptrace: Operation not permitted|Could not trace")
  message("skipped: gdb may not run a program here (ptrace is forbidden)")
  return()
endif()

function(expect what text)
  foreach(pattern ${ARGN})
    if(NOT text MATCHES "${pattern}")
      message(FATAL_ERROR "${what}: nothing matches\n${pattern}\nin\n${text}\n${errors}")
    endif()
  endforeach()
endfunction()

set(in_the_breakpoint "task 3 \"stopper\"[^\n]*\n#0 [^\n]*mn_gdb_all_are_parked")
set(patterns
  "task 1 \"reader\" .channel receive at 0x[0-9a-f]+, [0-9.]+ s. spawned at [^\n]*parked_tasks.cpp:[0-9]+\n"
  "task 2 \"waiter\" .wait group at 0x[0-9a-f]+, [0-9.]+ s. spawned at [^\n]*parked_tasks.cpp:[0-9]+\n"
  # Not worker 0 where gdb took so long that the monitor sent a spare.
  "task 3 \"stopper\" .running on worker [0-9]+, thread [0-9]+. spawned at [^\n]*parked_tasks.cpp:[0-9]+\n"
  "3 tasks\n"
  # The calls of each, below its line.
  "task 1 \"reader\"[^\n]*\n(    #[^\n]*\n)*    #[0-9]+ +0x[0-9a-f]+ in mn_gdb_reads[^\n]*parked_tasks.cpp:[0-9]+\n"
  "task 2 \"waiter\"[^\n]*\n(    #[^\n]*\n)*    #[0-9]+ +0x[0-9a-f]+ in mn_gdb_waits[^\n]*parked_tasks.cpp:[0-9]+\n"
  "${in_the_breakpoint}"
  # The chosen one is what gdb itself now shows.
  "on waiter.\n.*#[0-9]+ [^\n]*mn_gdb_waits \\(group=[^,]+, argument_of_waits=4711\\)")
expect("live" "${live}" ${patterns} "exited normally")
expect("live, to standard error" "${errors}" "there is no task 99")

# The system writes a core file where nobody has told it otherwise.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND sh -c "ulimit -c unlimited && exec \"$0\" abort" ${PROGRAM}
  WORKING_DIRECTORY ${FOLDER} OUTPUT_QUIET ERROR_QUIET)
file(GLOB core ${FOLDER}/core*)
if(core)
  execute_process(COMMAND ${GDB} -nx -batch -ex "set debuginfod enabled off" ${commands} ${PROGRAM} ${core}
    OUTPUT_VARIABLE dead ERROR_VARIABLE errors TIMEOUT 60)
  list(REMOVE_ITEM patterns "${in_the_breakpoint}")
  expect("core file" "${dead}" ${patterns})
else()
  message("no core file is to be had here, so only a live program was tested")
endif()
file(REMOVE_RECURSE ${FOLDER})
