/* The hooks of a container that is there, from its copy of the configuration: poststart and poststop. Runs on the host. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "hooks.h"

#define cleanup_output __attribute__((cleanup(hook_output_close)))

/* With on_failure, all hooks run and it hears of each failure; without, the first one ends the round. */
static int run(const struct container *container, const struct oci_hook_list *hooks, struct hooks_context *context,
	void (*on_failure)(const char *text), struct error *err)
{
	cleanup_output struct hooks_output output = HOOKS_OUTPUT_KEPT;

	if (hooks->n == 0)
		return 0;
	context->cwd = container->record->bundle;
	context->output = &output;
	if (hook_output_open(&container->record->annotations, &output, err) < 0) {
		if (!on_failure)
			return -1;
		on_failure(err->text);
	}
	if (!on_failure)
		return hooks_run(hooks, context, err);
	hooks_run_all(hooks, context, on_failure);
	return 0;
}

/* The lists of hooks, NULL for none. *ret_document holds them. */
static int read_hooks(const struct container *container, struct oci_document **ret_document,
	const struct oci_hooks **ret_hooks, struct error *err)
{
	const struct oci_config *spec;

	*ret_document = NULL;
	*ret_hooks = NULL;
	if (!container->record->has_hooks)
		return 0;
	if (container_config(container, ret_document, err) < 0)
		return -1;
	spec = oci_root(*ret_document);
	*ret_hooks = spec->hooks;
	return 0;
}

int container_run_poststart(const struct container *container, struct error *err)
{
	struct oci_state state = container_state(container, OCI_STATUS_RUNNING);
	struct hooks_context context = { .kind = "poststart", .state = &state };
	struct oci_document *document;
	const struct oci_hooks *hooks;
	int result = read_hooks(container, &document, &hooks, err);

	if (result == 0 && hooks)
		result = run(container, &hooks->poststart, &context, NULL, err);
	oci_free(document);
	return result;
}

void container_run_poststop(const struct container *container)
{
	struct oci_state state = container_state(container, OCI_STATUS_STOPPED);
	struct hooks_context context = { .kind = "poststop", .state = &state };
	struct oci_document *document;
	const struct oci_hooks *hooks;
	struct error err;

	if (read_hooks(container, &document, &hooks, &err) < 0)
		log_warning(err.text);
	else if (hooks)
		(void)run(container, &hooks->poststop, &context, log_warning, &err);
	oci_free(document);
}
