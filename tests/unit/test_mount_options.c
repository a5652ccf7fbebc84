/* Mount options: the list that `features` prints has those of the specification. */
#include "plan/plan.h"

#include "tap.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/* config.md, Linux mount options: those that MUST be supported, and those that SHOULD or MAY. */
static const char *const must[] = { "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec",
	"iversion", "lazytime", "loud", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime",
	"norelatime", "nostrictatime", "nosuid", "private", "rbind", "relatime", "remount", "ro", "rprivate", "rshared",
	"rslave", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "sync", "unbindable" };
static const char *const should[] = { "nosymfollow", "symfollow", "ratime", "rdev", "rdiratime", "rexec", "rnoatime",
	"rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow", "rrelatime",
	"rro", "rrw", "rstrictatime", "rsuid", "rsymfollow", "idmap", "ridmap", "mand", "nomand", "tmpcopyup" };

/* Options of crun, which its callers expect (crun(1)). */
static const char *const extra[] = { "copy-symlink", "dest-nofollow", "src-nofollow" };

static bool is_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

#define IS_IN(name, list) is_in(name, list, sizeof(list) / sizeof((list)[0]))

static bool is_known(const char *name)
{
	for (const char *const *known = plan_mount_option_names(); *known; known++) {
		if (strcmp(*known, name) == 0)
			return true;
	}
	return false;
}

static void test_lists(void)
{
	char what[64];

	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++) {
		snprintf(what, sizeof(what), "%s is known, as it has to be", must[i]);
		ok(is_known(must[i]), what);
	}
	for (size_t i = 0; i < sizeof(should) / sizeof(should[0]); i++) {
		snprintf(what, sizeof(what), "%s is known, as it should be", should[i]);
		ok(is_known(should[i]), what);
	}
	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		snprintf(what, sizeof(what), "%s is known, as to crun", extra[i]);
		ok(is_known(extra[i]), what);
	}
}

static void test_order(void)
{
	const char *const *names = plan_mount_option_names();
	bool sorted = true;
	bool ours = true;
	size_t n = 0;

	for (; names[n]; n++) {
		sorted = sorted && (n == 0 || strcmp(names[n - 1], names[n]) < 0);
		ours = ours && (IS_IN(names[n], must) || IS_IN(names[n], should) || IS_IN(names[n], extra));
	}
	ok(sorted, "the options are sorted, each once");
	ok(ours, "and all of them are the specification's or crun's");
	is_int((long long)n,
		(long long)(sizeof(must) / sizeof(must[0]) + sizeof(should) / sizeof(should[0]) +
			sizeof(extra) / sizeof(extra[0])),
		"there are as many as there should be");
}

/* Plans a tmpfs, or for crun's options a bind, in a user namespace with one option. Returns the number of problems;
 * *ret_data is how many options reach the file system. */
static size_t problems_of(const char *option, size_t *ret_data)
{
	char json[512];
	int length = snprintf(json, sizeof(json),
		"{\"ociVersion\":\"1.3.0\",\"mounts\":[{\"destination\":\"/a\",\"type\":\"%s\",\"source\":\"/\","
		"\"options\":[\"%s\"]}],\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}}",
		IS_IN(option, extra) ? "bind" : "tmpfs", option);
	struct oci_document *document = oci_parse(&oci_config_type, "config.json", json, (size_t)length);
	const struct oci_config *spec = oci_root(document);
	const struct plan_namespaces namespaces = { .create = CLONE_NEWUSER, .inside = CLONE_NEWUSER };
	const struct plan_mounts_context context = { .prefix = "mounts",
		.bundle = "/bundle",
		.spec = spec,
		.namespaces = &namespaces };
	struct plan_mounts mounts = { 0 };
	struct error err;
	size_t n;

	plan_mounts(document, &spec->mounts, &context, &mounts, &err);
	n = oci_problem_count(document);
	*ret_data = mounts.n > 0 ? mounts.items[0].data.n : 0;
	oci_free(document);
	return n;
}

static void test_planning(void)
{
	/* Flags of the superblock are passed to the file system by their names. */
	static const char *const flags[] = { "async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync" };
	char what[64];
	size_t data;

	for (const char *const *name = plan_mount_option_names(); *name; name++) {
		snprintf(what, sizeof(what), "%s is taken, and the file system sees no other options", *name);
		ok(problems_of(*name, &data) == 0 && data == IS_IN(*name, flags), what);
	}
	ok(problems_of("size=1m", &data) == 0 && data == 1, "what nobody knows is the file system's");
	ok(problems_of("RO", &data) == 0 && data == 1, "capitals are other options");
}

int main(void)
{
	test_lists();
	test_order();
	test_planning();
	return done();
}
