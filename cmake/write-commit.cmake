# Writes HEADER with the commit of the tree in SOURCE, with "-dirty" where the tree differs from it; "unknown" outside
# git, also when the sources were unpacked inside the repository of another project. An unchanged file is not written.
set(commit unknown)
if(GIT)
	execute_process(
		COMMAND ${GIT} rev-parse --show-toplevel
		WORKING_DIRECTORY ${SOURCE}
		OUTPUT_VARIABLE top
		OUTPUT_STRIP_TRAILING_WHITESPACE
		ERROR_QUIET
	)
	file(REAL_PATH ${SOURCE} source)
	if(top STREQUAL source)
		execute_process(
			COMMAND ${GIT} describe --always --dirty --abbrev=40 --exclude=*
			WORKING_DIRECTORY ${SOURCE}
			OUTPUT_VARIABLE commit
			OUTPUT_STRIP_TRAILING_WHITESPACE
			ERROR_QUIET
		)
	endif()
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define TARE_COMMIT \"@commit@\"\n" @ONLY)
