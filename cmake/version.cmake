# The version and commit, for the program and for the man pages. Each build looks the commit up; when it has changed,
# only the file that contains it is compiled again. In a source tarball git has written both into cmake/archive.txt.
#
# TARE_SECONDS: when that commit was made, or what the environment says (https://reproducible-builds.org/specs/source-date-epoch),
# so that the same commit gives the same files at any time. TARE_DATE: the day of it, for the man pages.
include(${CMAKE_CURRENT_LIST_DIR}/commit.cmake)
set(made_dir ${CMAKE_BINARY_DIR}/made)
find_package(Git QUIET)
add_custom_target(commit
	COMMAND ${CMAKE_COMMAND} "-DGIT=${GIT_EXECUTABLE}" "-DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}" "-DHEADER=${made_dir}/commit.h"
		-P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/write-commit.cmake
	BYPRODUCTS ${made_dir}/commit.h
	COMMENT "Looking up the commit"
	VERBATIM
)

tare_commit("${GIT_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}" commit TARE_SECONDS)
if("$ENV{SOURCE_DATE_EPOCH}" MATCHES "^[0-9]+$")
	set(TARE_SECONDS $ENV{SOURCE_DATE_EPOCH})
elseif(TARE_SECONDS)
	set(ENV{SOURCE_DATE_EPOCH} ${TARE_SECONDS}) # TIMESTAMP takes its time from there
else()
	string(TIMESTAMP TARE_SECONDS "%s" UTC)
endif()
string(TIMESTAMP TARE_DATE "%B %d, %Y" UTC)
string(REPLACE " 0" " " TARE_DATE ${TARE_DATE})
