/* The fuzz target: any bytes as a value in GVariant's text format. It is read into words that suit its signature, or
 * refused with a reason. */
#include "plan/parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Passes over the words of a value whose type *type begins with, and over the type. */
static void check_value(const struct oci_strings *words, size_t *at, const char **type)
{
	const char *word = *at < words->n ? words->items[*at] : "";
	char kind = **type;
	bool entry = kind == '{';
	const char *end = entry ? plan_type_end(*type + 2) : plan_type_end(*type);

	require(end && *word == kind);
	++*at;
	if (kind == 'v') {
		const char *inner = word + 1;

		check_value(words, at, &inner);
		require(!*inner);
	} else if (kind == 'a') {
		require(strncmp(word, *type, strlen(word)) == 0 && plan_type_end(word) == word + strlen(word));
		while (*at < words->n && strcmp(words->items[*at], ".") != 0) {
			const char *element = *type + 1;

			check_value(words, at, &element);
			require(element == end);
		}
	} else if (kind == '(' || entry) {
		const char *element = *type + 1;

		while (*element != ')' && *element != '}')
			check_value(words, at, &element);
		end = element + 1;
		require(strlen(word) == (size_t)(element - *type) && strncmp(word, *type, strlen(word)) == 0);
	}
	if (strchr("va({", kind)) {
		require(*at < words->n && strcmp(words->items[*at], ".") == 0);
		++*at;
	}
	*type = end;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char config[] = "{}";
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", config, sizeof(config) - 1);
	char *text = strndup((const char *)bytes, size);
	const char *signature = NULL, *problem = NULL;
	struct oci_strings words = { 0 };
	size_t at = 0;

	require(document && text);
	if (plan_gvariant_parse(document, text, &signature, &words, &problem) < 0) {
		require(problem && strncmp(problem, "at byte ", 8) == 0);
	} else {
		check_value(&words, &at, &signature);
		require(at == words.n && !*signature);
	}
	free(text);
	oci_free(document);
	return 0;
}
