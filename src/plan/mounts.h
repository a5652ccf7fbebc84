/* The part of a plan that is mounts (spec: config.md, mounts). The kind of each is decided here alone (mounts.c); the
 * host makes some of them before the clone (host/spawn/sources.c), init makes the others and attaches all
 * (init/attach_mounts.c). */
#pragma once

#include "base/error.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_namespaces;
struct plan_root;

/* What a mount is made of, and by which side: the host before the clone, or init at the mount's turn. */
enum plan_mount_kind {
	PLAN_MOUNT_FS,          /* a new file system, made by init */
	PLAN_MOUNT_PROC,        /* the same: one of the container's pid namespace */
	PLAN_MOUNT_SYSFS,       /* the same: one of the container's network namespace */
	PLAN_MOUNT_MAPPED_FS,   /* a new file system whose ids are mapped, made by the host */
	PLAN_MOUNT_CGROUP,      /* the cgroup v2 tree of the container's cgroup namespace, made by init */
	PLAN_MOUNT_CGROUP_COPY, /* a copy of the host's cgroup v2 tree, made by the host */
	PLAN_MOUNT_BIND,        /* a copy of a directory or file of the host, made by the host */
	PLAN_MOUNT_INSIDE,      /* a copy of what the container has at source_inside by then, made by init */
	PLAN_MOUNT_REMOUNT,     /* changes attributes, and the file system's options, of what is mounted there */
};

/* Ids of a file system that are others outside of it: mount_setattr(2), MOUNT_ATTR_IDMAP. */
struct plan_idmap {
	bool set;
	bool tree;           /* ridmap: the mounts below, too */
	const char *uid_map; /* texts for a user namespace made for this; NULL: the one that the container joins */
	const char *gid_map;
};

struct plan_mount {
	size_t index; /* mounts[index] of the spec */
	enum plan_mount_kind kind;
	const char *type;
	const char *source;        /* absolute for binds */
	const char *source_inside; /* of PLAN_MOUNT_INSIDE: a path in the container */
	const char *destination;   /* normalised, absolute */
	bool recursive;            /* rbind */
	uint64_t attr_set;         /* MOUNT_ATTR_* for the mount itself, set before it is attached */
	uint64_t attr_clear;
	uint64_t attr_yields; /* of attr_clear: what stays where a user namespace above has locked it */
	uint64_t attr_at_end; /* those that come when the set-up is done, which makes things in a new tmpfs */
	uint64_t tree_set;    /* MOUNT_ATTR_* for it and all below: the r* options */
	uint64_t tree_clear;
	unsigned long propagation; /* MS_SHARED and so on; 0 for the default, private */
	bool propagation_tree;     /* the r* form */
	struct oci_strings
		data; /* for the file system itself: "size=64k", and the superblock's own "sync", "ro" and so on */
	unsigned long ms_flags; /* MS_* flags that only mount(2) knows: MS_I_VERSION, MS_SILENT */
	bool inherits_mode;     /* a tmpfs that is not told its mode has that of what it covers */
	bool copy_up;           /* tmpcopyup: the tmpfs begins with what the image has there */
	bool copy_link;         /* copy-symlink: a source that is a link is made anew, not followed */
	bool source_nofollow;   /* src-nofollow, dest-nofollow: a link at the end of the path is meant itself */
	bool destination_nofollow;
	bool has_label; /* takes the label of the container's mounts */
	struct plan_idmap idmap;
	bool attributes_given; /* the options name attributes or propagation */
};

/* True for a file system that no one else has: made for this mount, in the container's namespaces. */
static inline bool plan_mount_is_new(const struct plan_mount *m)
{
	return m->kind <= PLAN_MOUNT_MAPPED_FS;
}

struct plan_mounts {
	size_t n;
	struct plan_mount *items;
	const char *label_option; /* "context" or one of its kin: what the file system calls the label */
	const char *label;        /* SELinux; NULL for none */
};

/* What mounts are planned for: a container that is to be made, or one that is there (`mounts add`). */
struct plan_mounts_context {
	const char *prefix;            /* the JSON path of the list: "mounts", or "" */
	const char *bundle;            /* where relative sources begin */
	const struct oci_config *spec; /* of the container: mappings, label and annotations */
	const struct plan_namespaces *namespaces;
	const struct plan_root *root; /* NULL for a container that is there */
};

/* Plans mounts. Problems are added to the document, to which the memory belongs. Fails for lack of memory. */
int plan_mounts(struct oci_document *document, const struct oci_mounts *spec, const struct plan_mounts_context *context,
	struct plan_mounts *ret, struct error *err);

/* The same for `mounts remove`, of which only the destinations are used. */
int plan_unmounts(struct oci_document *document, const struct oci_mounts *spec, struct plan_mounts *ret,
	struct error *err);

/* True when one of the options for the file system itself begins so: "mode=". */
bool plan_mount_has_data(const struct plan_mount *mount, const char *prefix);

/* True when nothing but a file system of the container's own may be mounted at destination (CVE-2019-16884). */
bool plan_mount_is_guarded(const char *destination);
