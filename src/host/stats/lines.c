/* The forms that several files of a cgroup have: lines of a key and a value, and pressure on a resource (PSI). Changes
 * the text that it reads. */
#include "host/stats/parts.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

bool lines_next_pair(char **left, char **ret_key, char **ret_value)
{
	for (char *line = strsep(left, "\n"); line; line = strsep(left, "\n")) {
		*ret_value = line;
		*ret_key = strsep(ret_value, " ");
		if (*ret_value)
			return true;
	}
	return false;
}

bool lines_next_word(char **left, char **ret_key, char **ret_value)
{
	for (char *word = strsep(left, " "); word; word = strsep(left, " ")) {
		*ret_value = word;
		*ret_key = strsep(ret_value, "=");
		if (*ret_value)
			return true;
	}
	return false;
}

/* True for a number as JSON and the kernel write it: "0.00". */
static bool is_numeral(const char *s)
{
	size_t whole = strspn(s, "0123456789");
	size_t part = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;

	return whole > 0 && (whole == 1 || *s != '0') &&
		(s[whole] == '\0' || (part > 0 && s[whole + 1 + part] == '\0'));
}

/* Parses "avg10=0.12 avg60=0.05 avg300=0.01 total=123". */
static void parse_psi_times(char *words, struct psi_times *times)
{
	char *value;
	char *key;

	while (lines_next_word(&words, &key, &value)) {
		if (!is_numeral(value))
			continue;
		if (strcmp(key, "avg10") == 0)
			times->avg10.digits = value;
		else if (strcmp(key, "avg60") == 0)
			times->avg60.digits = value;
		else if (strcmp(key, "avg300") == 0)
			times->avg300.digits = value;
		else if (strcmp(key, "total") == 0)
			(void)text_to_u64(value, &times->total);
	}
}

struct psi *psi_parse(char *text)
{
	struct psi *psi = text ? calloc(1, sizeof(*psi)) : NULL;
	char *left = text;
	char *value;
	char *key;

	if (!psi) {
		free(text);
		return NULL;
	}
	psi->text = text;
	while (lines_next_pair(&left, &key, &value)) {
		if (strcmp(key, "some") == 0)
			parse_psi_times(value, &psi->some);
		else if (strcmp(key, "full") == 0)
			parse_psi_times(value, &psi->full);
	}
	return psi;
}

void psi_free(struct psi *psi)
{
	if (psi)
		free(psi->text);
	free(psi);
}
