/* The schemata of a class of service of Intel RDT: a line for each resource, which says how much of it may be used.
 * Runs on the host. The kernel pads the numbers with blanks and zeros when it shows a line, so lines are compared
 * number by number. */
#include "host/resctrl/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SCHEMATA_MAX = 1024 * 1024, STATUS_MAX = 512 };

/* ---- reading ---- */

/* Moves *s behind the white space and zeros at its beginning, and returns its length without the white space at its
 * end. One zero of a number 0 stays. */
static size_t trim(const char **s, size_t n)
{
	while (n > 0 && isspace((unsigned char)**s)) {
		(*s)++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)(*s)[n - 1]))
		n--;
	while (n > 1 && **s == '0') {
		(*s)++;
		n--;
	}
	return n;
}

/* Whether two names or hexadecimal numbers are the same, whatever the kernel has padded them with. */
static bool same_word(const char *a, size_t a_size, const char *b, size_t b_size)
{
	a_size = trim(&a, a_size);
	b_size = trim(&b, b_size);
	return a_size == b_size && strncasecmp(a, b, a_size) == 0;
}

/* Whether a list of domains such as "0=fff;1=ff" has this domain with this value. */
static bool has_domain(const char *domains, size_t n, const char *domain, size_t domain_size)
{
	size_t id_size = strcspn(domain, "=");

	if (id_size >= domain_size)
		return false;
	for (size_t at = 0; at < n;) {
		const char *other = domains + at;
		size_t size = strcspn(other, ";\n");
		size_t other_id = strcspn(other, "=");

		if (other_id < size && same_word(other, other_id, domain, id_size))
			return same_word(other + other_id + 1, size - other_id - 1, domain + id_size + 1,
				domain_size - id_size - 1);
		at += size + 1;
	}
	return false;
}

const char *resctrl_find_schema(const char *schemata, const char *resource)
{
	size_t size = strcspn(resource, ":");

	for (const char *line = schemata; *line;) {
		size_t n = strcspn(line, "\n");
		size_t name = strcspn(line, ":");

		if (name < n && same_word(line, name, resource, size))
			return line + strspn(line, " ");
		line += n + (line[n] == '\n');
	}
	return NULL;
}

/* Whether the schemata give each domain of a line such as "L3:0=ff;1=f" the same value. */
static bool agrees(const char *schemata, const char *wanted)
{
	const char *line = resctrl_find_schema(schemata, wanted);
	const char *domain = strchr(wanted, ':');

	if (!line || !domain)
		return false;
	line = strchr(line, ':') + 1;
	for (domain++; *domain;) {
		size_t size = strcspn(domain, ";");

		if (!has_domain(line, strcspn(line, "\n"), domain, size))
			return false;
		domain += size + (domain[size] == ';');
	}
	return true;
}

int resctrl_compare_schemata(int group, const struct plan_rdt *plan, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (plan->schemata.n == 0)
		return 0;
	if (file_read(group, "schemata", SCHEMATA_MAX, &text, &length, err) < 0)
		return error_wrap(err, "linux.intelRdt: '%s'", plan->group);
	for (size_t i = 0; i < plan->schemata.n; i++) {
		if (!agrees(text, plan->schemata.items[i]))
			return error_set(err, 0, "linux.intelRdt: the class of service '%s' is there, without '%s'",
				plan->group, plan->schemata.items[i]);
	}
	return 0;
}

/* ---- writing ---- */

/* Why the kernel refused the last write, in parentheses; "" when info/last_cmd_status does not say it. */
static const char *reason(int resctrl, char buffer[STATUS_MAX])
{
	char status[STATUS_MAX - 4];

	buffer[0] = '\0';
	if (file_read_line(resctrl, "info/last_cmd_status", status, sizeof(status)) == 0 && *status &&
		strcmp(status, "ok") != 0)
		snprintf(buffer, STATUS_MAX, " (%s)", status);
	return buffer;
}

int resctrl_set_schemata(int resctrl, const char *name, const struct oci_strings *lines, struct error *err)
{
	cleanup_fd int group = resctrl_open_group(resctrl, name);
	cleanup_fd int schemata = -1;
	char buffer[STATUS_MAX];

	if (lines->n == 0)
		return 0;
	if (group >= 0)
		schemata = openat(group, "schemata", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (schemata < 0)
		return error_set(err, errno, "linux.intelRdt: cannot open the schemata of '%s'", name);
	for (size_t i = 0; i < lines->n; i++) {
		cleanup_text struct text line = { 0 };

		text_add(&line, "%s\n", lines->items[i]);
		if (text_done(&line, err) < 0)
			return -1;
		/* The kernel wants each line in a write(2) of its own. */
		if (write(schemata, line.s, line.n) != (ssize_t)line.n) {
			int number = errno;

			return error_set(err, number, "linux.intelRdt: cannot write '%s' to the schemata of '%s'%s",
				lines->items[i], name, reason(resctrl, buffer));
		}
	}
	return 0;
}

/* ---- changing ---- */

/* Reads the present line of each resource, which undoes the write of the new one; the last one first. A resource that
 * the kernel does not know has no present line, and its new one will be refused. */
static int remember(struct oci_document *document, int resctrl, const char *name, const struct oci_strings *lines,
	struct oci_strings *ret_former, struct error *err)
{
	cleanup_fd int group = resctrl_open_group(resctrl, name);
	struct oci_strings former = { .items = oci_alloc(document, lines->n * sizeof(*former.items)) };
	cleanup_free char *text = NULL;
	size_t length;

	if (group < 0)
		return error_set(err, errno, "linux.intelRdt: cannot open '%s'", name);
	if (file_read(group, "schemata", SCHEMATA_MAX, &text, &length, err) < 0)
		return error_wrap(err, "linux.intelRdt: '%s'", name);
	for (size_t i = lines->n; former.items && i-- > 0;) {
		const char *line = resctrl_find_schema(text, lines->items[i]);

		if (!line)
			continue;
		former.items[former.n] = plan_printf(document, "%.*s", (int)strcspn(line, "\n"), line);
		if (!former.items[former.n++])
			return error_set(err, ENOMEM, "cannot change the schemata of '%s'", name);
	}
	*ret_former = former;
	return former.items ? 0 : error_set(err, ENOMEM, "cannot change the schemata of '%s'", name);
}

void resctrl_restore_schemata(int resctrl, const char *name, const struct oci_strings *former)
{
	struct error err;

	for (size_t i = 0; i < former->n; i++) {
		const struct oci_strings line = { .n = 1, .items = &former->items[i] };

		if (resctrl_set_schemata(resctrl, name, &line, &err) < 0)
			log_message(LOG_LEVEL_WARNING, "cannot put back what was changed: %s", err.text);
	}
}

int resctrl_change_schemata(struct oci_document *document, int resctrl, const char *name,
	const struct oci_strings *lines, struct oci_strings *ret_former, struct error *err)
{
	struct oci_strings former = { 0 };

	if (remember(document, resctrl, name, lines, &former, err) < 0)
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	if (resctrl_set_schemata(resctrl, name, lines, err) < 0) {
		resctrl_restore_schemata(resctrl, name, &former);
		return error_tag(err, ERROR_RDT_FAILED, "linux.intelRdt");
	}
	*ret_former = former;
	return 0;
}
