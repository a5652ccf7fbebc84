#!/usr/bin/env bats
# tare create: everything is built, and the program waits for start.

load helpers

@test "create leaves a created container whose program has not run" {
	args touch /tmp/ran
	config '.root.readonly = false'
	create "$CT"
	has_status "$CT" created
	[[ ! -e $BUNDLE/rootfs/tmp/ran ]]
}

@test "create says nothing when all goes well" {
	create "$CT"
	[[ -z $output ]]
}

@test "create writes the pid of the container's own process, and nothing but digits" {
	local pid
	create --pid-file "$DIR/pid" "$CT"
	pid=$(<"$DIR/pid")
	[[ $(stat -c %s "$DIR/pid") -eq ${#pid} && $pid =~ ^[1-9][0-9]*$ ]]
	[[ $(stat -c %a "$DIR/pid") == 644 ]]
	[[ $pid == "$(state_of "$CT" .pid)" ]]
	quietly start "$CT"
	[[ $pid == "$(state_of "$CT" .pid)" ]] || has_status "$CT" stopped
}

@test "create replaces a pid file that is there" {
	: >"$DIR/pid"
	create --pid-file "$DIR/pid" "$CT"
	[[ $(<"$DIR/pid") == "$(state_of "$CT" .pid)" ]]
}

@test "create writes no pid file when it fails, and keeps the one that was there" {
	args nope
	echo before >"$DIR/pid"
	refuses "executable file not found" create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
	[[ $(<"$DIR/pid") == before ]]
	refuses "executable file not found" create --bundle "$BUNDLE" --pid-file "$DIR/none" "$CT"
	[[ ! -e $DIR/none ]]
}

@test "create fails when the pid file cannot be written, and undoes all" {
	refuses "$DIR/no/pid" create --bundle "$BUNDLE" --pid-file "$DIR/no/pid" "$CT"
	refuses "container does not exist" state "$CT"
	nothing_left
}

@test "create leaves no process between the container and the caller's reaper" {
	local pid parent
	create --pid-file "$DIR/pid" "$CT"
	pid=$(<"$DIR/pid")
	parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status")
	[[ $(tr '\0' ' ' <"/proc/$parent/cmdline") != *"state-$CT"* ]]
	# Each process of the runtime that is at work for this container.
	[[ $(processes | wc -l) -eq 1 ]] || fail "$(processes)"
}

@test "create gives the container a session of its own" {
	create --pid-file "$DIR/pid" "$CT"
	[[ $(ps -o sid= -p "$(<"$DIR/pid")") -eq $(<"$DIR/pid") ]]
}

@test "create makes its files with the same modes under any umask" {
	local mask
	for mask in 0000 0077; do
		(umask "$mask"; create --pid-file "$DIR/pid-$mask" "$CT-$mask")
		[[ $(stat -c %a "$DIR/pid-$mask") == 644 ]]
		[[ $(stat -c %a "$ROOT") == 7[01][01] ]]
		[[ $(find "$ROOT" -perm /022 ! -type l) == "" ]]
	done
}

@test "create refuses an id that is in use and does not touch the container" {
	local before
	running
	before=$(tare state "$CT")
	echo before >"$DIR/pid"
	refuses "container with given ID already exists" create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
	[[ $(tare state "$CT") == "$before" ]]
	[[ $(<"$DIR/pid") == before ]]
}

@test "create in a cgroup that has processes or is frozen is refused, and leaves it as it is" {
	needs_root "the cgroup stands where only root may make one"
	local cgroup=/sys/fs/cgroup/$CT-given stranger
	config '.linux.cgroupsPath = $path' --arg path "/$CT-given"
	mkdir "$cgroup"
	sleep 1000 3>&- &
	stranger=$!
	echo "$stranger" >"$cgroup/cgroup.procs"
	refuses "the cgroup '/$CT-given' is not empty" create --bundle "$BUNDLE" "$CT"
	[[ $(<"$cgroup/cgroup.procs") == "$stranger" ]]
	kill -KILL "$stranger"
	wait "$stranger" || true
	echo 1 >"$cgroup/cgroup.freeze"
	refuses "the cgroup '/$CT-given' is frozen" create --bundle "$BUNDLE" "$CT"
	[[ $(<"$cgroup/cgroup.freeze") == 1 ]]
	rmdir "$cgroup"
	refuses "container does not exist" state "$CT"
}

# A cgroupsPath for the systemd driver, without --systemd-cgroup: the cgroupfs driver takes it for a relative path, as
# runc does.
@test "create takes a cgroup path in the form of systemd as a name below the root, and makes no slice" {
	needs_root "the cgroup stands where only root may make one"
	config '.linux.cgroupsPath = $path' --arg path "system.slice:tare:$CT"
	running
	[[ $(sed -n 's/^0:://p' "/proc/$(state_of "$CT" .pid)/cgroup") == "/system.slice:tare:$CT" ]]
}

@test "create without an id is refused" {
	cd "$BUNDLE"
	detached create
	[[ $status -ne 0 && -n $stderr && -z $stdout ]]
}

@test "create with more than an id is refused and names what is too much" {
	detached create --bundle "$BUNDLE" "$CT" surplus
	[[ $status -ne 0 && -n $stderr && -z $stdout ]]
	refuses "container does not exist" state "$CT"
}

@test "create names the bundle or the config that is missing" {
	detached create --bundle "$DIR/no" "$CT"
	[[ $status -eq 1 && $stderr == *"$DIR/no"* && $stderr == *"no such file or directory"* ]] || fail "$stderr"
	mkdir "$DIR/empty"
	detached create --bundle "$DIR/empty" "$CT"
	[[ $status -eq 1 && $stderr == *config.json* && $stderr == *"no such file or directory"* ]] || fail "$stderr"
	detached create --bundle "$BUNDLE/config.json" "$CT"
	[[ $status -eq 1 && $stderr == *"not a directory"* ]] || fail "$stderr"
}

@test "create tells line and column of what is wrong in the config" {
	jq '.process.cwd = 7' "$BUNDLE/config.json" >"$DIR/config" && cp "$DIR/config" "$BUNDLE/config.json"
	local line
	line=$(grep -n '"cwd": 7' "$BUNDLE/config.json" | cut -d : -f 1)
	refuses "config.json:$line:" create --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"process.cwd: expected string, found integer"* ]]
}

@test "create names the root file system that is missing" {
	config '.root.path = "no"'
	refuses "no such file or directory" create --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"/no'"* || $stderr == *'"no"'* || $stderr == *"'no'"* || $stderr == *"/no:"* || $stderr == *'/no"'* ]] ||
		fail "$stderr"
}

