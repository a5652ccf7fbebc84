/* Checks that rows and kinds cannot express: duplicate names in an object, and the format of certain strings. The time
 * for names is linear in their number, also when an attacker chooses them: in small objects each name is compared with
 * each other; for large ones there is a hash table with a secret key (SipHash), so that an attacker cannot prepare
 * collisions. */
#include "document.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* For objects of at most SMALL_OBJECT members, comparing each name with each other is fastest. */
enum { SMALL_OBJECT = 32, FIRST_SLOTS = 128 };

/* A set of names: indices of tokens, NO_TOKEN where a slot is free. The number of slots is a power of two. */
struct name_set {
	uint32_t *slots;
	size_t n;
	uint64_t key[2];
};

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3. */
static uint64_t sip_hash(const uint64_t key[2], const char *bytes, size_t length)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
		key[1] ^ 0x7465646279746573 };
	for (size_t at = 0; at <= length; at += 8) { /* the last word holds the length */
		uint64_t word = length - at < 8 ? (uint64_t)length << 56 : 0;
		memcpy(&word, bytes + at, length - at < 8 ? length - at : 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void report_duplicate(struct oci_document *document, uint32_t name)
{
	problem_report(document, name, NULL, "duplicate member");
}

static int check_small(struct oci_document *document, uint32_t object)
{
	uint32_t end = tape_next(document, object);
	for (uint32_t name = object + 1; name < end; name = tape_next(document, name + 1)) {
		size_t length;
		if (document->tape[name].bad)
			continue;
		const char *bytes = tape_string(document, name, &length);
		if (!bytes)
			return -1;
		for (uint32_t other = object + 1; other < name; other = tape_next(document, other + 1)) {
			if (document->tape[other].bad || !tape_string_is(document, other, bytes, length))
				continue;
			report_duplicate(document, name);
			break;
		}
	}
	return 0;
}

/* Puts a name into the set. Returns false when the set has it already. */
static bool set_add(const struct oci_document *document, struct name_set *set, uint32_t name, const char *bytes,
	size_t length)
{
	size_t mask = set->n - 1;
	size_t at = (size_t)sip_hash(set->key, bytes, length) & mask;
	for (; set->slots[at] != NO_TOKEN; at = (at + 1) & mask)
		if (tape_string_is(document, set->slots[at], bytes, length))
			return false;
	set->slots[at] = name;
	return true;
}

/* Makes an empty set with room for n names. */
static int set_prepare(struct name_set *set, size_t n)
{
	size_t slots = FIRST_SLOTS;
	while (slots < 2 * n)
		slots *= 2;
	if (slots > set->n) {
		uint32_t *larger = realloc(set->slots, slots * sizeof(*larger));
		if (!larger)
			return -1;
		set->slots = larger;
	}
	set->n = slots; /* only the slots that are needed: clearing more would cost time for each small object */
	memset(set->slots, 0xff, slots * sizeof(*set->slots));
	return 0;
}

static int check_large(struct oci_document *document, uint32_t object, struct name_set *set)
{
	if (set_prepare(set, document->tape[object].n) < 0)
		return -1;
	uint32_t end = tape_next(document, object);
	for (uint32_t name = object + 1; name < end; name = tape_next(document, name + 1)) {
		size_t length;
		if (document->tape[name].bad)
			continue;
		const char *bytes = tape_string(document, name, &length);
		if (!bytes)
			return -1;
		if (!set_add(document, set, name, bytes, length))
			report_duplicate(document, name);
	}
	return 0;
}

int check_duplicates(struct oci_document *document)
{
	struct name_set set = { 0 };
	const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes from the kernel */
	if (random)
		memcpy(set.key, random, sizeof(set.key));

	int result = 0;
	for (uint32_t token = 0; token < document->tape_n && result == 0; token++) {
		if (document->tape[token].kind != TOKEN_OBJECT)
			continue;
		if (document->tape[token].n <= SMALL_OBJECT)
			result = check_small(document, token);
		else
			result = check_large(document, token, &set);
	}
	free(set.slots);
	return result;
}

/* True when text has only these characters, and at least one of them if some is set. */
static bool only(const char *text, const char *characters, bool some)
{
	return text[strspn(text, characters)] == 0 && (!some || text[0]);
}

bool check_cpu_list(const char *text)
{
	return only(text, "0123456789, -", false);
}

bool check_rlimit_type(const char *text)
{
	static const char prefix[] = "RLIMIT_", rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t length = sizeof(prefix) - 1;
	return strncmp(text, prefix, length) == 0 && only(text + length, rest, true);
}

bool check_capability(const char *text)
{
	static const char prefix[] = "CAP_", rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t length = sizeof(prefix) - 1;
	return strncmp(text, prefix, length) == 0 && only(text + length, rest, true);
}

bool check_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && text[0] != '0' && text[digits] && strchr("KMG", text[digits]) &&
		strcmp(text + digits + 1, "B") == 0;
}

bool check_one_line(const char *text)
{
	return !strchr(text, '\n');
}

bool check_memory_bandwidth(const char *text)
{
	return strncmp(text, "MB:", 3) == 0 && check_one_line(text);
}

bool check_device_rule_type(const char *text)
{
	return only(text, "abc", true) && !text[1];
}

bool check_device_access(const char *text)
{
	return only(text, "rwm", true);
}

bool check_nothing(const char *text)
{
	(void)text;
	return false;
}
