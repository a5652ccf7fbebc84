/* What a filter answers to one call, on each architecture and in each way to make it, and which rule decides. */
#include "explain/parts.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Architectures have one or two ways to make a call, and the specification has 23. */
enum { MOST_CALLS = 64 };

/* ---- which calls are meant ---- */

struct asking {
	const struct explainer *explainer;
	const struct explain_question *question;
	struct explained_calls calls;
};

static int set_args(struct asking *asking, struct explained_call *call, struct error *err)
{
	const struct explain_question *question = asking->question;
	char **items = explainer_alloc(asking->explainer, (question->arg_count + 1) * sizeof(*items), err);

	if (!items)
		return -1;
	for (size_t i = 0; i < question->arg_count; i++) {
		struct text text = { 0 };

		explain_add_number(&text, question->args[i]);
		items[i] = text.s ? explainer_copy(asking->explainer, text.s, err) : NULL;
		text_free(&text);
		if (!items[i])
			return -1;
	}
	call->args = (struct oci_strings){ .n = question->arg_count, .items = items };
	return 0;
}

static int add(struct asking *asking, const struct seccomp_way *way, const char *name, struct error *err)
{
	const struct explain_question *question = asking->question;
	struct explained_call *call = &asking->calls.items[asking->calls.n];

	if (asking->calls.n == MOST_CALLS)
		return 0;
	if (explainer_ask(asking->explainer, way, name, question->has_args ? question->args : NULL, call, err) < 0 ||
		(question->has_args && set_args(asking, call, err) < 0))
		return -1;
	asking->calls.n++;
	return 0;
}

static int ask_number(struct asking *asking, int arch, uint32_t number, struct error *err)
{
	const struct explain_question *question = asking->question;
	cleanup_free char *found = seccomp_call_of_number(arch, number);
	const char *name = found ? explainer_copy(asking->explainer, found, err) : NULL;
	struct seccomp_way way = seccomp_way_of_number(arch, number, question->has_args ? question->args : NULL);

	if (found && !name)
		return -1;
	return add(asking, &way, name, err);
}

