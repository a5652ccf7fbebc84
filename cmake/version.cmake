# The version and commit, for the program and for the man pages. Each build looks the commit up; when it has changed,
# only the file that contains it is compiled again. TARE_DATE, for the man pages: the day of that commit, or of the
# build.
set(made_dir ${CMAKE_BINARY_DIR}/made)
find_package(Git QUIET)
add_custom_target(commit
	COMMAND ${CMAKE_COMMAND} "-DGIT=${GIT_EXECUTABLE}" "-DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}" "-DHEADER=${made_dir}/commit.h"
		-P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/write-commit.cmake
	BYPRODUCTS ${made_dir}/commit.h
	COMMENT "Looking up the commit"
	VERBATIM
)
if(GIT_FOUND)
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
