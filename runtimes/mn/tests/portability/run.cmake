# Builds mn in another way than the main build does, and runs there the tests that this can break.
#
#   cmake -DWAY=… -DBINARY=DIR [-DLAUNCHER=ccache] -P run.cmake
#
#   gcc_lto      g++ -O3, mn and tests optimised together at link time: does anything survive that a compiler may keep
#                across a switch (the address of a thread-local variable)?
#   clang_lto    the same with clang++
#   portable     the same with g++ and the switch for CPUs that have none by hand
#   aarch64      the same with a cross compiler, return addresses signed and branches guarded, run by qemu
#
# Where a tool is missing, one line says which, and ctest counts the test as skipped.
cmake_minimum_required(VERSION 3.25)

macro(skip what)
  message("mn portability: skipped: ${what} is not here; `make portability` installs it")
  return()
endmacro()

# The newest clang++ there is, if it knows C++20 as the C++ library writes it.
function(find_clang result)
  foreach(number RANGE 40 16 -1)
    list(APPEND names clang++-${number})
  endforeach()
  find_program(clang NAMES ${names} clang++ NO_CACHE)
  if(clang)
    execute_process(COMMAND ${clang} -dumpversion OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(version VERSION_LESS 16)
      unset(clang)
    endif()
  endif()
  set(${result} ${clang} PARENT_SCOPE)
endfunction()

set(settings -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O3 -DNDEBUG" -DMN_LINK_TIME=ON)
set(emulator)
set(filter *)
if(WAY STREQUAL "gcc_lto")
  list(APPEND settings -DCMAKE_CXX_COMPILER=g++)
elseif(WAY STREQUAL "portable")
  list(APPEND settings -DCMAKE_CXX_COMPILER=g++ -DMN_SWITCH=ucontext)
elseif(WAY STREQUAL "clang_lto")
  find_clang(clang)
  if(NOT clang)
    skip("clang++ 16 or newer")
  endif()
  list(APPEND settings -DCMAKE_CXX_COMPILER=${clang})
elseif(WAY STREQUAL "aarch64")
  find_program(compiler aarch64-linux-gnu-g++ NO_CACHE)
  find_program(qemu NAMES qemu-aarch64 qemu-aarch64-static NO_CACHE)
  if(NOT compiler)
    skip("aarch64-linux-gnu-g++")
  elseif(NOT qemu)
    skip("qemu-aarch64")
  endif()
  set(gtest_source /usr/src/googletest)
  if(NOT "$ENV{GTEST_SOURCE}" STREQUAL "")
    set(gtest_source $ENV{GTEST_SOURCE})
  endif()
  if(NOT EXISTS ${gtest_source}/CMakeLists.txt)
    skip("${gtest_source} (GoogleTest's sources; GTEST_SOURCE names another place)")
  endif()
  set(protection -mbranch-protection=standard)
  list(APPEND settings -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=${compiler}
    -DCMAKE_CXX_FLAGS=${protection} -DCMAKE_ASM_FLAGS=${protection} -DMN_GTEST_SOURCE=${gtest_source})
  set(emulator ${qemu} -L /usr/aarch64-linux-gnu -cpu max)
  # Left out: those that start the program anew, which the system cannot without the emulator; those that wait for stacks to
  # shrink, since the emulator (7.2) does not say which pages are in memory (mincore).
  set(filter *-fault_chain_death.*:stack.of_a_parked_task_shrinks*:stack.memory_of_stacks_*:stress.of_trimmed_stacks_*)
else()
  message(FATAL_ERROR "mn portability: unknown WAY \"${WAY}\"; known: gcc_lto clang_lto portable aarch64")
endif()
if(LAUNCHER)
  list(APPEND settings -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()

# A directory that was configured for a compiler that has changed since is of no use.
execute_process(COMMAND ${CMAKE_COMMAND} --fresh -G Ninja -S ${CMAKE_CURRENT_LIST_DIR} -B ${BINARY} ${settings}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} --target mn_portability_tests COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${emulator} ${BINARY}/mn_portability_tests --gtest_filter=${filter} COMMAND_ERROR_IS_FATAL ANY)