@test "create makes the working directory that is missing, in the image as in a mount" {
	config '.process.cwd = "/tmp/b/c" | .root.readonly = true
		| .mounts += [{destination: "/opt", type: "tmpfs", options: ["ro"]}]'
	args sh -c 'pwd; stat -c "%a %u" .'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'/tmp/b/c\n755 0' ]] || fail "$output"
	config '.process.cwd = "/opt/x" | .process.user.uid = 7'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'/opt/x\n755 0' ]] || fail "$output"
}

@test "create names the working directory that is no directory, or cannot be made" {
	config '.process.cwd = "/proc/none"'
	refuses 'chdir to cwd ("/proc/none") set in config.json failed: no such file or directory' \
		create --bundle "$BUNDLE" "$CT"
	config '.process.cwd = "/etc/passwd"'
	refuses 'chdir to cwd ("/etc/passwd") set in config.json failed: not a directory' \
		create --bundle "$BUNDLE" "$CT"
}

# bats test_tags=machine,systemd
@test "a limit of one task, or none, keeps the program's children away, not the container" {
	local limit namespace namespaces=("")
	[[ " $(</sys/fs/cgroup/cgroup.controllers) " == *" pids "* ]] || skip "the cgroup v2 tree has no pids controller here"
	# For a joined pid namespace, the builder is one process more. A container of an ordinary user joins none of another one, whose
	# user namespace it belongs to.
	running "$CT-other"
	[[ ${E2E_USER-} ]] || namespaces+=("/proc/$(state_of "$CT-other" .pid)/ns/pid")
	args sh -c 'echo up; (:); :'
	for namespace in "${namespaces[@]}"; do
		for limit in 0 1; do
			config '.linux.resources.pids.limit = $limit
				| (.linux.namespaces[] | select(.type == "pid")) |= {type, path: $path}
				| del(.linux.namespaces[].path | select(. == ""))' --argjson limit "$limit" --arg path "$namespace"
			run tare run --bundle "$BUNDLE" "$CT"
			[[ ${lines[0]} == up && $output == *"can't fork"* ]] || fail "$limit, '$namespace': $output"
		done
	done
}

