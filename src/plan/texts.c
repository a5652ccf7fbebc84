/* Texts in the memory of a document: copies, JSON paths of problems, warnings. */
#include "plan/parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *plan_strdup(struct oci_document *document, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = oci_alloc(document, size);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

void *plan_grow(struct oci_document *document, void *items, size_t n, size_t size)
{
	void *grown;

	if (n & (n - 1))
		return items;
	grown = oci_alloc(document, (n ? n * 2 : 1) * size);
	if (grown && n > 0)
		memcpy(grown, items, n * size);
	return grown;
}

char *plan_printf(struct oci_document *document, const char *format, ...)
{
	va_list args;
	char *made = NULL;
	char *copy;

	va_start(args, format);
	if (vasprintf(&made, format, args) < 0)
		made = NULL;
	va_end(args);
	copy = made ? plan_strdup(document, made) : NULL;
	free(made);
	return copy;
}

const char *plan_place(char place[PLAN_PLACE_MAX], const char *prefix, const char *name)
{
	snprintf(place, PLAN_PLACE_MAX, "%s%s%s", prefix, *prefix ? "." : "", name);
	return place;
}

const char *plan_item_place(char place[PLAN_PLACE_MAX], const char *prefix, const char *name, size_t index,
	const char *rest)
{
	snprintf(place, PLAN_PLACE_MAX, "%s%s%s[%zu]%s", prefix, *prefix ? "." : "", name, index, rest);
	return place;
}

char *plan_place_of_key(struct oci_document *document, const char *parent, const char *key)
{
	bool plain = *key != '\0';

	for (const char *c = key; *c; c++)
		plain = plain && (isalnum((unsigned char)*c) || *c == '_' || *c == '-');
	return plan_printf(document, plain ? "%s.%s" : "%s[\"%s\"]", parent, key);
}

int plan_add_string(struct oci_document *document, struct oci_strings *list, const char *text, struct error *err)
{
	char **grown = oci_alloc(document, (list->n + 2) * sizeof(*grown));

	if (!grown)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (list->n > 0)
		memcpy(grown, list->items, list->n * sizeof(*grown));
	grown[list->n] = plan_strdup(document, text);
	if (!grown[list->n])
		return error_set(err, ENOMEM, "cannot make a plan");
	*list = (struct oci_strings){ .n = list->n + 1, .items = grown };
	return 0;
}

int plan_warn(struct oci_document *document, struct plan *plan, struct error *err, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return plan_add_string(document, &plan->warnings, text, err);
}
