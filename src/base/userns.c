/* The user namespace of this process, and the process's rights there. */
#include "base/userns.h"

#include "base/syscall.h"

#include <linux/capability.h>
#include <sys/stat.h>

/* The first user namespace has this inode number on every kernel (since Linux 6.18 it is USER_NS_INIT_INO of
 * linux/nsfs.h). */
static const ino_t INITIAL_INODE = 0xEFFFFFFD;

bool userns_has_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];

	return sys_capget(&header, words) == 0 && words[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

bool userns_is_initial(void)
{
	static enum { UNKNOWN, INITIAL, OTHER } known; /* kept: the host's process never leaves its user namespace */
	struct stat own;

	if (known == UNKNOWN)
		known = stat("/proc/self/ns/user", &own) < 0 || own.st_ino == INITIAL_INODE ? INITIAL : OTHER;
	return known == INITIAL;
}

bool rootless_is_needed(void)
{
	return !userns_has_capability(CAP_SYS_ADMIN);
}
