/* What is said of a filter as JSON. Written by functions and not by rows of libocispec: a table with pointers takes
 * time at the start of each command, and this one is seldom asked for. */
#include "explain/parts.h"

#include "base/cleanup.h"

#include "ocispec/enums.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct json {
	struct text *out;
	int depth;
	bool first; /* nothing stands in the object or array yet */
};

/* ---- the writer ---- */

static void add_string(struct json *json, const char *value)
{
	cleanup_free char *quoted = NULL;

	if (oci_write_string(value, &quoted) < 0)
		json->out->failed = true;
	else
		text_add(json->out, "%s", quoted);
}

/* name: NULL in an array. */
static void begin_value(struct json *json, const char *name)
{
	text_add(json->out, "%s\n%*s", json->first ? "" : ",", 2 * json->depth, "");
	if (name)
		text_add(json->out, "\"%s\": ", name);
	json->first = false;
}

static void begin(struct json *json, const char *name, char bracket)
{
	begin_value(json, name);
	text_add(json->out, "%c", bracket);
	json->depth++;
	json->first = true;
}

static void end(struct json *json, char bracket)
{
	json->depth--;
	if (!json->first)
		text_add(json->out, "\n%*s", 2 * json->depth, "");
	text_add(json->out, "%c", bracket);
	json->first = false;
}

static void add_text(struct json *json, const char *name, const char *value)
{
	if (!value)
		return;
	begin_value(json, name);
	add_string(json, value);
}

static void add_number(struct json *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	text_add(json->out, "%" PRIu64, value);
}

static void add_flag(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	text_add(json->out, value ? "true" : "false");
}

static void add_list(struct json *json, const char *name, const struct oci_strings *list)
{
	begin(json, name, '[');
	for (size_t i = 0; i < list->n; i++)
		add_text(json, NULL, list->items[i]);
	end(json, ']');
}

static struct json begin_document(struct text *out)
{
	text_add(out, "{");
	return (struct json){ .out = out, .depth = 1, .first = true };
}

static int end_document(struct json *json, struct error *err)
{
	end(json, '}');
	text_add(json->out, "\n");
	return text_done(json->out, err);
}

/* ---- rules and calls ---- */

static void add_place(struct json *json, const char *place, uint32_t line, uint32_t column)
{
	add_text(json, "place", place);
	if (line == 0)
		return;
	add_number(json, "line", line);
	add_number(json, "column", column);
}

static void add_conditions(struct json *json, const struct explained_rule *rule)
{
	const struct oci_syscall_args *conditions = &rule->conditions;

	if (conditions->n == 0)
		return;
	begin(json, "args", '[');
	for (size_t i = 0; i < conditions->n; i++) {
		const struct oci_syscall_arg *arg = &conditions->items[i];

		begin(json, NULL, '{');
		add_number(json, "index", arg->index);
		add_text(json, "op", oci_enum_name(oci_seccomp_op_names, (int)arg->op));
		add_number(json, "value", arg->value);
		if (arg->op == OCI_SECCOMP_OP_MASKED_EQ)
			add_number(json, "valueTwo", arg->value_two);
		add_number(json, "bits", rule->bits[arg->index] == UINT32_MAX ? 32 : 64);
		end(json, '}');
	}
	end(json, ']');
}

static void add_rule(struct json *json, const char *name, const struct explained_rule *rule)
{
	begin(json, name, '{');
	add_text(json, "action", rule->action);
	if (rule->errno_ret.set)
		add_number(json, "errnoRet", rule->errno_ret.v);
	add_text(json, "errno", rule->errno_name);
	add_conditions(json, rule);
	add_text(json, "by", rule->by);
	add_place(json, rule->place, rule->line, rule->column);
	add_text(json, "whyNot", rule->why_not);
	end(json, '}');
}

static void add_rules(struct json *json, const char *name, const struct explained_rules *rules)
{
	if (rules->n == 0)
		return;
	begin(json, name, '[');
	for (size_t i = 0; i < rules->n; i++)
		add_rule(json, NULL, &rules->items[i]);
	end(json, ']');
}

