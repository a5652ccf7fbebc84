/* The list of properties of a systemd unit, in the form of unit_request.h. Pure. */
#include "plan/parts.h"

struct plan_unit_property *plan_unit_add(struct oci_document *document, struct plan_unit *unit, const char *name,
	const char *signature, const char *at)
{
	struct plan_unit_property *grown = plan_grow(document, unit->properties, unit->n, sizeof(*grown));

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
	grown = plan_grow(document, words->items, words->n, sizeof(*grown));
	unit->failed = !grown || !word;
	if (unit->failed)
		return;
	words->items = grown;
	grown[words->n++] = word;
}
