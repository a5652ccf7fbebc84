/* The oldest kernel that has every system call of tare. On an older kernel tare fails; it has no fallbacks. */
#include "startup/startup.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

enum { FLOOR_MAJOR = 5, FLOOR_MINOR = 14 };

int kernel_check(struct error *err)
{
	struct utsname name;
	unsigned int major;
	unsigned int minor;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return error_set(err, errno, "cannot find out the version of the kernel");
	if (major > FLOOR_MAJOR || (major == FLOOR_MAJOR && minor >= FLOOR_MINOR))
		return 0;
	error_set(err, 0, "tare needs Linux %d.%d or newer, found %s", FLOOR_MAJOR, FLOOR_MINOR, name.release);
	return error_tag(err, ERROR_KERNEL_TOO_OLD, NULL);
}
