# What `cmake --install` puts where: the headers (all of include/ is public), the library, the package that
# `find_package(mn)` finds, and the commands for gdb.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(mn_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mn)
target_include_directories(mn INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT mn FILES_MATCHING PATTERN "*.hpp")
install(TARGETS mn EXPORT mnTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mn)
install(EXPORT mnTargets NAMESPACE mn:: DESTINATION ${mn_package_dir} COMPONENT mn)

configure_package_config_file(cmake/mnConfig.cmake.in mnConfig.cmake INSTALL_DESTINATION ${mn_package_dir})
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file(mnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mnConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mnConfigVersion.cmake
  DESTINATION ${mn_package_dir} COMPONENT mn)
install(FILES gdb/mn.py DESTINATION ${CMAKE_INSTALL_DATADIR}/mn/gdb COMPONENT mn)
