# Installs mn from MN_BUILD into a prefix of its own, and configures, builds and runs the project beside this file
# against it. WORK is emptied first. COMPILER, LAUNCHER, GENERATOR, MN_CONFIG: as mn was built.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${printed}")
  endif()
  set(printed "${printed}" PARENT_SCOPE)
endfunction()

set(prefix ${WORK}/prefix)
set(build ${WORK}/build)
file(REMOVE_RECURSE ${WORK})

run(${CMAKE_COMMAND} --install ${MN_BUILD} --prefix ${prefix} --component mn --config ${MN_CONFIG})

file(GLOB_RECURSE headers RELATIVE ${MN_SOURCE}/include ${MN_SOURCE}/include/*.hpp)
file(GLOB_RECURSE installed RELATIVE ${prefix}/include ${prefix}/include/*)
if(NOT headers STREQUAL installed)
  message(FATAL_ERROR "the installed headers are not those of include/:\n${installed}\n${headers}")
endif()
list(FILTER headers EXCLUDE REGEX "/detail/")

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${build} -G ${GENERATOR}
  -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=${MN_CONFIG} -DCMAKE_CXX_COMPILER=${COMPILER}
  "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" -DMN_VERSION=${MN_VERSION} "-DMN_HEADERS=${headers}"
  -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${WORK}/bin
  -DCMAKE_RUNTIME_OUTPUT_DIRECTORY_RELEASE=${WORK}/bin -DCMAKE_RUNTIME_OUTPUT_DIRECTORY_DEBUG=${WORK}/bin)
run(${CMAKE_COMMAND} --build ${build} --config ${MN_CONFIG})

run(${WORK}/bin/consumer)
if(NOT printed STREQUAL "mn ${MN_VERSION}: 5050\n")
  message(FATAL_ERROR "the consumer printed:\n${printed}")
endif()