@test "pid and time namespaces of another container can be joined together" {
	local other
	needs_root "the other container's namespaces belong to a user namespace of its own"
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 1000000}'
	running "$CT-other"
	other=$(state_of "$CT-other" .pid)
	args sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/time'
	config 'del(.linux.timeOffsets)
		| (.linux.namespaces[] | select(.type == "pid" or .type == "time")) |= (.path = "/proc/\($pid)/ns/\(.type)")' \
		--arg pid "$other"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "$(readlink "/proc/$other/ns/pid" "/proc/$other/ns/time")" ]] || fail "$output"
}

@test "create names the command that failed in its message" {
	args nope
	refuses "$NAME create failed: unable to start container process: " create --bundle "$BUNDLE" "$CT"
}

@test "create names source and target of a mount that fails" {
	config '.mounts += [{destination: "/mnt", type: "bind", source: "/none", options: ["bind"]}]'
	refuses 'error mounting "/none" to rootfs at "/mnt"' create --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"no such file or directory"* ]]
}

@test "a change of config.json after create has no effect" {
	args sh -c 'echo first >/tmp/said'
	config '.root.readonly = false'
	create "$CT"
	args sh -c 'echo second >/tmp/said'
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/tmp/said") == first ]]
}

@test "a bundle without config.json after create still starts and deletes" {
	args sleep 1000
	create "$CT"
	rm "$BUNDLE/config.json"
	quietly start "$CT"
	has_status "$CT" running
	quietly delete --force "$CT"
}

@test "create takes options in any order before the id, and both ways of giving a value" {
	cd "$DIR"
	create --pid-file=one --no-new-keyring "$CT-1"
	create --no-new-keyring --pid-file two "$CT-2"
	[[ -s one && -s two ]]
}

@test "create --config takes a pipe" {
	mkfifo -m 666 "$DIR/fifo"
	cat "$BUNDLE/config.json" >"$DIR/fifo" 3>&- &
	quietly create --bundle "$BUNDLE" --config "$DIR/fifo" "$CT"
	has_status "$CT" created
}

@test "create --preserve-fds passes that many fds, no more" {
	args sh -c 'for fd in 3 4 5; do readlink /proc/self/fd/$fd; done >/tmp/fds'
	config '.root.readonly = false'
	touch "$DIR"/{three,four,five}
	create --preserve-fds 2 "$CT" 3<"$DIR/three" 4<"$DIR/four" 5<"$DIR/five"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	[[ $(wc -l <"$BUNDLE/rootfs/tmp/fds") -eq 2 ]] || fail "$(<"$BUNDLE/rootfs/tmp/fds")"
	grep -q three "$BUNDLE/rootfs/tmp/fds"
	grep -q four "$BUNDLE/rootfs/tmp/fds"
}

@test "create --preserve-fds passes what is open of its numbers" {
	local fd
	args sh -c 'for fd in 3 4 5 6 7 8; do echo "$fd $(readlink /proc/self/fd/$fd)"; done >/tmp/fds; cat <&6 >/tmp/six'
	config '.root.readonly = false'
	echo six >"$DIR/six"
	# The runtime opens its log at the first number that is free.
	quietly --log "$DIR/log" create --bundle "$BUNDLE" --preserve-fds 4 "$CT" 3<&- 4<"$DIR/six" 5<&- 6<"$DIR/six" 7<&-
	# No file of the host is open at a free number either.
	for fd in 3 5; do
		[[ ${E2E_USER-} ]] || # whose init is out of his reach
			[[ $(readlink "/proc/$(state_of "$CT" .pid)/fd/$fd") == "anon_inode:[eventfd]" ]]
	done
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/tmp/six") == six ]]
	[[ $(grep -c six "$BUNDLE/rootfs/tmp/fds") -eq 2 && $(grep -c ' .' "$BUNDLE/rootfs/tmp/fds") -eq 2 ]] || fail "$(<"$BUNDLE/rootfs/tmp/fds")"
	grep -q '^4 .*six' "$BUNDLE/rootfs/tmp/fds"
	quietly delete "$CT"
	refuses "--preserve-fds 5: file descriptor 7 is not open" create --bundle "$BUNDLE" --preserve-fds 5 "$CT" 6<"$DIR/six" 7<&-
	refuses "--preserve-fds 1: file descriptor 3 is not open" --log "$DIR/log" create --bundle "$BUNDLE" --preserve-fds 1 "$CT" 3<&-
}

