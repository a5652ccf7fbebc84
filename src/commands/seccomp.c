/* tare seccomp: what a seccomp policy means: by call and architecture the answer, and for one call which rule
 * decides. */
#include "commands/commands.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/syscall.h"
#include "base/text.h"
#include "explain/explain.h"
#include "host/container/container.h"
#include "host/host.h"
#include "plan/seccomp/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *bundle;
	const char *config;
	const char *call;
	const char *arch;
	const char *args;
	const char *format;
	bool disassemble;
	bool help;
};

static const struct option_row rows[] = {
	ROW_BUNDLE(bundle),
	{ 'f', "config", OPTION_TEXT, offsetof(struct options, config), "FILE",
		"the configuration in it (default: config.json)" },
	{ 'c', "call", OPTION_TEXT, offsetof(struct options, call), "NAME",
		"show what this system call gets, and why" },
	{ 'a', "arch", OPTION_TEXT, offsetof(struct options, arch), "ARCH", "of this architecture alone" },
	{ 0, "args", OPTION_TEXT, offsetof(struct options, args), "LIST", "with these arguments: 3,0x80000,-100" },
	{ 'd', "disassemble", OPTION_FLAG, offsetof(struct options, disassemble), NULL,
		"print the instructions of the filter" },
	{ 0, "format", OPTION_TEXT, offsetof(struct options, format), "text|json", "how to print (default: text)" },
	ROW_HELP,
	{ 0 },
};

/* ---- the words of the command line ---- */

static int refuse_arch(const char *word, struct error *err)
{
	cleanup_text struct text names = { 0 };
	const char *const *known = seccomp_known_architectures();

	for (size_t i = 0; known[i]; i++) {
		text_add(&names, "%s", i > 0 ? ", " : "");
		for (const char *c = known[i] + strlen("SCMP_ARCH_"); *c; c++)
			text_add(&names, "%c", tolower((unsigned char)*c));
	}
	return error_usage(err, "--arch", "option --arch: expected one of %s, or a number such as c000003e, found '%s'",
		names.s ? names.s : "", word);
}

static int read_arch(const char *word, int *ret_arch, struct error *err)
{
	*ret_arch = word ? seccomp_architecture_of_word(word) : OCI_SECCOMP_ARCH_UNSET;
	return word && *ret_arch == OCI_SECCOMP_ARCH_UNSET ? refuse_arch(word, err) : 0;
}

/* "5", "0x5", "-5". A zero in front would be octal to some, and is not to others. */
static bool read_argument(const char *word, uint64_t *ret_value)
{
	int64_t negative;

	if (text_starts(word, "0x"))
		return text_to_hex(word + 2, ret_value);
	if (*word == '-' && word[1] != '0' && text_to_i64(word, &negative)) {
		*ret_value = (uint64_t)negative;
		return true;
	}
	return (*word != '0' || word[1] == '\0') && text_to_u64(word, ret_value);
}

static int read_args(const char *list, struct explain_question *question, struct error *err)
{
	cleanup_free char *copy = list ? strdup(list) : NULL;
	char *rest = copy;

	if (!list)
		return 0;
	if (!copy)
		return error_set(err, ENOMEM, "cannot read the options");
	question->has_args = true;
	for (const char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		if (question->arg_count == sizeof(question->args) / sizeof(question->args[0]))
			return error_usage(err, "--args", "option --args: expected at most six numbers, found '%s'",
				list);
		if (!read_argument(word, &question->args[question->arg_count++]))
			return error_usage(err, "--args",
				"option --args: expected numbers such as 3,0x80000,-100, found '%s' in '%s'", word,
				list);
	}
	return 0;
}

static int check_options(const struct invocation *invocation, bool *ret_json, struct error *err)
{
	const struct options *options = invocation->options;
	const char *format = options->format ? options->format : "text";

	*ret_json = strcmp(format, "json") == 0;
	if (!*ret_json && strcmp(format, "text") != 0)
		return error_usage(err, "--format", "option --format: expected text or json, found '%s'", format);
	if (options->args && !options->call)
		return error_usage(err, "--args", "option --args needs --call");
	if (options->disassemble && (options->call || options->arch))
		return error_usage(err, "--disassemble", "option --disassemble goes without --call and --arch");
	if (invocation->word_count > 0 && (options->bundle || options->config))
		return error_usage(err, NULL, "seccomp: expected a container or a bundle, found both");
	return 0;
}

/* ---- the kernel ---- */

static bool has_action(uint32_t action)
{
	return sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* A kernel that knows the flag looks for the filter, which is not there. This one it takes only with a listener. */
static bool has_flag(uint32_t flag)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, flag, NULL) == 0 || errno == EFAULT;
}

/* ---- the whole ---- */

static int print(const struct explain_subject *subject, const struct options *options,
	const struct explain_question *question, bool json, struct error *err)
{
	cleanup_text struct text out = { 0 };
	int result;

	if (options->disassemble)
		result = explain_program(&subject->plan->seccomp, json, &out, err);
	else if (options->call)
		result = explain_call(subject, question, json, &out, err);
	else
		result = explain_policy(subject, question->arch, json, &out, err);
	if (result < 0)
		return -1;
	return fd_write_all(STDOUT_FILENO, out.s, out.n) < 0
		? error_set(err, errno, "cannot write to the standard output")
		: 0;
}

static int view(const struct invocation *invocation, const struct explain_question *question, bool json,
	struct error *err)
{
	const struct options *options = invocation->options;
	const char *config = options->config ? options->config : "config.json";
	const char *id = invocation->word_count > 0 ? invocation->words[0] : NULL;
	struct container container = CONTAINER_NONE;
	struct filter_view view = { 0 };
	int result;

	if (id)
		result = open_container(invocation, id, &container, err) < 0
			? -1
			: filter_view_of_container(&container, &view, err);
	else
		result = filter_view_of_bundle(options->bundle ? options->bundle : ".", config,
			getenv("RUN_OCI_SECCOMP_RECEIVER"), &view, err);
	if (result == 0)
		result = print(
			&(struct explain_subject){
				.name = config,
				.container = id,
				.document = view.bundle.document,
				.plan = &view.plan,
				.earlier_warnings = view.earlier_warnings,
				.has_action = has_action,
				.has_flag = has_flag,
			},
			options, question, json, err);
	filter_view_free(&view);
	container_close(&container);
	return result;
}

static int run(const struct invocation *invocation, struct error *err)
{
	const struct options *options = invocation->options;
	struct explain_question question = { .call = options->call };
	bool json;

	if (check_options(invocation, &json, err) < 0 || read_arch(options->arch, &question.arch, err) < 0 ||
		read_args(options->args, &question, err) < 0)
		return -1;
	return view(invocation, &question, json, err);
}

const struct command seccomp_command = {
	.name = "seccomp",
	.words = "[ID]",
	.summary = "show what a seccomp policy does with system calls",
	.options = rows,
	.options_size = sizeof(struct options),
	.least_words = 0,
	.most_words = 1,
	.run = run,
};
