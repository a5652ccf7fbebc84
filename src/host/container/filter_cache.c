/* Compiled seccomp filters, kept below the state root. Runs on the host.
 *
 * Compiling a manager's default profile takes four times what reading its filter does, and nearly all containers of
 * a host have the same. A file is found by a hash of the key and believed only if it has the key itself, whole: no
 * collision, made or met, can give a container somebody else's filter. Nobody but we can write below the state root.
 * To be without a cache is no error. */
#include "host/container/setup.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	NAME_SIZE = 17, /* a 64-bit number in hexadecimal digits */
	KEPT_MAX = 64,  /* files; there are few profiles on a host */
	DIRECTORY_MODE = 0700,
	FILE_MODE = 0600,
};

/* No name that a container can have. */
static const char directory[] = "@seccomp";

/* A file: this, the key, and the instructions. */
struct head {
	uint32_t key_size;
	uint16_t instructions;
	uint16_t notify;
};

/* FNV-1a. */
static void name_of(const struct text *key, char name[NAME_SIZE])
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < key->n; i++)
		hash = (hash ^ (unsigned char)key->s[i]) * 0x100000001b3;
	snprintf(name, NAME_SIZE, "%016" PRIx64, hash);
}

static int open_directory(int root)
{
	return openat(root, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Whether the file is one for this key, and nothing is missing or left over. */
static bool belongs_to(const char *data, size_t length, const struct text *key, const struct head *head)
{
	return head->key_size == key->n && head->instructions > 0 &&
		length == sizeof(*head) + key->n + head->instructions * sizeof(struct sock_filter) &&
		memcmp(data + sizeof(*head), key->s, key->n) == 0;
}

bool filter_cache_find(int root, const struct text *key, struct oci_document *document, struct plan_filter *ret)
{
	cleanup_fd int dir = open_directory(root);
	cleanup_free char *data = NULL;
	char name[NAME_SIZE];
	struct error ignored;
	struct head head;
	size_t length;
	size_t size;

	name_of(key, name);
	if (dir < 0 || file_read(dir, name, OCI_MAX_TEXT, &data, &length, &ignored) < 0 || length < sizeof(head))
		return false;
	memcpy(&head, data, sizeof(head));
	if (!belongs_to(data, length, key, &head))
		return false;
	size = head.instructions * sizeof(*ret->instructions);
	*ret = (struct plan_filter){
		.instructions = oci_alloc(document, size),
		.n = head.instructions,
		.notify = head.notify,
	};
	if (!ret->instructions)
		return false;
	memcpy(ret->instructions, data + length - size, size);
	return true;
}

/* Starts anew when there are too many: whoever needs a filter again brings it again. */
static void make_room(int dir)
{
	cleanup_dir DIR *list = fd_open_dir(dir, ".");
	size_t n = 0;

	while (list && fd_next_entry(list))
		n++;
	if (n < KEPT_MAX)
		return;
	rewinddir(list);
	for (struct dirent *entry = fd_next_entry(list); entry; entry = fd_next_entry(list))
		(void)unlinkat(dir, entry->d_name, 0);
}

void filter_cache_keep(int root, const struct text *key, const struct plan_seccomp *filter)
{
	const struct head head = {
		.key_size = (uint32_t)key->n,
		.instructions = filter->n,
		.notify = filter->notify,
	};
	cleanup_text struct text data = { 0 };
	cleanup_fd int dir = -1;
	char name[NAME_SIZE];
	struct error ignored;

	if (mkdirat(root, directory, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return;
	dir = open_directory(root);
	if (dir < 0)
		return;
	make_room(dir);
	text_add_bytes(&data, (const char *)&head, sizeof(head));
	text_add_bytes(&data, key->s, key->n);
	text_add_bytes(&data, (const char *)filter->instructions, filter->n * sizeof(*filter->instructions));
	name_of(key, name);
	if (text_done(&data, &ignored) == 0)
		(void)file_replace(dir, name, FILE_MODE, data.s, data.n, &ignored);
}

int filter_save(int root, int dir, const struct text *key, const struct plan_seccomp *filter, struct error *err)
{
	if (!filter->instructions)
		return 0;
	if (key->n > 0)
		filter_cache_keep(root, key, filter);
	return file_replace(dir, container_filter_name, FILE_MODE, filter->instructions,
		filter->n * sizeof(*filter->instructions), err);
}
