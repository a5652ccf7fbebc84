/* The cache of filters: a filter is found only by the policy that it was compiled from. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "host/attach/attach.h"
#include "host/container/setup.h"
#include "scratch.h"
#include "tap.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_MAX = 65536, MANY = 200 };

static struct sock_filter instructions[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 83, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static const struct plan_seccomp filter = { .instructions = instructions, .n = 4, .notify = true };

static struct text key_of(const char *s)
{
	struct text key = { 0 };

	text_add(&key, "%s", s);
	return key;
}

static bool finds(int root, const char *s, struct plan_filter *ret)
{
	struct oci_document *document = oci_parse(&oci_config_type, "none", "{}", 2);
	cleanup_text struct text key = key_of(s);
	bool found = filter_cache_find(root, &key, document, ret);

	if (found && memcmp(ret->instructions, instructions, sizeof(instructions)) != 0)
		found = false;
	ret->instructions = NULL;
	oci_free(document);
	return found;
}

static void keep(int root, const char *s)
{
	cleanup_text struct text key = key_of(s);

	filter_cache_keep(root, &key, &filter);
}

/* The number of cached files, and the name of the last. */
static size_t count(int root, char name[NAME_MAX + 1])
{
	int fd = openat(root, "@seccomp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		n++;
	}
	return n;
}

static void test_round_trip(int root)
{
	struct plan_filter found = { 0 };
	struct stat st;

	ok(!finds(root, "policy", &found), "an empty cache has nothing");
	keep(root, "policy");
	ok(finds(root, "policy", &found), "what is kept is found");
	is_int(found.n, 4, "with all its instructions");
	ok(found.notify, "and with its notify action");
	ok(!finds(root, "policy ", &found), "by its own key alone");
	ok(fstatat(root, "@seccomp", &st, 0) == 0 && (st.st_mode & 07777) == 0700, "nobody else can look into it");
}

static void test_damage(int root, const char *name)
{
	cleanup_fd int dir = openat(root, "@seccomp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct plan_filter found;
	cleanup_free char *data = NULL;
	struct error err;
	size_t believed = 0;
	size_t length;

	if (file_read(dir, name, READ_MAX, &data, &length, &err) < 0)
		return;
	for (size_t i = 0; i < length; i++) {
		if (file_replace(dir, name, 0600, data, i, &err) < 0 || finds(root, "policy", &found))
			believed++;
	}
	is_int((long long)believed, 0, "a file that is cut anywhere is not believed");
	ok(file_replace(dir, name, 0600, data, length + 1, &err) == 0 && !finds(root, "policy", &found),
		"nor one with something behind its end");
	/* another key in the file, as if two policies had the same hash */
	data[length - sizeof(instructions) - 1] ^= 1;
	ok(file_replace(dir, name, 0600, data, length, &err) == 0 && !finds(root, "policy", &found),
		"nor one of that name for another key");
	keep(root, "policy");
	ok(finds(root, "policy", &found), "and is replaced by the next one who compiles");
}

static void test_bound(int root)
{
	char name[NAME_MAX + 1];
	struct plan_filter found;
	char key[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "policy %d", i);
		keep(root, key);
	}
	ok(count(root, name) <= 64, "no more than 64 files are kept");
	ok(finds(root, key, &found), "the newest among them");
}

int main(void)
{
	int root = scratch_open();
	char name[NAME_MAX + 1] = "";

	test_round_trip(root);
	is_int((long long)count(root, name), 1, "in one file");
	test_damage(root, name);
	test_bound(root);
	scratch_close(root);
	return done();
}
