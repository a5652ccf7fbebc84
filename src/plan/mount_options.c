/* Mount options: the table of options, and what each means for a mount. Pure.
 *
 * Attributes of a mount are set with mount_setattr(2) while the mount is detached. An option that is not in the table
 * is one of the file system, and is given to fsconfig(2) (spec: config.md, mounts). */
#include "plan/parts.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Flags of mount(2). <sys/mount.h> and <linux/mount.h> of Debian 12 cannot be included together. */
enum {
	FLAG_SILENT = 1 << 15,
	FLAG_UNBINDABLE = 1 << 17,
	FLAG_PRIVATE = 1 << 18,
	FLAG_SLAVE = 1 << 19,
	FLAG_SHARED = 1 << 20,
	FLAG_I_VERSION = 1 << 23,
};

/* MOUNT_ATTR_RELATIME is 0 and cannot be a member of a set of flags; this bit stands for it there. */
enum { RELATIME_BIT = 1 << 30 };

enum option_kind {
	OPTION_NONE, /* no effect */
	/* no effect, but one of the options that make a bind lose the flags of its source (apply_bind_options()) */
	OPTION_FLAG,
	OPTION_BIND, /* a bind mount; value: true for a recursive one */
	OPTION_REMOUNT,
	OPTION_SET, /* value: an attribute to set on the mount */
	OPTION_CLEAR,
	/* relatime in place of another access time attribute; value: that attribute, which a bind loses */
	OPTION_CLEAR_ATIME,
	OPTION_TREE_SET, /* value: an attribute to set on the mount and all below */
	OPTION_TREE_CLEAR,
	OPTION_PROPAGATION,
	OPTION_TREE_PROPAGATION,
	OPTION_SUPERBLOCK, /* a flag for fsconfig(2); no effect on a bind, which has the superblock of its source */
	OPTION_MOUNT_FLAG, /* value: a flag that only mount(2) has */
	OPTION_COPY_UP,
	/* how a link at either end of a bind is treated; value: the offset of the member in struct plan_mount */
	OPTION_LINK,
	OPTION_IDMAP, /* read by plan_mount_idmap() */
};

struct option {
	const char *name;
	enum option_kind kind;
	uint64_t value;
};

