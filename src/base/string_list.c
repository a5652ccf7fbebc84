/* A list to which strings are appended one by one. */
#include "base/string_list.h"

#include <stdlib.h>
#include <string.h>

int string_list_add(struct string_list *list, const char *string)
{
	char **grown = reallocarray(list->items, list->n + 1, sizeof(*grown));

	if (!grown)
		return -1;
	list->items = grown;
	grown[list->n] = strdup(string);
	if (!grown[list->n])
		return -1;
	list->n++;
	return 0;
}

char *string_list_take_last(struct string_list *list)
{
	return list->items[--list->n];
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void string_list_sort(struct string_list *list)
{
	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare);
}

void string_list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct string_list){ 0 };
}
