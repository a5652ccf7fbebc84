/* Runs an operation for each container whose id matches a regular expression. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "host/container/container.h"

#include <errno.h>
#include <regex.h>

enum { REASON_MAX = 256 };

#define cleanup_regex __attribute__((cleanup(regfree)))

static int try_each(const struct invocation *invocation, const regex_t *regex, const struct string_list *ids,
	int (*each)(const struct invocation *invocation, const char *id, struct error *err), struct error *err)
{
	cleanup_text struct text failures = { 0 };
	struct error_detail first = { 0 };
	struct error one;

	for (size_t i = 0; i < ids->n; i++) {
		/* The user interrupted the command: this is not a failure of a container. */
		if (interrupt_check_all(err) < 0)
			return -1;
		if (regexec(regex, ids->items[i], 0, NULL, 0) != 0 || each(invocation, ids->items[i], &one) == 0)
			continue;
		if (failures.n == 0)
			first = one.detail;
		text_add(&failures, "%s%s: %s", failures.n ? "\n" : "", ids->items[i], one.text);
	}
	if (text_done(&failures, err) < 0)
		return -1;
	if (failures.n == 0)
		return 0;
	error_set_lines(err, failures.s);
	/* An error has one detail: that of the first failure, which often is that of all. */
	err->detail = first;
	return -1;
}

int each_matching(const struct invocation *invocation, const char *pattern,
	int (*each)(const struct invocation *invocation, const char *id, struct error *err), struct error *err)
{
	cleanup_string_list struct string_list ids = { 0 };
	cleanup_fd int root = -1;
	char reason[REASON_MAX];
	regex_t compiled;
	int result = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);

	if (result != 0) {
		regerror(result, &compiled, reason, sizeof(reason));
		return error_usage(err, "--regex", "invalid regular expression '%s': %s", pattern, reason);
	}
	cleanup_regex regex_t regex = compiled;

	root = root_open(invocation->global->root, false, err);
	if (root < 0 && err->number == ENOENT)
		return 0;
	if (root < 0 || root_list(root, &ids, err) < 0)
		return -1;
	return try_each(invocation, &regex, &ids, each, err);
}
