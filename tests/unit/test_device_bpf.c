/* Device rules as a BPF program: its size, its results compared with a simple evaluation of random lists of rules, and
 * whether the kernel loads it. */
#include "plan/plan.h"

#include "base/syscall.h"
#include "tap.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <unistd.h>

static const struct plan_devices no_devices;

enum { MAX_RULES = 12, LISTS = 3000, REQUESTS = 150 };

enum {
	MKNOD = BPF_DEVCG_ACC_MKNOD,
	READ = BPF_DEVCG_ACC_READ,
	WRITE = BPF_DEVCG_ACC_WRITE,
	CHAR = BPF_DEVCG_DEV_CHAR,
	BLOCK = BPF_DEVCG_DEV_BLOCK,
};

/* ---- running a program ---- */

/* Loads from the context as the kernel does: half words of access_type, and words. */
static uint64_t load(const struct bpf_cgroup_dev_ctx *context, const struct bpf_insn *instruction)
{
	uint32_t word = 0;
	uint16_t half = 0;

	if (BPF_SIZE(instruction->code) == BPF_H) {
		memcpy(&half, (const char *)context + instruction->off, sizeof(half));
		return half;
	}
	memcpy(&word, (const char *)context + instruction->off, sizeof(word));
	return word;
}

/* Runs the program. Returns its result, or -1 for an instruction or a jump that it must not have. */
static int run(const struct plan_device_program *program, const struct bpf_cgroup_dev_ctx *context)
{
	uint32_t r[BPF_REG_10] = { 0 };

	if (!program->instructions)
		return 1;
	for (size_t at = 0; at < program->n; at++) {
		const struct bpf_insn *i = &program->instructions[at];
		uint32_t operand = BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint32_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_H:
		case BPF_LDX | BPF_MEM | BPF_W:
			r[i->dst_reg] = (uint32_t)load(context, i);
			break;
		case BPF_ALU | BPF_MOV | BPF_K:
		case BPF_ALU | BPF_MOV | BPF_X:
			r[i->dst_reg] = operand;
			break;
		case BPF_ALU | BPF_LSH | BPF_K:
			r[i->dst_reg] <<= operand;
			break;
		case BPF_ALU | BPF_OR | BPF_X:
			r[i->dst_reg] |= operand;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			r[i->dst_reg] &= operand;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			at += r[i->dst_reg] == operand ? (size_t)i->off : 0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			at += r[i->dst_reg] != operand ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JA:
			at += (size_t)i->off;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[BPF_REG_0];
		default:
			return -1;
		}
	}
	return -1;
}

static int answer(const struct plan_device_program *program, unsigned int type, uint32_t major, uint32_t minor,
	unsigned int access)
{
	struct bpf_cgroup_dev_ctx context = { .access_type = access << 16 | type, .major = major, .minor = minor };

	return run(program, &context);
}

/* ---- a simple evaluation of the rules ---- */

static bool speaks_of(const struct oci_device_rule *rule, unsigned int type, uint32_t major, uint32_t minor,
	unsigned int bit)
{
	char letter = bit == READ ? 'r' : bit == WRITE ? 'w' : 'm';

	if (rule->type && rule->type[0] == 'c' && type != CHAR)
		return false;
	if (rule->type && rule->type[0] == 'b' && type != BLOCK)
		return false;
	if (rule->major.set && rule->major.v >= 0 && rule->major.v != major)
		return false;
	if (rule->minor.set && rule->minor.v >= 0 && rule->minor.v != minor)
		return false;
	return !rule->access || strchr(rule->access, letter);
}

static bool is_everything(const struct oci_device_rule *rule)
{
	return (!rule->type || rule->type[0] == 'a') && (!rule->major.set || rule->major.v < 0) &&
		(!rule->minor.set || rule->minor.v < 0) &&
		(!rule->access ||
			(strchr(rule->access, 'r') && strchr(rule->access, 'w') && strchr(rule->access, 'm')));
}

static bool default_allows(unsigned int type, uint32_t major, uint32_t minor, unsigned int bit)
{
	static const uint32_t devices[][2] = { { 1, 3 }, { 1, 8 }, { 1, 7 }, { 5, 0 }, { 1, 5 }, { 1, 9 }, { 5, 2 },
		{ 10, 200 } };

	if (bit == MKNOD || (type == CHAR && major == 136))
		return true;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (type == CHAR && devices[i][0] == major && devices[i][1] == minor)
			return true;
	}
	return false;
}

/* For one kind of access the last rule about it decides; a rule about all devices ends the search. */
static bool model_allows(const struct oci_device_rules *rules, unsigned int type, uint32_t major, uint32_t minor,
	unsigned int bit)
{
	for (size_t i = rules->n; i-- > 0;) {
		const struct oci_device_rule *rule = &rules->items[i];

		if (is_everything(rule))
			return rule->allow || default_allows(type, major, minor, bit);
		if (speaks_of(rule, type, major, minor, bit))
			return rule->allow;
	}
	return default_allows(type, major, minor, bit);
}

