/* Tables of names and numbers: one array for the lookup in both directions. Code that would compare a string with
 * several names uses such a table instead. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct table_row {
	const char *name; /* NULL ends the table */
	uint64_t value;
};

/* The row called name, or NULL. */
const struct table_row *table_find(const struct table_row *table, const char *name);

/* The first name with this value, or NULL. */
const char *table_name(const struct table_row *table, uint64_t value);
