# The foreign libraries. They are small and used in each start, so they are linked statically; a library without an
# archive on the system is linked as a shared library.

# Makes the imported target tare::<name> from lib<name>.a, else from lib<name>.so; the header has to be found, too.
function(tare_library name header)
	find_path(TARE_${name}_INCLUDE ${header} REQUIRED)
	find_library(TARE_${name}_LIBRARY NAMES lib${name}.a ${name} REQUIRED)
	mark_as_advanced(TARE_${name}_INCLUDE TARE_${name}_LIBRARY)
	add_library(tare::${name} UNKNOWN IMPORTED)
	set_target_properties(tare::${name} PROPERTIES
		IMPORTED_LOCATION ${TARE_${name}_LIBRARY}
		INTERFACE_INCLUDE_DIRECTORIES ${TARE_${name}_INCLUDE}
	)
endfunction()

tare_library(seccomp seccomp.h)
tare_library(cap sys/capability.h)