@test "create --preserve-fds refuses what is no number and fds that are not open" {
	local value
	for value in x -1 1.5 4294967297 ''; do
		detached create --bundle "$BUNDLE" --preserve-fds "$value" "$CT"
		[[ $status -ne 0 && $stderr == *preserve-fds* ]] || fail "'$value': exit $status: $stderr"
	done
	refuses "preserve-fds" create --bundle "$BUNDLE" --preserve-fds 1000000 "$CT"
}

@test "create --no-pivot builds a container too" {
	args sh -c 'ls / >/tmp/root'
	config '.root.readonly = false'
	create --no-pivot "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	grep -qx proc "$BUNDLE/rootfs/tmp/root"
}

@test "create killed before the container stands takes its init along" {
	local runtime pid
	mkfifo "$DIR/hook"
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo up >\($out); cat \($fifo)"]}]' \
		--arg fifo "$DIR/hook" --arg out "$DIR/up"
	env "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 &
	runtime=$!
	wait_until written "$DIR/up"
	pid=$(state_of "$CT" .pid 2>/dev/null || true)
	kill -KILL "$runtime"
	wait "$runtime" 2>/dev/null || true
	# Ends what the hook has started, which may outlive the hook and the runtime.
	: <>"$DIR/hook"
	wait_until no_process
	[[ -z $pid ]] || gone "$pid"
	quietly delete --force "$CT"
}

@test "create --pidfd-socket sends a pidfd of the container's process" {
	listen_for_pidfd
	create --pidfd-socket "$DIR/pidfd" "$CT"
	wait_until written "$DIR/told"
	[[ $(<"$DIR/told") == "$(state_of "$CT" .pid)" ]] || fail "$(<"$DIR/told")"
	quietly delete --force "$CT"
	wait "$listener"
	[[ $(<"$DIR/told") == *ended ]]
}

@test "create leaves nothing when nobody is at the pidfd socket" {
	refuses "cannot connect to the pidfd socket '/nowhere/pidfd'" create --bundle "$BUNDLE" --pid-file "$DIR/pid" \
		--pidfd-socket /nowhere/pidfd "$CT"
	[[ ! -e $DIR/pid ]]
	refuses "container does not exist" state "$CT"
}

@test "create that fails at its last word leaves no pid file" {
	traceable run -1 strace -o "$DIR/trace" -e trace=sendmsg -e inject=sendmsg:error=EPIPE:when=2 \
		"$TARE" --root "$ROOT" create --pid-file "$DIR/pid" --bundle "$BUNDLE" "$CT"
	[[ $output == *"the container's init ended unexpectedly: broken pipe"* ]] || fail "$output" "$(<"$DIR/trace")"
	[[ ! -e $DIR/pid ]] || fail "$(<"$DIR/pid")"
}

# annotate COUNT LENGTH [SIZE]: so many annotations with keys of this length, without a blank in the file; one more fills it to
# a size.
annotate()
{
	python3 - "$BUNDLE/config.json" "$1" "$2" "${3:-0}" <<-'PROGRAM'
		import json, sys
		path, count, length, size = sys.argv[1], *map(int, sys.argv[2:])
		config = json.load(open(path))
		config["annotations"] = {str(i).zfill(length): "" for i in range(count)}
		text = json.dumps(config, separators=(",", ":"))
		if size: config["annotations"]["x" * (size - len(text) - 6)] = ""
		json.dump(config, open(path, "w"), separators=(",", ":"))
	PROGRAM
}

@test "as many annotations as fit into a config.json fit into the state, or are refused" {
	annotate 900000 10
	create "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
	needs_root "a smaller configuration than a state is root's"
	# A config of this size gives a longer state.
	config '{ociVersion, root, process: {cwd: "/", args: ["true"]}, linux: {namespaces: [{type: "mount"}]}}'
	annotate 16300 1020 $((16 * 1024 * 1024))
	[[ $(stat -c %s "$BUNDLE/config.json") -eq $((16 * 1024 * 1024)) ]]
	refuses "annotations: expected a state of at most 16777216 bytes with them, found 16777" create --bundle "$BUNDLE" "$CT"
	[[ ! -e $ROOT/$CT ]]
}

