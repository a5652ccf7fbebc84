/* Id mappings of a user namespace: checked before the kernel would refuse them, and written as the kernel's text.
 * Pure. */
#include "plan/parts.h"

#include <stdio.h>
#include <unistd.h>

bool plan_mappings_have(const struct oci_id_mappings *mappings, uint32_t id)
{
	for (size_t i = 0; i < mappings->n; i++) {
		const struct oci_id_mapping *m = &mappings->items[i];

		if (id >= m->container_id && id - m->container_id < m->size)
			return true;
	}
	return false;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

/* The first mapping before the i-th that has ids in common with it; i when there is none. */
static size_t find_overlap(const struct oci_id_mappings *mappings, size_t i)
{
	const struct oci_id_mapping *m = &mappings->items[i];

	for (size_t j = 0; j < i; j++) {
		const struct oci_id_mapping *o = &mappings->items[j];

		if (overlap(m->container_id, m->size, o->container_id, o->size) ||
			overlap(m->host_id, m->size, o->host_id, o->size))
			return j;
	}
	return i;
}

static bool is_too_high(const struct oci_id_mapping *m)
{
	return (uint64_t)m->container_id + m->size > UINT32_MAX || (uint64_t)m->host_id + m->size > UINT32_MAX;
}

/* The length of the text for uid_map or gid_map. */
static size_t text_length(const struct oci_id_mappings *mappings)
{
	size_t length = 0;

	for (size_t i = 0; i < mappings->n; i++)
		length += (size_t)snprintf(NULL, 0, "%u %u %u\n", mappings->items[i].container_id,
			mappings->items[i].host_id, mappings->items[i].size);
	return length;
}

void plan_mappings_check(struct oci_document *document, const char *place, const struct oci_id_mappings *mappings)
{
	size_t length = text_length(mappings);
	char path[PLAN_PLACE_MAX];

	if (mappings->n > PLAN_MAX_MAPPINGS)
		oci_problem_add(document, place, "expected at most %d mappings, found %zu", PLAN_MAX_MAPPINGS,
			mappings->n);
	else if (length >= (size_t)sysconf(_SC_PAGESIZE))
		oci_problem_add(document, place, "expected what fits in a page of the kernel's, found %zu bytes",
			length);
	for (size_t i = 0; i < mappings->n && i < PLAN_MAX_MAPPINGS; i++) {
		size_t other = find_overlap(mappings, i);

		snprintf(path, sizeof(path), "%s[%zu]", place, i);
		if (is_too_high(&mappings->items[i]))
			oci_problem_add(document, path, "expected ids below 4294967295");
		if (other < i)
			oci_problem_add(document, path, "overlaps with %s[%zu]", place, other);
	}
}

bool plan_mappings_are_sound(struct oci_document *document, const char *place, const struct oci_id_mappings *mappings)
{
	for (size_t i = 0; i < mappings->n; i++) {
		if (is_too_high(&mappings->items[i])) {
			oci_problem_add(document, place, "expected ids below 4294967295");
			return false;
		}
		if (find_overlap(mappings, i) < i) {
			oci_problem_add(document, place, "expected ranges of ids that do not overlap");
			return false;
		}
	}
	return true;
}

char *plan_mappings_text(struct oci_document *document, const struct oci_id_mappings *mappings)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < mappings->n; i++)
		text_add(&text, "%u %u %u\n", mappings->items[i].container_id, mappings->items[i].host_id,
			mappings->items[i].size);
	return text.failed || !text.s ? NULL : plan_strdup(document, text.s);
}

bool plan_mappings_resolve(const struct oci_id_mappings *mappings, struct oci_id_mapping *mapping)
{
	for (size_t i = 0; i < mappings->n; i++) {
		const struct oci_id_mapping *m = &mappings->items[i];
		uint32_t offset = mapping->host_id - m->container_id;

		if (mapping->host_id < m->container_id || offset >= m->size || mapping->size > m->size - offset)
			continue;
		mapping->host_id = m->host_id + offset;
		return true;
	}
	return false;
}
