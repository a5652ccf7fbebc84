/* The device rules of a container as one BPF_PROG_TYPE_CGROUP_DEVICE program. Pure: the host loads it.
 *
 * The rules are evaluated here, not in the program. The numbers in the rules split the devices into classes ("c 1:3",
 * "c 136:any", and all others), and each class gets a mask of the access that it allows. The program finds the class of
 * a device, with one comparison for each class that differs from the next wider one, and checks the access against the
 * mask. So the program has few instructions, and the kernel's verifier, which takes most of the time of loading, is
 * quick. libocispec checks the ranges of the values. */
#include "plan/plan.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum {
	READ = BPF_DEVCG_ACC_READ,
	WRITE = BPF_DEVCG_ACC_WRITE,
	MKNOD = BPF_DEVCG_ACC_MKNOD,
	ALL = READ | WRITE | MKNOD,
};

enum { CHAR = 1, BLOCK = 2, BOTH = CHAR | BLOCK };

/* In a rule: any number. In a device: a number that no rule names. */
#define ANY UINT32_MAX

enum {
	MINOR_BITS = 20, /* of a dev_t in the kernel */

	/* The verifier keeps at most 8192 branches, and each class is one branch. A jump, too, is limited to 16
	 * bits. */
	MAX_CLASSES = 8000,
};

struct rule {
	bool allow;
	unsigned int types;
	uint32_t major;
	uint32_t minor;
	unsigned int access;
};

struct rules {
	size_t n;
	struct rule *items;
};

static void free_rules(const struct rules *rules)
{
	free(rules->items);
}

#define cleanup_rules __attribute__((cleanup(free_rules)))

/* What every container may use (spec: config-linux.md, default devices). */
static const struct rule default_rules[] = {
	{ true, BOTH, ANY, ANY, MKNOD }, /* any node may be made, which gives no access to the device */
	{ true, CHAR, 1, 3, ALL },       /* /dev/null */
	{ true, CHAR, 1, 5, ALL },       /* /dev/zero */
	{ true, CHAR, 1, 7, ALL },       /* /dev/full */
	{ true, CHAR, 1, 8, ALL },       /* /dev/random */
	{ true, CHAR, 1, 9, ALL },       /* /dev/urandom */
	{ true, CHAR, 5, 0, ALL },       /* /dev/tty */
	{ true, CHAR, 5, 2, ALL },       /* /dev/ptmx */
	{ true, CHAR, 10, 200, ALL },    /* /dev/net/tun, for VPNs in containers */
	{ true, CHAR, 136, ANY, ALL },   /* /dev/pts: terminals, /dev/console among them */
};

enum { DEFAULT_COUNT = sizeof(default_rules) / sizeof(default_rules[0]) };

static const struct rule allow_everything = { true, BOTH, ANY, ANY, ALL };

/* ---- from the config to rules ---- */

static uint32_t number_of(struct oci_opt_i64 number)
{
	return number.set && number.v >= 0 ? (uint32_t)number.v : ANY;
}

static unsigned int access_of(const char *letters)
{
	unsigned int access = 0;

	if (!letters)
		return ALL;
	for (; *letters; letters++)
		access |= *letters == 'r' ? READ : *letters == 'w' ? WRITE : MKNOD;
	return access;
}

static struct rule read_rule(const struct oci_device_rule *rule)
{
	char type = rule->type ? rule->type[0] : 'a';

	return (struct rule){
		.allow = rule->allow,
		.types = type == 'c'  ? CHAR
			: type == 'b' ? BLOCK
				      : BOTH,
		.major = number_of(rule->major),
		.minor = number_of(rule->minor),
		.access = access_of(rule->access),
	};
}

static bool is_everything(const struct rule *rule)
{
	return rule->types == BOTH && rule->major == ANY && rule->minor == ANY && rule->access == ALL;
}

/* The effective rules in their order: the default rules, then those of the config; later ones win. A rule about all
 * devices replaces the rules before it. Denying all devices leaves the default devices allowed: all managers mean it
 * so. */
static int read_rules(const struct oci_device_rules *config, struct rules *ret)
{
	struct rules rules = { .items = calloc(DEFAULT_COUNT + config->n, sizeof(*rules.items)) };

	if (!rules.items)
		return -1;
	memcpy(rules.items, default_rules, sizeof(default_rules));
	rules.n = DEFAULT_COUNT;
	for (size_t i = 0; i < config->n; i++) {
		struct rule rule = read_rule(&config->items[i]);

		if (!is_everything(&rule)) {
			rules.items[rules.n++] = rule;
		} else if (rule.allow) {
			rules.items[0] = allow_everything;
			rules.n = 1;
		} else {
			memcpy(rules.items, default_rules, sizeof(default_rules));
			rules.n = DEFAULT_COUNT;
		}
	}
	*ret = rules;
	return 0;
}

