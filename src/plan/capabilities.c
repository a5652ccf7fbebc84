/* Capability names and numbers, from libcap. The only file that includes libcap. Pure. */
#include "plan/plan.h"

#include <ctype.h>
#include <string.h>
#include <sys/capability.h>

enum { NAME_MAX_LENGTH = 32, MAX_CAPABILITIES = 64 };

/* libcap says "cap_chown" where the spec says "CAP_CHOWN". */
static bool change_case(const char *from, char *to, int (*change)(int))
{
	size_t length = strlen(from);

	if (length >= NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i <= length; i++)
		to[i] = (char)change((unsigned char)from[i]);
	return true;
}

int plan_capability(const char *name)
{
	char lower[NAME_MAX_LENGTH];
	cap_value_t value;

	if (!text_starts(name, "CAP_") || !change_case(name, lower, tolower))
		return -1;
	for (const char *c = name; *c; c++) {
		if (islower((unsigned char)*c))
			return -1;
	}
	return cap_from_name(lower, &value) == 0 ? value : -1;
}

const char *const *plan_capability_names(void)
{
	static char upper[MAX_CAPABILITIES][NAME_MAX_LENGTH];
	static const char *names[MAX_CAPABILITIES + 1];
	size_t n = 0;

	for (cap_value_t value = 0; value <= CAP_LAST_CAP && n < MAX_CAPABILITIES; value++) {
		char *name = cap_to_name(value);

		if (name && change_case(name, upper[n], toupper)) {
			names[n] = upper[n];
			n++;
		}
		cap_free(name);
	}
	return names;
}