static int ask_name(struct asking *asking, int arch, struct error *err)
{
	const char *name = asking->question->call;
	struct seccomp_way ways[SECCOMP_MOST_WAYS];
	size_t n = seccomp_ways(arch, name, ways);

	if (n == 1 && !ways[0].through)
		return ask_number(asking, arch, ways[0].number, err);
	for (size_t i = 0; i < n; i++) {
		if (add(asking, &ways[i], name, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- calls that are not there ---- */

static const char *find_meant(const char *name, char **ret_memory)
{
	unsigned int least = OCI_NAME_FAR;

	*ret_memory = NULL;
	for (int i = 0; i < SECCOMP_CALL_INDICES; i++) {
		char *known = seccomp_call_name(i);
		unsigned int distance = known ? oci_name_distance(name, known) : OCI_NAME_FAR;

		if (distance < least) {
			least = distance;
			free(*ret_memory);
			*ret_memory = known;
		} else {
			free(known);
		}
	}
	return *ret_memory;
}

static void list_archs(const int *archs, size_t n, struct text *text)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text_add(text, i + 1 < n ? ", " : " and ");
		explain_add_arch(text, archs[i]);
	}
}

/* A call that libseccomp knows, and that none of the architectures has which were asked about. */
static int refuse_architectures(const char *name, const int *archs, size_t n, struct error *err)
{
	cleanup_text struct text asked = { 0 };
	cleanup_text struct text having = { 0 };
	struct seccomp_way ways[SECCOMP_MOST_WAYS];

	list_archs(archs, n, &asked);
	for (const struct oci_enum *arch = oci_seccomp_arch_names; arch->name; arch++) {
		if (seccomp_ways(arch->value, name, ways) == 0)
			continue;
		text_add(&having, having.n > 0 ? ", " : "");
		explain_add_arch(&having, arch->value);
	}
	error_usage(err, "--call", "option --call: there is no system call '%s' on %s", name, asked.s ? asked.s : "");
	return error_hint(err, "--arch takes an architecture that has it: %s", having.s ? having.s : "none");
}

/* Whether the policy has the name, which is passed over since nobody knows its number. */
static bool is_in_policy(const struct explain_subject *subject, const char *name, struct error *err)
{
	const struct oci_linux *section = subject->plan->spec->linux_;
	const struct oci_syscalls *calls = section && section->seccomp ? &section->seccomp->syscalls : NULL;

	for (size_t i = 0; calls && i < calls->n; i++) {
		for (size_t j = 0; j < calls->items[i].names.n; j++) {
			if (strcmp(calls->items[i].names.items[j], name) != 0)
				continue;
			error_usage(err, "--call",
				"option --call: '%s' is in the policy, linux.seccomp.syscalls[%zu].names[%zu], and passed over, since libseccomp %s does not know it",
				name, i, j, seccomp_library_version());
			error_hint(err, "by its number any call can be asked about");
			return true;
		}
	}
	return false;
}

static int refuse_call(const struct explain_subject *subject, const char *name, const int *archs, size_t n,
	struct error *err)
{
	cleanup_free char *memory = NULL;
	const char *meant;

	if (seccomp_call_is_known(name))
		return refuse_architectures(name, archs, n, err);
	if (is_in_policy(subject, name, err))
		return -1;
	meant = find_meant(name, &memory);
	if (meant)
		return error_usage(err, "--call", "option --call: unknown system call '%s': did you mean '%s'?", name,
			meant);
	error_usage(err, "--call", "option --call: expected the name or the number of a system call, found '%s'", name);
	return error_hint(err, "libseccomp %s does not know it; by its number any call can be asked about",
		seccomp_library_version());
}

/* ---- text ---- */

static void add_action(struct text *out, const struct explained_rule *rule)
{
	explain_add_action(out, rule->value);
}

/* "openat(3, 0), number 257", "number 9999(3, 0)". */
static void add_name(struct text *out, const struct explained_call *call, bool has_args)
{
	if (call->name) {
		text_add(out, "%s", call->name);
	} else {
		text_add(out, "number ");
		explain_add_call_number(out, call->number);
	}
	if (has_args && !call->through) {
		text_add(out, "(");
		for (size_t i = 0; i < call->args.n; i++)
			text_add(out, "%s%s", i > 0 ? ", " : "", call->args.items[i]);
		text_add(out, ")");
	}
	if (call->through)
		text_add(out, " by %s", call->through);
	if (call->name) {
		text_add(out, ", number ");
		explain_add_call_number(out, call->number);
	}
}

static bool is_multiplexer(const char *name)
{
	return name && (strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0);
}

static void add_head(struct text *out, const struct explained_call *call, const struct asking *asking)
{
	explain_add_arch(out, call->arch);
	text_add(out, ": ");
	add_name(out, call, asking->question->has_args);
	text_add(out, ": ");
	if (!asking->question->has_args && is_multiplexer(call->name)) {
		text_add(out, "its first argument chooses another call, which can be asked about\n");
	} else if (!call->answer) {
		text_add(out, "depends on its arguments\n");
	} else {
		add_action(out, call->answer);
		text_add(out, ", after %u of %u instructions\n", call->executed,
			asking->explainer->subject->plan->seccomp.n);
	}
}

static void add_place_line(struct text *out, const struct asking *asking, const struct explained_rule *rule)
{
	text_add(out, "        ");
	explain_add_place(out, asking->explainer->subject, rule->place, rule->line, rule->column);
	text_add(out, "\n");
}

/* Why this case is the one, where no rule is. */
static void add_reason(struct text *out, const struct explained_call *call, const struct explained_rule *rule,
	const struct asking *asking)
{
	uint32_t newest;

	if (strcmp(rule->by, "newer") == 0 && seccomp_reading_newest(asking->explainer->reading, call->arch, &newest)) {
		text_add(out, ", since it is newer than the policy, which names no number above ");
		explain_add_call_number(out, newest);
	} else if (strcmp(rule->by, "architecture") == 0) {
		text_add(out, ", since the policy does not have %s", call->arch_name);
	} else if (strcmp(rule->by, "default") == 0 && call->cases.n == 1 && call->idle.n == 0) {
		text_add(out, ", the default action, since no rule names it");
	} else if (strcmp(rule->by, "default") == 0) {
		text_add(out, ", the default action");
	}
}

static void add_case(struct text *out, const struct explained_call *call, size_t i, const struct asking *asking)
{
	const struct explained_rule *rule = &call->cases.items[i];

	text_add(out, i == call->which && call->cases.n > 1 ? " => " : "    ");
	add_action(out, rule);
	if (rule->conditions.n > 0) {
		text_add(out, " if ");
		explain_add_conditions(out, &rule->conditions);
	} else if (call->cases.n > 1) {
		text_add(out, " otherwise");
	}
	add_reason(out, call, rule, asking);
	text_add(out, "\n");
	if (rule->place)
		add_place_line(out, asking, rule);
}

static void add_idle(struct text *out, const struct explained_rule *rule, const struct asking *asking)
{
	text_add(out, "    without effect: ");
	add_action(out, rule);
	if (rule->conditions.n > 0) {
		text_add(out, " if ");
		explain_add_conditions(out, &rule->conditions);
	}
	text_add(out, ": %s\n", rule->why_not);
	add_place_line(out, asking, rule);
}

/* What is said below the line of a call. */
static void add_body(struct text *out, const struct explained_call *call, const struct asking *asking)
{
	if (call->differs)
		text_add(out,
			"    The policy says otherwise: another version of tare or libseccomp made the filter.\n");
	for (size_t i = 0; i < call->cases.n; i++)
		add_case(out, call, i, asking);
	for (size_t i = 0; i < call->idle.n; i++)
		add_idle(out, &call->idle.items[i], asking);
	if (!asking->explainer->reading)
		text_add(out, "    The filter came compiled: no rules are known.%s\n",
			asking->question->has_args ? "" : " It was asked with arguments of 0.");
}

static void free_texts(struct text (*texts)[MOST_CALLS])
{
	for (size_t i = 0; i < MOST_CALLS; i++)
		text_free(&(*texts)[i]);
}

/* Calls about which the same is said stand one below the other. */
static void add_text(struct text *out, const struct asking *asking)
{
	__attribute__((cleanup(free_texts))) struct text bodies[MOST_CALLS] = { 0 };
	bool done[MOST_CALLS] = { 0 };

	for (size_t i = 0; i < asking->calls.n; i++) {
		add_body(&bodies[i], &asking->calls.items[i], asking);
		out->failed = out->failed || bodies[i].failed || !bodies[i].s;
	}
	for (size_t i = 0; i < asking->calls.n && !out->failed; i++) {
		if (done[i])
			continue;
		for (size_t j = i; j < asking->calls.n; j++) {
			if (strcmp(bodies[i].s, bodies[j].s) != 0)
				continue;
			add_head(out, &asking->calls.items[j], asking);
			done[j] = true;
		}
		text_add(out, "%s", bodies[i].s);
	}
}

/* ---- the whole ---- */

/* "56" as in the audit log, "0x38". */
static bool read_number(const char *word, uint32_t *ret_number)
{
	uint64_t number;

	if (text_starts(word, "0x") && text_to_hex(word + 2, &number) && number <= UINT32_MAX) {
		*ret_number = (uint32_t)number;
		return true;
	}
	return text_to_u32(word, ret_number);
}

static int ask_all(struct asking *asking, const int *archs, size_t n, struct error *err)
{
	const struct explain_question *question = asking->question;
	uint32_t number;
	bool is_number = read_number(question->call, &number);

	/* A number means another call on each architecture. */
	n = is_number ? 1 : n;
	asking->calls.items = explainer_alloc(asking->explainer, MOST_CALLS * sizeof(*asking->calls.items), err);
	if (!asking->calls.items)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if ((is_number ? ask_number(asking, archs[i], number, err) : ask_name(asking, archs[i], err)) < 0)
			return -1;
	}
	return asking->calls.n > 0 ? 0 : refuse_call(asking->explainer->subject, question->call, archs, n, err);
}

int explain_call(const struct explain_subject *subject, const struct explain_question *question, bool json,
	struct text *out, struct error *err)
{
	cleanup_explainer struct explainer explainer = { 0 };
	struct asking asking = { .explainer = &explainer, .question = question };
	const int *archs;
	size_t n;

	if (explainer_make(subject, &explainer, err) < 0)
		return -1;
	n = explainer_architectures(&explainer, &archs);
	if (question->arch) {
		archs = &question->arch;
		n = 1;
	}
	if (ask_all(&asking, archs, n, err) < 0)
		return -1;
	if (json)
		return explain_add_json_of_calls(out, &asking.calls, explainer.outdated, err);
	add_text(out, &asking);
	return text_done(out, err);
}
