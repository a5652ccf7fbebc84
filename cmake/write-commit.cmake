# Writes HEADER with the commit of the tree in SOURCE, as GIT knows it. An unchanged file is not written.
include(${CMAKE_CURRENT_LIST_DIR}/commit.cmake)
tare_commit("${GIT}" "${SOURCE}" commit seconds)
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define TARE_COMMIT \"@commit@\"\n" @ONLY)
