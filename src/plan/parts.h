/* The parts of plan_make(), one file each, and the functions that the files of this room share; plan.h has those for
 * other rooms. The parts add problems to the document, and fail only for lack of memory. */
#pragma once

#include "plan/plan.h"
#include "plan/seccomp/seccomp.h"

/* ---- rules.c ---- */

/* Checks members of the config against each other. */
void plan_rules(struct oci_document *document, const struct oci_config *spec);

/* ---- mappings.c ---- */

/* Adds problems of a list of mappings, each at the place of its mapping. */
void plan_mappings_check(struct oci_document *document, const char *place, const struct oci_id_mappings *mappings);
bool plan_mappings_have(const struct oci_id_mappings *mappings, uint32_t id);

/* Returns false, and adds a problem at place, when ranges overlap or reach beyond the last id. For mappings that have
 * no JSON path of their own. */
bool plan_mappings_are_sound(struct oci_document *document, const char *place, const struct oci_id_mappings *mappings);

/* The text for uid_map or gid_map; NULL when memory ran out. */
char *plan_mappings_text(struct oci_document *document, const struct oci_id_mappings *mappings);

/* Translates the host ids of a mapping, which are given as ids of the container, to ids of the host. Returns false when
 * no single one of mappings holds the whole range. */
bool plan_mappings_resolve(const struct oci_id_mappings *mappings, struct oci_id_mapping *mapping);

/* ---- namespaces.c ---- */

/* Adds problems for the ids of a process that the container's user namespace does not map. prefix as in
 * plan_process(). */
void plan_check_user(struct oci_document *document, const char *prefix, const struct oci_linux *section,
	const struct oci_user *user);

/* ---- texts.c ---- */

/* Makes room for one more element behind the n of a list that only grows by this, and is NULL at first. Returns the
 * list, which may have moved; NULL when memory ran out. */
void *plan_grow(struct oci_document *document, void *items, size_t n, size_t size);

/* ---- unit.c ---- */

/* Plans the systemd unit of a container whose cgroup gets these writes. Adds problems for a linux.cgroupsPath that is
 * not "slice:prefix:name" with names that systemd takes. */
int plan_unit(struct oci_document *document, const struct oci_config *spec, const struct plan_options *options,
	const struct plan_writes *writes, struct plan_unit *ret, struct error *err);

/* ---- unit_property.c ---- */

/* Adds a property without a value. name, signature and at are not copied. NULL, with unit->failed, without memory. */
struct plan_unit_property *plan_unit_add(struct oci_document *document, struct plan_unit *unit, const char *name,
	const char *signature, const char *at);

/* Adds a word to the value of the last property; NULL, for a word that there was no memory for, sets unit->failed. Does
 * nothing after a failure. */
void plan_unit_word(struct oci_document *document, struct plan_unit *unit, char *word);

/* ---- unit_annotations.c ---- */

/* Adds the properties that the annotations org.systemd.property.NAME ask for, when all others are in the unit. One that
 * is in the unit with another value is a problem, but for three of tare's own, which give way. unit->failed becomes
 * true when memory runs out. */
void plan_unit_annotations(struct oci_document *document, const struct oci_string_map *map, struct plan_unit *unit);

/* ---- mount_options.c ---- */

/* What the options of a mount, or the type "bind", say of its kind. */
enum plan_mount_word { PLAN_MOUNT_WORD_NONE, PLAN_MOUNT_WORD_BIND, PLAN_MOUNT_WORD_REMOUNT };

/* Reads the options of one mount into *mount, whose type is there already. Problems are added to the document. */
int plan_mount_options(struct oci_document *document, const struct oci_mount *spec, const char *place,
	struct plan_mount *mount, enum plan_mount_word *ret_word, struct error *err);

/* True for an option that every superblock has, like "sync". */
bool plan_mount_option_is_of_superblock(const char *name);

/* ---- idmap.c ---- */

/* The mappings of one mount, given as members, in the text of an option, or by the container's user namespace.
 * place is the JSON path of the mount. */
int plan_mount_idmap(struct oci_document *document, const struct oci_mount *spec, const char *place,
	const struct plan_mounts_context *context, struct plan_mount *mount, struct error *err);

/* ---- net_devices.c ---- */