static void add_call(struct json *json, const struct explained_call *call)
{
	begin(json, NULL, '{');
	add_text(json, "architecture", call->arch_name);
	add_text(json, "name", call->name);
	add_number(json, "number", call->number);
	add_text(json, "through", call->through);
	if (call->through)
		add_number(json, "part", call->part);
	if (call->args.n > 0)
		add_list(json, "args", &call->args);
	if (call->answer) {
		add_rule(json, "answer", call->answer);
		add_number(json, "executed", call->executed);
	}
	if (call->differs)
		add_flag(json, "differs", true);
	add_rules(json, "cases", &call->cases);
	add_rules(json, "withoutEffect", &call->idle);
	end(json, '}');
}

static void add_calls(struct json *json, const char *name, const struct explained_calls *calls)
{
	begin(json, name, '[');
	for (size_t i = 0; i < calls->n; i++)
		add_call(json, &calls->items[i]);
	end(json, ']');
}

/* ---- documents ---- */

int explain_add_json_of_calls(struct text *out, const struct explained_calls *calls, bool outdated, struct error *err)
{
	struct json json = begin_document(out);

	if (outdated)
		add_flag(&json, "outdated", true);
	add_calls(&json, "answers", calls);
	return end_document(&json, err);
}

int explain_add_json_of_program(struct text *out, const struct explained_instruction *items, size_t n,
	struct error *err)
{
	struct json json = begin_document(out);

	begin(&json, "instructions", '[');
	for (size_t i = 0; i < n; i++) {
		begin(&json, NULL, '{');
		add_number(&json, "code", items[i].is.code);
		add_number(&json, "jt", items[i].is.jt);
		add_number(&json, "jf", items[i].is.jf);
		add_number(&json, "k", items[i].is.k);
		add_text(&json, "text", items[i].text);
		if (*items[i].comment)
			add_text(&json, "comment", items[i].comment);
		end(&json, '}');
	}
	end(&json, ']');
	return end_document(&json, err);
}

static void add_needs(struct json *json, const struct explained_policy *policy)
{
	begin(json, "needs", '[');
	for (size_t i = 0; i < policy->need_count; i++) {
		const struct plan_need *need = &policy->needs[i];

		begin(json, NULL, '{');
		add_text(json, "name", need->name);
		add_text(json, "action", explain_action_name(need->answer));
		add_flag(json, "denied", need->denied);
		end(json, '}');
	}
	end(json, ']');
}

static void add_skipped(struct json *json, const struct explained_policy *policy)
{
	begin(json, "skippedNames", '[');
	for (size_t i = 0; i < policy->skipped_count; i++) {
		const struct explained_name *name = &policy->skipped[i];

		begin(json, NULL, '{');
		add_text(json, "name", name->name);
		add_flag(json, "known", name->known);
		add_place(json, name->place, name->line, name->column);
		end(json, '}');
	}
	end(json, ']');
}

static void add_archs(struct json *json, const struct explained_policy *policy)
{
	begin(json, "architectures", '[');
	for (size_t i = 0; i < policy->arch_count; i++) {
		const struct explained_arch *arch = &policy->archs[i];

		begin(json, NULL, '{');
		add_text(json, "name", arch->name);
		add_flag(json, "own", arch->own);
		add_flag(json, "covered", arch->covered);
		if (arch->newest.set)
			add_number(json, "largestNumber", arch->newest.v);
		add_calls(json, "calls", &arch->calls);
		end(json, '}');
	}
	end(json, ']');
}

int explain_add_json_of_policy(struct text *out, const struct explained_policy *policy, struct error *err)
{
	struct json json = begin_document(out);

	add_text(&json, "config", policy->config);
	add_text(&json, "container", policy->container);
	add_number(&json, "instructions", policy->instructions);
	add_flag(&json, "compiledElsewhere", policy->compiled_elsewhere);
	add_flag(&json, "outdated", policy->outdated);
	if (policy->default_action)
		add_rule(&json, "default", policy->default_action);
	add_list(&json, "flags", &policy->flags);
	add_text(&json, "loadedDuring", policy->loaded);
	add_text(&json, "agent", policy->agent);
	add_needs(&json, policy);
	add_list(&json, "problems", &policy->problems);
	add_list(&json, "warnings", &policy->warnings);
	add_list(&json, "missingInKernel", &policy->missing);
	add_skipped(&json, policy);
	add_archs(&json, policy);
	return end_document(&json, err);
}