static bool model(const struct oci_device_rules *rules, unsigned int type, uint32_t major, uint32_t minor,
	unsigned int access)
{
	for (unsigned int bit = 1; bit <= WRITE; bit <<= 1) {
		if ((access & bit) && !model_allows(rules, type, major, minor, bit))
			return false;
	}
	return true;
}

/* ---- random lists ---- */

static uint64_t seed = 20260101;

/* Xorshift: the same lists on every machine. */
static unsigned int random_below(unsigned int bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned int)(seed >> 33) % bound;
}

static const uint32_t some_majors[] = { 1, 5, 10, 136, 8, 4095, 0, 2048 };
static const uint32_t some_minors[] = { 3, 0, 200, 7, 1048575, 1 };

static uint32_t random_major(void)
{
	return some_majors[random_below(sizeof(some_majors) / sizeof(some_majors[0]))];
}

static uint32_t random_minor(void)
{
	return some_minors[random_below(sizeof(some_minors) / sizeof(some_minors[0]))];
}

static struct oci_device_rule random_rule(void)
{
	static char types[][2] = { "c", "b", "a", "c" };
	static char accesses[][5] = { "r", "w", "m", "rw", "rm", "wm", "rwm", "mrwr" };
	struct oci_device_rule rule = { .allow = random_below(2) };

	if (random_below(8) > 0)
		rule.type = types[random_below(4)];
	if (random_below(3) > 0)
		rule.major = (struct oci_opt_i64){ true, random_below(6) ? (int64_t)random_major() : -1 };
	if (random_below(3) > 0)
		rule.minor = (struct oci_opt_i64){ true, random_below(6) ? (int64_t)random_minor() : -1 };
	if (random_below(4) > 0)
		rule.access = accesses[random_below(8)];
	return rule;
}

static void report_difference(const struct oci_device_rules *rules, unsigned int type, uint32_t major, uint32_t minor,
	unsigned int access)
{
	printf("# asked: type %u %u:%u access %u, after\n", type, major, minor, access);
	for (size_t i = 0; i < rules->n; i++) {
		const struct oci_device_rule *rule = &rules->items[i];

		printf("#   %s %s %lld:%lld %s\n", rule->allow ? "allow" : "deny", rule->type ? rule->type : "-",
			rule->major.set ? (long long)rule->major.v : -1,
			rule->minor.set ? (long long)rule->minor.v : -1, rule->access ? rule->access : "-");
	}
}

static bool agrees(const struct oci_device_rules *rules, const struct plan_device_program *program)
{
	for (int i = 0; i < REQUESTS; i++) {
		unsigned int type = random_below(2) ? CHAR : BLOCK;
		unsigned int access = 1 + random_below(7);
		uint32_t major = random_below(8) ? random_major() : random_below(4096);
		uint32_t minor = random_below(8) ? random_minor() : random_below(1048576);

		if (answer(program, type, major, minor, access) == model(rules, type, major, minor, access))
			continue;
		report_difference(rules, type, major, minor, access);
		return false;
	}
	return true;
}

/* ---- the kernel ---- */

/* Returns 0, or the errno of bpf(2), after printing the verifier's message. */
static int load_into_kernel(const struct plan_device_program *program)
{
	static const char license[] = "Apache-2.0";
	static char reason[1 << 16];
	union sys_bpf_attr attr = { .attr = {
					    .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
					    .insns = (uintptr_t)program->instructions,
					    .insn_cnt = (uint32_t)program->n,
					    .license = (uintptr_t)license,
				    } };
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);
	int number = errno;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	attr.attr.log_buf = (uintptr_t)reason;
	attr.attr.log_size = sizeof(reason);
	attr.attr.log_level = 1;
	if (number == EINVAL && sys_bpf(BPF_PROG_LOAD, &attr) < 0)
		printf("# the verifier: %s\n", reason);
	return number;
}

static bool can_load(void)
{
	static const struct oci_device_rules none;
	struct oci_document *document = oci_parse(&oci_resources_type, "r.json", "{}", 2);
	struct plan_device_program program = { 0 };
	struct error err;
	int number;

	plan_device_program(document, &none, &no_devices, &program, &err);
	number = load_into_kernel(&program);
	oci_free(document);
	return number != EPERM && number != ENOSYS;
}

