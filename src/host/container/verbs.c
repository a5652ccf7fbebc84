/* Which status of a container each verb takes, and what is said of the others. Runs on the host; reads only. Managers
 * match on these texts. */
#include "host/container/container.h"

#include "ocispec/enums.h"

enum { STATUS_COUNT = OCI_STATUS_STOPPED + 1 };

/* What is said of a status that a verb does not take; no text: the verb takes it. */
struct refusal {
	const char *text;
	const char *after_id; /* if set, the container's ID and this follow the text */
	bool names_status;    /* the name of the status comes last */
};

#define NOT_RUNNING { .text = "container not running" }
#define NOT_PAUSED  { .text = "container not paused" }
#define NOT_STOPPED { .text = "cannot delete container ", .after_id = " that is not stopped: ", .names_status = true }
#define NO_EVENTS   { .text = "container with id ", .after_id = " is not running" }

static const struct rule {
	enum error_code code;
	struct refusal refusals[STATUS_COUNT];
} rules[] = {
	[CONTAINER_START] = {
		.code = ERROR_CONTAINER_NOT_CREATED,
		.refusals = {
			[OCI_STATUS_CREATING] = { .text = "cannot start a container that is being created" },
			[OCI_STATUS_RUNNING] = { .text = "cannot start an already running container" },
			[OCI_STATUS_PAUSED] = { .text = "cannot start a paused container" },
			[OCI_STATUS_STOPPED] = { .text = "cannot start a container that has stopped" },
		},
	},
	[CONTAINER_EXEC] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_CREATING] = { .text = "cannot exec in a container that is being created" },
			[OCI_STATUS_PAUSED] = { .text = "cannot exec in a paused container (use --ignore-paused to override)" },
			[OCI_STATUS_STOPPED] = { .text = "cannot exec in a stopped container" },
		},
	},
	[CONTAINER_EXEC_IGNORING_PAUSED] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_CREATING] = { .text = "cannot exec in a container that is being created" },
			[OCI_STATUS_STOPPED] = { .text = "cannot exec in a stopped container" },
		},
	},
	[CONTAINER_KILL] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_STOPPED] = NOT_RUNNING,
		},
	},
	[CONTAINER_PAUSE] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_CREATING] = NOT_RUNNING,
			[OCI_STATUS_PAUSED] = NOT_RUNNING,
			[OCI_STATUS_STOPPED] = NOT_RUNNING,
		},
	},
	[CONTAINER_RESUME] = {
		.code = ERROR_CONTAINER_NOT_PAUSED,
		.refusals = {
			[OCI_STATUS_CREATING] = NOT_PAUSED,
			[OCI_STATUS_CREATED] = NOT_PAUSED,
			[OCI_STATUS_RUNNING] = NOT_PAUSED,
			[OCI_STATUS_STOPPED] = NOT_PAUSED,
		},
	},
	[CONTAINER_UPDATE] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_CREATING] = NOT_RUNNING,
			[OCI_STATUS_STOPPED] = NOT_RUNNING,
		},
	},
	[CONTAINER_CHANGE_MOUNTS] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_CREATING] = { .text = "cannot change the mounts of a container that is being created" },
			[OCI_STATUS_STOPPED] = NOT_RUNNING,
		},
	},
	[CONTAINER_EVENTS] = {
		.code = ERROR_CONTAINER_NOT_RUNNING,
		.refusals = {
			[OCI_STATUS_STOPPED] = NO_EVENTS,
		},
	},
	/* A created container runs nothing yet: every runtime deletes it, and managers rely on that. */
	[CONTAINER_DELETE] = {
		.code = ERROR_CONTAINER_NOT_STOPPED,
		.refusals = {
			[OCI_STATUS_CREATING] = NOT_STOPPED,
			[OCI_STATUS_RUNNING] = NOT_STOPPED,
			[OCI_STATUS_PAUSED] = NOT_STOPPED,
		},
	},
};

int container_check_status(const struct container *container, enum container_verb verb, enum oci_status status,
	struct error *err)
{
	const struct refusal *refusal = &rules[verb].refusals[status];

	if (!refusal->text)
		return 0;
	error_set(err, 0, "%s%s%s%s", refusal->text, refusal->after_id ? container->id : "",
		refusal->after_id ? refusal->after_id : "",
		refusal->names_status ? oci_enum_name(oci_status_names, (int)status) : "");
	if (verb == CONTAINER_DELETE)
		error_hint(err, "end it first: tare kill %s KILL; or both at once: tare delete --force %s",
			container->id, container->id);
	return error_tag(err, rules[verb].code, "container ID");
}

int container_check_verb(const struct container *container, enum container_verb verb, struct error *err)
{
	enum oci_status status;

	if (container_status(container, &status, err) < 0)
		return -1;
	return container_check_status(container, verb, status, err);
}
