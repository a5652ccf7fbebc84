/* Mount options: one table, and what each of them means for a mount. Pure.
 *
 * Attributes of a mount go to mount_setattr(2) while it is still detached, options of the file system go to
 * fsconfig(2), and nothing is left over: an option is in the table, or it is the file system's own (spec: config.md,
 * mounts). */
#include "plan/parts.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* <sys/mount.h> and <linux/mount.h> of Debian 12 cannot be included together; these are the flags of mount(2). */
enum {
	FLAG_SILENT = 1 << 15,
	FLAG_UNBINDABLE = 1 << 17,
	FLAG_PRIVATE = 1 << 18,
	FLAG_SLAVE = 1 << 19,
	FLAG_SHARED = 1 << 20,
	FLAG_I_VERSION = 1 << 23,
};

/* MOUNT_ATTR_RELATIME is no bit: this one stands for it where words are collected. */
enum { SAYS_RELATIME = 1 << 30 };

enum option_kind {
	OPTION_NONE, /* says what is so anyway */
	OPTION_FLAG, /* the same, and a flag of mount(2) to a bind */
	OPTION_BIND, /* a bind mount; value: recursive */
	OPTION_REMOUNT,
	OPTION_SET, /* an attribute of the mount */
	OPTION_CLEAR,
	OPTION_ATIME_BACK, /* takes another word for the access times back; value: that word, for a bind */
	OPTION_TREE_SET,   /* and of all mounts below */
	OPTION_TREE_CLEAR,
	OPTION_PROPAGATION,
	OPTION_TREE_PROPAGATION,
	OPTION_SUPERBLOCK, /* a flag for fsconfig(2); without meaning for a bind, which has no superblock of its own */
	OPTION_MOUNT_FLAG, /* a flag only mount(2) has */
	OPTION_COPY_UP,
	OPTION_LINK,  /* how links at either end of a bind mount are taken: value: the member of struct plan_mount */
	OPTION_IDMAP, /* read by plan_mount_idmap() */
};

struct option {
	const char *name;
	enum option_kind kind;
	uint64_t value;
};

