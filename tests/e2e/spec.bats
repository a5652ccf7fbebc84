#!/usr/bin/env bats
# tare spec: a config.json to start from.

load helpers

setup()
{
	base_setup
	rm "$BUNDLE/config.json"
}

@test "spec writes config.json to the current directory, and says nothing" {
	cd "$BUNDLE"
	run -0 "$TARE" spec
	[[ -z $output ]]
	jq -e '.ociVersion | test("^1\\.")' config.json
}

@test "spec writes to the bundle that it is told" {
	run -0 "$TARE" spec --bundle "$BUNDLE"
	jq -e . "$BUNDLE/config.json" >/dev/null
	rm "$BUNDLE/config.json"
	run -0 "$TARE" spec -b "$BUNDLE"
	jq -e . "$BUNDLE/config.json" >/dev/null
}

@test "spec does not overwrite a config.json" {
	echo mine >"$BUNDLE/config.json"
	run -1 --separate-stderr "$TARE" spec --bundle "$BUNDLE"
	[[ $stderr == *config.json* && $(<"$BUNDLE/config.json") == mine ]]
}

@test "spec of a bundle that is not there is refused" {
	run -1 --separate-stderr "$TARE" spec --bundle "$DIR/no"
	[[ $stderr == *"$DIR/no"* ]]
	[[ ! -e $DIR/no ]]
}

@test "what spec writes runs as it is, with a terminal" {
	"$TARE" spec --bundle "$BUNDLE"
	run -7 python3 "$LIB/console.py" pty --type $'tty && exit 7\n' -- \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $output == *"/dev/"* ]]
}

@test "what spec writes asks for six namespaces, a read-only root and no new privileges" {
	"$TARE" spec --bundle "$BUNDLE"
	jq -e '
		([.linux.namespaces[].type] | sort) == ["cgroup", "ipc", "mount", "network", "pid", "uts"]
		and .root == {path: "rootfs", readonly: true}
		and .process.noNewPrivileges and .process.terminal and .process.cwd == "/" and .process.args == ["sh"]
		and .process.user == {uid: 0, gid: 0}' "$BUNDLE/config.json"
}

@test "what spec writes grants three capabilities, none of them inheritable or ambient" {
	"$TARE" spec --bundle "$BUNDLE"
	jq -e '["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as $three | .process.capabilities
		| all(.bounding, .effective, .permitted; sort == $three)
		and (.inheritable // [] | length == 0) and (.ambient // [] | length == 0)' "$BUNDLE/config.json"
}

@test "what spec writes masks what a container must not read or write" {
	"$TARE" spec --bundle "$BUNDLE"
	jq -e '
		(["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		  "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
		  "/sys/firmware"] - .linux.maskedPaths) == []
		and (["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"] - .linux.readonlyPaths) == []
	' "$BUNDLE/config.json"
}

@test "spec --rootless asks for a user namespace with the caller's ids" {
	"$TARE" spec --rootless --bundle "$BUNDLE"
	jq -e --argjson uid "$(id -u)" --argjson gid "$(id -g)" '
		([.linux.namespaces[].type] | index("user")) != null
		and .linux.uidMappings == [{containerID: 0, hostID: $uid, size: 1}]
		and .linux.gidMappings == [{containerID: 0, hostID: $gid, size: 1}]
		and (.linux | has("resources") | not)
		and all(.mounts[]; .options // [] | all(. != "gid=5"))' "$BUNDLE/config.json"
}

@test "spec writes the same document each time" {
	"$TARE" spec --bundle "$BUNDLE"
	mv "$BUNDLE/config.json" "$DIR/first"
	"$TARE" spec --bundle "$BUNDLE"
	cmp "$DIR/first" "$BUNDLE/config.json"
}

@test "spec --config writes to another file of the bundle, and create takes it" {
	"$TARE" spec --bundle "$BUNDLE" --config other.json
	[[ ! -e $BUNDLE/config.json ]]
	jq '.process.terminal = false | .process.args = ["true"]' "$BUNDLE/other.json" >"$BUNDLE/third.json"
	run -0 tare run --bundle "$BUNDLE" -f third.json "$CT"
}
