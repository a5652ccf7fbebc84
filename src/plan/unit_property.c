/* The list of properties of a systemd unit, in the form of unit_request.h. Pure. */
#include "plan/parts.h"

#include <string.h>

/* Doubles a list of n elements when its size is a power of two. NULL when memory runs out. */
static void *grow(struct oci_document *document, void *items, size_t n, size_t size)
{
	void *grown;

	if (n & (n - 1))
		return items;
	grown = oci_alloc(document, (n ? n * 2 : 1) * size);
	if (grown && n > 0)
		memcpy(grown, items, n * size);
	return grown;
}

struct plan_unit_property *plan_unit_add(struct oci_document *document, struct plan_unit *unit, const char *name,
	const char *signature, const char *at)
{
	struct plan_unit_property *grown = grow(document, unit->properties, unit->n, sizeof(*grown));

	if (!grown) {
		unit->failed = true;
		return NULL;
	}
	unit->properties = grown;
	grown[unit->n] = (struct plan_unit_property){ .name = name, .signature = signature, .place = at };
	return &grown[unit->n++];
}

void plan_unit_word(struct oci_document *document, struct plan_unit *unit, char *word)
{
	struct oci_strings *words;
	char **grown;

	if (unit->failed)
		return;
	words = &unit->properties[unit->n - 1].value;
	grown = grow(document, words->items, words->n, sizeof(*grown));
	unit->failed = !grown || !word;
	if (unit->failed)
		return;
	words->items = grown;
	grown[words->n++] = word;
}
