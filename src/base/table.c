/* Lookup in tables of names and numbers. Runs on both sides. */
#include "base/table.h"

#include <string.h>

const struct table_row *table_find(const struct table_row *table, const char *name)
{
	for (const struct table_row *row = table; row->name; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

const char *table_name(const struct table_row *table, uint64_t value)
{
	for (const struct table_row *row = table; row->name; row++) {
		if (row->value == value)
			return row->name;
	}
	return NULL;
}
