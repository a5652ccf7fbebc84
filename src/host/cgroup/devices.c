/* The device filter of a cgroup: loads the plan's program, attaches it, replaces it by another one, and takes it away
 * from a cgroup that stays. Runs on the host. */
#include "host/cgroup/cgroup.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/syscall.h"

#include <errno.h>
#include <string.h>

enum {
	VERIFIER_LOG_MAX = 16 * 1024,
	PROGRAMS_MAX = 64, /* of one cgroup, by the kernel: BPF_CGROUP_MAX_PROGS */
};

static const char program_name[] = "tare_devices";

static int load(const struct plan_device_program *program, char *log, size_t log_size)
{
	union sys_bpf_attr attr = { 0 };

	attr.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.attr.insns = (uintptr_t)program->instructions;
	attr.attr.insn_cnt = (uint32_t)program->n;
	attr.attr.license = (uintptr_t)"Apache-2.0";
	if (log) {
		attr.attr.log_buf = (uintptr_t)log;
		attr.attr.log_size = (uint32_t)log_size;
		attr.attr.log_level = 1;
	}
	memcpy(attr.attr.prog_name, program_name, sizeof(program_name));
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* load(), with an error that quotes the verifier. */
static int load_or_explain(const struct plan_device_program *program, struct error *err)
{
	char log[VERIFIER_LOG_MAX] = "";
	int loaded = load(program, NULL, 0);
	int number = errno;

	if (loaded >= 0)
		return loaded;
	/* The log costs time, so it is asked for only now. */
	loaded = load(program, log, sizeof(log));
	if (loaded < 0)
		return error_set(err, number, "cannot load the device filter%s%.512s", *log ? ": " : "", log);
	return loaded;
}

/* Attaches a program in place of the one that former is, or beside all others with -1. Returns -1 with errno. */
static int attach(int cgroup, int program, int former)
{
	union sys_bpf_attr attr = { 0 };

	attr.attr.target_fd = (uint32_t)cgroup;
	attr.attr.attach_bpf_fd = (uint32_t)program;
	attr.attr.attach_type = BPF_CGROUP_DEVICE;
	/* BPF_F_ALLOW_MULTI: cgroups that the container makes below may have programs too. A device is allowed if all
	 * programs allow it. */
	attr.attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (former >= 0) {
		attr.attr.attach_flags |= BPF_F_REPLACE;
		attr.attr.replace_bpf_fd = (uint32_t)former;
	}
	return sys_bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup, int program)
{
	union sys_bpf_attr attr = { 0 };

	attr.attr.target_fd = (uint32_t)cgroup;
	attr.attr.attach_bpf_fd = (uint32_t)program;
	attr.attr.attach_type = BPF_CGROUP_DEVICE;
	return sys_bpf(BPF_PROG_DETACH, &attr);
}

int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err)
{
	cleanup_fd int loaded = -1;

	if (!program->instructions)
		return 0;
	loaded = load_or_explain(program, err);
	if (loaded < 0)
		return -1;
	if (attach(cgroup, loaded, -1) < 0)
		return error_set(err, errno, "cannot attach the device filter");
	return 0;
}

static int read_info(int program, struct bpf_prog_info *ret)
{
	union sys_bpf_attr attr = { 0 };
	struct bpf_prog_info info = { 0 };

	attr.attr.info.bpf_fd = (uint32_t)program;
	attr.attr.info.info_len = sizeof(info);
	attr.attr.info.info = (uintptr_t)&info;
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return -1;
	*ret = info;
	return 0;
}

/* Opens the program with this number. Returns -1 with errno: ENOENT when it is gone, or not one of tare's. */
static int open_if_ours(uint32_t id)
{
	union sys_bpf_attr attr = { 0 };
	struct bpf_prog_info info;
	cleanup_fd int program = -1;

	attr.attr.prog_id = id;
	program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (program < 0 || read_info(program, &info) < 0)
		return -1;
	if (strncmp(info.name, program_name, sizeof(info.name)) != 0) {
		errno = ENOENT;
		return -1;
	}
	return take_fd(&program);
}

/* Lists the numbers of the attached device programs. Returns -1 with errno. */
static int list_programs(int cgroup, uint32_t ret_ids[PROGRAMS_MAX], uint32_t *ret_n)
{
	union sys_bpf_attr attr = { 0 };

	attr.attr.query.target_fd = (uint32_t)cgroup;
	attr.attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.attr.query.prog_ids = (uintptr_t)ret_ids;
	attr.attr.query.prog_cnt = PROGRAMS_MAX;
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0)
		return -1;
	*ret_n = attr.attr.query.prog_cnt < PROGRAMS_MAX ? attr.attr.query.prog_cnt : PROGRAMS_MAX;
	return 0;
}

void cgroup_detach_devices(int cgroup)
{
	uint32_t ids[PROGRAMS_MAX];
	uint32_t n;

	/* Without the right to ask, this process had no right to attach a program either. */
	if (list_programs(cgroup, ids, &n) < 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		cleanup_fd int program = open_if_ours(ids[i]);

		if (program >= 0)
			(void)detach(cgroup, program);
	}
}

void cgroup_device_change_close(struct cgroup_device_change *change)
{
	close_fd(&change->program);
	close_fd(&change->former);
}

/* Finds tare's program among the attached ones. *ret_program is -1 when there is none. */
static int find_ours(int cgroup, int *ret_program, struct error *err)
{
	uint32_t ids[PROGRAMS_MAX];
	uint32_t n;
	int program = -1;

	if (list_programs(cgroup, ids, &n) < 0)
		return error_set(err, errno, "cannot list the device filters of the cgroup");
	for (uint32_t i = 0; i < n && program < 0; i++) {
		program = open_if_ours(ids[i]);
		if (program < 0 && errno != ENOENT)
			return error_set(err, errno, "cannot open a device filter of the cgroup");
	}
	*ret_program = program;
	return 0;
}

/* The kernel makes the tag of the instructions as they were loaded, before it rewrites them for the machine. */
static bool have_same_tag(int a, int b)
{
	struct bpf_prog_info one;
	struct bpf_prog_info other;

	return read_info(a, &one) == 0 && read_info(b, &other) == 0 && memcmp(one.tag, other.tag, sizeof(one.tag)) == 0;
}

int cgroup_load_devices(int cgroup, const struct plan_device_program *program, bool as_made,
	struct cgroup_device_change *ret, struct error *err)
{
	cleanup_fd int former = -1;
	cleanup_fd int loaded = -1;

	if (find_ours(cgroup, &former, err) < 0)
		return -1;
	if (former < 0 && as_made)
		return 0;
	loaded = load_or_explain(program, err);
	if (loaded < 0)
		return -1;
	if (former >= 0 && have_same_tag(loaded, former))
		return 0;
	*ret = (struct cgroup_device_change){ .program = take_fd(&loaded), .former = take_fd(&former) };
	return 0;
}

int cgroup_replace_devices(int cgroup, const struct cgroup_device_change *change, struct error *err)
{
	if (attach(cgroup, change->program, change->former) < 0)
		return error_set(err, errno, "cannot replace the device filter");
	return 0;
}

void cgroup_restore_devices(int cgroup, const struct cgroup_device_change *change)
{
	int result = change->former >= 0 ? attach(cgroup, change->former, change->program)
					 : detach(cgroup, change->program);

	if (result < 0)
		log_message(LOG_LEVEL_WARNING, "cannot put back the former device filter: %s",
			error_number_text(errno));
}
