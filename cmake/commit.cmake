# tare_commit(GIT SOURCE ret_commit ret_seconds): the commit of the tree in SOURCE, with "-dirty" where the tree differs
# from it, and the time when it was made. Where SOURCE is not the top of a repository, both come from cmake/archive.txt,
# which git fills in when it makes an archive; without that they are "unknown" and empty. That is also so when the sources
# were unpacked inside the repository of another project.
function(tare_commit git source ret_commit ret_seconds)
	set(commit unknown)
	set(seconds)
	set(top)
	if(git)
		execute_process(
			COMMAND ${git} rev-parse --show-toplevel
			WORKING_DIRECTORY ${source}
			OUTPUT_VARIABLE top
			OUTPUT_STRIP_TRAILING_WHITESPACE
			ERROR_QUIET
		)
	endif()
	file(REAL_PATH ${source} real)
	if(top STREQUAL real)
		execute_process(
			COMMAND ${git} describe --always --dirty --abbrev=40 --exclude=*
			WORKING_DIRECTORY ${source}
			OUTPUT_VARIABLE commit
			OUTPUT_STRIP_TRAILING_WHITESPACE
			ERROR_QUIET
		)
		execute_process(
			COMMAND ${git} log -1 --format=%ct
			WORKING_DIRECTORY ${source}
			OUTPUT_VARIABLE seconds
			OUTPUT_STRIP_TRAILING_WHITESPACE
			ERROR_QUIET
		)
	else()
		file(STRINGS ${source}/cmake/archive.txt lines)
		if(lines MATCHES "commit ([0-9a-f]+);seconds ([0-9]+)")
			set(commit ${CMAKE_MATCH_1})
			set(seconds ${CMAKE_MATCH_2})
		endif()
	endif()
	set(${ret_commit} ${commit} PARENT_SCOPE)
	set(${ret_seconds} ${seconds} PARENT_SCOPE)
endfunction()
