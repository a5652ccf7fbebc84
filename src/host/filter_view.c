/* A seccomp filter to look at: the one that a container of a bundle would have, or the one that a container has. Runs
 * on the host; reads, and changes nothing. */
#include "host/parts.h"

#include "document.h"
#include "host/container/setup.h"

static int refuse(struct filter_view *view, struct error *err)
{
	(void)document_check(view->bundle.document, err);
	return -1;
}

static int refuse_without_filter(const char *subject, struct error *err)
{
	error_set(err, 0, "%s has no linux.seccomp: no filter is loaded, and each system call is let through", subject);
	return error_tag(err, ERROR_CONFIG_INVALID, "linux.seccomp");
}

/* A filter that lacks what init needs is there all the same, and is what the caller wants to look at. */
static int make_filter(struct filter_view *view, const struct plan_options *options, struct error *err)
{
	struct oci_document *document = view->bundle.document;

	if (plan_filter(document, options, NULL, &view->plan, err) == 0)
		return 0;
	if (!view->plan.seccomp.instructions || oci_problem_count(document) == 0)
		return refuse(view, err);
	view->refused = true;
	return 0;
}

static int read_warnings(struct filter_view *view, struct error *err)
{
	view->earlier_warnings = view->plan.warnings.n;
	if (plan_filter_names(view->bundle.document, &view->plan, err) < 0)
		return -1;
	return plan_filter_rules(view->bundle.document, &view->plan, err);
}

int filter_view_of_bundle(const char *directory, const char *config, const char *agent, struct filter_view *ret,
	struct error *err)
{
	struct plan_options options = { .id = "seccomp", .seccomp_agent = agent };

	*ret = (struct filter_view){ 0 };
	if (bundle_load(directory, config, &ret->bundle, err) < 0)
		return error_tag(err, ERROR_BUNDLE_UNREADABLE, NULL);
	options.bundle = ret->bundle.path;
	if (plan_make(ret->bundle.document, &options, &ret->plan, err) < 0)
		return refuse(ret, err);
	if (make_filter(ret, &options, err) < 0)
		return -1;
	if (!ret->plan.seccomp.instructions)
		return refuse_without_filter(config, err);
	return read_warnings(ret, err);
}

int filter_view_of_container(const struct container *container, struct filter_view *ret, struct error *err)
{
	struct plan_options options = { .id = container->id, .bundle = container->record->bundle };

	*ret = (struct filter_view){ .stored = true };
	if (container_config(container, &ret->bundle.document, err) < 0)
		return -1;
	if (plan_make(ret->bundle.document, &options, &ret->plan, err) < 0)
		return refuse(ret, err);
	if (filter_load(container, ret->bundle.document, &ret->plan.seccomp, err) < 0)
		return -1;
	if (!ret->plan.seccomp.instructions)
		return refuse_without_filter("the configuration of the container", err);
	return read_warnings(ret, err);
}

void filter_view_free(struct filter_view *view)
{
	bundle_free(&view->bundle);
}
