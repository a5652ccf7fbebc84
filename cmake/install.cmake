# What is installed beside the man pages and the completions (docs/generate); and `cmake --build DIR --target uninstall`,
# which takes away what the last `cmake --install DIR` has made.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
	install(CODE "set(CMAKE_INSTALL_DO_STRIP TRUE)")
endif()
# Not into sbin, which is not in the PATH of Debian's ordinary users, who may run containers, too.
install(TARGETS tare tare-recvtty RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET tare-systemd)
	install(TARGETS tare-systemd RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tare)
endif()
install(FILES LICENSE docs/cookbook.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The path of tare-systemd is a part of the program, so that nobody who calls tare can name another one by accident.
install(CODE "
	if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
		message(WARNING \"tare looks for '${TARE_SYSTEMD_HELPER}', which is not below '\${CMAKE_INSTALL_PREFIX}': \"
			\"for --systemd-cgroup build it with -DCMAKE_INSTALL_PREFIX=\${CMAKE_INSTALL_PREFIX}, \"
			\"or name the program by --systemd-helper\")
	endif()
")

add_custom_target(uninstall
	COMMAND ${CMAKE_COMMAND} -DMANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt
		-P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/uninstall.cmake
	VERBATIM
)
