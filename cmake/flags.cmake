# The compiler and linker flags of the whole tree, libocispec included: they are set on the directory, before any
# target. A flag that the compiler does not know is left out, so that one list serves gcc and clang on each
# architecture.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckIPOSupported)
include(CheckPIESupported)

set(TARE_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize= (empty: none)")
option(TARE_COVERAGE "Count executed lines for gcov" OFF)
option(TARE_LTO "Optimise the program as a whole when linking" OFF)
option(TARE_STATIC "Link the program with libc's archive too: it starts in half the time" OFF)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

# Adds each of the given flags that the compiler accepts without a warning.
function(tare_compile_flags)
	set(CMAKE_REQUIRED_FLAGS -Werror)
	foreach(flag IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "TARE_HAVE${flag}" known)
		check_c_compiler_flag(${flag} ${known})
		if(${known})
			add_compile_options(${flag})
		endif()
	endforeach()
endfunction()

# Adds each of the given flags that the linker accepts.
function(tare_link_flags)
	foreach(flag IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "TARE_HAVE${flag}" known)
		check_linker_flag(C ${flag} ${known})
		if(${known})
			add_link_options(${flag})
		endif()
	endforeach()
endfunction()

add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)

# Warnings are errors for developers of tare (the presets set CMAKE_COMPILE_WARNING_AS_ERROR), not for packagers.
add_compile_options(-Wall -Wextra)
tare_compile_flags(
	-Werror=implicit
	-Walloca
	-Wcast-align
	-Wduplicated-cond
	-Wformat=2
	-Wimplicit-fallthrough
	-Wlogical-op
	-Wmissing-prototypes
	-Wold-style-definition
	-Wpointer-arith
	-Wredundant-decls
	-Wshadow
	-Wstrict-prototypes
	-Wundef
	-Wvla
)

tare_compile_flags(
	-fstack-protector-strong
	-fstack-clash-protection
	-fcf-protection
	-mbranch-protection=standard
	-ftrivial-auto-var-init=zero
)
tare_link_flags(
	-Wl,-z,relro
	-Wl,-z,now
	-Wl,-z,noexecstack
	-Wl,-z,separate-code
	-Wl,--as-needed
	-Wl,--hash-style=gnu
)

# The sanitizers replace the string functions that _FORTIFY_SOURCE checks; with both, each hides reports of the other.
if(TARE_SANITIZE)
	add_compile_options(-fsanitize=${TARE_SANITIZE} -fno-sanitize-recover=all)
	add_link_options(-fsanitize=${TARE_SANITIZE})
else()
	add_compile_options(-U_FORTIFY_SOURCE)
	tare_compile_flags(-D_FORTIFY_SOURCE=3)
endif()

if(TARE_COVERAGE)
	add_compile_options(--coverage)
	add_link_options(--coverage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
	add_compile_options(-ffunction-sections -fdata-sections)
	tare_link_flags(-Wl,--gc-sections)
endif()

if(TARE_LTO)
	check_ipo_supported(RESULT lto_works LANGUAGES C)
	set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${lto_works})
endif()
