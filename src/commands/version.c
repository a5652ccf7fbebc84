/* tare --version: prints the version in the form that managers parse. */
#include "commands/commands.h"

#include "base/version.h"
#include "plan/seccomp/seccomp.h"

#include <stdio.h>

int print_version(void)
{
	/* Only one line may contain "version": Docker reads the last such line. */
	printf("tare version %s\ncommit: %s\nspec: 1.3.0\nlibseccomp: %s\n", version_release, version_commit,
		seccomp_library_version());
	return 0;
}