/* Sorted for bsearch(3); `features` prints the names in this order. */
static const struct option options[] = {
	{ "async", OPTION_SUPERBLOCK, 0 },
	{ "atime", OPTION_CLEAR_ATIME, MOUNT_ATTR_NOATIME },
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
	{ "norelatime", OPTION_CLEAR_ATIME, RELATIME_BIT },
	{ "nostrictatime", OPTION_CLEAR_ATIME, MOUNT_ATTR_STRICTATIME },
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
	/* The mappings of these two may follow a '='. */
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

/* Returns the bits that belong to attribute. The three access time attributes are values of one field, of which the
 * last option wins. */
static uint64_t field_of(uint64_t attribute)
{
	bool atime = attribute == MOUNT_ATTR_RELATIME || attribute == MOUNT_ATTR_NOATIME ||
		attribute == MOUNT_ATTR_STRICTATIME;

	return atime ? (uint64_t)MOUNT_ATTR__ATIME : attribute;
}

static void set_attribute(uint64_t *set, uint64_t *clear, uint64_t attribute)
{
	*set = (*set & ~field_of(attribute)) | attribute;
	/* mount_setattr(2) requires that the whole access time field is cleared when one of its values is set. */
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

/* An option for the whole tree also replaces what earlier options have set on the mount at its top. */
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
	case OPTION_CLEAR_ATIME:
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

/* What the options of a bind say about the mount at its top, read as mount(2) reads flags: those that are set after the
 * last option, those that an option has cleared, and whether there is any such option. */
struct bind_options {
	uint64_t set;
	uint64_t cleared;
	bool any;
};

static struct bind_options read_bind_options(const struct oci_strings *texts)
{
	struct bind_options given = { 0 };

	for (size_t i = 0; i < texts->n; i++) {
		const struct option *option = find_option(texts->items[i]);
		uint64_t value;

		if (!option)
			continue;
		value = option->value;
		switch (option->kind) {
		case OPTION_SET:
			value = value ? value : RELATIME_BIT;
			given.set |= value;
			given.cleared &= ~value;
			break;
		case OPTION_CLEAR:
		case OPTION_CLEAR_ATIME:
			given.set &= ~value;
			given.cleared |= value;
			break;
		case OPTION_FLAG:
		case OPTION_SUPERBLOCK:
		case OPTION_MOUNT_FLAG:
			break;
		default:
			continue;
		}
		given.any = true;
	}
	return given;
}

/* Applies access time options as mount(2) with MS_REMOUNT does: any such option replaces all access time attributes of
 * the mount, and without one the mount keeps them. Of several options the strictest wins. */
static void set_bind_atime(uint64_t named, struct plan_mount *mount)
{
	const uint64_t words = MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODIRATIME | RELATIME_BIT;

	if (!(named & words))
		return;
	mount->attr_clear |= MOUNT_ATTR__ATIME | (~named & MOUNT_ATTR_NODIRATIME);
	mount->attr_set |= named & MOUNT_ATTR_NODIRATIME;
	if (named & MOUNT_ATTR_STRICTATIME)
		mount->attr_set |= MOUNT_ATTR_STRICTATIME;
	else if (named & MOUNT_ATTR_NOATIME)
		mount->attr_set |= MOUNT_ATTR_NOATIME;
}

/* Sets the attributes of a bind as both runc and crun do (docs/bind-options.md). With any option about the mount itself
 * the bind has the flags that are named and no others, whatever its source has; without one it has the flags of its
 * source. Where runc and crun differ, a read-only bind keeps the flags that restrict its source. Options for the whole
 * tree override all of this. */
static void apply_bind_options(const struct oci_strings *texts, struct plan_mount *mount)
{
	const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		MOUNT_ATTR_NOSYMFOLLOW;
	struct bind_options given = read_bind_options(texts);
	uint64_t tree = mount->tree_set | mount->tree_clear;
	bool readonly = ((given.set & ~mount->tree_clear) | mount->tree_set) & MOUNT_ATTR_RDONLY;

	mount->attr_set = given.set & flags;
	mount->attr_clear = (readonly || !given.any ? given.cleared : ~given.set) & flags;
	mount->attr_may_stay = mount->attr_clear & (~given.cleared | MOUNT_ATTR_RDONLY);
	set_bind_atime(given.set, mount);
	if (tree & MOUNT_ATTR__ATIME)
		tree |= MOUNT_ATTR__ATIME;
	mount->attr_set &= ~tree;
	mount->attr_clear &= ~tree;
	mount->attr_may_stay &= ~tree;
}

/* Refuses options of a file system, since a bind has the file system of its source. */
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

/* Returns the length of the option at s, in a list as mount(8) and the kernel read it: the option ends at a comma that
 * is neither quoted nor behind a backslash. */
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

/* Adds an option of the file system, or several that one text has, "size=1m,mode=700". A text for overlay is one
 * option, since the names of layers may have commas. Returns -1 when memory ran out. */
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

/* Returns how many options the texts can have at most. */
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
		else if (add_data(document, text, mount) < 0) /* an empty option adds nothing, as with mount(8) */
			return error_set(err, ENOMEM, "cannot make a plan");
		bind |= option && option->kind == OPTION_BIND;
		remount |= option && option->kind == OPTION_REMOUNT;
	}
	*ret_word = remount ? PLAN_MOUNT_WORD_REMOUNT : bind ? PLAN_MOUNT_WORD_BIND : PLAN_MOUNT_WORD_NONE;
	if (!bind)
		return 0;
	/* As in mount(2), bind together with remount changes attributes of the mount, and no options of its file
	 * system. */
	if (!remount)
		apply_bind_options(&spec->options, mount);
	refuse_data(document, spec, place);
	mount->data.n = 0;
	mount->ms_flags = 0;
	return 0;
}
