#!/usr/bin/env bats
# linux.memoryPolicy: on which memory nodes the program and its children allocate. Node 0 is on every machine.

load helpers

# policy_is WANTED CONFIG-OBJECT: a child of the program sees this policy in its numa_maps(5).
policy_is()
{
	config '.linux.memoryPolicy = $policy' --argjson policy "$2"
	# The subshell is the child; it has memory of its own when it reads the file.
	args sh -c '(read -r _ policy </proc/self/numa_maps; echo "$policy"); true'
	run --separate-stderr tare run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -z $stderr && $output == "$1 "* ]] || fail "$2: exit $status: '$output' $stderr"
}

setup()
{
	base_setup
	[[ -e /proc/self/numa_maps ]] || skip "this kernel has no NUMA (/proc/self/numa_maps is missing)"
}

@test "a memory policy binds, spreads and prefers nodes, for the program and its children" {
	policy_is bind:0 '{"mode": "MPOL_BIND", "nodes": "0"}'
	policy_is interleave:0 '{"mode": "MPOL_INTERLEAVE", "nodes": "0"}'
	policy_is prefer:0 '{"mode": "MPOL_PREFERRED", "nodes": "0"}'
	policy_is local '{"mode": "MPOL_LOCAL"}'
	policy_is default '{"mode": "MPOL_DEFAULT", "nodes": ""}'
}

@test "a memory policy prefers several nodes" {
	policy_is "prefer (many):0" '{"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}'
}

@test "a memory policy has flags" {
	policy_is bind=static:0 '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}'
	policy_is interleave=relative:0 '{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}'
}

@test "a memory policy weighs nodes, where the kernel can" {
	[[ -e /sys/kernel/mm/mempolicy/weighted_interleave ]] || skip "this kernel has no weighted interleaving (Linux 6.9)"
	policy_is "weighted interleave:0" '{"mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0"}'
}

@test "without a memory policy the one of the caller is left alone" {
	args sh -c 'read -r _ policy _ </proc/self/numa_maps; echo "$policy"'
	run -0 python3 - "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" <<-'END'
		import ctypes, os, sys
		libc = ctypes.CDLL(None)
		number = {"x86_64": 238, "aarch64": 237}[os.uname().machine]
		assert libc.syscall(number, 2, ctypes.byref(ctypes.c_ulong(1)), 65) == 0 # set_mempolicy: MPOL_BIND
		os.execv(sys.argv[1], sys.argv[1:])
	END
	[[ $output == bind:0 ]] || fail "$output"
}

@test "a node that this machine lacks is refused by its place in the config, and nothing is left" {
	[[ ! -e /sys/devices/system/node/node1023 ]] || skip "this machine has 1024 nodes"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
	refuses "cannot set the memory policy: linux.memoryPolicy: invalid argument" create --bundle "$BUNDLE" "$CT"
	nothing_left
}
