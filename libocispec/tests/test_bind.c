/* From text to structs: each kind fills its member, absent members are absent, and rows that a user of the library
 * writes work. */
#include "help.h"
#include "ocispec/enums.h"

static const char config_text[] =
	"{\"ociVersion\":\"1.3.0\",\"hostname\":\"box\",\"unknown\":{\"deep\":[1,{\"er\":null}]},"
	"\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
	"\"process\":{\"terminal\":true,\"cwd\":\"/\",\"args\":[\"sh\",\"-c\",\"\"],\"env\":null,"
	"\"consoleSize\":{\"height\":24,\"width\":80},"
	"\"user\":{\"uid\":1000,\"gid\":4294967294,\"umask\":63,\"additionalGids\":[5,6]},"
	"\"oomScoreAdj\":-1000,\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":18446744073709551615}],"
	"\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"nice\":-20,\"flags\":[\"SCHED_FLAG_RECLAIM\"],\"runtime\":7}},"
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},{\"destination\":\"/x\",\"options\":[\"ro\",\"bind\"]}],"
	"\"annotations\":{\"b\":\"\",\"a\":\"\\u00e9\\n\"},"
	"\"hooks\":{\"poststop\":[{\"path\":\"/h\",\"timeout\":5}],\"prestart\":[]},"
	"\"linux\":{\"rootfsPropagation\":\"slave\",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"time\",\"path\":\"/p\"}],"
	"\"netDevices\":{\"eth0\":{\"name\":\"e\"},\"eth1\":{}},"
	"\"devices\":[{\"type\":\"p\",\"path\":\"/dev/f\",\"fileMode\":2541}],"
	"\"timeOffsets\":{\"monotonic\":{\"secs\":-9,\"nanosecs\":999999999}},"
	"\"resources\":{\"memory\":{\"limit\":-1,\"disableOOMKiller\":false},\"pids\":{\"limit\":0},\"cpu\":{},"
	"\"blockIO\":{\"weight\":65535},\"rdma\":{\"mlx\":{\"hcaHandles\":3}},\"unified\":{\"a.b\":\"c\"}},"
	"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":0,\"architectures\":[\"SCMP_ARCH_X86\"],"
	"\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":5,"
	"\"value\":9223372036854775808,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}}}";

static void check_process(const struct oci_process *process)
{
	ok(process->terminal, "a boolean");
	is_str(process->cwd, "/", "a string");
	is_int((int64_t)process->console_size->height.v, 24, "a number in an optional object");
	is_int(process->user.uid, 1000, "a number in an object by value");
	is_int(process->user.gid, 4294967294, "a number of 32 bits");
	ok(process->user.umask.set && process->user.umask.v == 077, "an optional number");
	is_int((int64_t)process->user.additional_gids.n, 2, "the length of a list of ids");
	is_int(process->user.additional_gids.items[1], 6, "an id");
	is_int((int64_t)process->args.n, 3, "the length of a list of strings");
	is_str(process->args.items[1], "-c", "a string of a list");
	is_str(process->args.items[2], "", "an empty string of a list");
	ok(process->args.items[3] == NULL, "a list of strings ends with NULL");
	ok(process->env.n == 0 && process->env.items == NULL, "a null list is absent");
	ok(process->oom_score_adj.set && process->oom_score_adj.v == -1000, "an optional negative number");
	is_str(process->rlimits.items[0].type, "RLIMIT_NOFILE", "a string in a list of objects");
	ok(process->rlimits.items[0].hard == UINT64_MAX, "the largest number of 64 bits");
	is_int(process->scheduler->policy, OCI_SCHED_FIFO, "an enumerated value");
	is_int(process->scheduler->nice, -20, "a negative number of 32 bits");
	is_int(process->scheduler->flags.items[0], OCI_SCHED_FLAG_RECLAIM, "a list of enumerated values");
	ok(process->capabilities == NULL, "an absent object is NULL");
	ok(process->apparmor_profile == NULL, "an absent string is NULL");
	ok(!process->no_new_privileges, "an absent boolean is false");
}

static void check_linux(const struct oci_linux *linux_)
{
	is_int(linux_->rootfs_propagation, OCI_PROPAGATION_SLAVE, "a value of a short table");
	is_int((int64_t)linux_->namespaces.n, 2, "the length of a list of objects");
	is_int(linux_->namespaces.items[0].type, OCI_NAMESPACE_PID, "the first object");
	ok(linux_->namespaces.items[0].path == NULL, "an absent member of the first object");
	is_str(linux_->namespaces.items[1].path, "/p", "a member of the second object");
	is_int((int64_t)linux_->net_devices.n, 2, "the length of a list with keys");
	is_str(linux_->net_devices.items[0].host_name, "eth0", "a key");
	is_str(linux_->net_devices.items[0].name, "e", "a member beside a key");
	is_str(linux_->net_devices.items[1].host_name, "eth1", "keys come in the order of the text");
	is_int(linux_->devices.items[0].type, OCI_DEVICE_FIFO, "a type of one letter");
	ok(linux_->devices.items[0].file_mode.v == 04755, "a mode with the set-user-id bit");
	ok(!linux_->devices.items[0].major.set, "an optional number that is absent is not set");
	is_int(linux_->time_offsets->monotonic->secs, -9, "a negative number of 64 bits");
	ok(linux_->time_offsets->boottime == NULL, "an absent object beside one that is there");

	const struct oci_resources *resources = linux_->resources;
	ok(resources->memory->limit.set && resources->memory->limit.v == -1, "-1 is set");
	ok(resources->memory->disable_oom_killer.set && !resources->memory->disable_oom_killer.v, "false is set");
	ok(!resources->memory->use_hierarchy.set, "an optional boolean that is absent is not set");
	ok(resources->pids->limit.set && resources->pids->limit.v == 0, "0 is set");
	ok(resources->cpu && !resources->cpu->shares.set, "an empty object is there");
	ok(resources->block_io->weight.set && resources->block_io->weight.v == 65535, "a number of 16 bits");
	is_str(resources->rdma.items[0].device, "mlx", "the key of a list in another section");
	is_str(resources->unified.items[0].key, "a.b", "a name of a map");

	const struct oci_seccomp *seccomp = linux_->seccomp;
	is_int(seccomp->default_action, OCI_SECCOMP_ACT_ERRNO, "an action");
	ok(seccomp->default_errno_ret.set && seccomp->default_errno_ret.v == 0, "errno 0 is set");
	is_int(seccomp->syscalls.items[0].args.items[0].op, OCI_SECCOMP_OP_MASKED_EQ, "lists in lists");
	ok(seccomp->syscalls.items[0].args.items[0].value == (uint64_t)1 << 63, "2^63 is exact");
}

static void check_config(void)
{
	struct oci_document *document = parse_text(&oci_config_type, config_text);
	const struct oci_config *config = oci_root(document);
	is_str(problems_of(document), "", "a config with something of everything has no problem");
	is_str(config->oci_version, "1.3.0", "the version");
	is_str(config->root->path, "rootfs", "the path of the root");
	ok(config->root->readonly, "a read-only root");
	is_int((int64_t)config->mounts.n, 2, "two mounts");
	is_str(config->mounts.items[1].options.items[1], "bind", "an option of the second mount");
	is_str(config->annotations.items[0].key, "b", "maps keep the order of the text");
	is_str(config->annotations.items[0].value, "", "an empty value of a map");
	is_str(config->annotations.items[1].value, "\xc3\xa9\n", "escapes are taken out");
	is_int(config->hooks->poststop.items[0].timeout.v, 5, "a timeout of a hook");
	ok(config->hooks->prestart.n == 0 && !config->hooks->prestart.items, "an empty list has no items");
	check_process(config->process);
	check_linux(config->linux_);
	char *memory = oci_alloc(document, 100);
	ok(memory && memory[0] == 0 && memory[99] == 0, "memory of the document is zeroed");
	oci_free(document);
}

/* A member with a problem is absent, those beside it are present. */
static void check_partial(void)
{
	struct oci_document *document = parse_text(&oci_config_type,
		"{\"ociVersion\":1,\"hostname\":\"h\",\"root\":[],"
		"\"mounts\":[5,{\"destination\":\"/b\",\"options\":[1,\"ro\",null]}],"
		"\"annotations\":{\"a\":1,\"b\":\"2\"}}");
	const struct oci_config *config = oci_root(document);
	is_int((int64_t)oci_problem_count(document), 6, "each wrong value is a problem");
	ok(config->oci_version == NULL && config->root == NULL, "a wrong value is absent");
	is_str(config->hostname, "h", "its neighbour is there");
	is_int((int64_t)config->mounts.n, 1, "a wrong item is left out");
	is_str(config->mounts.items[0].destination, "/b", "the item behind it moves up");
	is_int((int64_t)config->mounts.items[0].options.n, 1, "wrong strings of a list are left out");
	is_int((int64_t)config->annotations.n, 1, "a wrong value of a map is left out");
	is_str(config->annotations.items[0].key, "b", "the pair behind it moves up");
	oci_free(document);

	document = parse_text(&oci_config_type, "{\"ociVersion\":\"1\",\"hostname\":\"h\",");
	config = oci_root(document);
	ok(!config->oci_version && !config->hostname, "after a syntax error everything is absent");
	oci_free(document);

	document = parse_text(&oci_config_type, "{\"ociVersion\":\"1\",\"hostname\":\"h\",\"hostname\":\"i\"}");
	config = oci_root(document);
	is_str(config->hostname, "h", "of a member that is there twice the first is taken");
	oci_free(document);
}

/* Rows of a user. */
struct port {
	char *name;
	uint32_t number;
	struct oci_opt_i64 limit;
};

struct ports {
	size_t n;
	struct port *items;
};

struct service {
	const char *title;
	struct ports by_name;
	struct port fallback;
	int16_t not_in_a_row;
	struct oci_opt_i32 priority;
};

static const struct oci_field port_rows[] = {
	OCI_NUMBER(port, number, "number", .flags = OCI_REQUIRED, .min = 1, .max = 65535),
	OCI_NUMBER(port, limit, "limit"),
};
static const struct oci_type port_type = OCI_TYPE(port, port_rows);

static const struct oci_field service_rows[] = {
	OCI_STRING(service, title, "title", .flags = OCI_NONEMPTY),
	OCI_KEYED_LIST(service, by_name, "ports", port, name),
	OCI_OBJECT(service, fallback, "fallback", port),
	OCI_NUMBER(service, priority, "priority"),
};
static const struct oci_type service_type = OCI_TYPE(service, service_rows);

static void check_own_rows(void)
{
	struct oci_document *document = parse_text(&service_type,
		"{\"title\":\"t\",\"ports\":{\"http\":{\"number\":80},\"https\":{\"number\":443,\"limit\":1}},"
		"\"fallback\":{\"number\":8080},\"priority\":-2147483648}");
	const struct service *service = oci_root(document);
	is_str(problems_of(document), "", "a user's own rows");
	is_str(service->title, "t", "a const string");
	is_str(service->by_name.items[1].name, "https", "a key of a user's list");
	is_int(service->by_name.items[1].number, 443, "a number of a user's list");
	is_int(service->fallback.number, 8080, "a user's object by value");
	ok(service->priority.set && service->priority.v == INT32_MIN, "an optional number of 32 bits with sign");
	oci_free(document);
	has_problems(&service_type, "{\"ports\":{\"http\":{\"number\":0}}}",
		"1:28: ports.http.number: expected an integer from 1 to 65535, found 0", "limits of a user's row");
	has_problems(&service_type, "{\"fallback\":{}}", "1:13: fallback.number: required member is missing",
		"a required member of an object by value");
}

/* An empty object by value, whose type has required members, must not be written without them. */
static void check_empty_object(void)
{
	struct service service = { .title = "t" };
	char *text = NULL;
	if (oci_write(&service_type, &service, OCI_WRITE_COMPACT, &text, NULL) < 0)
		abort();
	is_str(text, "{\"title\":\"t\"}", "an object by value that is empty is left out");
	free(text);
}

int main(void)
{
	check_empty_object();
	check_config();
	check_partial();
	check_own_rows();
	return done();
}
