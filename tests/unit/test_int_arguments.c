/* Arguments of 32 bits: the table beside the declarations of the kernel that runs, which tracefs shows, and that a rule
 * about one cannot be evaded. */
#include "plan/seccomp/parts.h"

#include "base/cleanup.h"
#include "base/syscall.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the table ---- */

static const char tracing[] = "/sys/kernel/tracing";
static const char directory[] = "/sys/kernel/tracing/events/syscalls";
static const char prefix[] = "sys_enter_";

enum {
	LARGEST_FORMAT = 1 << 16,
	ARGUMENTS = 6,
	NEWEST = 469, /* file_setattr, of Linux 6.17: the table is older than what comes after it */
	NOT_LOADED = -10000,
};

/* Where the function of the kernel has another name than the call. */
static const char *const renamed[][2] = { { "newstat", "stat" }, { "newfstat", "fstat" }, { "newlstat", "lstat" },
	{ "newuname", "uname" }, { "sendfile64", "sendfile" }, { "umount", "umount2" } };

static const char *const int_types[] = { "int", "unsigned int", "unsigned", "u32", "__u32", "s32", "__s32", "pid_t",
	"uid_t", "gid_t", "umode_t", "mqd_t", "key_serial_t", "key_t", "clockid_t", "timer_t", "rwf_t", "qid_t",
	"enum landlock_rule_type" };

static const char *call_of(const char *function)
{
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		if (strcmp(function, renamed[i][0]) == 0)
			return renamed[i][1];
	}
	return function;
}

/* "const clockid_t which_clock" */
static bool declares_int(const char *declaration)
{
	static const char constant[] = "const ";
	const char *end = strrchr(declaration, ' ');

	if (strncmp(declaration, constant, strlen(constant)) == 0)
		declaration += strlen(constant);
	for (size_t i = 0; end && i < sizeof(int_types) / sizeof(int_types[0]); i++) {
		size_t length = strlen(int_types[i]);

		if ((size_t)(end - declaration) == length && strncmp(declaration, int_types[i], length) == 0)
			return true;
	}
	return false;
}

/* Compares the arguments of one call. text: its format, with lines as "field:int fd;	offset:16;". Returns the number
 * of differences. */
static size_t compare_call(const char *name, char *text)
{
	static const char field[] = "field:";
	char *line = strstr(text, "__syscall_nr;");
	size_t different = 0;

	for (unsigned int i = 0; i < ARGUMENTS && line; i++) {
		bool wanted;

		line = strstr(line + 1, field);
		if (!line)
			break;
		line += strlen(field);
		line[strcspn(line, ";")] = '\0';
		wanted = declares_int(line);
		if (wanted != seccomp_argument_is_int(name, i)) {
			printf("# %s: argument %u: %s\n", name, i, line);
			different++;
		}
		line += strlen(line);
	}
	return different;
}

static void test_table(void)
{
	struct seccomp_architecture native = seccomp_architecture_native();
	size_t compared = 0;
	size_t different = 0;
	DIR *list = NULL;

	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("tracefs", tracing, "tracefs", 0, NULL) == 0)
		list = opendir(directory);
	for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list)) {
		cleanup_free char *text = calloc(1, LARGEST_FORMAT);
		cleanup_fd int fd = -1;
		const char *name;
		char path[512];

		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		name = call_of(entry->d_name + strlen(prefix));
		if (seccomp_call_find(&native, name).number < 0 || seccomp_call_find(&native, name).number > NEWEST)
			continue;
		snprintf(path, sizeof(path), "%s/%s/format", directory, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (!text || fd < 0 || read(fd, text, LARGEST_FORMAT - 1) <= 0)
			continue;
		compared++;
		different += compare_call(name, text);
	}
	if (list)
		closedir(list);
	if (compared == 0) {
		skip("the table beside the kernel's declarations",
			"there is no tracefs with system calls, or no right");
		return;
	}
	ok(compared > 250 && different == 0, "the table is what the kernel declares");
	printf("# %zu calls\n", compared);
}

/* Calls that s390x or ppc64 have with arguments of 64 bits and other architectures do not, as the kernel declares
 * them. */
static void test_other_architectures(void)
{
	static const struct {
		const char *name;
		unsigned int ints; /* bit i: argument i */
	} rows[] = { { "ipc", 0x03 }, { "nice", 0x01 }, { "signal", 0x01 }, { "socketcall", 0x01 },
		{ "ssetmask", 0x01 }, { "sync_file_range2", 0x03 }, { "waitpid", 0x05 } };
	static const int archs[] = { OCI_SECCOMP_ARCH_S390X, OCI_SECCOMP_ARCH_PPC64LE };

	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		struct seccomp_architecture architecture;
		size_t wrong = 0;

		if (!ok(seccomp_architecture_find(archs[i], &architecture), "libseccomp knows the architecture"))
			continue;
		for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
			int number = seccomp_call_find(&architecture, rows[row].name).number;

			for (unsigned int argument = 0; number >= 0 && argument < ARGUMENTS; argument++) {
				uint64_t bits = seccomp_argument_bits(&architecture, (uint32_t)number, rows[row].name,
					argument);

				if ((bits == UINT32_MAX) == (rows[row].ints >> argument & 1))
					continue;
				printf("# %s: argument %u\n", rows[row].name, argument);
				wrong++;
			}
		}
		is_int((int)wrong, 0, "calls that this machine does not have are known by their declarations");
	}
}

/* ---- the kernel ---- */

/* What socket(2) says when its first argument is AF_UNIX with something above, under a policy that denies AF_UNIX. */
static void test_socket(void)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}";
	struct oci_document *document = oci_parse(&oci_seccomp_type, "policy", text, sizeof(text) - 1);
	int *shared = mmap(NULL, 2 * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const long family = (long)(UINT64_C(7) << 32 | AF_UNIX);
	struct seccomp_filter filter = { 0 };
	struct sock_fprog program;
	struct error err;
	pid_t child;

	if (!ok(shared != MAP_FAILED && seccomp_compile(document, oci_root(document), false, &filter, &err) == 0,
		    "a policy against a family of sockets is compiled"))
		return;
	program = (struct sock_fprog){ .len = (unsigned short)filter.n, .filter = filter.instructions };
	shared[0] = shared[1] = NOT_LOADED;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		shared[0] = (int)sys_raw(SYS_socket, family, SOCK_STREAM, 0, 0, 0);
		if (sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
			shared[1] = (int)sys_raw(SYS_socket, family, SOCK_STREAM, 0, 0, 0);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	oci_free(document);
	ok(shared[0] >= 0, "the kernel drops what a program puts above an int");
	is_int(shared[1], -EPERM, "and no rule about the int is evaded by that");
	munmap(shared, 2 * sizeof(*shared));
}

int main(void)
{
	if (sizeof(long) < sizeof(uint64_t)) {
		skip("arguments of 32 bits among those of 64", "this machine has none of 64");
		return done();
	}
	test_socket();
	test_table();
	test_other_architectures();
	return done();
}