static void test_random_lists(bool kernel)
{
	unsigned int different = 0;
	unsigned int refused = 0;

	for (int list = 0; list < LISTS; list++) {
		struct oci_document *document = oci_parse(&oci_resources_type, "r.json", "{}", 2);
		struct oci_device_rule items[MAX_RULES];
		struct oci_device_rules rules = { .n = random_below(MAX_RULES + 1), .items = items };
		struct plan_device_program program = { 0 };
		struct error err;

		for (size_t i = 0; i < rules.n; i++)
			items[i] = random_rule();
		plan_device_program(document, &rules, &no_devices, &program, &err);
		different += different == 0 && !agrees(&rules, &program);
		if (kernel && program.instructions && list % 10 == 0)
			refused += load_into_kernel(&program) != 0;
		oci_free(document);
	}
	is_int(different, 0, "random lists of rules answer like a plain reading of them");
	if (kernel)
		is_int(refused, 0, "the kernel takes the programs of random lists");
	else
		skip("the kernel takes the programs of random lists", "loading BPF needs root");
}

/* ---- known lists ---- */

struct known_case {
	const char *what;
	const char *json;
	size_t instructions;
};

static const struct known_case known_cases[] = {
	{ "no rules: the default devices", "{}", 23 },
	{ "the rule of most managers means the same", "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}", 23 },
	{ "without access it is the same rule", "{\"devices\":[{\"allow\":false}]}", 23 },
	{ "with -1 for the numbers, too", "{\"devices\":[{\"allow\":false,\"type\":\"a\",\"major\":-1,\"minor\":-1}]}",
		23 },
	{ "rules that repeat the defaults add nothing",
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":136,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":136,\"minor\":4,\"access\":\"rw\"}]}",
		23 },
	{ "one more device is one more instruction",
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}]}",
		24 },
	{ "everything allowed needs no program",
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"access\":\"rwm\"}]}", 0 },
	{ "nor with more that is allowed",
		"{\"devices\":[{\"allow\":true,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"rw\"}]}",
		0 },
	{ "denying after allowing everything resets", "{\"devices\":[{\"allow\":true},{\"allow\":false}]}", 23 },
};

static void test_known_lists(void)
{
	for (size_t i = 0; i < sizeof(known_cases) / sizeof(known_cases[0]); i++) {
		const char *json = known_cases[i].json;
		struct oci_document *document = oci_parse(&oci_resources_type, "r.json", json, strlen(json));
		const struct oci_resources *resources = oci_root(document);
		struct plan_device_program program = { 0 };
		struct error err;

		plan_device_program(document, &resources->devices, &no_devices, &program, &err);
		is_int(program.n, known_cases[i].instructions, known_cases[i].what);
		ok(agrees(&resources->devices, &program), "and it answers like the rules");
		oci_free(document);
	}
}

static void test_answers(void)
{
	static const char json[] =
		"{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"},"
		"{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"w\"}]}";
	struct oci_document *document = oci_parse(&oci_resources_type, "r.json", json, strlen(json));
	const struct oci_resources *resources = oci_root(document);
	struct plan_device_program program = { 0 };
	struct error err;

	plan_device_program(document, &resources->devices, &no_devices, &program, &err);
	is_int(answer(&program, BLOCK, 8, 1, READ), 1, "an allowed disk can be read");
	is_int(answer(&program, BLOCK, 8, 1, READ | WRITE), 0, "but not opened for reading and writing");
	is_int(answer(&program, BLOCK, 8, 1, READ | MKNOD), 1, "it can be made, by the default rules");
	is_int(answer(&program, CHAR, 8, 1, READ), 0, "the character device of its numbers is another");
	is_int(answer(&program, BLOCK, 1, 3, READ), 0, "and so is the block device of /dev/null's");
	is_int(answer(&program, CHAR, 1, 3, READ), 1, "/dev/null can be read");
	is_int(answer(&program, CHAR, 1, 3, WRITE), 0, "a default device can be denied");
	is_int(answer(&program, CHAR, 1, 5, READ | WRITE | MKNOD), 1, "the other default devices are as before");
	is_int(answer(&program, CHAR, 1, 1, MKNOD), 1, "any device can be made");
	is_int(answer(&program, CHAR, 1, 1, READ), 0, "but /dev/mem cannot be read");
	oci_free(document);
}

/* ---- the program of an update ---- */

static const struct plan_device_program *update_program(struct oci_document *document,
	struct plan_device_program *program)
{
	const struct oci_resources *resources = oci_root(document);
	struct error err;

	return plan_device_update(document, &resources->devices, program, &err) == 0 ? program : NULL;
}

