/* Running without root: what the config cannot have, and the opening of the sources in the container's user namespace.
 * Runs on the host, except rootless_open_sources(), which the child of the clone calls.
 *
 * "Without root" means without CAP_SYS_ADMIN in one's user namespace, whatever the user ID: root of a user namespace
 * such as Podman's has all rights over its own mount namespace, and root in a container that may not mount has none
 * (decisions/0007). */
#include "host/spawn/parts.h"

#include "base/cleanup.h"
#include "document.h"
#include "handles.h"

#include <errno.h>
#include <sched.h>

int rootless_check(struct oci_document *document, const struct plan *plan, struct error *err)
{
	const struct plan_namespaces *namespaces = &plan->namespaces;

	if (!(namespaces->inside & CLONE_NEWUSER))
		oci_problem_add(document, "linux.namespaces",
			"expected a user namespace, without which only root can run containers: 'tare spec --rootless' "
			"shows how");
	else if (namespaces->create & CLONE_NEWUSER && namespaces->join_count > 0)
		oci_problem_add(document, "linux.namespaces",
			"expected only new namespaces beside a new user namespace, found '%s' to join: its own user "
			"namespace has to be joined with it",
			namespaces->join[0].path);
	else if (namespaces->create & CLONE_NEWUSER && plan->process.group_count > 0 && !plan->process.keep_groups &&
		userns_gives_up_groups(namespaces->gid_map))
		oci_problem_add(document, "process.user.additionalGids",
			"need more groups than one's own in linux.gidMappings: those of /etc/subgid");
	return document_check(document, err);
}

int rootless_open_sources(const struct plan *plan, struct handles *handles, struct error *err)
{
	const struct plan_namespaces *namespaces = &plan->namespaces;
	int user = plan_joined(namespaces, CLONE_NEWUSER);

	if (user >= 0) {
		if (setns(handles->namespaces[user], CLONE_NEWUSER) < 0)
			return error_set(err, errno, "cannot join the user namespace '%s'",
				namespaces->join[user].path);
		close_fd(&handles->namespaces[user]);
		if (namespaces->inside & CLONE_NEWNS && unshare(CLONE_NEWNS) < 0)
			return error_set(err, errno, "cannot make a mount namespace");
	}
	return handles_open_sources(plan, handles, err);
}