@test "a limit of open files that leaves none for the start is refused by create" {
	local limit
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 3}] | .process.args = ["sh", "-c", "ulimit -n"]'
	for limit in 0 3; do
		config '.process.rlimits[0] |= (.soft = $limit)' --argjson limit "$limit"
		refuses "process.rlimits: RLIMIT_NOFILE of $limit leaves no file descriptor for the start" create --bundle "$BUNDLE" "$CT"
	done
	config '.process.rlimits[0] |= (.soft = 4 | .hard = 4)'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 4 ]]
	# A process of exec has no start to wait for.
	config '.process.rlimits = []'
	running
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 3}] | .process'
	jq '.args = ["sh", "-c", "ulimit -n"]' "$BUNDLE/config.json" >"$DIR/process.json"
	run -0 tare exec --process "$DIR/process.json" "$CT"
	[[ $output == 3 ]]
}

@test "rules against the very nodes that a container has leave it its nodes" {
	needs_root "an ordinary user may load no device rules"
	config '.linux.resources.devices = [{allow: false, access: "m"}]
		| .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	args sh -c 'ls /dev/null /dev/full; echo x >/dev/null && mknod /dev/shm/null c 1 3'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'/dev/full\n/dev/null\n'*"/dev/shm/null: Operation not permitted" ]] || fail "$output"
}

@test "a device that is not below a /dev of the host's is made" {
	needs_root "mknod(2) is for root"
	mkdir "$BUNDLE/rootfs/nodes"
	config '.linux.devices = [{type: "c", path: "/nodes/zero", major: 1, minor: 5, fileMode: 420}]
		| .mounts |= map(select(.destination | startswith("/dev") | not))
		| .mounts += [{destination: "/dev", type: "bind", source: "/dev", options: ["rbind"]}]'
	args stat -c '%F %t %T' /nodes/zero
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "character special file 1 5" ]] || fail "$output"
	rm "$BUNDLE/rootfs/nodes/zero"
}

@test "capabilities that cannot be granted are a warning, and not granted" {
	config '.process.user.uid = 1000 | .process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_CHOWN"],
		effective: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
	args grep -E 'Cap(Amb|Bnd)' /proc/self/status
	run -0 --separate-stderr tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'CapBnd:\t0000000000000020\nCapAmb:\t0000000000000000' ]] || fail "$output"
	[[ $stderr == *'process.capabilities.permitted: ignoring the capability \"CAP_CHOWN\", which is not in the bounding set'* &&
		$stderr == *'process.capabilities.ambient: ignoring the capability \"CAP_KILL\"'* ]] || fail "$stderr"
}

@test "a startContainer hook without an environment has the program's; others have the runtime's" {
	config '.root.readonly = false | .process.env += ["OF_THE_PROGRAM=1"]
		| .hooks = {startContainer: [{path: "/bin/sh", args: ["sh", "-c", "env >/tmp/started"]},
			{path: "/bin/sh", args: ["sh", "-c", "/bin/env >/tmp/own"], env: ["OWN=1"]}],
		createContainer: [{path: "/bin/sh", args: ["sh", "-c", "env >\($out).container"]}],
		createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "env >\($out)"]}]}' --arg out "$DIR/env"
	echo 'root:x:0:0::/home/of/root:/bin/sh' >"$BUNDLE/rootfs/etc/passwd"
	args true
	export SECRET_OF_THE_HOST=1
	run -0 tare run --bundle "$BUNDLE" "$CT"
	grep -q SECRET_OF_THE_HOST "$DIR/env"
	grep -q SECRET_OF_THE_HOST "$DIR/env.container"
	! grep -q OF_THE_PROGRAM "$DIR/env" "$DIR/env.container" || fail "$(<"$DIR/env")" "$(<"$DIR/env.container")"
	grep -q OF_THE_PROGRAM=1 "$BUNDLE/rootfs/tmp/started"
	grep -q HOME=/home/of/root "$BUNDLE/rootfs/tmp/started"
	! grep -q SECRET_OF_THE_HOST "$BUNDLE/rootfs/tmp/started" || fail "$(<"$BUNDLE/rootfs/tmp/started")"
	[[ $(grep -v '^PWD=\|^SHLVL=\|^PATH=' "$BUNDLE/rootfs/tmp/own") == OWN=1 ]] || fail "$(<"$BUNDLE/rootfs/tmp/own")"
}