static void test_update(bool kernel)
{
	static const char json[] = "{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"b\",\"major\":8}]}";
	static const char other_words[] =
		"{\"devices\":[{\"allow\":true},{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":-1,\"access\":\"rwm\"}]}";
	static const char everything[] = "{\"devices\":[{\"allow\":true}]}";
	struct oci_document *document = oci_parse(&oci_resources_type, "r.json", json, strlen(json));
	struct oci_document *reworded = oci_parse(&oci_resources_type, "r.json", other_words, strlen(other_words));
	struct oci_document *open = oci_parse(&oci_resources_type, "r.json", everything, strlen(everything));
	const struct oci_resources *resources = oci_root(document);
	struct plan_device_program at_create = { 0 };
	struct plan_device_program program = { 0 };
	struct plan_device_program same = { 0 };
	struct plan_device_program all = { 0 };
	struct error err;

	plan_device_program(document, &resources->devices, &no_devices, &at_create, &err);
	ok(update_program(document, &program) != NULL, "an update has a program");
	ok(plan_same_device_program(&at_create, &program), "which is that of a create with these rules");
	ok(update_program(reworded, &same) && plan_same_device_program(&program, &same),
		"rules that mean the same make the same program");
	ok(update_program(open, &all) != NULL, "everything allowed is no failure");
	is_int(all.n, 2, "and a program of an update too, which can replace another");
	is_int(answer(&all, BLOCK, 8, 1, READ | WRITE | MKNOD), 1, "it allows a disk");
	is_int(answer(&all, CHAR, 1, 1, READ), 1, "and /dev/mem");
	ok(!plan_same_device_program(&program, &all), "it is another one");
	if (kernel)
		is_int(load_into_kernel(&all), 0, "the kernel takes it");
	else
		skip("the kernel takes it", "loading BPF needs root");
	oci_free(document);
	oci_free(reworded);
	oci_free(open);
}

/* ---- many rules ---- */

/* n rules for n devices, each with its own kind of access. */
static struct oci_device_rule *many_rules(size_t n)
{
	static char block[] = "b";
	static char accesses[][4] = { "r", "w", "rw", "rwm" };
	struct oci_device_rule *items = calloc(n, sizeof(*items));

	for (size_t i = 0; items && i < n; i++)
		items[i] = (struct oci_device_rule){
			.allow = true,
			.type = block,
			.major = { true, (int64_t)(i % 4000) },
			.minor = { true, (int64_t)(i / 4000) },
			.access = accesses[i % 4],
		};
	return items;
}

static void test_many_rules(bool kernel)
{
	struct oci_document *document = oci_parse(&oci_resources_type, "r.json", "{}", 2);
	struct oci_device_rules rules = { .n = 7900, .items = many_rules(8000) };
	struct plan_device_program program = { 0 };
	struct error err;

	plan_device_program(document, &rules, &no_devices, &program, &err);
	ok(program.n > rules.n, "thousands of rules make a program");
	is_int(answer(&program, BLOCK, 3999, 0, READ | WRITE | MKNOD), 1, "which finds a device among them");
	is_int(answer(&program, BLOCK, 3998, 0, READ | WRITE | MKNOD), 1, "and another");
	is_int(answer(&program, BLOCK, 3997, 0, READ), 0, "and one that may not be read");
	is_int(answer(&program, BLOCK, 3999, 2, READ), 0, "and none that is not there");
	if (kernel)
		is_int(load_into_kernel(&program), 0, "the kernel takes thousands of rules");
	else
		skip("the kernel takes thousands of rules", "loading BPF needs root");
	is_int(oci_problem_count(document), 0, "there is no problem with thousands of rules");

	rules.n = 8000;
	program = (struct plan_device_program){ 0 };
	is_int(plan_device_program(document, &rules, &no_devices, &program, &err), 0, "too many rules are no failure");
	is_int(oci_problem_count(document), 1, "but a problem");
	is_str(oci_problem_at(document, 0)->path, "linux.resources.devices", "which has its place");
	is_str(oci_problem_at(document, 0)->text, "expected rules for at most 8000 sorts of devices, found 8011",
		"and says how many there may be");
	ok(!program.instructions, "and no program");
	free(rules.items);
	oci_free(document);
}

static void test_update_with_many_rules(void)
{
	struct oci_document *document = oci_parse(&oci_resources_type, "r.json", "{}", 2);
	struct oci_device_rules rules = { .n = 8000, .items = many_rules(8000) };
	struct plan_device_program program = { 0 };
	struct error err;

	is_int(plan_device_update(document, &rules, &program, &err), 0, "too many rules of an update are no failure");
	is_int(oci_problem_count(document), 1, "but a problem, too");
	is_str(oci_problem_at(document, 0)->path, "devices", "at their place in the file of the update");
	ok(!program.instructions, "and there is no program");
	free(rules.items);
	oci_free(document);
}

int main(void)
{
	bool kernel = can_load();

	test_known_lists();
	test_answers();
	test_random_lists(kernel);
	test_many_rules(kernel);
	test_update(kernel);
	test_update_with_many_rules();
	return done();
}
