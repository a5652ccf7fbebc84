/* Reads proc_pid_mountinfo(5), in place. Runs on both sides. */
#include "base/mountinfo.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Undoes mountinfo's "\040" for a space and the like, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (const char *from = s; *from; to++) {
		if (from[0] == '\\' && isdigit((unsigned char)from[1]) && isdigit((unsigned char)from[2]) &&
			isdigit((unsigned char)from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw", with any number of words before the "-". */
static bool parse(char *line, struct mountinfo *ret)
{
	static const char separator[] = " - ";
	char *type = strstr(line, separator);
	char *fields[5];

	if (!type)
		return false;
	*type = '\0';
	type += strlen(separator);
	type[strcspn(type, " ")] = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		fields[i] = strsep(&line, " ");
		if (!fields[i])
			return false;
	}
	if (sscanf(fields[0], "%d", &ret->id) != 1 || sscanf(fields[1], "%d", &ret->parent) != 1)
		return false;
	unescape(fields[3]);
	unescape(fields[4]);
	ret->root = fields[3];
	ret->path = fields[4];
	ret->type = type;
	return true;
}

bool mountinfo_next(char **text, struct mountinfo *ret)
{
	struct mountinfo mount;

	for (char *line = strsep(text, "\n"); line; line = strsep(text, "\n")) {
		if (!parse(line, &mount))
			continue;
		*ret = mount;
		return true;
	}
	return false;
}
