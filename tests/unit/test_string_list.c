/* Lists of strings that grow one by one. */
#include "base/string_list.h"

#include "tap.h"

#include <stdlib.h>

int main(void)
{
	struct string_list list = { 0 };
	char word[] = "pear";
	char *last;

	string_list_sort(&list);
	ok(list.n == 0 && !list.items, "an empty list can be sorted");
	ok(string_list_add(&list, word) == 0 && string_list_add(&list, "apple") == 0 && string_list_add(&list, "") == 0,
		"strings are added");
	word[0] = 'b';
	is_int((long long)list.n, 3, "the list has as many as were added");
	is_str(list.items[0], "pear", "a string is copied");
	is_str(list.items[1], "apple", "a string goes to the end");
	last = string_list_take_last(&list);
	is_str(last, "", "the last one is taken first");
	free(last);
	string_list_sort(&list);
	is_int((long long)list.n, 2, "what was taken is not in the list any more");
	ok(strcmp(list.items[0], "apple") == 0 && strcmp(list.items[1], "pear") == 0, "sorting puts them in order");
	string_list_free(&list);
	ok(list.n == 0 && !list.items, "a freed list is empty");
	ok(string_list_add(&list, "again") == 0 && list.n == 1, "and can be used again");
	string_list_free(&list);
	return done();
}
