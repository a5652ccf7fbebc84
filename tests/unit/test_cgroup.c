/* The path of a cgroup, component by component. */
#include "host/parts.h"

#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A path of one component with this many bytes, which the caller frees. */
static char *path_of(size_t length)
{
	char *path = calloc(1, length + 2);

	if (!path)
		exit(EXIT_FAILURE);
	path[0] = '/';
	memset(path + 1, 'n', length);
	return path;
}

static void test_names(void)
{
	const char *path = "/one//two/";
	char name[NAME_MAX + 1];

	ok(cgroup_next_name(&path, name) == 1, "there is a first name");
	is_str(name, "one", "it is the first one");
	ok(cgroup_next_name(&path, name) == 1, "there is a second one, behind two slashes");
	is_str(name, "two", "it is the second one");
	ok(cgroup_next_name(&path, name) == 0, "a slash at the end makes no third one");
	path = "/";
	ok(cgroup_next_name(&path, name) == 0, "the root has no name");
}

static void test_long_names(void)
{
	char *longest = path_of(NAME_MAX);
	char *longer = path_of(NAME_MAX + 1);
	const char *path = longest;
	char name[NAME_MAX + 1];

	ok(cgroup_next_name(&path, name) == 1 && strlen(name) == NAME_MAX, "the longest name a directory can have");
	path = longer;
	ok(cgroup_next_name(&path, name) == -1 && errno == ENAMETOOLONG, "a longer one is an error, not the end");
	free(longest);
	free(longer);
}

int main(void)
{
	test_names();
	test_long_names();
	return done();
}
