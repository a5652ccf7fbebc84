# The lifecycle: what each operation must do, what it must refuse, and what it must leave alone.
# L and G are numbered as in README.md.

load lib

# --- create -----------------------------------------------------------------------------------------------------------

@test "L1 create: without an id it MUST generate an error" {
	refused operation create --bundle "$BUNDLE"
	nothing_left
	control
}

# The text knows no current directory.
@test "L1 create: without a bundle it MUST generate an error" {
	cd "$BUNDLE"
	operation create "$ID"
	if [[ $status -eq 0 ]]; then
		equal "$(state_of bundle)" "$BUNDLE"
		deviation "the bundle is the current directory then"
	fi
	nothing_left
	control
}

@test "L1 create: a bundle that is not there MUST generate an error" {
	BUNDLE=$WORK/nowhere
	undone
}

@test "L1 create: an id that is in use MUST generate an error" {
	stays
	refused operation create --bundle "$BUNDLE" --pid-file "$WORK/second.pid" "$ID"
}

@test "L1 create: a refused id that is in use leaves its container untouched" {
	local pid
	stays
	pid=$(pid_of)
	refused operation create --bundle "$BUNDLE" --pid-file "$WORK/second.pid" "$ID"
	is running
	equal "$(state_of pid)" "$pid"
	grep -qx "$pid" "$OCI_CGROUP/$ID/cgroup.procs"
	must send KILL
	ended
	must delete
	nothing_left
}

@test "L1 create: an id with a slash MUST generate an error" {
	refused operation create --bundle "$BUNDLE" "../$ID"
	refused operation create --bundle "$BUNDLE" "a/$ID"
	nothing_left
	control
}

@test "L1 create: an empty id MUST generate an error" {
	refused operation create --bundle "$BUNDLE" ""
	nothing_left
	control
}

@test "L1 create: the ids . and .. MUST generate an error" {
	refused operation create --bundle "$BUNDLE" .
	refused operation create --bundle "$BUNDLE" ..
	nothing_left
	control
}

@test "L2 create: process.args MUST NOT run before start" {
	script 'echo ran; echo ran >/shared/ran'
	must create
	is created
	[[ ! -s $WORK/$ID.out && ! -e $SHARED/ran ]] || fail "the program ran"
	must start
	ended
	[[ -e $SHARED/ran ]]
}

@test "L2 create: the namespaces are there before start" {
	local pid type
	must create
	pid=$(pid_of)
	for type in pid net ipc uts mnt cgroup; do
		[[ $(readlink "/proc/$pid/ns/$type") != "$(readlink "/proc/self/ns/$type")" ]] || fail "no new $type namespace"
	done
}

@test "L2 create: the mounts are there before start" {
	config '.mounts += [{destination: "/opt", type: "tmpfs", source: "tmpfs"}]'
	must create
	grep -q ' /opt .* - tmpfs ' "/proc/$(pid_of)/mountinfo"
}

@test "L2 create: the cgroup is there before start, with the process in it" {
	must create
	grep -qx "$(pid_of)" "$OCI_CGROUP/$ID/cgroup.procs"
}

@test "L3 create: a bind mount whose source is missing MUST generate an error and leave nothing" {
	config '.mounts += [{destination: "/opt", type: "bind", source: "/nowhere/at/all", options: ["bind"]}]'
	undone
}

@test "L3 create: an unknown file system MUST generate an error and leave nothing" {
	config '.mounts += [{destination: "/opt", type: "no-such-fs", source: "none"}]'
	undone
}

@test "L3 create: a namespace path that is missing MUST generate an error and leave nothing" {
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: "/nowhere/at/all"}]'
	undone
}

@test "L3 create: a limit that the kernel refuses MUST generate an error and leave nothing" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 200, hard: 100}]'
	undone '.process.rlimits[0].soft = 100'
}

@test "L3 create: a sysctl that is missing MUST generate an error and leave nothing" {
	config '.linux.sysctl = {"kernel.no_such_thing": "1"}'
	undone '.linux.sysctl = {"kernel.msgmax": "4096"}'
}

@test "L3 create: the id of a failed create is free" {
	config '.mounts += [{destination: "/opt", type: "no-such-fs", source: "none"}]'
	refused create
	config 'del(.mounts[-1])'
	prints hello echo hello
}

