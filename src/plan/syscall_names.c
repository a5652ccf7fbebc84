/* Names of system calls in a seccomp policy that nobody knows. They are ignored, since policies name the calls of years
 * to come; but a slip in a name changes what a program may do. Pure. */
#include "plan/parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What Linux has added since 5.17 and a libseccomp may not know yet. Some are near to older names: futex_wait is no
 * slip for futex_waitv. */
static const char *const newer[] = {
	"cachestat",
	"fchmodat2",
	"file_getattr",
	"file_setattr",
	"futex_requeue",
	"futex_wait",
	"futex_wake",
	"getxattrat",
	"listmount",
	"listns",
	"listxattrat",
	"lsm_get_self_attr",
	"lsm_list_modules",
	"lsm_set_self_attr",
	"map_shadow_stack",
	"mseal",
	"open_tree_attr",
	"removexattrat",
	"rseq_slice_yield",
	"set_mempolicy_home_node",
	"setxattrat",
	"statmount",
	"uprobe",
	"uretprobe",
};

enum { NEWER_COUNT = sizeof(newer) / sizeof(newer[0]) };

struct names {
	char *items[SECCOMP_CALL_INDICES + NEWER_COUNT];
	size_t n;
};

static void free_names(struct names **names)
{
	for (size_t i = 0; *names && i < (*names)->n; i++)
		free((*names)->items[i]);
	free(*names);
}

#define cleanup_names __attribute__((cleanup(free_names)))

static bool is_known(const char *name)
{
	for (size_t i = 0; i < NEWER_COUNT; i++) {
		if (strcmp(newer[i], name) == 0)
			return true;
	}
	return seccomp_call_is_known(name);
}

static struct names *list_names(void)
{
	struct names *names = calloc(1, sizeof(*names));

	for (int i = 0; names && i < SECCOMP_CALL_INDICES + (int)NEWER_COUNT; i++) {
		char *name = i < (int)NEWER_COUNT ? strdup(newer[i]) : seccomp_call_name(i - (int)NEWER_COUNT);

		if (name)
			names->items[names->n++] = name;
	}
	return names;
}

/* "clone3" and "openat2" followed "clone" and "openat", and others will follow. */
static bool is_successor(const char *name, const char *known)
{
	size_t length = strlen(known);

	if (strncmp(name, known, length) != 0 || !name[length])
		return false;
	for (const char *c = name + length; *c; c++) {
		if (!isdigit((unsigned char)*c))
			return false;
	}
	return true;
}

/* The known name that is nearest; NULL when none is near, or when it may well be a new call. */
static const char *find_meant(const struct names *names, const char *name)
{
	const char *meant = NULL;
	unsigned int least = OCI_NAME_FAR;

	for (size_t i = 0; i < names->n; i++) {
		unsigned int distance = oci_name_distance(name, names->items[i]);

		if (is_successor(name, names->items[i]))
			return NULL;
		if (distance < least) {
			least = distance;
			meant = names->items[i];
		}
	}
	return meant;
}

static int tell(struct oci_document *document, struct plan *plan, const char *place, const char *name,
	const char *meant, struct error *err)
{
	char *note;

	if (meant)
		return plan_warn(document, plan, err,
			"%s: ignoring the unknown system call \"%s\": did you mean \"%s\"?", place, name, meant);
	note = plan_printf(document, "%s: ignoring the unknown system call \"%s\"", place, name);
	if (!note)
		return error_set(err, ENOMEM, "cannot make a plan");
	return plan_add_string(document, &plan->notes, note, err);
}

int plan_filter_names(struct oci_document *document, struct plan *plan, struct error *err)
{
	const struct oci_linux *section = plan->spec->linux_;
	const struct oci_syscalls *calls = section && section->seccomp ? &section->seccomp->syscalls : NULL;
	cleanup_names struct names *names = NULL;

	if (!calls || plan->annotations.seccomp_filter)
		return 0;
	for (size_t i = 0; i < calls->n; i++) {
		for (size_t j = 0; j < calls->items[i].names.n; j++) {
			const char *name = calls->items[i].names.items[j];
			char place[PLAN_PLACE_MAX];

			if (is_known(name))
				continue;
			if (!names)
				names = list_names();
			if (!names)
				return error_set(err, ENOMEM, "cannot make a plan");
			snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu].names[%zu]", i, j);
			if (tell(document, plan, place, name, find_meant(names, name), err) < 0)
				return -1;
		}
	}
	return 0;
}
