# TARE_COMMIT: the commit that is being built, with "-dirty" where the tree differs from it, "unknown" outside git. It is
# taken when CMake configures, so that a commit alone rebuilds nothing. TARE_DATE, for the man pages: the day of
# that commit, or of the build.
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
	execute_process(
		COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${GIT_EXECUTABLE} log -1 "--date=format:%B %-d, %Y" --format=%cd
		WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
		OUTPUT_VARIABLE git_date
		OUTPUT_STRIP_TRAILING_WHITESPACE
		ERROR_QUIET
	)
endif()
if(git_date)
	set(TARE_DATE ${git_date})
else()
	string(TIMESTAMP TARE_DATE "%B %d, %Y" UTC)
endif()