# --- start ------------------------------------------------------------------------------------------------------------

@test "L6 start: without an id it MUST generate an error" {
	refused operation start
	able create
	able start
}

@test "L6 start: an unknown container MUST generate an error" {
	refused start
	nothing_left
	able create
	able start
}

@test "L6 start: a created container runs its program" {
	prints hello echo hello
}

@test "L6 start: a running container MUST generate an error and is not affected" {
	script 'echo ran; trap "exit 0" TERM; while :; do sleep 1000 & wait; done'
	must create
	must start
	eventually said ran
	refused start
	is running
	equal "$(grep -c ran "$WORK/$ID.out")" 1
}

@test "L6 start: a stopped container MUST generate an error and is not affected" {
	runs echo ran
	is stopped
	refused start
	is stopped
	equal "$(<"$WORK/$ID.out")" ran
}

@test "L6 start: a created container that was killed MUST generate an error" {
	script 'echo ran'
	must create
	must send KILL
	ended
	refused start
	is stopped
	[[ ! -s $WORK/$ID.out ]] || fail "the program ran"
}

@test "L6 start: a container without process MUST generate an error" {
	config 'del(.process)'
	create
	[[ $status -eq 0 ]] || skip "create refuses a configuration without process"
	refused start
}

@test "L6 start: the program replaces the one that create left waiting" {
	local pid
	program sleep 1000
	must create
	pid=$(pid_of)
	must start
	running_sleep() {
		[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == "sleep 1000 " ]]
	}
	eventually running_sleep
	equal "$(state_of pid)" "$pid"
}

# --- kill -------------------------------------------------------------------------------------------------------------

@test "L10 kill: without an id it MUST generate an error" {
	refused operation kill
	able create
	able send KILL
}

@test "L10 kill: an unknown container MUST generate an error" {
	refused send KILL
	able create
	able send KILL
}

@test "L10 kill: a stopped container MUST generate an error and is not affected" {
	runs true
	is stopped
	refused send KILL
	is stopped
}

@test "L10 kill: a created container gets the signal" {
	must create
	must send KILL
	ended
	is stopped
}

# The process that waits for start may have a handler or none: it ends by this signal, ends by itself, or goes on.
@test "L10 kill: a created container gets exactly the signal that was sent" {
	local real=$OCI_RUNTIME end
	without_namespace pid
	printf '#!/bin/sh\nexec "%s" reap "%s" "$@" 3>>"%s"\n' "$PROBE" "$real" "$WORK/ends" >"$WORK/runtime"
	chmod 755 "$WORK/runtime"
	OCI_RUNTIME=$WORK/runtime
	must create
	OCI_RUNTIME=$real
	must send TERM
	has_ended() {
		end=$(sed -n "s/^$(pid_of) //p" "$WORK/ends")
		[[ -n $end ]]
	}
	eventually has_ended
	[[ $end != "killed by SIGKILL" ]] || deviation "a signal that ends a process ends it by KILL, as it has no handlers yet"
	[[ $end == "killed by SIGTERM" || $end == exited* ]] || fail "found: $end"
}

