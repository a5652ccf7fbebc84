/* libocispec: the documents of the OCI runtime specification as data.
 *
 * A document is parsed into plain C structs by one engine that reads tables ("rows", see ocispec/field.h): JSON name,
 * kind, place in the struct, constraints. Every value's line and column is known, all problems of a text are reported
 * at once, integers are exact to 64 bits, and nothing that a strict reader of RFC 8259 would refuse is let in. The
 * library knows JSON and the specification; it opens no file and has never heard of a container.
 *
 * Thread safety: none needed, none given: a document belongs to one thread. */
#pragma once

#include "ocispec/config.h"
#include "ocispec/features.h"
#include "ocispec/field.h"
#include "ocispec/state.h"

#include <stddef.h>

/* The types a text can be parsed as and a struct can be written from. */
extern const struct oci_type oci_config_type;  /* struct oci_config: config.json */
extern const struct oci_type oci_process_type; /* struct oci_process: the file of `exec --process` */
extern const struct oci_type
	oci_mount_file_type; /* struct oci_mount_file: the file of `mounts add` and `mounts remove` */
extern const struct oci_type oci_resources_type; /* struct oci_resources: the file of `update --resources` */
extern const struct oci_type oci_intel_rdt_type; /* struct oci_intel_rdt: what other options of `update` ask for */
extern const struct oci_type oci_seccomp_type;   /* struct oci_seccomp: a policy by itself */
extern const struct oci_type oci_state_type;     /* struct oci_state */
extern const struct oci_type oci_container_process_state_type; /* struct oci_container_process_state */
extern const struct oci_type oci_features_type;                /* struct oci_features */

enum {
	OCI_MAX_TEXT = 16 * 1024 * 1024, /* bytes; a longer text is a problem, not a parse */
	OCI_MAX_DEPTH = 64,              /* nested arrays and objects, unknown members included */
	OCI_MAX_PROBLEMS = 100,          /* problems kept; the last one then says that there are more */
	OCI_MAX_UNKNOWN = 32,            /* unknown members remembered, the first ones in the text */
	OCI_NAME_FAR = 100,              /* of oci_name_distance(): another word */
};

/* One thing that is wrong. path is "linux.resources.memory.limit", "mounts[3].options[1]" or, for a name with other
 * characters than letters, digits, "_" and "-", linux.sysctl["net.ipv4.ip_forward"]; "" stands for the text as a
 * whole. */
struct oci_problem {
	const char *path;
	unsigned line;    /* from 1; 0 when the place is not in the text */
	unsigned column;  /* in bytes, from 1 */
	const char *text; /* "expected integer, found string" */
};

struct oci_document;

/* Parses length bytes of text as the given type. name is what messages call the text ("config.json"); it is copied.
 * Always gives a document that the caller frees with oci_free(), whatever is wrong with the text; NULL only when memory
 * ran out. Check oci_problem_count() before using oci_root(). */
struct oci_document *oci_parse(const struct oci_type *type, const char *name, const char *text, size_t length);

/* The parsed struct (struct oci_config for oci_config_type, and so on). Members that had a problem are as if absent;
 * after a syntax error all are. */
void *oci_root(struct oci_document *document);

/* Problems come in the order of the text. The pointer is valid until the next oci_problem_add(). NULL behind the last
 * one. */
size_t oci_problem_count(const struct oci_document *document);
const struct oci_problem *oci_problem_at(const struct oci_document *document, size_t index);

/* Adds a problem found by the caller: path names the place and is located in the text (the nearest parent that is
 * there, when the place itself is absent). This is how cross-field rules report. Cannot fail: oci_problem_count() is
 * not 0 behind it, whatever happens. */
void oci_problem_add(struct oci_document *document, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes "config.json:41:17: process.cwd: expected an absolute path, found "tmp"" into buffer, always terminated; without
 * line and column where the path says it and the column is beyond 500, as in what programs write as a single line.
 * Returns the length it has or would have, like snprintf(3). */
int oci_problem_format(const struct oci_document *document, size_t index, char *buffer, size_t size);

/* A member that nobody knows: ignored, as the specification wants it. */
struct oci_unknown {
	const char *path;
	const char *meant; /* a known name of the same object that differs by one or two letters; NULL: none does */
};

/* The first OCI_MAX_UNKNOWN of them, in the order of the text. *ret_unknown lives as long as the document. False behind
 * the last one, and when memory ran out. */
size_t oci_unknown_count(const struct oci_document *document);
bool oci_unknown_at(struct oci_document *document, size_t index, struct oci_unknown *ret_unknown);

/* By how many letters (put in, left out, changed, or exchanged with the next one) a name differs from a known one: 0 to
 * 2, of words of less than six letters 0 or 1; else OCI_NAME_FAR. */
unsigned oci_name_distance(const char *name, const char *known);

/* Where the value at path stands. Returns true when it is there; else the place of its nearest parent, and false. */
bool oci_locate(const struct oci_document *document, const char *path, unsigned *ret_line, unsigned *ret_column);

/* Memory that lives as long as the document, zeroed; NULL when memory ran out. For values that rules compute. */
void *oci_alloc(struct oci_document *document, size_t size);

void oci_free(struct oci_document *document);

enum oci_write_flags {
	OCI_WRITE_COMPACT = 0,
	OCI_WRITE_PRETTY = 1, /* indented by two spaces, with a final newline */
};

/* Writes a struct as JSON: members in the order of the rows, absent members left out. The text is terminated and freed
 * by the caller with free(3). Strings that are not UTF-8 are written with U+FFFD for each bad byte. Returns 0, or -1
 * with errno set (ENOMEM). */
int oci_write(const struct oci_type *type, const void *root, enum oci_write_flags flags, char **ret_text,
	size_t *ret_length);

/* Gives text as a JSON string with its quotes, escaped as oci_write() does, for writers of other documents. Terminated
 * and freed as there. Returns 0, or -1 with errno set (ENOMEM). */
int oci_write_string(const char *text, char **ret_text);

/* The name of an enumerated value ("SCMP_ACT_ALLOW"), or NULL; and the value of a name, or -1. */
const char *oci_enum_name(const struct oci_enum *names, int value);
int oci_enum_value(const struct oci_enum *names, const char *name);
