/* The id mappings of one mount, from ids of the source's files to ids that processes see. Pure.
 *
 * They are the members uidMappings and gidMappings; without these the text behind "idmap=" (crun(1), idmap mount
 * options); without that the mappings of the container's user namespace. The specification gives this order (config.md,
 * mounts). */
#include "plan/parts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_MAX = 10 }; /* the most digits that an id has */

/* Reads an id of length digits, and advances *s behind it. Returns false when it is no id. */
static bool read_number(const char **s, size_t length, uint32_t *ret_number)
{
	char digits[NUMBER_MAX + 1];

	if (length > NUMBER_MAX)
		return false;
	memcpy(digits, *s, length);
	digits[length] = '\0';
	*s += length;
	return text_to_u32(digits, ret_number);
}

/* Reads "[@]FROM-TO-SIZE", and advances *s behind it. Returns false when the text is no such range. */
static bool read_range(const char **s, bool *ret_relative, struct oci_id_mapping *ret)
{
	uint32_t *const numbers[] = { &ret->container_id, &ret->host_id, &ret->size };

	*ret_relative = **s == '@';
	*s += *ret_relative;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (i > 0 && *(*s)++ != '-')
			return false;
		if (!read_number(s, strcspn(*s, "-#;"), numbers[i]))
			return false;
	}
	return ret->size > 0;
}

/* Reads "RANGE[#RANGE...]" up to the end of the text or a semicolon. Returns where the ranges end, or NULL when it has
 * added a problem. */
static const char *read_ranges(struct oci_document *document, const char *place, const char *s,
	const struct oci_id_mappings *container, struct oci_id_mappings *ret)
{
	for (;; s++) {
		struct oci_id_mapping *range = &ret->items[ret->n];
		bool relative;

		if (ret->n == PLAN_MAX_MAPPINGS) {
			oci_problem_add(document, place, "expected at most %d ranges of ids, found more",
				PLAN_MAX_MAPPINGS);
			return NULL;
		}
		if (!read_range(&s, &relative, range)) {
			oci_problem_add(document, place,
				"expected ranges like 0-1000-1 behind \"uids=\" and \"gids=\"");
			return NULL;
		}
		if (relative && !plan_mappings_resolve(container, range)) {
			oci_problem_add(document, place,
				"expected a range within one mapping of the container behind '@', found %u-%u-%u",
				range->container_id, range->host_id, range->size);
			return NULL;
		}
		ret->n++;
		if (*s != '#')
			return s;
	}
}

/* Reads "uids=RANGES;gids=RANGES", in either order. Returns false when it has added a problem. */
static bool read_text(struct oci_document *document, const char *place, const char *s, const struct oci_linux *section,
	struct oci_id_mappings *uids, struct oci_id_mappings *gids)
{
	static const struct oci_id_mappings none;

	while (s && *s) {
		bool is_uids = text_starts(s, "uids=");
		struct oci_id_mappings *to = is_uids ? uids : gids;
		const struct oci_id_mappings *container = section ? &section->uid_mappings : &none;

		if ((!is_uids && !text_starts(s, "gids=")) || to->n > 0)
			break;
		if (!is_uids && section)
			container = &section->gid_mappings;
		s = read_ranges(document, place, s + strlen("uids="), container, to);
		if (!s)
			return false;
		if (*s == ';')
			s++;
	}
	if (*s || uids->n == 0 || gids->n == 0) {
		oci_problem_add(document, place, "expected \"uids=\" and \"gids=\", each once");
		return false;
	}
	return plan_mappings_are_sound(document, place, uids) && plan_mappings_are_sound(document, place, gids);
}

static int set_maps(struct oci_document *document, const struct oci_id_mappings *uids,
	const struct oci_id_mappings *gids, struct plan_idmap *idmap, struct error *err)
{
	idmap->uid_map = plan_mappings_text(document, uids);
	idmap->gid_map = plan_mappings_text(document, gids);
	if (!idmap->uid_map || !idmap->gid_map)
		return error_set(err, ENOMEM, "cannot make a plan");
	return 0;
}

