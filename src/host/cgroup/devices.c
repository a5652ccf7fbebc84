/* The device filter of a cgroup: loads the plan's program, attaches it, and takes it away from a cgroup that stays.
 * Runs on the host. */
#include "host/cgroup/cgroup.h"

#include "base/cleanup.h"
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

int cgroup_attach_devices(int cgroup, const struct plan_device_program *program, struct error *err)
{
	union sys_bpf_attr attr = { 0 };
	cleanup_fd int loaded = -1;

	if (!program->instructions)
		return 0;
	loaded = load(program, NULL, 0);
	if (loaded < 0) {
		char log[VERIFIER_LOG_MAX] = "";
		int number = errno;

		loaded = load(program, log, sizeof(log));
		if (loaded < 0)
			return error_set(err, number, "cannot load the device filter%s%.512s", *log ? ": " : "", log);
	}
	attr.attr.target_fd = (uint32_t)cgroup;
	attr.attr.attach_bpf_fd = (uint32_t)loaded;
	attr.attr.attach_type = BPF_CGROUP_DEVICE;
	/* BPF_F_ALLOW_MULTI: cgroups that the container makes below may have programs too. A device is allowed if all
	 * programs allow it. */
	attr.attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return error_set(err, errno, "cannot attach the device filter");
	return 0;
}

static void detach_if_ours(int cgroup, uint32_t id)
{
	union sys_bpf_attr by_id = { 0 };
	union sys_bpf_attr asked = { 0 };
	union sys_bpf_attr attached = { 0 };
	struct bpf_prog_info info = { 0 };
	cleanup_fd int program = -1;

	by_id.attr.prog_id = id;
	program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
	asked.attr.info.bpf_fd = (uint32_t)program;
	asked.attr.info.info_len = sizeof(info);
	asked.attr.info.info = (uintptr_t)&info;
	if (program < 0 || sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &asked) < 0 ||
		strncmp(info.name, program_name, sizeof(info.name)) != 0)
		return;
	attached.attr.target_fd = (uint32_t)cgroup;
	attached.attr.attach_bpf_fd = (uint32_t)program;
	attached.attr.attach_type = BPF_CGROUP_DEVICE;
	(void)sys_bpf(BPF_PROG_DETACH, &attached);
}

void cgroup_detach_devices(int cgroup)
{
	union sys_bpf_attr attr = { 0 };
	uint32_t ids[PROGRAMS_MAX];

	attr.attr.query.target_fd = (uint32_t)cgroup;
	attr.attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.attr.query.prog_ids = (uintptr_t)ids;
	attr.attr.query.prog_cnt = PROGRAMS_MAX;
	/* Without the right to ask, this process had no right to attach a program either. */
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0)
		return;
	for (uint32_t i = 0; i < attr.attr.query.prog_cnt && i < PROGRAMS_MAX; i++)
		detach_if_ours(cgroup, ids[i]);
}
