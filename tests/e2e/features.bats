#!/usr/bin/env bats
# tare features: what the runtime can do, as JSON, the same wherever it is called.

load helpers

@test "features gives one JSON object with the versions of the spec it knows" {
	run -0 --separate-stderr "$TARE" features
	[[ -z $stderr ]]
	jq -e '(.ociVersionMin | test("^1\\.0\\.")) and (.ociVersionMax | test("^1\\.[3-9]"))' <<<"$output"
}

@test "features lists the six hooks" {
	"$TARE" features | jq -e '(.hooks | sort)
		== ["createContainer", "createRuntime", "poststart", "poststop", "prestart", "startContainer"]'
}

@test "features lists the mount options of the spec, sorted, each once" {
	"$TARE" features | jq -e '.mountOptions as $o
		| ($o == ($o | sort | unique))
		and (["async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud",
		      "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "norelatime", "nostrictatime",
		      "nosuid", "private", "rbind", "relatime", "remount", "ro", "rprivate", "rro", "rshared", "rslave",
		      "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "sync", "unbindable",
		      "idmap", "ridmap", "nosymfollow", "symfollow", "rrw", "rsuid", "rnosuid", "rdev", "rnodev", "rexec", "rnoexec",
		      "ratime", "rnoatime", "rdiratime", "rnodiratime", "rrelatime", "rnorelatime", "rstrictatime",
		      "rnostrictatime", "rsymfollow", "rnosymfollow", "mand", "nomand", "tmpcopyup"] - $o) == []'
}

@test "features lists all namespaces and the capabilities of the kernel's table" {
	"$TARE" features | jq -e '
		(.linux.namespaces | sort) == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]
		and (.linux.capabilities | length >= 41 and index("CAP_CHOWN") != null and index("CAP_CHECKPOINT_RESTORE") != null)'
}

@test "features tells that cgroup v2 is there and v1 is not" {
	"$TARE" features | jq -e '.linux.cgroup.v2 == true and .linux.cgroup.v1 == false'
}

@test "features lists what seccomp can do" {
	"$TARE" features | jq -e '.linux.seccomp
		| .enabled
		and (["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
		      "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"] - .actions) == []
		and (.operators | sort) == ["SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT",
		      "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"]
		and (["SCMP_ARCH_AARCH64", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"] - .archs) == []
		and (.supportedFlags - .knownFlags) == []'
}

@test "features tells what of Intel RDT it knows" {
	"$TARE" features | jq -e '.linux.intelRdt == {enabled: true, schemata: true, monitoring: true}'
}

@test "features tells that network devices can move" {
	"$TARE" features | jq -e '.linux.netDevices.enabled == true'
}

@test "features lists the modes and flags of memory policies" {
	"$TARE" features | jq -e '.linux.memoryPolicy
		| (.modes | sort) == ["MPOL_BIND", "MPOL_DEFAULT", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED",
		      "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"]
		and (.flags | sort) == ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"]'
}

@test "features needs no privilege, no environment, no /run and no state directory" {
	local expected
	expected=$("$TARE" features)
	run -0 --separate-stderr env -i "$TARE" features
	[[ $output == "$expected" && -z $stderr ]]
	install -m 755 "$TARE" "$DIR/tare"
	chmod 755 "$DIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	run -0 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$DIR/tare" features
	[[ $output == "$expected" && -z $stderr ]]
	run -0 unshare --mount bash -c 'mount -t tmpfs -o ro none /run && exec "$0" features' "$TARE"
	[[ $output == "$expected" ]]
	[[ ! -e $ROOT ]]
}

@test "both versions that features names are taken as ociVersion" {
	local version
	for version in $("$TARE" features | jq -r '.ociVersionMin, .ociVersionMax'); do
		config '.ociVersion = $version' --arg version "$version"
		run -0 tare run --bundle "$BUNDLE" "$CT"
	done
}

@test "features says by the name that managers know that it cannot checkpoint, and which libseccomp it has" {
	"$TARE" features | jq -e '.annotations
		| .["org.opencontainers.runc.checkpoint.enabled"] == "false" and .["io.github.seccomp.libseccomp.version"] != null
		and .["org.opencontainers.tare.seccomp.compiler"] == "tare"'
}