/* Uses uidMappings and gidMappings of the mount. */
static int use_members(struct oci_document *document, const struct oci_mount *spec, const char *place,
	struct plan_idmap *idmap, struct error *err)
{
	char path[PLAN_PLACE_MAX];

	idmap->set = true;
	snprintf(path, sizeof(path), "%s.uidMappings", place);
	if (spec->uid_mappings.n == 0)
		oci_problem_add(document, path, "expected mappings of users, too, for those of groups");
	plan_mappings_check(document, path, &spec->uid_mappings);
	snprintf(path, sizeof(path), "%s.gidMappings", place);
	if (spec->gid_mappings.n == 0)
		oci_problem_add(document, path, "expected mappings of groups, too, for those of users");
	plan_mappings_check(document, path, &spec->gid_mappings);
	if (oci_problem_count(document) > 0)
		return 0;
	return set_maps(document, &spec->uid_mappings, &spec->gid_mappings, idmap, err);
}

/* Uses the text behind "idmap=". */
static int use_text(struct oci_document *document, const char *path, const char *text, const struct oci_config *spec,
	struct plan_idmap *idmap, struct error *err)
{
	struct oci_id_mappings uids = { 0 };
	struct oci_id_mappings gids = { 0 };

	uids.items = oci_alloc(document, PLAN_MAX_MAPPINGS * sizeof(*uids.items));
	gids.items = oci_alloc(document, PLAN_MAX_MAPPINGS * sizeof(*gids.items));
	if (!uids.items || !gids.items)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (!read_text(document, path, text, spec->linux_, &uids, &gids))
		return 0;
	return set_maps(document, &uids, &gids, idmap, err);
}

/* Uses the mappings of the container's new user namespace. Of one that the container joins only the namespace has the
 * mappings, so the host's process maps with that namespace itself. */
static int use_container_mappings(struct oci_document *document, const char *path,
	const struct plan_mounts_context *context, struct plan_idmap *idmap, struct error *err)
{
	const struct oci_linux *section = context->spec->linux_;

	if (!(context->namespaces->inside & CLONE_NEWUSER)) {
		oci_problem_add(document, path,
			"needs uidMappings and gidMappings, or a user namespace in linux.namespaces");
		return 0;
	}
	if (!(context->namespaces->create & CLONE_NEWUSER))
		return 0;
	/* Another check reports a new user namespace without mappings. */
	if (section->uid_mappings.n == 0 || section->gid_mappings.n == 0)
		return 0;
	return set_maps(document, &section->uid_mappings, &section->gid_mappings, idmap, err);
}

/* Finds the last option that asks for a mapping, since a later option wins. Returns the text behind its '=', "" when
 * there is no '=', or NULL when there is no such option. */
static const char *find_option(const struct oci_mount *spec, size_t *ret_index, bool *ret_tree)
{
	const char *text = NULL;

	for (size_t i = 0; i < spec->options.n; i++) {
		const char *option = spec->options.items[i];
		bool tree = text_starts(option, "ridmap");
		const char *rest = option + strlen(tree ? "ridmap" : "idmap");

		if ((!tree && !text_starts(option, "idmap")) || (*rest && *rest != '='))
			continue;
		text = *rest ? rest + 1 : rest;
		*ret_index = i;
		*ret_tree = tree;
	}
	return text;
}

int plan_mount_idmap(struct oci_document *document, const struct oci_mount *spec, const char *place,
	const struct plan_mounts_context *context, struct plan_mount *mount, struct error *err)
{
	size_t index;
	const char *text = find_option(spec, &index, &mount->idmap.tree);
	char path[PLAN_PLACE_MAX];

	if (spec->uid_mappings.n > 0 || spec->gid_mappings.n > 0)
		return use_members(document, spec, place, &mount->idmap, err);
	if (!text)
		return 0;
	mount->idmap.set = true;
	snprintf(path, sizeof(path), "%s.options[%zu]", place, index);
	if (spec->options.items[index][strlen(mount->idmap.tree ? "ridmap" : "idmap")] == '=')
		return use_text(document, path, text, context->spec, &mount->idmap, err);
	return use_container_mappings(document, path, context, &mount->idmap, err);
}
