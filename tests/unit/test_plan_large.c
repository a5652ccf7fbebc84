/* Configs with hundreds of thousands of entries: the time to plan one grows with its length, not with its square. Each
 * has a limit of processor time, which a loop within a loop would exceed many times. */
#include "plan/plan.h"

#include "tap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MANY = 200000, CPU_SECONDS = 60 };

/* A config that begins and ends as given, with MANY entries between, each with a number for its "%d". */
struct large_case {
	const char *what;
	const char *begin;
	const char *entry;
	const char *end;
	const char *problem; /* the beginning of the first problem; NULL: there is none */
};

#define START           "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
#define MOUNT_NAMESPACE "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]"
#define MAPPINGS        "[{\"containerID\":0,\"hostID\":0,\"size\":9}]"

static const struct large_case cases[] = {
	{ "variables", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[", "\"V%d=\"", "]}}", NULL },
	{ "variables of one name", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[", "\"V=%d\"", "]}}",
		NULL },
	{ "variables without a value", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[", "\"V%d\"", "]}}",
		"expected NAME=VALUE" },
	{ "arguments", START "\"process\":{\"cwd\":\"/\",\"args\":[", "\"%d\"", "]}}", NULL },
	{ "groups", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"additionalGids\":[", "%d", "]}}}",
		"expected at most 65536 groups, found 200000" },
	{ "groups in a user namespace",
		START "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":" MAPPINGS
		      ",\"gidMappings\":" MAPPINGS
		      "},\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"additionalGids\":[",
		"%d", "]}}}", "expected a mapped group, found 9, which linux.gidMappings lack" },
	{ "mappings", START "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[",
		"{\"containerID\":%d,\"hostID\":0,\"size\":1}", "]}}", "expected at most 340 mappings, found 200000" },
	{ "resource limits", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"rlimits\":[",
		"{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":%d}", "]}}",
		"expected each type once, found \"RLIMIT_CORE\" again" },
	{ "unknown capabilities", START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"capabilities\":{\"bounding\":[",
		"\"CAP_%d\"", "]}}}", NULL },
	{ "capabilities that are not permitted",
		START "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"capabilities\":{\"effective\":[\"CAP_0\",",
		"\"CAP_KILL\"", "]}}}", NULL },
	{ "mounts", START MOUNT_NAMESPACE "},\"mounts\":[", "{\"destination\":\"/%d\",\"type\":\"tmpfs\"}", "]}",
		NULL },
	{ "options of a mount",
		START MOUNT_NAMESPACE "},\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[",
		"\"o%d\"", "]}]}", NULL },
	{ "options that a bind mount does not take",
		START MOUNT_NAMESPACE
		"},\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/\",\"options\":[",
		"\"o%d\"", "]}]}", "unknown option for a bind mount: \"o0\"" },
	{ "namespaces", START "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},", "{\"type\":\"pid\"}", "]}}",
		"expected each type once, found \"pid\" again" },
	{ "devices", START MOUNT_NAMESPACE ",\"devices\":[", "{\"type\":\"p\",\"path\":\"/dev/%d\"}", "]}}", NULL },
	{ "devices of one path", START MOUNT_NAMESPACE ",\"devices\":[",
		"{\"type\":\"p\",\"path\":\"/dev/a\",\"uid\":%d}", "]}}",
		"expected each path once, found \"/dev/a\" again as another device" },
	{ "masked paths", START MOUNT_NAMESPACE ",\"maskedPaths\":[", "\"/%d\"", "]}}", NULL },
	{ "sysctls", START "\"linux\":{\"namespaces\":[{\"type\":\"network\"}],\"sysctl\":{", "\"net.a%d\":\"1\"",
		"}}}", NULL },
	{ "sysctls of the machine", START "\"linux\":{\"sysctl\":{", "\"vm.a%d\":\"1\"", "}}}",
		"belongs to no namespace: it would change the host" },
	{ "annotations", START "\"annotations\":{", "\"a%d\":\"\"", "}}", NULL },
	{ "rules for devices", START "\"linux\":{\"resources\":{\"devices\":[",
		"{\"allow\":true,\"type\":\"c\",\"major\":%d,\"minor\":1}", "]}}}",
		"expected rules for at most 8000 sorts of devices" },
	{ "raw cgroup files", START "\"linux\":{\"resources\":{\"unified\":{", "\"memory.a%d\":\"1\"", "}}}}", NULL },
};

static char *config_of(const struct large_case *c)
{
	struct text text = { 0 };

	text_add(&text, "%s", c->begin);
	for (int i = 0; i < MANY; i++) {
		const char *number = strstr(c->entry, "%d");
		int before = number ? (int)(number - c->entry) : (int)strlen(c->entry);

		/* A major number has 12 bits; the other members take any number. */
		text_add(&text, "%s%.*s", i ? "," : "", before, c->entry);
		if (number)
			text_add(&text, "%d%s", strstr(c->entry, "major") ? i % 4096 : i, number + strlen("%d"));
	}
	text_add(&text, "%s", c->end);
	return text_take(&text);
}

/* Plans a config. Returns the text of its first problem, in a static buffer, or NULL. */
static const char *first_problem(const char *json)
{
	static char text[ERROR_TEXT_MAX];
	const struct plan_options options = { .id = "large", .bundle = "/bundle" };
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", json, strlen(json));
	struct plan made = { 0 };
	struct error err = { 0 };
	const char *problem = NULL;

	if (!document)
		return "out of memory";
	if (oci_problem_count(document) > 0 || plan_make(document, &options, &made, &err) < 0) {
		problem = text;
		snprintf(text, sizeof(text), "%s",
			oci_problem_count(document) > 0 ? oci_problem_at(document, 0)->text : err.text);
	}
	oci_free(document);
	return problem;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rusage used;
		struct rlimit limit;
		char *json = config_of(&cases[i]);
		const char *problem;
		char what[96];

		getrusage(RUSAGE_SELF, &used);
		limit.rlim_cur = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + CPU_SECONDS;
		limit.rlim_max = RLIM_INFINITY;
		setrlimit(RLIMIT_CPU, &limit);
		snprintf(what, sizeof(what), "%d %s are %s in time", MANY, cases[i].what,
			cases[i].problem ? "refused" : "planned");
		printf("# %s\n", what); /* tells which case was running when the time ran out */
		fflush(stdout);
		problem = first_problem(json);
		ok(cases[i].problem ? problem && text_starts(problem, cases[i].problem) : !problem, what);
		free(json);
	}
	return done();
}
