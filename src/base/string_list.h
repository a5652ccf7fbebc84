/* A list to which strings are appended one by one. The list and each string are allocated with malloc(3), so that a
 * string can be taken out and freed by itself. Lists in the memory of a document are struct oci_strings
 * (plan_add_string). */
#pragma once

#include <stddef.h>

/* Zeroed when it is empty. */
struct string_list {
	size_t n;
	char **items;
};

#define cleanup_string_list __attribute__((cleanup(string_list_free)))

/* Appends a copy of the string. Returns 0, or -1 with errno (ENOMEM) and the list as it was. */
int string_list_add(struct string_list *list, const char *string);

/* Removes the last string of a list that is not empty and returns it; the caller frees it. */
char *string_list_take_last(struct string_list *list);

/* Sorts the strings in the order of strcmp(3). */
void string_list_sort(struct string_list *list);

/* Frees the strings and leaves an empty list. */
void string_list_free(struct string_list *list);
