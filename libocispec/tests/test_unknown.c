/* Unknown members are no problems; for one that looks misspelled, the known name is found. */
#include "help.h"

static struct oci_document *parse(const char *text)
{
	return oci_parse(&oci_config_type, "config.json", text, strlen(text));
}

/* The unknown members of a text: "path=meant", with blanks between. A static buffer. */
static const char *unknown_in(const char *text)
{
	static char buffer[4096];
	struct oci_document *document = parse(text);
	struct oci_unknown unknown;
	size_t n = 0;
	buffer[0] = '\0';
	for (size_t i = 0; oci_unknown_at(document, i, &unknown); i++)
		n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%s%s=%s", i ? " " : "", unknown.path,
			unknown.meant ? unknown.meant : "");
	oci_free(document);
	return buffer;
}

static void test_members(void)
{
	is_str(unknown_in("{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": \"r\"}}"), "",
		"what is known is not unknown");
	is_str(unknown_in("{\n  \"hooks\": {\"prestrat\": []},\n  \"linux\": {\"resuorces\": {}}, \"vm\": {}}"),
		"hooks.prestrat=prestart linux.resuorces=resources vm=",
		"each is named, and what was meant where that is near");
	is_str(unknown_in(
		       "{\"mounts\": [{\"destination\": \"/\"}, {\"typ\": 1}], \"annotations\": {\"rooot\": \"x\"}}"),
		"mounts[1].typ=type", "within a list, too; the keys of a map are anybody's");
	is_str(unknown_in("{\"linux\": {\"resources\": {\"memory\": {\"Limit\": 1, \"lim\\u0069\": 2, \"a.b\": 3}}}}"),
		"linux.resources.memory.Limit=limit linux.resources.memory[\"limi\"]=limit "
		"linux.resources.memory[\"a.b\"]=",
		"case counts, and an escape is the letter that it stands for");
}

static void test_many(void)
{
	char text[4096] = "{";
	size_t n = 1;
	for (int i = 0; i < OCI_MAX_UNKNOWN + 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"member%d\": 1", i ? "," : "", i);
	snprintf(text + n, sizeof(text) - n, "}");
	struct oci_document *document = parse(text);
	struct oci_unknown unknown;
	is_int((long long)oci_unknown_count(document), OCI_MAX_UNKNOWN, "the first ones are remembered");
	ok(!oci_unknown_at(document, OCI_MAX_UNKNOWN, &unknown), "and no more");
	oci_free(document);
}

static void test_distance(void)
{
	static const struct {
		const char *name;
		const char *known;
		unsigned distance;
	} pairs[] = {
		{ "mkdir", "mkdir", 0 },
		{ "mkdirr", "mkdir", 1 },
		{ "mkdr", "mkdir", 1 },
		{ "mkdyr", "mkdir", 1 },
		{ "mkidr", "mkdir", 1 },
		{ "mkdiirr", "mkdir", OCI_NAME_FAR },
		{ "resuorcse", "resources", 2 },
		{ "resuorcsex", "resources", OCI_NAME_FAR },
		{ "rnu", "run", 1 },
		{ "vm", "um", OCI_NAME_FAR },
		{ "", "a", OCI_NAME_FAR },
		{ "ab", "", OCI_NAME_FAR },
		{ "abcdefgh", "badcefgh", 2 },
	};
	char longest[80], longer[80];
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!is_int(oci_name_distance(pairs[i].name, pairs[i].known), pairs[i].distance, pairs[i].name))
			printf("# of %s\n", pairs[i].known);
	memset(longest, 'x', sizeof(longest));
	memset(longer, 'x', sizeof(longer));
	longest[63] = longer[64] = '\0';
	is_int(oci_name_distance(longest, longest), 0, "of the longest name");
	is_int(oci_name_distance(longest, longer), OCI_NAME_FAR, "a longer one is not compared");
}

int main(void)
{
	test_members();
	test_many();
	test_distance();
	return done();
}
