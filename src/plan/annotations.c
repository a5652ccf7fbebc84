/* Annotations that this program heeds: this file has the names of all. All others are ignored (spec: config.md,
 * annotations). docs/annotations.md tells what each is for. Pure. */
#include "plan/parts.h"

#include <stdio.h>
#include <string.h>

enum kind {
	KIND_FLAG,    /* set by any value but "0" */
	KIND_PATH,    /* absolute, on the host */
	KIND_TEXT,    /* checked where it is used */
	KIND_PREFIX,  /* the beginning of several names, which are read elsewhere */
	KIND_REFUSED, /* an error: tare does not have what it asks for */
};

struct row {
	const char *name;
	enum kind kind;
	size_t offset;      /* in struct plan_annotations */
	const char *value;  /* the value that is refused; NULL: each value but the empty one */
	const char *reason; /* for the refusal */
};

static const char handlers[] = "other handlers than containers are not supported";

#define WISH(kind, member)     KIND_##kind, offsetof(struct plan_annotations, member), NULL, NULL
#define REFUSED(value, reason) KIND_REFUSED, 0, value, reason

static const struct row rows[] = {
	/* "compat": the image is WebAssembly. "compat-smart": the runtime decides, so it passes. */
	{ "module.wasm.image/variant", REFUSED("compat", handlers) },
	{ "org.opencontainers.tare.cgroup.init", WISH(TEXT, cgroup_init) },
	{ "org.systemd.property.", KIND_PREFIX, 0, NULL, NULL }, /* unit_annotations.c */
	{ "run.oci.delegate-cgroup", WISH(TEXT, delegate_cgroup) },
	{ "run.oci.handler", REFUSED(NULL, handlers) },
	{ "run.oci.hooks.stderr", WISH(PATH, hooks_stderr) },
	{ "run.oci.hooks.stdout", WISH(PATH, hooks_stdout) },
	{ "run.oci.keep_original_groups", WISH(FLAG, keep_groups) },
	{ "run.oci.mount_context_type", WISH(TEXT, mount_context_type) },
	{ "run.oci.pidfd_receiver", WISH(PATH, pidfd_receiver) },
	{ "run.oci.seccomp.plugins", REFUSED(NULL, "plugins for seccomp are not supported") },
	{ "run.oci.seccomp.receiver", WISH(PATH, seccomp_receiver) },
	{ "run.oci.seccomp_bpf_data", WISH(TEXT, seccomp_filter) },
	{ "run.oci.seccomp_fail_unknown_syscall", WISH(FLAG, seccomp_strict) },
	{ "run.oci.systemd.force_cgroup_v1", REFUSED(NULL, "cgroup v1 is not supported") },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const char *value_of(const struct oci_string_map *map, const char *name)
{
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->items[i].key, name) == 0)
			return map->items[i].value;
	}
	return NULL;
}

void plan_annotations_read(const struct oci_string_map *map, struct plan_annotations *ret)
{
	struct plan_annotations annotations = { 0 };

	for (size_t i = 0; i < ROW_COUNT; i++) {
		const char *value = value_of(map, rows[i].name);
		void *place = (char *)&annotations + rows[i].offset;

		if (value && rows[i].kind == KIND_FLAG)
			*(bool *)place = strcmp(value, "0") != 0;
		else if (value && (rows[i].kind == KIND_PATH || rows[i].kind == KIND_TEXT))
			*(const char **)place = value;
	}
	*ret = annotations;
}

void plan_annotations_check(struct oci_document *document, const struct oci_string_map *map)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &rows[i];
		const char *value = value_of(map, row->name);
		char place[PLAN_PLACE_MAX];

		snprintf(place, sizeof(place), "annotations[\"%s\"]", row->name);
		if (value && row->kind == KIND_PATH && *value != '/')
			oci_problem_add(document, place, "expected an absolute path, found \"%s\"", value);
		if (value && row->kind == KIND_REFUSED &&
			(row->value ? strcmp(value, row->value) == 0 : *value != '\0'))
			oci_problem_add(document, place, "%s, found \"%s\"", row->reason, value);
	}
}

const char *const *plan_annotation_names(void)
{
	static const char *names[ROW_COUNT + 1];

	for (size_t i = 0; i < ROW_COUNT; i++)
		names[i] = rows[i].name;
	return names;
}