/* ---- from rules to classes ---- */

/* The devices of one type with these numbers, or with any. */
struct class
{
	uint32_t major;
	uint32_t minor;
	unsigned int mask; /* the access that is allowed */
};

/* The classes of one device type, the wider ones first, beginning with ANY:ANY. A device belongs to the last class that
 * fits it. */
struct table {
	size_t n;
	struct class *items;
};

static void free_table(const struct table *table)
{
	free(table->items);
}

#define cleanup_table __attribute__((cleanup(free_table)))

static bool fits(uint32_t wanted, uint32_t number)
{
	return wanted == ANY || wanted == number;
}

/* The access that the rules allow for a device. For each kind of access the last rule about it decides. */
static unsigned int evaluate(const struct rules *rules, unsigned int type, uint32_t major, uint32_t minor)
{
	unsigned int mask = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (!(rule->types & type) || !fits(rule->major, major) || !fits(rule->minor, minor))
			continue;
		if (rule->allow)
			mask |= rule->access;
		else
			mask &= ~rule->access;
	}
	return mask;
}

static unsigned int look_up(const struct table *table, uint32_t major, uint32_t minor)
{
	size_t i = table->n - 1;

	while (!fits(table->items[i].major, major) || !fits(table->items[i].minor, minor))
		i--;
	return table->items[i].mask;
}

/* 0 for ANY:ANY, 1 for a minor number alone, 2 for a major number alone, 3 for both. */
static int width_rank(const struct class *class)
{
	return (class->major != ANY) * 2 + (class->minor != ANY);
}

static int compare_classes(const void *left, const void *right)
{
	const struct class *a = left;
	const struct class *b = right;

	if (width_rank(a) != width_rank(b))
		return width_rank(a) - width_rank(b);
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return (a->minor > b->minor) - (a->minor < b->minor);
}

/* The largest number of classes that the rules make: one for each rule, and one for each pair of a rule with only a
 * major number and a rule with only a minor number, since a device may fit both. */
static size_t count_classes(const struct rules *rules, unsigned int type)
{
	size_t own = 0;
	size_t majors = 0;
	size_t minors = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (!(rule->types & type))
			continue;
		own++;
		majors += rule->major != ANY && rule->minor == ANY;
		minors += rule->major == ANY && rule->minor != ANY;
	}
	return own + majors * minors;
}

/* Adds the class of all devices, of each rule, and of each such pair. */
static void list_classes(const struct rules *rules, unsigned int type, struct table *table)
{
	table->items[table->n++] = (struct class){ .major = ANY, .minor = ANY };
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (!(rule->types & type))
			continue;
		table->items[table->n++] = (struct class){ .major = rule->major, .minor = rule->minor };
		for (size_t j = 0; rule->major != ANY && rule->minor == ANY && j < rules->n; j++) {
			const struct rule *other = &rules->items[j];

			if ((other->types & type) && other->major == ANY && other->minor != ANY)
				table->items[table->n++] = (struct class){ .major = rule->major,
					.minor = other->minor };
		}
	}
}

/* Keeps only classes whose mask differs from the mask that the wider classes before them give. */
static void reduce_classes(const struct rules *rules, unsigned int type, struct table *table)
{
	size_t n = table->n;

	qsort(table->items, n, sizeof(*table->items), compare_classes);
	table->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct class class = table->items[i];

		class.mask = evaluate(rules, type, class.major, class.minor);
		if (table->n == 0 || look_up(table, class.major, class.minor) != class.mask)
			table->items[table->n++] = class;
	}
}

static int make_table(const struct rules *rules, unsigned int type, struct table *ret)
{
	struct table table = { .items = calloc(1 + count_classes(rules, type), sizeof(*table.items)) };

	if (!table.items)
		return -1;
	list_classes(rules, type, &table);
	reduce_classes(rules, type, &table);
	*ret = table;
	return 0;
}

/* ---- from classes to instructions ---- */

enum {
	ACCESS = BPF_REG_0, /* the requested access; at the end the program's result */
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	MAJOR = BPF_REG_3,
	MINOR = BPF_REG_4,
	KEY = BPF_REG_5, /* major and minor as in a dev_t */
};

/* Instructions besides the one of each class: loads, the exits of eight masks, jumps between them. */
enum { MAX_FRAME = 48 };

struct program {
	struct bpf_insn *code;
	size_t n;
};

static void emit(struct program *program, struct bpf_insn instruction)
{
	program->code[program->n++] = instruction;
}

static void emit_load(struct program *program, unsigned int size, unsigned int to, size_t offset)
{
	emit(program,
		(struct bpf_insn){ .code = (uint8_t)(BPF_LDX | BPF_MEM | size),
			.dst_reg = to & 15,
			.src_reg = CONTEXT,
			.off = (int16_t)offset });
}

