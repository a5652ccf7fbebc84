/* The poststart and poststop hooks of a container, from its copy of config.json. Runs on the host. */
#include "host/container/setup.h"

#include "base/interrupt.h"
#include "base/log.h"
#include "hooks.h"

#define cleanup_output __attribute__((cleanup(hook_output_close)))

static struct hooks_context hooks_context(const struct container *container, const char *kind,
	const struct oci_state *state, const struct hooks_output *output)
{
	return (struct hooks_context){
		.kind = kind,
		.state = state,
		.cwd = container->record->bundle,
		.cwd_may_be_gone = true,
		.output = output,
	};
}

/* Reads the hooks into *ret_hooks, NULL when there are none. Their memory is *ret_document. */
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
	cleanup_output struct hooks_output output = HOOKS_OUTPUT_KEPT;
	struct oci_state state = container_state(container, OCI_STATUS_RUNNING);
	struct hooks_context context = hooks_context(container, "poststart", &state, &output);
	struct oci_document *document;
	const struct oci_hooks *hooks;
	int result = read_hooks(container, &document, &hooks, err);

	if (result == 0 && hooks && hooks->poststart.n > 0) {
		/* From here on a signal that asks tare to end also kills the hook that runs. */
		interrupt_watch();
		result = hook_output_open(&container->record->annotations, &output, err);
		if (result == 0)
			result = hooks_run(&hooks->poststart, &context, err);
	}
	oci_free(document);
	return result;
}

void container_run_poststop(const struct container *container)
{
	cleanup_output struct hooks_output output = HOOKS_OUTPUT_KEPT;
	struct oci_state state = container_state(container, OCI_STATUS_STOPPED);
	struct hooks_context context = hooks_context(container, "poststop", &state, &output);
	struct oci_document *document;
	const struct oci_hooks *hooks;
	struct error err;

	if (read_hooks(container, &document, &hooks, &err) < 0)
		log_warning(err.text);
	else if (hooks && hooks->poststop.n > 0) {
		/* A signal kills the hook that runs; the deletion goes on. */
		interrupt_watch();
		interrupt_block();
		if (hook_output_open(&container->record->annotations, &output, &err) < 0)
			log_warning(err.text);
		hooks_run_all(&hooks->poststop, &context, log_warning);
	}
	oci_free(document);
}
