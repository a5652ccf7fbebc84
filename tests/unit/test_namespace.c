/* Which namespace a process is in, and whether two are the same one. */
#include "base/namespace.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	struct namespace_id own;
	struct namespace_id other;
	char process[32];
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	snprintf(process, sizeof(process), "/proc/%d", (int)getpid());
	ok(namespace_of_process("/proc/self", "uts", &own) == 0, "the uts namespace of this process is found");
	ok(namespace_of_process(process, "uts", &other) == 0 && namespace_is_same(&own, &other),
		"by its number it is in the same one");
	ok(namespace_of_fd(fd, &other) == 0 && namespace_is_same(&own, &other), "an open one is the same, too");
	ok(namespace_of_process("/proc/self", "ipc", &other) == 0 && !namespace_is_same(&own, &other),
		"a namespace of another kind is another one");
	other = (struct namespace_id){ .device = own.device, .inode = own.inode + 1 };
	ok(!namespace_is_same(&own, &other), "one with another number is another one");
	other = (struct namespace_id){ .device = own.device + 1, .inode = own.inode };
	ok(!namespace_is_same(&own, &other), "a number of another file system is no namespace's");
	ok(namespace_of_process("/proc/self", "nothing", &other) < 0 && errno == ENOENT,
		"a kind that the kernel lacks is an error");
	ok(namespace_of_process("/proc/4194305", "uts", &other) < 0 && errno == ENOENT,
		"a process that is not there is an error");
	ok(namespace_of_fd(-1, &other) < 0 && errno == EBADF, "a bad descriptor is an error");
	return done();
}