/* Sorted, as `features` lists it. */
static const struct option options[] = {
	{ "async", OPTION_SUPERBLOCK, 0 },
	{ "atime", OPTION_ATIME_BACK, MOUNT_ATTR_NOATIME },
	{ "bind", OPTION_BIND, false },
	{ "copy-symlink", OPTION_LINK, offsetof(struct plan_mount, copy_link) },
	{ "defaults", OPTION_NONE, 0 },
	{ "dest-nofollow", OPTION_LINK, offsetof(struct plan_mount, destination_nofollow) },
	{ "dev", OPTION_CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", OPTION_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", OPTION_SUPERBLOCK, 0 },
	{ "exec", OPTION_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", OPTION_IDMAP, 0 },
	{ "iversion", OPTION_MOUNT_FLAG, FLAG_I_VERSION },
	{ "lazytime", OPTION_SUPERBLOCK, 0 },
	{ "loud", OPTION_FLAG, 0 },
	{ "mand", OPTION_SUPERBLOCK, 0 },
	{ "noatime", OPTION_SET, MOUNT_ATTR_NOATIME },
	{ "nodev", OPTION_SET, MOUNT_ATTR_NODEV },
	{ "nodiratime", OPTION_SET, MOUNT_ATTR_NODIRATIME },
	{ "noexec", OPTION_SET, MOUNT_ATTR_NOEXEC },
	{ "noiversion", OPTION_FLAG, 0 },
	{ "nolazytime", OPTION_SUPERBLOCK, 0 },
	{ "nomand", OPTION_SUPERBLOCK, 0 },
	{ "norelatime", OPTION_ATIME_BACK, SAYS_RELATIME },
	{ "nostrictatime", OPTION_ATIME_BACK, MOUNT_ATTR_STRICTATIME },
	{ "nosuid", OPTION_SET, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", OPTION_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", OPTION_PROPAGATION, FLAG_PRIVATE },
	{ "ratime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rbind", OPTION_BIND, true },
	{ "rdev", OPTION_TREE_CLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", OPTION_TREE_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", OPTION_SET, MOUNT_ATTR_RELATIME },
	{ "remount", OPTION_REMOUNT, 0 },
	{ "rexec", OPTION_TREE_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", OPTION_IDMAP, 0 },
	{ "rnoatime", OPTION_TREE_SET, MOUNT_ATTR_NOATIME },
	{ "rnodev", OPTION_TREE_SET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", OPTION_TREE_SET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", OPTION_TREE_SET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rnosuid", OPTION_TREE_SET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", OPTION_TREE_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", OPTION_SET, MOUNT_ATTR_RDONLY },
	{ "rprivate", OPTION_TREE_PROPAGATION, FLAG_PRIVATE },
	{ "rrelatime", OPTION_TREE_SET, MOUNT_ATTR_RELATIME },
	{ "rro", OPTION_TREE_SET, MOUNT_ATTR_RDONLY },
	{ "rrw", OPTION_TREE_CLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", OPTION_TREE_PROPAGATION, FLAG_SHARED },
	{ "rslave", OPTION_TREE_PROPAGATION, FLAG_SLAVE },
	{ "rstrictatime", OPTION_TREE_SET, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", OPTION_TREE_CLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", OPTION_TREE_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", OPTION_TREE_PROPAGATION, FLAG_UNBINDABLE },
	{ "rw", OPTION_CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", OPTION_PROPAGATION, FLAG_SHARED },
	{ "silent", OPTION_MOUNT_FLAG, FLAG_SILENT },
	{ "slave", OPTION_PROPAGATION, FLAG_SLAVE },
	{ "src-nofollow", OPTION_LINK, offsetof(struct plan_mount, source_nofollow) },
	{ "strictatime", OPTION_SET, MOUNT_ATTR_STRICTATIME },
	{ "suid", OPTION_CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", OPTION_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", OPTION_SUPERBLOCK, 0 },
	{ "tmpcopyup", OPTION_COPY_UP, 0 },
	{ "unbindable", OPTION_PROPAGATION, FLAG_UNBINDABLE },
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const char *const *plan_mount_option_names(void)
{
	static const char *names[OPTION_COUNT + 1];

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options[i].name;
	return names;
}

static int compare_option(const void *name, const void *option)
{
	return strcmp(name, ((const struct option *)option)->name);
}

static const struct option *find_option(const char *name)
{
	/* Their mappings may stand behind them. */
	if (text_starts(name, "idmap="))
		name = "idmap";
	else if (text_starts(name, "ridmap="))
		name = "ridmap";
	return bsearch(name, options, OPTION_COUNT, sizeof(options[0]), compare_option);
}

bool plan_mount_option_is_of_superblock(const char *name)
{
	const struct option *option = find_option(name);

	return option && option->kind == OPTION_SUPERBLOCK;
}

/* The three access time attributes are one field of which the last word wins. */
static uint64_t field_of(uint64_t attribute)
{
	bool atime = attribute == MOUNT_ATTR_RELATIME || attribute == MOUNT_ATTR_NOATIME ||
		attribute == MOUNT_ATTR_STRICTATIME;

	return atime ? (uint64_t)MOUNT_ATTR__ATIME : attribute;
}

static void set_attribute(uint64_t *set, uint64_t *clear, uint64_t attribute)
{
	*set = (*set & ~field_of(attribute)) | attribute;
	/* mount_setattr(2) wants the whole access time field cleared before one of its values is set. */
	if (field_of(attribute) == MOUNT_ATTR__ATIME)
		*clear |= MOUNT_ATTR__ATIME;
	else
		*clear &= ~attribute;
}

static void clear_attribute(uint64_t *set, uint64_t *clear, uint64_t attribute)
{
	*set &= ~attribute;
	*clear |= attribute;
}

/* An option for the whole tree speaks of the mount at its top, too: it is a later word than those for that one
 * alone. */
static void apply_to_tree(const struct option *option, struct plan_mount *mount)
{
	mount->attr_set &= ~field_of(option->value);
	mount->attr_clear &= ~field_of(option->value);
	if (option->kind == OPTION_TREE_SET)
		set_attribute(&mount->tree_set, &mount->tree_clear, option->value);
	else
		clear_attribute(&mount->tree_set, &mount->tree_clear, option->value);
}

static void apply_option(const struct option *option, const char *text, struct plan_mount *mount)
{
	mount->attributes_given |= option->kind >= OPTION_SET && option->kind <= OPTION_TREE_PROPAGATION;
	switch (option->kind) {
	case OPTION_BIND:
		mount->recursive |= option->value;
		break;
	case OPTION_SET:
		set_attribute(&mount->attr_set, &mount->attr_clear, option->value);
		break;
	case OPTION_CLEAR:
		clear_attribute(&mount->attr_set, &mount->attr_clear, option->value);
		break;
	case OPTION_ATIME_BACK:
		set_attribute(&mount->attr_set, &mount->attr_clear, MOUNT_ATTR_RELATIME);
		break;
	case OPTION_TREE_SET:
	case OPTION_TREE_CLEAR:
		apply_to_tree(option, mount);
		break;
	case OPTION_PROPAGATION:
	case OPTION_TREE_PROPAGATION:
		mount->propagation = option->value;
		mount->propagation_tree = option->kind == OPTION_TREE_PROPAGATION;
		break;
	case OPTION_MOUNT_FLAG:
		mount->ms_flags |= option->value;
		break;
	case OPTION_SUPERBLOCK:
		mount->data.items[mount->data.n++] = (char *)(uintptr_t)text;
		break;
	case OPTION_COPY_UP:
		mount->copy_up = true;
		break;
	case OPTION_LINK:
		*(bool *)((char *)mount + option->value) = true;
		break;
	case OPTION_NONE:
	case OPTION_FLAG:
	case OPTION_REMOUNT:
	case OPTION_IDMAP:
		break;
	}
}

/* What the options of a bind say of its top alone, in the way of mount(2): flags that are set at the end, those that
 * were taken back, and whether there was any such word at all. */
struct bind_words {
	uint64_t set;
	uint64_t cleared;
	bool any;
};

static struct bind_words read_bind_words(const struct oci_strings *texts)
{
	struct bind_words words = { 0 };

	for (size_t i = 0; i < texts->n; i++) {
		const struct option *option = find_option(texts->items[i]);
		uint64_t value;

		if (!option)
			continue;
		value = option->value;
		switch (option->kind) {
		case OPTION_SET:
			value = value ? value : SAYS_RELATIME;
			words.set |= value;
			words.cleared &= ~value;
			break;
		case OPTION_CLEAR:
		case OPTION_ATIME_BACK:
			words.set &= ~value;
			words.cleared |= value;
			break;
		case OPTION_FLAG:
		case OPTION_SUPERBLOCK:
		case OPTION_MOUNT_FLAG:
			break;
		default:
			continue;
		}
		words.any = true;
	}
	return words;
}

/* mount(2) with MS_REMOUNT: one word about access times replaces all that the mount had, none keeps them. Of several
 * the strictest counts. */
static void set_bind_atime(uint64_t said, struct plan_mount *mount)
{
	const uint64_t words = MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODIRATIME | SAYS_RELATIME;

	if (!(said & words))
		return;
	mount->attr_clear |= MOUNT_ATTR__ATIME | (~said & MOUNT_ATTR_NODIRATIME);
	mount->attr_set |= said & MOUNT_ATTR_NODIRATIME;
	if (said & MOUNT_ATTR_STRICTATIME)
		mount->attr_set |= MOUNT_ATTR_STRICTATIME;
	else if (said & MOUNT_ATTR_NOATIME)
		mount->attr_set |= MOUNT_ATTR_NOATIME;
}

/* A bind has what runc and crun both make of its options (docs/bind-options.md): with any word about the mount itself
 * those flags alone that are named, whatever its source has; without one those of the source. Where the two
 * disagree, what ends up read-only keeps what its source forbids. Options for the whole tree are the last word. */
static void settle_bind(const struct oci_strings *texts, struct plan_mount *mount)
{
	const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		MOUNT_ATTR_NOSYMFOLLOW;
	struct bind_words words = read_bind_words(texts);
	uint64_t tree = mount->tree_set | mount->tree_clear;
	bool readonly = ((words.set & ~mount->tree_clear) | mount->tree_set) & MOUNT_ATTR_RDONLY;

	mount->attr_set = words.set & flags;
	mount->attr_clear = (readonly || !words.any ? words.cleared : ~words.set) & flags;
	mount->attr_yields = mount->attr_clear & (~words.cleared | MOUNT_ATTR_RDONLY);
	set_bind_atime(words.set, mount);
	if (tree & MOUNT_ATTR__ATIME)
		tree |= MOUNT_ATTR__ATIME;
	mount->attr_set &= ~tree;
	mount->attr_clear &= ~tree;
	mount->attr_yields &= ~tree;
}

/* A bind mount has no file system of its own to take options. */
static void refuse_data(struct oci_document *document, const struct oci_mount *spec, const char *place)
{
	char path[PLAN_PLACE_MAX];

	for (size_t i = 0; i < spec->options.n; i++) {
		if (find_option(spec->options.items[i]) || !*spec->options.items[i])
			continue;
		snprintf(path, sizeof(path), "%s.options[%zu]", place, i);
		oci_problem_add(document, path, "unknown option for a bind mount: \"%s\"", spec->options.items[i]);
	}
}

/* Where the option at s ends, as mount(8) and the kernel read a list of them: a comma that no backslash protects, and
 * no quotes. */
static size_t option_length(const char *s)
{
	bool quoted = false;
	size_t i = 0;

	for (; s[i] && (s[i] != ',' || quoted); i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (s[i] == '\\' && s[i + 1])
			i++;
	}
	return i;
}

/* What the file system gets: one option, or several in one text, "size=1m,mode=700". The layers of overlay may have
 * commas in their names, so there it is one. Returns -1 without memory. */
static int add_data(struct oci_document *document, const char *text, struct plan_mount *mount)
{
	char *rest;

	if (!strchr(text, ',') || strcmp(mount->type, "overlay") == 0) {
		if (*text)
			mount->data.items[mount->data.n++] = (char *)(uintptr_t)text;
		return 0;
	}
	rest = plan_strdup(document, text);
	if (!rest)
		return -1;
	while (*rest) {
		char *end = rest + option_length(rest);
		bool last = *end == '\0';

		*end = '\0';
		if (end > rest)
			mount->data.items[mount->data.n++] = rest;
		rest = last ? end : end + 1;
	}
	return 0;
}

/* For how many options of the file system there has to be room, at most. */
static size_t count_data(const struct oci_strings *texts)
{
	size_t n = 0;

	for (size_t i = 0; i < texts->n; i++, n++) {
		for (const char *comma = strchr(texts->items[i], ','); comma; comma = strchr(comma + 1, ','))
			n++;
	}
	return n;
}

int plan_mount_options(struct oci_document *document, const struct oci_mount *spec, const char *place,
	struct plan_mount *mount, enum plan_mount_word *ret_word, struct error *err)
{
	bool bind = strcmp(mount->type, "bind") == 0;
	bool remount = false;

	mount->data.items = oci_alloc(document, (count_data(&spec->options) + 1) * sizeof(*mount->data.items));
	if (!mount->data.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	for (size_t i = 0; i < spec->options.n; i++) {
		const char *text = spec->options.items[i];
		const struct option *option = find_option(text);

		if (option)
			apply_option(option, text, mount);
		else if (add_data(document, text, mount) < 0) /* nothing for an empty one, as for mount(8) */
			return error_set(err, ENOMEM, "cannot make a plan");
		bind |= option && option->kind == OPTION_BIND;
		remount |= option && option->kind == OPTION_REMOUNT;
	}
	*ret_word = remount ? PLAN_MOUNT_WORD_REMOUNT : bind ? PLAN_MOUNT_WORD_BIND : PLAN_MOUNT_WORD_NONE;
	if (!bind)
		return 0;
	/* mount(2): bind and remount together change the mount alone and leave its file system as it is. */
	if (!remount)
		settle_bind(&spec->options, mount);
	refuse_data(document, spec, place);
	mount->data.n = 0;
	mount->ms_flags = 0;
	return 0;
}
