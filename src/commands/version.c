/* tare --version: as managers parse it. */
#include "commands/commands.h"

#include "base/version.h"
#include "plan/seccomp/seccomp.h"

#include <stdio.h>

int print_version(void)
{
	/* Exactly one line says "version": Docker takes the last one that does. */
	printf("tare version %s\ncommit: %s\nspec: 1.3.0\nlibseccomp: %s\n", version_release, version_commit,
		seccomp_library_version());
	return 0;
}
