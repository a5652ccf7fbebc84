/* The mounts of a plan (spec: config.md, mounts). Only mounts.c decides the kind of a mount. The host's process makes
 * mounts of some kinds before the clone (host/spawn/sources.c); init makes the others, and attaches all
 * (init/attach_mounts.c). */
#pragma once

#include "base/error.h"

#include "ocispec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_namespaces;
struct plan_root;

/* What a mount is made of, and which process makes it: the host's before the clone, or init when the entry's turn
 * comes. */
enum plan_mount_kind {
	PLAN_MOUNT_FS,          /* a new file system, made by init */
	PLAN_MOUNT_PROC,        /* a new procfs of the container's pid namespace, made by init */
	PLAN_MOUNT_SYSFS,       /* a new sysfs of the container's network namespace, made by init */
	PLAN_MOUNT_MAPPED_FS,   /* a new file system whose ids are mapped, made by the host */
	PLAN_MOUNT_CGROUP,      /* the cgroup v2 tree of the container's cgroup namespace, made by init */
	PLAN_MOUNT_CGROUP_COPY, /* a copy of the host's cgroup v2 tree, made by the host */
	PLAN_MOUNT_BIND,        /* a copy of a directory or file of the host, made by the host */
	/* a copy of source_inside, a path of the container, made by init after the mounts before it */
	PLAN_MOUNT_INSIDE,
	/* no new mount: changes attributes and file system options of what is mounted at the destination */
	PLAN_MOUNT_REMOUNT,
};

/* Maps the ids of a file system to other ids: mount_setattr(2), MOUNT_ATTR_IDMAP. */
struct plan_idmap {
	bool set;
	bool tree; /* ridmap: also for the mounts below */
	/* the text of uid_map of a user namespace that is made for this mount; NULL: the user namespace that the
	 * container joins */
	const char *uid_map;
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
	uint64_t attr_set;         /* MOUNT_ATTR_* to set on the mount itself while it is detached */
	uint64_t attr_clear;
	uint64_t attr_may_stay; /* those of attr_clear that may stay set when a user namespace above has locked them */
	/* MOUNT_ATTR_* to set when init has made its files in the mount: read-only for a new tmpfs */
	uint64_t attr_at_end;
	uint64_t tree_set; /* MOUNT_ATTR_* to set on the mount and all below: the r* options */
	uint64_t tree_clear;
	unsigned long propagation; /* MS_SHARED and so on; 0: as it comes, which is private below a private mount */
	bool propagation_tree;     /* propagation is for all mounts below as well: the r* options */
	/* options of the file system: "size=64k", and flags of the superblock such as "sync" and "ro" */
	struct oci_strings data;
	unsigned long ms_flags; /* MS_* flags that only mount(2) takes: MS_I_VERSION, MS_SILENT */
	bool inherits_mode;     /* a tmpfs without "mode=" gets the mode of the directory that it covers */
	bool copy_up;           /* tmpcopyup: the tmpfs begins with a copy of the image's files at the destination */
	bool copy_link;         /* copy-symlink: a source that is a link is copied as a link */
	bool source_nofollow;   /* src-nofollow, dest-nofollow: a link at the end of the path is not followed */
	bool destination_nofollow;
	bool has_label; /* gets linux.mountLabel */
	struct plan_idmap idmap;
	bool attributes_given; /* the options name attributes or propagation */
};

/* True for a file system that is made for this mount. */
static inline bool plan_mount_is_new(const struct plan_mount *m)
{
	return m->kind <= PLAN_MOUNT_MAPPED_FS;
}

struct plan_mounts {
	size_t n;
	struct plan_mount *items;
	const char *label_option; /* the option of the file system for the label: "context", "fscontext" and so on */
	const char *label;        /* linux.mountLabel; NULL without one */
};

/* The container that mounts are planned for: one that will be created, or one that runs (`mounts add`). */
struct plan_mounts_context {
	const char *prefix;            /* the JSON path of the list: "mounts", or "" */
	const char *bundle;            /* the directory of relative sources */
	const struct oci_config *spec; /* the container's config, for its id mappings, label and annotations */
	const struct plan_namespaces *namespaces;
	const struct plan_root *root; /* NULL for a container that runs */
};

/* Plans the mounts of spec. Problems of the config are added to document, which owns the memory of *ret. Returns 0, or
 * -1 with *err (ENOMEM). */
int plan_mounts(struct oci_document *document, const struct oci_mounts *spec, const struct plan_mounts_context *context,
	struct plan_mounts *ret, struct error *err);

/* Plans `mounts remove`: only the destinations are read and checked. Returns as plan_mounts(). */
int plan_unmounts(struct oci_document *document, const struct oci_mounts *spec, struct plan_mounts *ret,
	struct error *err);

/* True when one of the file system's options begins with prefix, for instance "mode=". */
bool plan_mount_has_data(const struct plan_mount *mount, const char *prefix);

/* True for /proc and most paths below: only a procfs or a bind may be mounted at /proc, and nothing at the others
 * (CVE-2019-16884). */
bool plan_mount_is_guarded(const char *destination);
