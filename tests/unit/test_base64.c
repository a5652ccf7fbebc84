/* Base64: what is decoded, and what is refused. */
#include "base/base64.h"

#include "tap.h"

#include <string.h>

static void test_base64(void)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: refused */
	} cases[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "Zm9vYmFy", "foobar" },
		{ "+/+/", "\xfb\xff\xbf" }, { "Zg", NULL }, { "Zg=", NULL }, { "Zg=v", NULL }, { "Z===", NULL },
		{ "====", NULL }, { "Zg==Zg==", NULL }, { "Zh==", NULL },      /* bits behind the last byte are not 0 */
		{ "Zm9\n", NULL }, { "Zm-_", NULL }, { "Zm9vYmFyYmE=", NULL }, /* longer than the buffer */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char bytes[6];
		ssize_t n = base64_decode(cases[i].text, bytes, sizeof(bytes));
		bool right = !cases[i].bytes
			? n == -1
			: n == (ssize_t)strlen(cases[i].bytes) && memcmp(bytes, cases[i].bytes, (size_t)n) == 0;

		ok(right, cases[i].text);
	}
}

int main(void)
{
	test_base64();
	return done();
}
