/* Members that no row has. The specification requires that they are ignored, since other runtimes and later versions
 * may know them; so they are no problems. One that differs from a known name by a letter or two is probably misspelled,
 * and the user of the document can warn of it. Paths and distances are computed only when oci_unknown_at() is
 * called. */
#include "document.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 63, PATH_SIZE = 1024 };

void unknown_add(struct oci_document *document, const struct oci_type *type, uint32_t key)
{
	if (document->unknown_n < OCI_MAX_UNKNOWN)
		document->unknown[document->unknown_n++] = (struct unknown){ .type = type, .key = key };
}

size_t oci_unknown_count(const struct oci_document *document)
{
	return document->unknown_n;
}

/* The least of three. */
static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;
	return smaller < c ? smaller : c;
}

/* The number of letters that have to be inserted, removed, changed, or exchanged with their neighbour. The table has
 * one row for each letter of a; only the last two rows are needed for the next one. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned rows[3][NAME_MAX_LENGTH + 1];
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3], *last = rows[(i + 2) % 3], *before_last = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
			if (exchanged && before_last[j - 2] + 1 < row[j])
				row[j] = before_last[j - 2] + 1;
		}
	}
	return rows[a_length % 3][b_length];
}

unsigned oci_name_distance(const char *name, const char *known)
{
	size_t length = strlen(name), known_length = strlen(known);
	size_t shorter = length < known_length ? length : known_length;
	unsigned allowed = shorter < 3 ? 0 : shorter < 6 ? 1 : 2; /* in a short word two letters are too many */
	if (length > NAME_MAX_LENGTH || known_length > NAME_MAX_LENGTH)
		return OCI_NAME_FAR;
	unsigned found = distance(name, length, known, known_length);
	return found <= allowed ? found : OCI_NAME_FAR;
}

/* The name of the nearest row; NULL when none is near. */
static const char *nearest_row(const struct oci_type *type, const char *name)
{
	const char *nearest = NULL;
	unsigned least_distance = OCI_NAME_FAR;
	for (size_t i = 0; i < type->n; i++) {
		unsigned found = oci_name_distance(name, type->rows[i].name);
		if (found < least_distance) {
			least_distance = found;
			nearest = type->rows[i].name;
		}
	}
	return nearest;
}

bool oci_unknown_at(struct oci_document *document, size_t index, struct oci_unknown *ret_unknown)
{
	if (index >= document->unknown_n)
		return false;
	const struct unknown *unknown = &document->unknown[index];
	char path[PATH_SIZE];
	size_t length;
	tape_path(document, unknown->key, path, sizeof(path));
	const char *bytes = tape_string(document, unknown->key, &length);
	const char *name = bytes ? arena_string(&document->arena, bytes, length) : NULL;
	const char *kept = arena_string(&document->arena, path, strlen(path));
	if (!name || !kept)
		return false;
	*ret_unknown = (struct oci_unknown){ .path = kept, .meant = nearest_row(unknown->type, name) };
	return true;
}
