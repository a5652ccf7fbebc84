# The features document.

load lib

SEMVER='^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$'

# feature FILTER: a part of the document, as text
feature() {
	jq -r ".$1" "$WORK/features"
}

features() {
	operation features
	printf '%s\n' "$output" >"$WORK/features"
}

# older VERSION: than this is the newest version that the runtime knows. What follows - or + does not count.
older() {
	local newest
	newest=$(feature ociVersionMax)
	newest=${newest%%[-+]*}
	version_before "$newest" "$1"
}

@test "features: it is one JSON object" {
	must features
	equal "$(jq -r type "$WORK/features")" object
}

@test "features.ociVersionMin: it is REQUIRED, and a version" {
	must features
	[[ $(feature ociVersionMin) =~ $SEMVER ]] || fail "found: $(feature ociVersionMin)"
}

@test "features.ociVersionMax: it is REQUIRED, and a version" {
	must features
	[[ $(feature ociVersionMax) =~ $SEMVER ]] || fail "found: $(feature ociVersionMax)"
}

@test "features.ociVersionMax: it MUST NOT be less than ociVersionMin" {
	local min max
	must features
	min=$(feature ociVersionMin)
	max=$(feature ociVersionMax)
	[[ $min =~ $SEMVER && $max =~ $SEMVER ]] || fail "found: '$min' and '$max'"
	equal "$(printf '%s\n' "$min" "$max" | sort -V | tail -n 1)" "$max"
}

@test "features.ociVersionMin: it MUST be accepted as the ociVersion of config.json" {
	must features
	config '.ociVersion = $version' --arg version "$(feature ociVersionMin)"
	prints hello echo hello
}

@test "features.ociVersionMax: it MUST be accepted as the ociVersion of config.json" {
	must features
	config '.ociVersion = $version' --arg version "$(feature ociVersionMax)"
	prints hello echo hello
}

@test "features: it MUST NOT have properties that are newer than ociVersionMax" {
	must features
	if older 1.2.0; then
		equal "$(feature 'potentiallyUnsafeConfigAnnotations, .linux.mountExtensions')" $'null\nnull'
	fi
	if older 1.3.0; then
		equal "$(feature 'linux.intelRdt.schemata, .linux.intelRdt.monitoring, .linux.netDevices, .linux.memoryPolicy')" \
			$'null\nnull\nnull\nnull'
	fi
}

@test "features.hooks: what is listed are the kinds of hooks" {
	must features
	[[ $(feature hooks) != null ]] || skip "the document does not have it"
	equal "$(feature 'hooks - ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] | length')" 0
}

