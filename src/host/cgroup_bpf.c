/* The device filter of a cgroup: loads the plan's program and attaches it. Runs on the host. */
#include "host/host.h"

#include "base/cleanup.h"
#include "base/syscall.h"

#include <errno.h>
#include <string.h>

enum { VERIFIER_LOG_MAX = 16 * 1024 };

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
	memcpy(attr.attr.prog_name, "tare_devices", sizeof("tare_devices"));
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
	/* Cgroups that the container makes inside may have filters of their own; all of them have to agree. */
	attr.attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return error_set(err, errno, "cannot attach the device filter");
	return 0;
}
