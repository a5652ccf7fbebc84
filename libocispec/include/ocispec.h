/* libocispec: the documents of the OCI runtime specification as data.
 *
 * A document is parsed into plain C structs by one engine that reads tables ("rows", see ocispec/field.h): JSON name,
 * kind, offset in the struct, constraints. The line and column of each value is known, all problems of a text are
 * reported at once, integers are exact to 64 bits, and a text that RFC 8259 forbids is refused. The library knows JSON
 * and the specification; it opens no file and makes no container.
 *
 * Thread safety: only one thread may use a document at a time. */
#pragma once

#include "ocispec/config.h"
#include "ocispec/features.h"
#include "ocispec/field.h"
#include "ocispec/state.h"

#include <stddef.h>

/* The types as which a text can be parsed and a struct can be written. */
extern const struct oci_type oci_config_type;  /* struct oci_config: config.json */
extern const struct oci_type oci_process_type; /* struct oci_process: the file of `exec --process` */
extern const struct oci_type
	oci_mount_file_type; /* struct oci_mount_file: the file of `mounts add` and `mounts remove` */
extern const struct oci_type oci_resources_type; /* struct oci_resources: the file of `update --resources` */
extern const struct oci_type oci_intel_rdt_type; /* struct oci_intel_rdt: for other options of `update` */
extern const struct oci_type oci_seccomp_type;   /* struct oci_seccomp: a policy by itself */
extern const struct oci_type oci_state_type;     /* struct oci_state */
extern const struct oci_type oci_container_process_state_type; /* struct oci_container_process_state */
extern const struct oci_type oci_features_type;                /* struct oci_features */

enum {
	OCI_MAX_TEXT = 16 * 1024 * 1024, /* bytes; a longer text is a problem, and is not parsed */
	OCI_MAX_DEPTH = 64,              /* nested arrays and objects, unknown members included */
	OCI_MAX_PROBLEMS = 100,          /* problems kept; the last one then says that there are more */
	OCI_MAX_UNKNOWN = 32,            /* unknown members remembered, the first ones in the text */
	OCI_NAME_FAR = 100,              /* oci_name_distance() of two different words */
};

/* A problem of a document. path is "linux.resources.memory.limit", "mounts[3].options[1]" or, for a name with other
 * characters than letters, digits, "_" and "-", linux.sysctl["net.ipv4.ip_forward"]; "" stands for the text as a
 * whole. */
struct oci_problem {
	const char *path;
	unsigned line;    /* from 1; 0 when the problem has no position in the text */
	unsigned column;  /* in bytes, from 1 */
	const char *text; /* "expected integer, found string" */
};

struct oci_document;

/* Parses length bytes of text as the given type. name is the text's name in messages ("config.json"); it is copied.
 * Returns a document, which the caller frees with oci_free(), also when the text has problems; NULL only when memory
 * ran out. Check oci_problem_count() before using oci_root(). */
struct oci_document *oci_parse(const struct oci_type *type, const char *name, const char *text, size_t length);

/* The parsed struct (struct oci_config for oci_config_type, and so on). A member with a problem is absent; after a
 * syntax error all are. */
void *oci_root(struct oci_document *document);

/* Problems come in the order of the text. The pointer is valid until the next oci_problem_add(). NULL behind the last
 * one. */
size_t oci_problem_count(const struct oci_document *document);
const struct oci_problem *oci_problem_at(const struct oci_document *document, size_t index);

/* Adds a problem that the caller has found, for instance a rule across members. path names the place; its position in
 * the text is that of the value, or of the nearest parent when the value is absent. Cannot fail: afterwards
 * oci_problem_count() is not 0, also without memory. */
void oci_problem_add(struct oci_document *document, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes "config.json:41:17: process.cwd: expected an absolute path, found "tmp"" into buffer, always terminated. Line
 * and column are left out when the problem has a path and its column is above 500, as in a text that a program wrote as
 * a single line. Returns the length like snprintf(3). */
int oci_problem_format(const struct oci_document *document, size_t index, char *buffer, size_t size);

/* An unknown member, which is ignored, as the specification requires. */
struct oci_unknown {
	const char *path;
	const char *meant; /* a known name of the same object that differs by one or two letters; NULL: there is none */
};

/* The first OCI_MAX_UNKNOWN unknown members, in the order of the text. *ret_unknown is valid as long as the document.
 * oci_unknown_at() returns false behind the last one, and when memory ran out. */
size_t oci_unknown_count(const struct oci_document *document);
bool oci_unknown_at(struct oci_document *document, size_t index, struct oci_unknown *ret_unknown);

/* The number of letters (inserted, removed, changed, or exchanged with the next one) by which a name differs from a
 * known one: 0 to 2, for words of less than six letters 0 or 1; else OCI_NAME_FAR. */
unsigned oci_name_distance(const char *name, const char *known);

/* Tells line and column of the value at path. Returns true when the document has the value; otherwise tells those of
 * its nearest parent and returns false. */
bool oci_locate(const struct oci_document *document, const char *path, unsigned *ret_line, unsigned *ret_column);

/* Zeroed memory that is freed with the document; NULL when memory ran out. For values that the caller computes. */
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

/* Writes text as a JSON string with its quotes, escaped as by oci_write(), for writers of other documents. *ret_text is
 * terminated, and the caller frees it with free(3). Returns 0, or -1 with errno set (ENOMEM). */
int oci_write_string(const char *text, char **ret_text);

/* The name of an enumerated value ("SCMP_ACT_ALLOW"), or NULL; and the value of a name, or -1. */
const char *oci_enum_name(const struct oci_enum *names, int value);
int oci_enum_value(const struct oci_enum *names, const char *name);
