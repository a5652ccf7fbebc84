/* Out of memory: each allocation fails once, one after the other, until the whole work is done. oci_parse() returns
 * NULL and leaks nothing; a problem without memory for its text is still counted. Linked with --wrap for malloc, calloc
 * and realloc. */
#include "help.h"

#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations;  /* since the last start */
static long failing = -1; /* the number of the allocation that fails; -1: none */

static bool fails(void)
{
	return allocations++ == failing;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static void start(long which)
{
	allocations = 0;
	failing = which;
}

/* Returns true when an allocation has failed. */
static bool stop(void)
{
	bool met = failing >= 0 && allocations > failing;
	failing = -1;
	return met;
}

/* A text that needs every kind of allocation: many tokens, escapes, large strings, wide objects, deep ones,
 * problems. */
static char *make_text(bool good)
{
	enum { SIZE = 256 * 1024 };
	char *text = malloc(SIZE);
	if (!text)
		abort();
	size_t n = (size_t)snprintf(text, SIZE, "{\"ociVersion\":\"1\\u0031\",\"\\u0068ostname\":%s,\"annotations\":{",
		good ? "\"h\"" : "5");
	for (int i = 0; i < 500; i++)
		n += (size_t)snprintf(text + n, SIZE - n, "\"k\\u0061%d\":\"%s\",", i, good ? "v" : "\xff");
	n += (size_t)snprintf(text + n, SIZE - n, "\"long\":\"");
	for (int i = 0; i < 5000; i++)
		n += (size_t)snprintf(text + n, SIZE - n, "\\n%04d", i);
	n += (size_t)snprintf(text + n, SIZE - n, "\"},\"mounts\":[");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, SIZE - n, "%s{\"destination\":\"/%d\",\"options\":[\"a\",\"b\"]}",
			i ? "," : "", i);
	snprintf(text + n, SIZE - n,
		"],\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[1,2]},\"scheduler\":{\"policy\":"
		"\"SCHED_FIFO\",\"flags\":[\"SCHED_FLAG_RECLAIM\"]}},\"linux\":{\"netDevices\":{\"e\\u0061\":{}},"
		"\"sysctl\":{\"a\":\"b\"}}%s}",
		good ? "" : ",\"x\":[}");
	return text;
}

/* Parses, reports, locates and writes; after a failed allocation each function returns what the header says. */
static bool work(const char *text, long which)
{
	start(which);
	bool wrong = false;
	struct oci_document *document = oci_parse(&oci_config_type, "t", text, strlen(text));
	if (document) {
		unsigned line, column;
		char buffer[256];
		size_t before = oci_problem_count(document);
		oci_problem_add(document, "mounts[3].options[1]", "%0*d", 900, 1);
		wrong |= oci_problem_count(document) < before + (before < OCI_MAX_PROBLEMS);
		wrong |= !oci_problem_at(document, 0)->path || !oci_problem_at(document, 0)->text;
		oci_problem_format(document, 0, buffer, sizeof(buffer));
		oci_locate(document, "linux.netDevices.ea", &line, &column);
		oci_alloc(document, 1000);
		char *written = NULL;
		errno = 0;
		if (oci_write(&oci_config_type, oci_root(document), OCI_WRITE_PRETTY, &written, NULL) < 0)
			wrong |= errno != ENOMEM || written;
		free(written);
		oci_free(document);
	}
	bool met = stop();
	wrong |= !document && !met;
	if (wrong)
		ok(false, "allocation %ld fails and the answer is right", which);
	return met;
}

static void check_text(bool good, const char *what)
{
	char *text = make_text(good);
	struct oci_document *document = parse_text(&oci_config_type, text);
	ok((oci_problem_count(document) == 0) == good, "%s is %s", what, good ? "good" : "bad");
	oci_free(document);
	long which = 0;
	while (work(text, which))
		which++;
	ok(which > 10, "%s: each of %ld allocations fails once, and nothing else happens", what, which);
	free(text);
}

static void check_string(void)
{
	char *written = NULL;
	start(0);
	int result = oci_write_string("a", &written);
	stop();
	ok(result == -1 && errno == ENOMEM && !written, "oci_write_string() without memory");

	struct oci_document *document = parse_text(&oci_config_type, "{\"ociVersion\":\"1\"}");
	while (oci_alloc(document, 1)) { /* until the arena needs another chunk */
		start(0);
		void *more = oci_alloc(document, 1);
		stop();
		if (!more)
			break;
	}
	start(0);
	oci_problem_add(document, "mounts", "%0*d", 900, 1);
	stop();
	is_int((int64_t)oci_problem_count(document), 1, "a problem without memory for its text is counted");
	is_str(oci_problem_at(document, 0)->text, "out of memory", "and says why it says nothing");
	oci_free(document);
}

int main(void)
{
	check_text(true, "a large config");
	check_text(false, "a broken config");
	check_string();
	return done();
}
