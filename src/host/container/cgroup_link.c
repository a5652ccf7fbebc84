/* The link `cgroup` in a container's directory, "EXISTING:MARK:PATH" of its cgroup: how many components of the path
 * existed before, the mark, and the path. delete needs it when state.json is lost, and compares it with state.json when
 * that can be read. Runs on the host. */
#include "host/container/setup.h"

#include "base/text.h"
#include "host/cgroup/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char link_name[] = "cgroup";

/* The text of the link for a claim; empty when the container has no cgroup. */
static int describe(const struct cgroup_claim *cgroup, struct text *ret_text, struct error *err)
{
	if (cgroup->path)
		text_add(ret_text, "%u:%s:%s", (unsigned int)cgroup->existing_depth, cgroup->mark ? cgroup->mark : "",
			cgroup->path);
	return text_done(ret_text, err);
}

/* Reads the link into buffer; it is empty when there is none. */
static void read_link(const struct container *container, char buffer[PATH_MAX])
{
	ssize_t n = readlinkat(container->dir, link_name, buffer, PATH_MAX - 1);

	buffer[n > 0 ? n : 0] = '\0';
}

int cgroup_link_make(const struct container *container, const struct cgroup_claim *cgroup, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (!cgroup->path)
		return 0;
	if (describe(cgroup, &text, err) < 0)
		return -1;
	if (symlinkat(text.s, container->dir, link_name) < 0)
		return error_set(err, errno, "cannot write the state of '%s'", container->id);
	return 0;
}

static int refuse(const struct container *container, const char *link, const char *record, struct error *err)
{
	error_set(err, 0, "the state of container \"%s\" is damaged: its link '%s' says '%s', its record '%s'",
		container->id, link_name, link, record);
	if (err)
		err->number = EBADMSG;
	error_hint(err, "tare delete --force %s removes what is left of it", container->id);
	return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
}

int cgroup_link_check(const struct container *container, struct error *err)
{
	cleanup_text struct text text = { 0 };
	char buffer[PATH_MAX];

	read_link(container, buffer);
	if (*buffer == '\0')
		return 0;
	if (describe(&container->record->cgroup, &text, err) < 0)
		return -1;
	if (strcmp(buffer, text.s ? text.s : "") != 0)
		return refuse(container, buffer, text.s ? text.s : "", err);
	return 0;
}

struct cgroup_claim cgroup_link_read(const struct container *container, char buffer[PATH_MAX])
{
	struct cgroup_claim cgroup = { 0 };
	char *mark = buffer;
	char *path;

	read_link(container, buffer);
	/* The mark has no slash, so ":/" is where the path begins. */
	path = strstr(buffer, ":/");
	if (!path)
		return cgroup;
	*path++ = '\0';
	buffer = strsep(&mark, ":");
	if (mark && text_to_u32(buffer, &cgroup.existing_depth))
		cgroup = (struct cgroup_claim){ .path = path, .mark = mark, .existing_depth = cgroup.existing_depth };
	return cgroup;
}
