# linux.memoryPolicy: from which nodes the memory of the program comes (1.3.0).

load lib

# policy OBJECT
policy() {
	config ".linux.memoryPolicy = $1"
	need_feature .linux.memoryPolicy.modes "$(jq -r '.linux.memoryPolicy.mode // empty' "$BUNDLE/config.json")" MPOL_NO_SUCH
	need_feature .linux.memoryPolicy.flags "$(jq -r '.linux.memoryPolicy.flags[0]? // empty' "$BUNDLE/config.json")" MPOL_F_NO_SUCH
}

# has_policy TEXT: the program says so of itself
has_policy() {
	[[ -d /sys/devices/system/node/node0 ]] || skip "this kernel knows no memory nodes"
	runs probe mempolicy
	equal "$output" "$1"
}

# need_kernel VERSION
need_kernel() {
	[[ $(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1) == "$1" ]] || skip "this kernel is older than $1"
}

@test "linux.memoryPolicy.mode: MPOL_DEFAULT, also where the runtime itself has another (1.3.0)" {
	printf '#!/bin/sh\nexec "%s" interleave "%s" "$@"\n' "$PROBE" "$OCI_RUNTIME" >"$WORK/runtime"
	chmod 755 "$WORK/runtime"
	OCI_RUNTIME=$WORK/runtime
	policy '{mode: "MPOL_DEFAULT"}'
	has_policy "MPOL_DEFAULT nodes 0"
}

@test "linux.memoryPolicy.mode: MPOL_LOCAL (1.3.0)" {
	policy '{mode: "MPOL_LOCAL"}'
	has_policy "MPOL_LOCAL nodes 0"
}

@test "linux.memoryPolicy.mode: MPOL_BIND, with linux.memoryPolicy.nodes (1.3.0)" {
	policy '{mode: "MPOL_BIND", nodes: "0"}'
	has_policy "MPOL_BIND nodes 1"
}

@test "linux.memoryPolicy.mode: MPOL_INTERLEAVE (1.3.0)" {
	policy '{mode: "MPOL_INTERLEAVE", nodes: "0"}'
	has_policy "MPOL_INTERLEAVE nodes 1"
}

@test "linux.memoryPolicy.mode: MPOL_PREFERRED (1.3.0)" {
	policy '{mode: "MPOL_PREFERRED", nodes: "0"}'
	has_policy "MPOL_PREFERRED nodes 1"
}

@test "linux.memoryPolicy.mode: MPOL_PREFERRED_MANY (1.3.0)" {
	need_kernel 5.15
	policy '{mode: "MPOL_PREFERRED_MANY", nodes: "0-0"}'
	has_policy "MPOL_PREFERRED_MANY nodes 1"
}

@test "linux.memoryPolicy.mode: MPOL_WEIGHTED_INTERLEAVE (1.3.0)" {
	need_kernel 6.9
	policy '{mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0"}'
	has_policy "MPOL_WEIGHTED_INTERLEAVE nodes 1"
}

@test "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES (1.3.0)" {
	policy '{mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	has_policy "MPOL_INTERLEAVE MPOL_F_STATIC_NODES nodes 1"
}

@test "linux.memoryPolicy.flags: MPOL_F_RELATIVE_NODES (1.3.0)" {
	policy '{mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}'
	has_policy "MPOL_INTERLEAVE MPOL_F_RELATIVE_NODES nodes 1"
}

@test "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING (1.3.0)" {
	[[ -e /proc/sys/kernel/numa_balancing ]] || skip "this kernel does not balance memory nodes"
	policy '{mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"]}'
	has_policy "MPOL_BIND MPOL_F_NUMA_BALANCING nodes 1"
}

@test "linux.memoryPolicy.mode: it is REQUIRED (1.3.0)" {
	policy '{nodes: "0"}'
	invalid '.linux.memoryPolicy.mode = "MPOL_BIND"'
}

@test "linux.memoryPolicy.mode: an unknown one MUST generate an error (1.3.0)" {
	policy '{mode: "MPOL_NO_SUCH", nodes: "0"}'
	invalid '.linux.memoryPolicy.mode = "MPOL_BIND"'
}

@test "linux.memoryPolicy.flags: an unknown one MUST generate an error (1.3.0)" {
	policy '{mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NO_SUCH"]}'
	invalid 'del(.linux.memoryPolicy.flags)'
}

@test "linux.memoryPolicy.nodes: what is no list of nodes MUST generate an error (1.3.0)" {
	policy '{mode: "MPOL_BIND", nodes: "0-"}'
	invalid '.linux.memoryPolicy.nodes = "0"'
}

@test "linux.memoryPolicy.nodes: a node that the host does not have MUST generate an error in create or start (1.3.0)" {
	policy '{mode: "MPOL_BIND", nodes: "1000"}'
	fails '.linux.memoryPolicy.nodes = "0"'
}

@test "linux.memoryPolicy.nodes: a mode that needs them MUST generate an error without in create or start (1.3.0)" {
	policy '{mode: "MPOL_BIND"}'
	fails '.linux.memoryPolicy.nodes = "0"'
}