@test "L10 kill: the container process gets exactly the signal that was sent" {
	local signal number
	program probe signals
	must create
	must start
	eventually said ready
	for signal in HUP:1 INT:2 QUIT:3 USR1:10 USR2:12 ALRM:14 CONT:18 WINCH:28; do
		number=${signal#*:}
		must send "${signal%:*}"
		eventually said "signal $number"
	done
	equal "$(grep -c signal "$WORK/$ID.out")" 8
	is running
}

@test "L10 kill: a signal can be named by its number" {
	program probe signals
	must create
	must start
	eventually said ready
	must send 10
	eventually said "signal 10"
	must send 15
	ended
	equal "$(tail -n 1 "$WORK/$ID.out")" "signal 15"
}

@test "L10 kill: a signal that does not exist MUST generate an error" {
	stays
	refused send NOSUCHSIGNAL
	is running
}

@test "L10 kill: only the container process gets the signal" {
	script 'sh -c "trap \"echo child\" USR1; echo ready; while :; do sleep 1000 & wait; done" &
		trap "echo parent" USR1; wait; wait'
	must create
	must start
	eventually said ready
	must send USR1
	eventually said parent
	must send KILL
	ended
	! said child || fail "a child got the signal"
}

# --- delete -----------------------------------------------------------------------------------------------------------

@test "L11 delete: without an id it MUST generate an error" {
	refused operation delete
	able runs true
	able delete
}

@test "L11 delete: an unknown container MUST generate an error" {
	refused delete
	able runs true
	able delete
}

@test "L11 delete: a running container MUST generate an error and is not affected" {
	stays
	refused delete
	is running
	kill -0 "$(pid_of)"
	grep -qx "$(pid_of)" "$OCI_CGROUP/$ID/cgroup.procs"
}

# Managers need the other answer: runc and crun end a created container here, and so does who wants to replace them.
@test "L11 delete: a created container MUST generate an error and is not affected" {
	must create
	delete
	if [[ $status -eq 0 ]]; then
		nothing_left
		deviation "it ends and removes a created container, as managers expect"
	fi
	is created
	must start
}

@test "L11 delete: a stopped container MUST be removed with all that create made" {
	runs true
	must delete
	nothing_left
}

@test "L11 delete: a container that died of a signal MUST be removed with all that create made" {
	stays
	must send KILL
	ended
	must delete
	nothing_left
}

@test "L11 delete: processes that outlive the container process MUST be removed" {
	without_namespace pid
	script 'sleep 1000 & echo $! >/shared/child'
	runs
	is stopped
	must delete
	nothing_left
	! kill -0 "$(<"$SHARED/child")" 2>/dev/null || fail "the child lives"
}

@test "L11 delete: cgroups that the container made below its own MUST be removed" {
	config '(.mounts[] | select(.type == "cgroup")).options = ["rw"]'
	runs mkdir -p /sys/fs/cgroup/below/it
	must delete
	nothing_left
}

@test "L11 delete: the id can be used again" {
	local turn
	for turn in 1 2 3; do
		prints "turn $turn" echo "turn $turn"
		must delete
	done
}

@test "L11 delete: what others made MUST stay: the bundle and the sources of its mounts" {
	echo kept >"$SHARED/file"
	echo kept >"$WORK/file"
	config '.mounts += [{destination: "/opt/file", type: "bind", source: $file, options: ["bind"]}]' --arg file "$WORK/file"
	runs true
	must delete
	equal "$(cat "$SHARED/file" "$WORK/file")" $'kept\nkept'
	[[ -f $BUNDLE/config.json && -x $ROOTFS/bin/busybox ]]
}

@test "L11 delete: what others made MUST stay: a cgroup that was there before create" {
	mkdir "$OCI_CGROUP/$ID"
	runs true
	must delete
	[[ -d $OCI_CGROUP/$ID ]] || fail "the cgroup is gone"
}

@test "L11 delete: what others made MUST stay: a namespace that was joined" {
	stays
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "/proc/$(pid_of)/ns/net"
	config '.linux.cgroupsPath += "-second"'
	program true
	must create second
	must start second
	ended second
	must delete second
	is running
	[[ -e /proc/$(pid_of)/ns/net ]]
}

@test "L11 delete --force: a running container goes with all that create made" {
	stays
	must operation delete --force "$ID"
	nothing_left
}

@test "L11 delete --force: a created container goes with all that create made" {
	must create
	must operation delete --force "$ID"
	nothing_left
}

# --- state ------------------------------------------------------------------------------------------------------------

@test "L13 state: without an id it MUST generate an error" {
	refused operation state
	able create
	able state
}

@test "L13 state: an unknown container MUST generate an error" {
	refused state
	able create
	able state
}

@test "L13 state: a deleted container MUST generate an error" {
	runs true
	must delete
	refused state
}

@test "L15 status: created, running, stopped, gone" {
	program probe signals
	must create
	is created
	must start
	is running
	eventually said ready
	must send TERM
	ended
	is stopped
	must delete
	refused state
}

@test "L15 status: a harmless signal to a created container changes nothing" {
	must create
	must send CONT
	is created
	must start
	ended
	is stopped
}

@test "L16 operations: another process with the same root directory can use each of them" {
	elsewhere() {
		status=0
		(cd / && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout 20 "$OCI_RUNTIME" --root "$STATE" "$@") \
			</dev/null >"$WORK/elsewhere" 2>&1 3>&- || status=$?
		error=$(<"$WORK/elsewhere")
	}
	program sleep 1000
	must create
	must elsewhere state "$ID"
	must elsewhere start "$ID"
	must elsewhere kill "$ID" KILL
	ended
	must elsewhere delete "$ID"
	nothing_left
}

@test "L16 operations: two containers with different root directories do not meet" {
	stays
	refused runtime_with_other_root state "$ID"
}

runtime_with_other_root() {
	status=0
	timeout 20 "$OCI_RUNTIME" --root "$WORK/other" "$@" >/dev/null 2>&1 3>&- || status=$?
}

# --- rules for all operations -----------------------------------------------------------------------------------------

@test "G1 bundle: without config.json create MUST generate an error" {
	rm "$BUNDLE/config.json"
	undone
}

@test "G1 bundle: the root file system is where root.path says" {
	mv "$ROOTFS" "$BUNDLE/another-name"
	config '.root.path = "another-name"'
	prints hello echo hello
}

@test "G1 bundle: it can be moved after create" {
	program echo hello
	must create
	mv "$BUNDLE" "$WORK/moved"
	must start
	ended
	said hello
	must delete
	nothing_left
}

@test "G2 properties: unknown ones MUST be ignored" {
	config '.unknown = {a: [1, null, {}]} | .process.unknown = true | .linux.unknown = 1 | .root.unknown = "x" |
		.mounts[0].unknown = {} | .linux.namespaces[0].unknown = []'
	prints hello echo hello
}

@test "G3 values: an unknown namespace type MUST generate an error" {
	config '.linux.namespaces += [{type: "no-such-type"}]'
	invalid
}

@test "G3 values: an unknown propagation MUST generate an error" {
	config '.linux.rootfsPropagation = "no-such-propagation"'
	invalid '.linux.rootfsPropagation = "private"'
}

@test "G3 values: a string where a number is wanted MUST generate an error" {
	config '.process.user.uid = "0"'
	invalid
}

@test "G3 values: a number where a string is wanted MUST generate an error" {
	config '.hostname = 1'
	invalid
}

@test "G3 values: an object where an array is wanted MUST generate an error" {
	config '.process.args = {"0": "true"}'
	invalid
}

@test "G3 values: a negative uid MUST generate an error" {
	config '.process.user.uid = -1'
	invalid
}

@test "G3 values: a text that is not JSON MUST generate an error" {
	printf '{ "ociVersion": "1.1.0", "root": ' >"$BUNDLE/config.json"
	invalid
}

@test "G4 errors: a failed operation leaves a running container as it was" {
	local before
	stays
	before=$(state_of '| tojson')
	refused start
	refused delete
	refused send NOSUCHSIGNAL
	refused create
	equal "$(state_of '| tojson')" "$before"
}

@test "G8 config.json: an edit after create MUST have no effect on the container" {
	script 'echo first'
	must create
	script 'echo second'
	config '.process.env += ["LATE=1"] | .annotations = {late: "1"} | .root.readonly = true'
	must start
	ended
	equal "$(<"$WORK/$ID.out")" first
	equal "$(state_of 'annotations.late')" null
}

@test "G8 config.json: an edit after create MUST have no effect on the hooks" {
	hook poststart 'echo poststart >>$S/log'
	hook poststop 'echo poststop >>$S/log'
	program sleep 0.3
	must create
	config 'del(.hooks)'
	must start
	ended
	must delete
	equal "$(<"$SHARED/log")" $'poststart\npoststop'
}

@test "G8 config.json: it can vanish after create" {
	program echo hello
	must create
	rm "$BUNDLE/config.json"
	must start
	ended
	is stopped
	must delete
	nothing_left
}

@test "G9 other platforms: their blocks MUST be ignored" {
	config '.windows = {layerFolders: ["C:\\x"], ignored: 1} | .solaris = {milestone: "x"} | .vm = {kernel: {path: "/k"}} |
		.zos = {namespaces: []} | .process.commandLine = "x" | .process.user.username = "y"'
	prints hello echo hello
}