/* 32-bit arithmetic with a number. */
static void emit_number(struct program *program, unsigned int operation, unsigned int to, uint32_t number)
{
	emit(program,
		(struct bpf_insn){ .code = (uint8_t)(BPF_ALU | operation | BPF_K),
			.dst_reg = to & 15,
			.imm = (int32_t)number });
}

/* 32-bit arithmetic with a register. */
static void emit_register(struct program *program, unsigned int operation, unsigned int to, unsigned int from)
{
	emit(program,
		(struct bpf_insn){ .code = (uint8_t)(BPF_ALU | operation | BPF_X),
			.dst_reg = to & 15,
			.src_reg = from & 15 });
}

/* All jumps go forward. Until the positions of the exits are known, a negative offset stands for the exit of a mask. */
static int16_t to_exit(unsigned int mask)
{
	return (int16_t)(-1 - (int)mask);
}

static void emit_jump_if(struct program *program, unsigned int condition, unsigned int what, uint32_t number,
	int16_t offset)
{
	emit(program,
		(struct bpf_insn){ .code = (uint8_t)(BPF_JMP32 | condition | BPF_K),
			.dst_reg = what & 15,
			.off = offset,
			.imm = (int32_t)number });
}

static void emit_jump(struct program *program, int16_t offset)
{
	emit(program, (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = offset });
}