/* Plans linux.netDevices. inside: the namespaces that the container does not share with the host. */
int plan_net_devices(struct oci_document *document, const struct oci_config *spec, uint64_t inside,
	struct plan_net_devices *ret, struct error *err);

/* ---- resources.c ---- */

/* The writes to cgroup files for linux.resources, in an order that the kernel accepts; also for `update`. */
int plan_resources(struct oci_document *document, const struct oci_resources *resources, const char *prefix,
	struct plan_writes *ret, struct error *err);

/* ---- seccomp.c ---- */

/* The SECCOMP_FILTER_FLAG_* of a policy. Without the list SPEC_ALLOW is set, as runc and crun have it: kernels
 * before 5.16 turn on defences against speculation for every process with a filter else, which slow it down. */
unsigned int plan_seccomp_flags(const struct oci_enums *flags);

/* ---- seccomp_raw.c ---- */

/* A filter that comes compiled. One that may ask an agent about sendmsg is a problem. */
int plan_seccomp_raw(struct oci_document *document, const char *base64, const struct plan_agent *agent,
	struct plan_seccomp *ret, struct error *err);

/* ---- annotations.c ---- */

void plan_annotations_check(struct oci_document *document, const struct oci_string_map *map);

/* ---- dbus_types.c ---- */

enum {
	PLAN_SIGNATURE_MAX = 255, /* bytes, the limit of D-Bus */
	PLAN_PATTERN_SIZE = PLAN_SIGNATURE_MAX + 1,
	/* In a pattern: the type of an integer, of a text, and of what an empty array does not have. */
	PLAN_TYPE_INTEGER = 'N',
	PLAN_TYPE_TEXT = 'S',
	PLAN_TYPE_UNKNOWN = '*',
};

/* True for the types that can be keys of a dictionary. A descriptor ("h") is none: a text cannot bring one. */
bool plan_type_is_basic(char type);

/* Returns what is behind the first type of a signature; NULL when it does not begin with a type. */
const char *plan_type_end(const char *type);
bool plan_is_signature(const char *text);
bool plan_is_object_path(const char *text);

/* Writes the pattern of values that match both patterns, each of them one type, into ret, which may be one of them.
 * Returns false when no value matches both, or the pattern is too long. */
bool plan_type_unify(const char *a, const char *b, char ret[PLAN_PATTERN_SIZE]);

/* ---- gvariant.c ---- */

enum { PLAN_GVARIANT_MAX = 16384 /* bytes of text */ };

/* Reads a value in GVariant's text format (https://docs.gtk.org/glib/gvariant-text-format.html), as far as D-Bus has
 * such values: no maybe types, no empty tuples, entries of a dictionary in arrays only, no file descriptors. Stricter
 * than GLib: a type in front of a value has to suit a type behind it, there are no hexadecimal fractions, a backslash
 * before a letter or digit has to be an escape of the format, and values are at most 32 deep. Returns 0 with the
 * signature of the value and its words, as unit_request.h has them. Returns -1 with a text in *ret_problem, "at byte 7:
 * expected ..." (the first byte is 1), or with NULL there when memory ran out. Memory belongs to the document. */
int plan_gvariant_parse(struct oci_document *document, const char *text, const char **ret_signature,
	struct oci_strings *ret_words, const char **ret_problem);

/* ---- texts.c ---- */

/* Appends a copy of the text to a list. */
int plan_add_string(struct oci_document *document, struct oci_strings *list, const char *text, struct error *err);

/* Appends a sentence to plan->warnings. */
int plan_warn(struct oci_document *document, struct plan *plan, struct error *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

enum { PLAN_PLACE_MAX = 96 };

/* Writes the place of a member into place: prefix "process" and name "cwd" give "process.cwd", prefix "" gives "cwd".
 * Returns place. */
const char *plan_place(char place[PLAN_PLACE_MAX], const char *prefix, const char *name);

/* plan_place() for an item of a list: "rlimits", 2 and ".type" give "process.rlimits[2].type". */
const char *plan_item_place(char place[PLAN_PLACE_MAX], const char *prefix, const char *name, size_t index,
	const char *rest);

/* The place of a member of a map, in libocispec's notation: "a" and "b" make a.b, "a" and "b c" make a["b c"]. NULL
 * when memory ran out. */
char *plan_place_of_key(struct oci_document *document, const char *parent, const char *key);
