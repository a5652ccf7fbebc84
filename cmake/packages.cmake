# Packages for Debian (.deb) and for others (.rpm), made of what is installed:
#   cmake --preset package && cmake --build --preset package && cpack --preset package
#
# cmake/packages/arrange.cmake changes the files where the two distributions differ. The same commit, built by the same
# compiler, gives the same bytes: all that has a time has that of the commit (TARE_SECONDS).
set(TARE_PACKAGER "The maintainers of tare <maintainers@tare.invalid>" CACHE STRING
	"Who answers for the packages, as \"NAME <ADDRESS>\"")

set(CPACK_GENERATOR DEB RPM)
set(CPACK_PACKAGE_NAME tare)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${TARE_PACKAGER})
set(CPACK_PACKAGE_VENDOR tare)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "low-level runtime for OCI containers")
set(CPACK_PACKAGE_DESCRIPTION
"tare builds a container out of namespaces, mounts, cgroup v2, capabilities,
seccomp and a security label, as the configuration of an OCI bundle asks for,
and runs one program in it. Container managers like containerd, CRI-O, Podman
and Docker can call it in place of runc or crun.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_SET_DESTDIR ON) # the prefix is that of the build, which tare has its path of tare-systemd from
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/packages/arrange.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/packages/config.cmake)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_TARE_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_TARE_SECONDS ${TARE_SECONDS})

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # of tare-systemd, the only dynamic program
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS uidmap) # newuidmap, for containers of ordinary users
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP System/Management)
set(CPACK_RPM_PACKAGE_SUMMARY "Low-level runtime for OCI containers")
set(CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_COMPRESSION_TYPE xz)
set(CPACK_RPM_USER_FILELIST "%license ${CMAKE_INSTALL_FULL_DATADIR}/licenses/tare/LICENSE")
# These directories belong to the package "filesystem"; those of the shells go with the last package that has files there.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${CMAKE_INSTALL_FULL_LIBEXECDIR} ${CMAKE_INSTALL_FULL_DATADIR}/licenses
	${CMAKE_INSTALL_FULL_MANDIR} ${CMAKE_INSTALL_FULL_MANDIR}/man1 ${CMAKE_INSTALL_FULL_MANDIR}/man7)
set(CPACK_RPM_SPEC_MORE_DEFINE
"%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _buildhost tare
%define packager ${TARE_PACKAGER}
%define __os_install_post %{nil}
%define _build_id_links none")

include(CPack)
# The source tarball is made of a commit, by scripts/release, not of whatever lies in the tree.
file(REMOVE ${CMAKE_BINARY_DIR}/CPackSourceConfig.cmake)