@test "features.linux.namespaces: what is listed are the types of namespaces" {
	must features
	[[ $(feature linux.namespaces) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.namespaces - ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"] | length')" 0
}

@test "features.linux.capabilities: what is listed has the name of a capability" {
	must features
	[[ $(feature linux.capabilities) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.capabilities | map(select(test("^CAP_[A-Z_]+$") | not)) | length')" 0
}

@test "features.linux.seccomp: supportedFlags are part of knownFlags" {
	must features
	[[ $(feature linux.seccomp.supportedFlags) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.seccomp | (.supportedFlags - .knownFlags) | length')" 0
}

@test "features.linux.seccomp: what is listed has the names of config.json" {
	must features
	[[ $(feature linux.seccomp.actions) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.seccomp | [(.actions[] | select(startswith("SCMP_ACT_") | not)),
		(.operators[] | select(startswith("SCMP_CMP_") | not)), (.archs // [] | .[] | select(startswith("SCMP_ARCH_") | not))] | length')" 0
}

# Those of the specification and of libseccomp 2.6.
@test "features.linux.seccomp.archs: what is listed are architectures of libseccomp" {
	must features
	[[ $(feature linux.seccomp.archs) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.seccomp.archs | map(ltrimstr("SCMP_ARCH_")) - ["X86", "X86_64", "X32", "ARM", "AARCH64", "LOONGARCH64",
		"M68K", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64", "PPC64LE", "S390", "S390X",
		"PARISC", "PARISC64", "RISCV64", "SHEB", "SH"] | join(" ")')" ""
}

@test "features: the properties have the types that the specification gives them" {
	must features
	equal "$(feature '| [
		(.hooks, .mountOptions, .linux.namespaces, .linux.capabilities, .potentiallyUnsafeConfigAnnotations |
			. == null or (type == "array" and all(.[]; type == "string"))),
		(.linux.cgroup // {} | .v1, .v2, .systemd, .systemdUser, .rdma | . == null or type == "boolean"),
		(.linux | .seccomp, .apparmor, .selinux, .intelRdt, .netDevices | .enabled? | . == null or type == "boolean"),
		(.linux | .intelRdt.schemata?, .intelRdt.monitoring?, .mountExtensions.idmap.enabled? | . == null or type == "boolean"),
		(.linux | .memoryPolicy.modes?, .memoryPolicy.flags?, .seccomp.actions?, .seccomp.operators?, .seccomp.archs?,
			.seccomp.knownFlags?, .seccomp.supportedFlags? | . == null or (type == "array" and all(.[]; type == "string"))),
		(.annotations // {} | type == "object" and all(.[]; type == "string") and all(keys[]; . != ""))
	] | all')" true
}

# --- each name that is listed means something -------------------------------------------------------------------------

# listed PATH: the names there, one a line, as names
listed() {
	must features
	[[ $(feature "$1") != null ]] || skip "the document does not have it"
	names=$(feature "$1[]")
	[[ -n $names ]] || skip "the list is empty"
}

@test "features.hooks: each that is listed MUST be supported" {
	local kind
	listed hooks
	for kind in $names; do
		hook "$kind" "cat >/dev/null; echo $kind >>\$S/log"
	done
	runs true
	must delete
	equal "$(sort "$SHARED/log")" "$(sort <<<"$names")"
}

@test "features.linux.namespaces: each that is listed MUST be recognized" {
	listed linux.namespaces
	config '.linux.namespaces = ($types | split("\n") | map({type: .})) |
		if $types | contains("user") then .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 5000}] else . end' --arg types "$names"
	prints hello echo hello
}

# The list may have less than the kernel knows, and more.
@test "features.linux.capabilities: each that is listed MUST be recognized" {
	local mine bit wanted=0 all=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
		NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE
		SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
		SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE)
	listed linux.capabilities
	for bit in "${!all[@]}"; do
		! grep -qx "CAP_${all[bit]}" <<<"$names" || wanted=$((wanted | 1 << bit))
	done
	config '.process.capabilities = {bounding: ($names | split("\n"))}' --arg names "$names"
	runs sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status
	mine=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
	equal "$output" "$(printf %016x "$((wanted & 16#$mine))")"
}

# Each on a mount of its own, of the kind that it is for.
@test "features.mountOptions: each that is listed MUST be recognized" {
	local option
	listed mountOptions
	config '.mounts += [$options | split("\n")[] |
		if . == "idmap" or . == "ridmap" then empty
		elif . == "remount" then {destination: "/opt/remount", type: "tmpfs", options: []}, {destination: "/opt/remount", type: "tmpfs", options: [.]}
		elif test("bind$|^r(ro|rw|suid|nosuid|dev|nodev|exec|noexec|.*atime|.*symfollow|sync|async|dirsync|mand|nomand)$|nofollow$|^copy-symlink$") and
			(test("unbindable$|^relatime$") | not)
		then {destination: "/opt/\(.)", type: "bind", source: "/proc/self/ns", options: ["rbind", .]}
		else {destination: "/opt/\(.)", type: "tmpfs", source: "tmpfs", options: [.]} end]' --arg options "$names"
	must create
	while read -r option; do
		[[ $option == *idmap ]] || mounted "/opt/$option"
	done <<<"$names"
}

@test "features.mountOptions: it SHOULD NOT have options that file systems take as data" {
	listed mountOptions
	equal "$(grep -xE 'size|mode|uid|gid|nr_inodes|lowerdir|upperdir|workdir|newinstance|ptmxmode|hidepid|.*=.*' <<<"$names" || true)" ""
}

# That a mount is refused may be the host's doing, of which the document does not speak.
@test "features.linux.mountExtensions.idmap: it MUST be true where a mount is mapped (1.2.0)" {
	must features
	echo text >"$SHARED/file"
	config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1000, size: 10}],
		gidMappings: [{containerID: 0, hostID: 1000, size: 10}], options: ["bind", "idmap"]}'
	program stat -c %u:%g /shared/file
	create
	[[ $status -eq 0 ]] || skip "no mount can be mapped here: $error"
	must start
	ended
	said 1000:1000 || skip "the mapping is ignored"
	equal "$(feature linux.mountExtensions.idmap.enabled)" true
}

@test "features.linux.netDevices: it is true where a device is moved (1.3.0)" {
	must features
	busybox ip link add name features0 type veth 2>/dev/null || skip "this kernel has no veth devices"
	config '.linux.netDevices = {features0: {}}'
	create
	[[ $status -eq 0 ]] || skip "no device can be moved here: $error"
	! busybox ip link show dev features0 &>/dev/null || skip "the device is ignored"
	equal "$(feature linux.netDevices.enabled)" true
}

@test "features.linux.memoryPolicy: what is listed are the modes and flags of config.json (1.3.0)" {
	must features
	[[ $(feature linux.memoryPolicy) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.memoryPolicy | (.modes - ["MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
		"MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL"]) +
		(.flags - ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"]) | length')" 0
}

@test "features.linux.memoryPolicy: each mode that is listed MUST be recognized (1.3.0)" {
	local mode nodes
	listed linux.memoryPolicy.modes
	for mode in $names; do
		nodes=0
		[[ $mode != MPOL_DEFAULT && $mode != MPOL_LOCAL ]] || nodes=
		config '.linux.memoryPolicy = {mode: $mode, nodes: $nodes}' --arg mode "$mode" --arg nodes "$nodes"
		runs probe mempolicy
		[[ $output == "$mode "* ]] || fail "expected: $mode" "   found: $output"
		must delete
	done
}

# rules ACTION...: a filter in which each of these is for a call of prctl that nobody makes
rules() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: ($ARGS.positional | to_entries |
		map({names: ["prctl"], action: .value, args: [{index: 0, value: (4242 + .key), op: "SCMP_CMP_EQ"}]}))}' --args -- "$@"
}

# SCMP_ACT_ALLOW is what happens anyway, and SCMP_ACT_NOTIFY needs an agent: both have sentences of their own.
@test "features.linux.seccomp.actions: each that is listed MUST be recognized" {
	listed linux.seccomp.actions
	# shellcheck disable=SC2046 # words
	rules $(grep -vxE 'SCMP_ACT_(ALLOW|NOTIFY)' <<<"$names")
	prints hello echo hello
}

@test "features.linux.seccomp.operators: each that is listed MUST be recognized" {
	listed linux.seccomp.operators
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [$names | split("\n")[] |
		{names: ["prctl"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 4242, op: "SCMP_CMP_EQ"}, {index: 1, value: 7, valueTwo: 7, op: .}]}]}' \
		--arg names "$names"
	prints hello echo hello
}

# A filter has one byte order: those of the other one cannot stand beside the host's own.
@test "features.linux.seccomp.archs: each that is listed MUST be recognized" {
	local order
	listed linux.seccomp.archs
	[[ $(uname -m) == x86_64 ]] || skip "only known for x86_64"
	order=$(grep -xE 'SCMP_ARCH_(X86|X86_64|X32|ARM|AARCH64|LOONGARCH64|MIPSEL|MIPSEL64|MIPSEL64N32|PPC64LE|RISCV64|SH)' <<<"$names")
	rules SCMP_ACT_ERRNO
	config '.linux.seccomp.architectures = ($names | split("\n"))' --arg names "$order"
	prints hello echo hello
}

@test "features.linux.seccomp.supportedFlags: each that is listed MUST be supported" {
	listed linux.seccomp.supportedFlags
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ($flags | split("\n")), listenerPath: $path,
		syscalls: [{names: ["sysinfo"], action: "SCMP_ACT_NOTIFY"}]}' --arg flags "$names" --arg path "$WORK/socket"
	"$PROBE" agent "$WORK/socket" >"$WORK/agent" 3>&- &
	eventually test -S "$WORK/socket"
	runs probe call sysinfo 0
	wait "$!"
	equal "$output" EXDEV
}
