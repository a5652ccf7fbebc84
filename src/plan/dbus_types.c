/* Types of D-Bus values as signatures: "t", "a(sb)", "a{sv}" (D-Bus specification, "Type System"). While a value is
 * being read, less is known of its type than a signature says; a pattern is a signature with PLAN_TYPE_* for the types
 * that are open. Pure. */
#include "plan/parts.h"

#include <ctype.h>
#include <string.h>

enum { NESTED_MAX = 32 }; /* arrays in each other; structures, and entries of dictionaries, in each other */

bool plan_type_is_basic(char type)
{
	return type && strchr("ybnqiuxtdsog", type);
}

static bool skip_type(const char **type, unsigned int arrays, unsigned int structures)
{
	char first = *(*type)++;
	bool entry = first == 'a' && **type == '{';

	if (first == 'v' || plan_type_is_basic(first))
		return true;
	if ((first != 'a' && first != '(') || arrays + (first == 'a') > NESTED_MAX ||
		structures + (first == '(' || entry) > NESTED_MAX)
		return false;
	if (first == 'a' && !entry)
		return skip_type(type, arrays + 1, structures);
	if (entry) {
		++*type;
		if (!plan_type_is_basic(*(*type)++) || !skip_type(type, arrays + 1, structures + 1))
			return false;
		return *(*type)++ == '}';
	}
	do {
		if (!skip_type(type, arrays, structures + 1))
			return false;
	} while (**type != ')');
	++*type;
	return true;
}

const char *plan_type_end(const char *type)
{
	const char *start = type;

	return skip_type(&type, 0, 0) && type - start <= PLAN_SIGNATURE_MAX ? type : NULL;
}

bool plan_is_signature(const char *text)
{
	bool valid = strlen(text) <= PLAN_SIGNATURE_MAX;

	while (valid && *text) {
		text = plan_type_end(text);
		valid = text != NULL;
	}
	return valid;
}

bool plan_is_object_path(const char *text)
{
	if (*text != '/')
		return false;
	if (!text[1])
		return true;
	for (; *text; text++) {
		if (*text == '/' ? !text[1] || text[1] == '/' : !isalnum((unsigned char)*text) && *text != '_')
			return false;
	}
	return true;
}

/* The length of the first type of a pattern. */
static size_t first_size(const char *pattern)
{
	size_t n = strspn(pattern, "a");
	int depth = 0;

	do {
		char c = pattern[n++];

		depth += (c == '(' || c == '{') - (c == ')' || c == '}');
	} while (depth > 0);
	return n;
}

/* Whether a letter of a pattern stands for that type. */
static bool stands_for(char letter, char type)
{
	const char *types = letter == PLAN_TYPE_INTEGER ? "ynqiuxtd" : letter == PLAN_TYPE_TEXT ? "sog" : "";

	return letter == type || (type && strchr(types, type));
}

/* What two letters of patterns have in common; 0: nothing. */
static char common_letter(char a, char b)
{
	if (stands_for(a, b))
		return b;
	return stands_for(b, a) ? a : '\0';
}

bool plan_type_unify(const char *a, const char *b, char ret[PLAN_PATTERN_SIZE])
{
	char made[PLAN_PATTERN_SIZE];
	size_t n = 0;

	while (*a || *b) {
		bool open = *a == PLAN_TYPE_UNKNOWN || *b == PLAN_TYPE_UNKNOWN;
		const char *known = *a == PLAN_TYPE_UNKNOWN ? b : a;
		size_t size = open && *known ? first_size(known) : 1;
		char letter = open ? *known : common_letter(*a, *b);

		if (!letter || n + size >= sizeof(made))
			return false;
		memcpy(made + n, known, size);
		if (!open)
			made[n] = letter;
		a += *a == PLAN_TYPE_UNKNOWN ? 1 : size;
		b += *b == PLAN_TYPE_UNKNOWN ? 1 : size;
		n += size;
	}
	made[n] = '\0';
	memcpy(ret, made, n + 1);
	return true;
}
