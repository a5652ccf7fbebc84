/* Tables of names and numbers: the look-up in both directions. */
#include "base/table.h"

#include "tap.h"

static const struct table_row table[] = {
	{ "one", 1 },
	{ "two", 2 },
	{ "deux", 2 },
	{ "nothing", 0 },
	{ "everything", UINT64_MAX },
	{ "", 5 },
	{ NULL, 0 },
};

int main(void)
{
	const struct table_row empty[] = { { NULL, 0 } };
	bool found = true;

	for (const struct table_row *row = table; row->name; row++)
		found = found && table_find(table, row->name) == row;
	ok(found, "each name leads to its row");
	is_str(table_name(table, 1), "one", "a number leads to its name");
	is_str(table_name(table, 2), "two", "to the first one, when there are several");
	is_str(table_name(table, 0), "nothing", "0 is a number like others");
	is_str(table_name(table, UINT64_MAX), "everything", "as is the largest one");
	is_str(table_name(table, 3), NULL, "a number that is not there has no name");
	ok(!table_find(table, "three"), "a name that is not there has no row");
	ok(!table_find(table, "ONE"), "capitals are other letters");
	ok(!table_find(table, "on"), "half a name is no name");
	ok(!table_find(empty, "") && !table_name(empty, 0), "an empty table has neither");
	return done();
}