static void emit_return(struct program *program, uint32_t answer)
{
	emit_number(program, BPF_MOV, BPF_REG_0, answer);
	emit(program, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* Loads what the program compares. The kernel gives access << 16 | type in one word; each half can be loaded
 * separately. */
static void emit_prologue(struct program *program, bool numbers)
{
	bool low_first = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	size_t word = offsetof(struct bpf_cgroup_dev_ctx, access_type);

	emit_load(program, BPF_H, ACCESS, word + (low_first ? 2 : 0));
	emit_load(program, BPF_H, TYPE, word + (low_first ? 0 : 2));
	if (!numbers)
		return;
	emit_load(program, BPF_W, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(program, BPF_W, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit_register(program, BPF_MOV, KEY, MAJOR);
	emit_number(program, BPF_LSH, KEY, MINOR_BITS);
	emit_register(program, BPF_OR, KEY, MINOR);
}

/* Jumps to the exit of the device's class; a device of the first class runs on into the code below. */
static void emit_table(struct program *program, const struct table *table)
{
	for (size_t i = table->n - 1; i > 0; i--) {
		const struct class *class = &table->items[i];
		int16_t exit = to_exit(class->mask);

		if (class->major == ANY)
			emit_jump_if(program, BPF_JEQ, MINOR, class->minor, exit);
		else if (class->minor == ANY)
			emit_jump_if(program, BPF_JEQ, MAJOR, class->major, exit);
		else
			emit_jump_if(program, BPF_JEQ, KEY, class->major << MINOR_BITS | class->minor, exit);
	}
}

static bool is_partial(unsigned int mask)
{
	return mask != 0 && mask != ALL;
}

/* The code of one exit: result 1 allows, 0 denies. A mask of only some kinds of access denies a request for any other
 * kind. */
static void emit_exit(struct program *program, unsigned int mask, bool allow_is_next)
{
	if (!is_partial(mask)) {
		emit_return(program, mask == ALL);
		return;
	}
	emit_number(program, BPF_AND, ACCESS, ~mask);
	emit_jump_if(program, BPF_JNE, ACCESS, 0, to_exit(0));
	if (!allow_is_next)
		emit_jump(program, to_exit(ALL));
}

/* Appends the exits that are used; the kernel refuses code that is never reached. The code before them runs on into the
 * exit of the mask last. Exits of masks with only some kinds of access come first, since they jump to the exits for all
 * and for no access. */
static void emit_exits(struct program *program, unsigned int last)
{
	bool used[ALL + 1] = { false };
	size_t places[ALL + 1] = { 0 };
	unsigned int order[ALL + 1];
	size_t partial;
	size_t n = 0;

	used[last] = true;
	for (size_t i = 0; i < program->n; i++) {
		if (program->code[i].off < 0)
			used[-1 - program->code[i].off] = true;
	}
	if (is_partial(last))
		order[n++] = last;
	for (unsigned int mask = 1; mask < ALL; mask++) {
		if (used[mask] && mask != last)
			order[n++] = mask;
	}
	partial = n;
	if (used[ALL] || partial > 0)
		order[n++] = ALL;
	if (used[0] || partial > 0)
		order[n++] = 0;
	if (order[0] != last)
		emit_jump(program, to_exit(last));
	for (size_t i = 0; i < n; i++) {
		places[order[i]] = program->n;
		emit_exit(program, order[i], i + 1 == partial);
	}
	for (size_t i = 0; i < program->n; i++) {
		struct bpf_insn *instruction = &program->code[i];

		if (instruction->off < 0)
			instruction->off = (int16_t)(places[-1 - instruction->off] - i - 1);
	}
}

static bool same_table(const struct table *a, const struct table *b)
{
	return a->n == b->n && memcmp(a->items, b->items, a->n * sizeof(*a->items)) == 0;
}

static void emit_program(struct program *program, const struct table *chars, const struct table *blocks)
{
	bool chars_first = chars->n > 1;
	const struct table *first = chars_first ? chars : blocks;
	const struct table *second = chars_first ? blocks : chars;
	uint32_t first_type = chars_first ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;

	emit_prologue(program, first->n > 1);
	if (same_table(first, second)) {
		emit_table(program, first);
		emit_exits(program, first->items[0].mask);
	} else if (second->n == 1) {
		emit_jump_if(program, BPF_JNE, TYPE, first_type, to_exit(second->items[0].mask));
		emit_table(program, first);
		emit_exits(program, first->items[0].mask);
	} else {
		emit_jump_if(program, BPF_JNE, TYPE, first_type, (int16_t)first->n);
		emit_table(program, first);
		emit_jump(program, to_exit(first->items[0].mask));
		emit_table(program, second);
		emit_exits(program, second->items[0].mask);
	}
}

static int make_program(struct oci_document *document, const struct rules *rules, struct plan_device_program *ret)
{
	cleanup_table struct table chars = { 0 };
	cleanup_table struct table blocks = { 0 };
	struct program program = { 0 };

	if (make_table(rules, CHAR, &chars) < 0 || make_table(rules, BLOCK, &blocks) < 0)
		return -1;
	if (chars.n == 1 && same_table(&chars, &blocks) && chars.items[0].mask == ALL) {
		*ret = (struct plan_device_program){ 0 };
		return 0;
	}
	program.code = oci_alloc(document, (chars.n + blocks.n + MAX_FRAME) * sizeof(*program.code));
	if (!program.code)
		return -1;
	emit_program(&program, &chars, &blocks);
	*ret = (struct plan_device_program){ .instructions = program.code, .n = program.n };
	return 0;
}

static bool forbids_a_node(const struct rules *rules, const struct plan_devices *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		const struct plan_device *device = &devices->items[i];
		unsigned int type = S_ISCHR(device->mode) ? CHAR : BLOCK;

		if (!S_ISFIFO(device->mode) &&
			!(evaluate(rules, type, major(device->number), minor(device->number)) & MKNOD))
			return true;
	}
	return false;
}

/* place is where the document has the rules. */
static int plan_program(struct oci_document *document, const struct rules *rules, const char *place,
	struct plan_device_program *ret, struct error *err)
{
	size_t classes = count_classes(rules, CHAR) + count_classes(rules, BLOCK);

	if (classes > MAX_CLASSES) {
		oci_problem_add(document, place, "expected rules for at most %d sorts of devices, found %zu",
			MAX_CLASSES, classes);
		return 0;
	}
	return make_program(document, rules, ret) < 0 ? error_set(err, ENOMEM, "cannot make a plan") : 0;
}

int plan_device_program(struct oci_document *document, const struct oci_device_rules *rules,
	const struct plan_devices *devices, struct plan_device_program *ret, struct error *err)
{
	cleanup_rules struct rules all = { 0 };

	if (read_rules(rules, &all) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (plan_program(document, &all, "linux.resources.devices", ret, err) < 0)
		return -1;
	ret->forbids_nodes = forbids_a_node(&all, devices);
	return 0;
}

/* The program that allows every device. */
static int make_open_program(struct oci_document *document, struct plan_device_program *ret)
{
	struct program program = { .code = oci_alloc(document, 2 * sizeof(*program.code)) };

	if (!program.code)
		return -1;
	emit_return(&program, 1);
	*ret = (struct plan_device_program){ .instructions = program.code, .n = program.n };
	return 0;
}

int plan_device_update(struct oci_document *document, const struct oci_device_rules *rules,
	struct plan_device_program *ret, struct error *err)
{
	cleanup_rules struct rules all = { 0 };
	struct plan_device_program program = { 0 };

	if (read_rules(rules, &all) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	if (plan_program(document, &all, "devices", &program, err) < 0)
		return -1;
	if (!program.instructions && oci_problem_count(document) == 0 && make_open_program(document, &program) < 0)
		return error_set(err, ENOMEM, "cannot make a plan");
	*ret = program;
	return 0;
}

bool plan_same_device_program(const struct plan_device_program *a, const struct plan_device_program *b)
{
	return a->n == b->n &&
		(a->n == 0 || memcmp(a->instructions, b->instructions, a->n * sizeof(*a->instructions)) == 0);
}
