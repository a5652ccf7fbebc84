# TARE_COMMIT: the commit that is being built, with "-dirty" where the tree differs from it, "unknown" outside git. It is
# taken when CMake configures, so that a commit alone rebuilds nothing.
set(TARE_COMMIT unknown)
find_package(Git QUIET)
if(GIT_FOUND)
	execute_process(
		COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=40 --exclude=*
		WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
		RESULT_VARIABLE git_failed
		OUTPUT_VARIABLE git_commit
		OUTPUT_STRIP_TRAILING_WHITESPACE
		ERROR_QUIET
	)
	if(NOT git_failed AND git_commit)
		set(TARE_COMMIT ${git_commit})
	endif()
endif()
