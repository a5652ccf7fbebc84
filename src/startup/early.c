/* The seal of the program's file before libc starts (decisions/0003, 0004). Runs on the host, in a static build only,
 * where the kernel enters here.
 *
 * A start of libc costs several hundred microseconds in a virtual machine, where each CPUID instruction traps, and a
 * program that only runs itself again does not need it. So when the command will need the sealed executable and the
 * seal is missing, the program is run again at once. What fails here is left to seal.c, which says why.
 *
 * Nothing is relocated yet, thread-local storage does not exist, and no function of libc may be called: only raw
 * system calls, and data on the stack. Then libc's _start goes on. */
#include "base/syscall.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/vfs.h>

enum { MOUNT_IS_READONLY = 1 /* ST_RDONLY of statvfs(3) */ };

/* Calls early_main() and then _start with what the kernel passes to _start: the stack pointer and rdx. */
__asm__(".text\n"
	".globl early_entry\n"
	".type early_entry, @function\n"
	"early_entry:\n"
	"	endbr64\n"
	"	mov %rsp, %rdi\n"
	"	push %rdx\n"
	"	sub $8, %rsp\n"
	"	call early_main\n"
	"	add $8, %rsp\n"
	"	pop %rdx\n"
	"	jmp _start\n");

static inline bool same(const char *a, const char *b)
{
	for (; *a == *b; a++, b++) {
		if (*a == '\0')
			return true;
	}
	return false;
}

/* True for the commands that run from the protected copy. An argument of the same name, of another command, only leads
 * to a superfluous seal. */
static inline bool needs_seal(long argc, char **argv)
{
	/* On the stack, which is mapped: reading a constant would be a page fault. */
	const char create[] = "create";
	const char run[] = "run";
	const char exec[] = "exec";
	const char mounts[] = "mounts";

	for (long i = 1; i < argc; i++) {
		if (same(argv[i], create) || same(argv[i], run) || same(argv[i], exec) || same(argv[i], mounts))
			return true;
	}
	return false;
}

/* Executes the program again from a read-only mount, when it does not run from one. Returns when that is not needed or
 * fails. */
static inline void seal(long argc, char **argv)
{
	const char exe[] = "/proc/self/exe";
	const char none[] = "";
	char **envp = argv + argc + 1;
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs = { 0 };
	long mount;

	if (sys_raw(SYS_statfs, (long)exe, (long)&fs, 0, 0, 0) != 0 || fs.f_flags & MOUNT_IS_READONLY)
		return;
	mount = sys_raw(SYS_open_tree, AT_FDCWD, (long)exe, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);
	if (mount < 0)
		return;
	if (sys_raw(SYS_mount_setattr, mount, (long)none, AT_EMPTY_PATH, (long)&readonly, sizeof(readonly)) == 0)
		sys_raw(SYS_execveat, mount, (long)none, (long)argv, (long)envp, AT_EMPTY_PATH);
	sys_raw(SYS_close, mount, 0, 0, 0, 0);
}

__attribute__((used)) void early_main(long *stack);

void early_main(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);

	if (needs_seal(argc, argv))
		seal(argc, argv);
}
