# cpack runs this when the files of a package lie in CPACK_TEMPORARY_DIRECTORY: puts them where Debian or the distributions
# with rpm expect them, and gives all of them the same times and permissions on each machine.
set(share ${CPACK_TEMPORARY_DIRECTORY}${CPACK_INSTALL_PREFIX}/share)
set(doc ${share}/doc/tare)

# run COMMAND...: a program that has to succeed.
function(run)
	execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Debian policy 12.1, 12.3, 12.5, 12.7.
function(arrange_deb)
	file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
	file(REMOVE ${doc}/LICENSE)
	configure_file(${CPACK_TARE_SOURCE}/cmake/packages/copyright ${doc}/copyright COPYONLY)
	configure_file(${CPACK_TARE_SOURCE}/CHANGELOG.md ${doc}/changelog COPYONLY)
	string(TIMESTAMP TARE_DAY "%a, %d %b %Y %H:%M:%S +0000" UTC)
	configure_file(${CPACK_TARE_SOURCE}/cmake/packages/changelog.Debian.in ${doc}/changelog.Debian @ONLY)
	run(gzip -9n ${doc}/changelog ${doc}/changelog.Debian)
	configure_file(${CPACK_TARE_SOURCE}/cmake/packages/lintian-overrides ${share}/lintian/overrides/tare COPYONLY)
endfunction()

function(arrange_rpm)
	file(MAKE_DIRECTORY ${share}/licenses/tare)
	file(RENAME ${doc}/LICENSE ${share}/licenses/tare/LICENSE)
	configure_file(${CPACK_TARE_SOURCE}/CHANGELOG.md ${doc}/CHANGELOG.md COPYONLY)
endfunction()

file(GLOB pages ${share}/man/man*/*)
run(gzip -9n ${pages})
if(CPACK_GENERATOR STREQUAL DEB)
	arrange_deb()
else()
	arrange_rpm()
endif()
run(chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_DIRECTORY})
run(find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@${CPACK_TARE_SECONDS} {} +)
