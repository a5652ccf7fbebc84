/* The seccomp filter of a container: when it is created, compiled or found where it was compiled before, and what is to
 * be told of its policy; later the one that is kept beside the record. Runs on the host. */
#include "host/container/setup.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* The policy of a filter that was kept has nothing to warn of; looking for it takes its time. */
static int tell_policy(struct oci_document *document, bool found, struct plan *plan, struct error *err)
{
	size_t warned = plan->warnings.n;

	if (found && !log_wants(LOG_LEVEL_DEBUG))
		return 0;
	if (plan_filter_names(document, plan, err) < 0 || plan_filter_rules(document, plan, err) < 0)
		return -1;
	for (size_t i = warned; i < plan->warnings.n; i++)
		log_warning(plan->warnings.items[i]);
	for (size_t i = 0; i < plan->notes.n; i++)
		log_text(LOG_LEVEL_DEBUG, plan->notes.items[i]);
	return 0;
}

int filter_make(const char *state_root, struct oci_document *document, const struct plan_options *options,
	struct plan *plan, struct text *ret_key, struct error *err)
{
	size_t warned = plan->warnings.n;
	cleanup_fd int root = -1;
	struct plan_filter known;
	struct error ignored;
	bool found;

	if (plan_filter_key(plan, ret_key, err) < 0)
		return -1;
	if (ret_key->n > 0)
		root = root_open(state_root, false, &ignored);
	found = root >= 0 && filter_cache_find(root, ret_key, document, &known);
	if (plan_filter(document, options, found ? &known : NULL, plan, err) < 0 ||
		tell_policy(document, found, plan, err) < 0)
		return -1;
	/* That of a policy to warn of is not kept: it is compiled, and warned of, each time. */
	if (found || plan->warnings.n > warned)
		text_free(ret_key);
	return 0;
}

int filter_load(const struct container *container, struct oci_document *document, struct plan_seccomp *ret,
	struct error *err)
{
	const struct record *record = container->record;
	cleanup_free char *text = NULL;
	struct sock_filter *instructions;
	size_t length;

	if (!record->has_filter)
		return 0;
	if (file_read(container->dir, container_filter_name, OCI_MAX_TEXT, &text, &length, err) < 0)
		return error_wrap(err, "the seccomp filter of '%s' cannot be read", container->id);
	if (length == 0 || length % sizeof(*instructions) != 0 || length / sizeof(*instructions) > BPF_MAXINSNS) {
		error_set(err, 0, "the seccomp filter of '%s' is damaged: it has %zu bytes", container->id, length);
		return error_tag(err, ERROR_STATE_UNREADABLE, NULL);
	}
	instructions = oci_alloc(document, length);
	if (!instructions)
		return error_set(err, ENOMEM, "the seccomp filter of '%s' cannot be read", container->id);
	memcpy(instructions, text, length);
	*ret = (struct plan_seccomp){
		.instructions = instructions,
		.n = (unsigned short)(length / sizeof(*instructions)),
		.flags = record->filter_flags,
		.notify = record->filter_notifies,
		.listener_path = record->listener_path,
		.listener_metadata = record->listener_metadata,
	};
	return 0;
}
