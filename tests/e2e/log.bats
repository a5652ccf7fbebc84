#!/usr/bin/env bats
# The log that managers read: --log, --log-format and what goes to stderr.

load helpers

@test "an error goes to stderr without --log" {
	detached state "$CT"
	[[ $status -eq 1 && $stderr == *"container does not exist"* ]]
	[[ $(wc -l <"$DIR/stderr") -eq 1 ]]
}

@test "an error goes to the log as one JSON object a line, and to stderr as text" {
	detached --log "$DIR/log" --log-format json state "$CT"
	[[ $status -eq 1 && $stderr == *"container does not exist"* ]]
	[[ $stderr != *'"msg"'* && $(wc -l <"$DIR/stderr") -eq 1 ]]
	jq -e '.level == "error" and (.msg | contains("container does not exist"))
		and (.time | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"))' "$DIR/log"
	[[ $(wc -l <"$DIR/log") -eq 1 ]]
}

@test "the message in the log and the text on stderr are the same" {
	detached --log "$DIR/log" --log-format json state "$CT"
	[[ $stderr == *"$(jq -r .msg "$DIR/log")"* ]]
}

@test "the log is appended to" {
	echo '{"level":"info","msg":"before"}' >"$DIR/log"
	detached --log "$DIR/log" --log-format json state "$CT"
	detached --log "$DIR/log" --log-format json state "$CT"
	[[ $(wc -l <"$DIR/log") -eq 3 && $(head -n 1 "$DIR/log") == *before* ]]
}

@test "the log in the text format has time, level and message" {
	detached --log "$DIR/log" state "$CT"
	[[ $(<"$DIR/log") =~ ^time=\".*\"\ level=error\ msg=\".*container\ does\ not\ exist ]] || fail "$(<"$DIR/log")"
	detached --log "$DIR/log2" --log-format text state "$CT"
	[[ $(<"$DIR/log2") =~ ^time= ]]
}

@test "the log is made, mode 0644 under any umask, when there is nothing to say" {
	(umask 077; quietly --log "$DIR/log" create --bundle "$BUNDLE" "$CT")
	[[ -e $DIR/log && ! -s $DIR/log ]]
	[[ $(stat -c %a "$DIR/log") == 644 ]]
}

@test "a message with bytes that are no text is still JSON" {
	args $'no\x01pe\xff"\\'
	jq --arg bad $'/no\x01pe"\\' '.process.args = [$bad]' "$BUNDLE/config.json" >"$DIR/config"
	cp "$DIR/config" "$BUNDLE/config.json"
	detached --log "$DIR/log" --log-format json create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 ]]
	jq -e --arg bad '/no\x01pe"\' '.msg | contains($bad)' "$DIR/log"
	detached --log "$DIR/log2" --log-format json state $'bad\xffid\n'
	[[ $status -eq 1 && $(wc -l <"$DIR/log2") -eq 1 ]]
	jq -e .msg "$DIR/log2"
}

# says FILE: its text is well-formed UTF-8, without a control character but the line feed at the end of each of N lines.
says()
{
	python3 - "$@" <<-'END'
		import re, sys
		text = open(sys.argv[1], "rb").read().decode("utf-8")
		found = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
		assert not found and text.count("\n") == int(sys.argv[2]) and text.endswith("\n"), (found, text)
	END
}

# warns TEXT...: the last command wrote these warnings, and nothing else.
warns()
{
	local text wanted=
	for text; do
		wanted+="level=warning msg=\"${text//\"/\\\"}\""$'\n'
	done
	[[ $(sed 's/^time="[^"]*" //' "$DIR/stderr") == "${wanted%$'\n'}" ]] || fail "wanted: $wanted" "got: $stderr"
}

@test "unknown properties are named to who debugs, and those with a slip are a warning, once" {
	config '.hooks.prestrat = [] | .linux.resuorces = {} | .vm = {} | .windows = {}'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]] || fail "$output"
	warns 'config.json: linux.resuorces: ignoring the unknown property: did you mean "resources"?' \
		'config.json: hooks.prestrat: ignoring the unknown property: did you mean "prestart"?'
	quietly start "$CT"
	quietly delete --force "$CT"
	quietly --debug --log "$DIR/log" create --bundle "$BUNDLE" "$CT"
	[[ $(grep -c "ignoring the unknown property" "$DIR/log") == 4 ]] || fail "$(<"$DIR/log")"
	grep -q 'level=debug msg="config.json: vm: ignoring the unknown property"' "$DIR/log"
	grep -q 'level=warning msg="config.json: hooks.prestrat: ignoring' "$DIR/log"
}

@test "a slip in the name of what has to be there is told beside the error" {
	config '.process.cwdd = .process.cwd | del(.process.cwd)'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *'process.cwdd: ignoring the unknown property: did you mean \"cwd\"?"'* ]] || fail "$stderr"
	[[ $stderr == *"process.cwd: required member is missing"* ]] || fail "$stderr"
}

@test "the files of exec and update are looked at for slips, too" {
	running
	jq '.process | .terminall = true | .args = ["true"]' "$BUNDLE/config.json" >"$DIR/process"
	detached exec --process "$DIR/process" "$CT"
	[[ $status -eq 0 ]] || fail "$output"
	warns "$DIR/process: terminall: ignoring the unknown property: did you mean \"terminal\"?"
	echo '{"memmory": {}}' >"$DIR/limits"
	detached update --resources "$DIR/limits" "$CT"
	[[ $status -eq 0 ]] || fail "$output"
	warns "$DIR/limits: memmory: ignoring the unknown property: did you mean \"memory\"?"
}

@test "unknown system calls of a policy are named to who debugs, and those with a slip are a warning each time" {
	local i
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdirr", "no_such_call", "openat9"], action: "SCMP_ACT_ERRNO"}]}'
	for i in 1 2; do
		detached create --bundle "$BUNDLE" "$CT"
		[[ $status -eq 0 ]] || fail "$output"
		warns 'linux.seccomp.syscalls[0].names[0]: ignoring the unknown system call "mkdirr": did you mean "mkdir"?'
		quietly delete --force "$CT"
	done
	config '.linux.seccomp.syscalls[0].names |= .[1:]'
	for i in 1 2; do
		quietly create --bundle "$BUNDLE" "$CT"
		quietly delete --force "$CT"
		quietly --debug --log "$DIR/log$i" create --bundle "$BUNDLE" "$CT"
		quietly delete --force "$CT"
		grep -q 'level=debug msg="linux.seccomp.syscalls\[0\].names\[0\]: ignoring the unknown system call \\"no_such_call\\""' \
			"$DIR/log$i" || fail "$(<"$DIR/log$i")"
	done
}

@test "a rule of a policy that is never met, since one with the default action decides, is a warning each time" {
	local i
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ALLOW"},
		{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	for i in 1 2; do
		detached create --bundle "$BUNDLE" "$CT"
		[[ $status -eq 0 ]] || fail "$output"
		warns 'linux.seccomp.syscalls[1].names[0]: no "mkdir" meets this rule, since linux.seccomp.syscalls[0] decides before it; runc and crun pass over that, as it has the default action'
		quietly delete --force "$CT"
	done
}

# What a hook prints often comes from the image.
@test "what a hook says is one line, which no terminal obeys, and its bytes are UTF-8 in the log" {
	local bytes format
	bytes='\033]0;title\007\n\033[2Jtime="now" level=error\r\302\233K\233K\365\200\200\200\377\355\240\200\300\257\360\200\200\257'
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "printf \($bytes | @sh); exit 1"]}]' --arg bytes "$bytes"
	for format in text json; do
		rm -f "$DIR/log"
		detached --log "$DIR/log" --log-format "$format" create --bundle "$BUNDLE" "$CT"
		[[ $status -eq 1 && $stderr == *'\x1b]0;title\x07\n\x1b[2J'* ]] || fail "$output"
		says "$DIR/stderr" 1
		says "$DIR/log" 1
	done
	jq -e --arg stderr "$stderr" '.msg == $stderr' "$DIR/log"
}

@test "names of the image are one line in a message, which no terminal obeys" {
	local name=$'a\nb\033[1m\302\233\377'
	mkdir "$BUNDLE/rootfs/data"
	head -c 2000000 /dev/zero >"$BUNDLE/rootfs/data/$name"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=1m"]}]'
	detached --log "$DIR/log" --log-format json create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *"cannot copy 'a\nb\x1b[1m\xc2\x9b\xff'"* ]] || fail "$output"
	says "$DIR/stderr" 1
	says "$DIR/log" 1
	config 'del(.mounts[-1])'
	args $'no\n\033[1mpe'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *'exec: "no\n\x1b[1mpe": executable file not found in $PATH' ]] || fail "$output"
	says "$DIR/stderr" 1
}

@test "a warning about what the configuration names is one line, which no terminal obeys" {
	config '.process.capabilities.bounding += [$name]' --arg name $'CAP_\n\033[1m'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -n $stderr ]] || fail "$output"
	says "$DIR/stderr" 1
}

@test "a log that cannot be opened is an error that names it" {
	detached --log "$DIR/no/log" state "$CT"
	[[ $status -eq 1 && $stderr == *"$DIR/no/log"* ]]
}

@test "a log that nobody reads does not hold up the runtime" {
	mkfifo "$DIR/fifo"
	status=0
	timeout 30 "$TARE" --root "$ROOT" --log "$DIR/fifo" state "$CT" 2>"$DIR/err" || status=$?
	[[ $status -eq 1 ]]
}

@test "an unknown format is an error that names it" {
	detached --log-format xml state "$CT"
	[[ $status -ne 0 && $stderr == *xml* ]]
}

@test "no message tells what the environment of the program holds" {
	config '.process.env += ["SECRET=canary-of-the-test"] | .process.args = ["nope"]'
	detached --debug --log "$DIR/log" create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 ]]
	detached --debug create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 ]]
	! grep -rq canary "$DIR/log" "$DIR/stdout" "$DIR/stderr" || fail "the secret is told"
}

# logs CODE PHASE OPERATION ERRNO OBJECT HINT ARG...: the command fails, and its line in the log has exactly these; HINT is a
# part of the hint, and "" stands for a field that is not there.
logs()
{
	local expected found
	printf -v expected '%s|%s|%s|%s|%s' "${@:1:5}"
	rm -f "$DIR/log"
	detached --log "$DIR/log" --log-format json "${@:7}"
	[[ $status -ne 0 && $(wc -l <"$DIR/log") -eq 1 ]] || fail "exit $status: $(<"$DIR/log")"
	found=$(jq -r '[.code, .phase, .operation, .errno, .object] | map(. // "") | join("|")' "$DIR/log")
	[[ $found == "$expected" ]] || fail "wanted $expected" "got    $found" "$(<"$DIR/log")"
	found=$(jq -r '.hint // ""' "$DIR/log")
	[[ $found == *"$6"* && (-n $6 || -z $found) ]] || fail "wanted the hint '$6'" "got '$found'"
	[[ $stderr == "$(jq -r .msg "$DIR/log")" ]] || fail "stderr is not the message: $stderr"
}

@test "detail: a hook of init, of the host, and one that takes too long" {
	config '.hooks.createContainer = [{path: "/bin/true"}, {path: "/bin/false"}]'
	logs hook-failed init "run the createContainer hooks" "" "hooks.createContainer[1]" "" create --bundle "$BUNDLE" "$CT"
	config '.hooks = {prestart: [{path: "/nope"}]}'
	logs hook-failed create "build the container with init" "" "hooks.prestart[0]" "" create --bundle "$BUNDLE" "$CT"
	config '.hooks = {prestart: [{path: "/bin/sleep", args: ["sleep", "100"], timeout: 1}]}'
	logs hook-timeout create "build the container with init" "" "hooks.prestart[0]" "" create --bundle "$BUNDLE" "$CT"
	config '.hooks = {startContainer: [{path: "/bin/false"}]}'
	create "$CT"
	logs hook-failed init "run the startContainer hooks" "" "hooks.startContainer[0]" "" start "$CT"
}

@test "detail: a command line that is wrong" {
	logs usage command-line "" "" "" "" state
	logs usage command-line "" "" "" "tare --help" no-such-command
	logs usage command-line "" "" "" "" state "$CT" more
	logs usage command-line "" "" --no-such "" state --no-such "$CT"
	logs usage command-line "" "" --preserve-fds "" create --preserve-fds many "$CT"
	logs usage command-line "" "" --quiet "" list --quiet=perhaps
	logs usage command-line "" "" --format "" list --format
	logs usage command-line "" "" --rootless "" --rootless maybe list
	logs usage command-line "" "" --cgroup-manager "" --cgroup-manager none create --bundle "$BUNDLE" "$CT"
	logs usage list "" "" --format "" list --format xml
	logs usage ps "" "" --format "" ps --format xml "$CT"
	logs usage events "" "" --interval "" events --interval never "$CT"
	logs usage delete "" "" --regex "" delete --regex "("
	logs usage create "" "" "container ID" "letters, digits" create --bundle "$BUNDLE" ..
	running
	logs usage kill "" "" "" "" kill "$CT" NOSIG
	logs usage exec "" "" "" "" exec "$CT"
	logs usage exec "" "" --user "" exec --user nobody "$CT" true
	logs usage exec "" "" --additional-gids "" exec --additional-gids x "$CT" true
	logs usage exec "" "" --cap "" exec --cap CAP_FLY "$CT" true
	logs usage exec "" "" --env "" exec --env novalue "$CT" true
	logs usage exec "" "" --cwd "" exec --cwd tmp "$CT" true
	logs usage exec "" "" --process "" exec --process "$DIR/none" --cwd / "$CT"
	logs usage update "" "" --memory "" update --memory much "$CT"
	logs usage state "" "" "container ID" "letters, digits" state "a/b"
}

@test "detail: the systemd cgroup driver without its program" {
	logs not-supported config "start tare-systemd" ENOENT --systemd-cgroup --systemd-helper \
		--systemd-helper "$DIR/none" --systemd-cgroup create --bundle "$BUNDLE" "$CT"
}

@test "detail: a container that is in another state than it should be" {
	logs container-not-found state "" ENOENT "container ID" "tare list" state "$CT"
	running
	logs container-exists create "claim the state directory" "" "container ID" "another ID" create --bundle "$BUNDLE" "$CT"
	logs container-not-created start "" "" "container ID" "" start "$CT"
	logs container-not-stopped delete "" "" "container ID" "tare kill $CT KILL" delete "$CT"
	logs container-not-paused resume "" "" "container ID" "" resume "$CT"
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	logs container-not-running kill "" "" "container ID" "" kill "$CT"
	echo '{' >"$ROOT/$CT/state.json"
	logs state-unreadable state "" EBADMSG "" "tare delete --force $CT" state "$CT"
	quietly delete --force "$CT"
}

@test "detail: a configuration with several problems is one line, and its object is the first of them" {
	logs bundle-unreadable config "read the bundle" ENOENT "" "" create --bundle "$DIR/none" "$CT"
	mkdir "$DIR/empty"
	logs bundle-unreadable config "read the bundle" ENOENT "" "'tare spec --bundle $DIR/empty' writes one" \
		create --bundle "$DIR/empty" "$CT"
	config '.process.cwd = 7 | .process.user.uid = "x"'
	logs config-invalid config "read the bundle" "" process.user.uid "" create --bundle "$BUNDLE" "$CT"
	[[ $(jq -r .msg "$DIR/log" | wc -l) -eq 2 ]] || fail "$(<"$DIR/log")"
	config '.process.cwd = "/" | .process.user.uid = 0 | .linux.maskedPaths = ["relative"]'
	logs config-invalid config "read the bundle" "" "linux.maskedPaths[0]" "" create --bundle "$BUNDLE" "$CT"
	config '.linux.maskedPaths = [] | .linux.cgroupsPath = "/"'
	logs config-invalid config "make the plan" "" linux.cgroupsPath "" create --bundle "$BUNDLE" "$CT"
}

@test "detail: a program that is not there, that cannot be executed, and its directory" {
	args nope
	logs program-not-found init "find the program" "" "process.args[0]" "" create --bundle "$BUNDLE" "$CT"
	args bin/nope
	logs program-not-found init "find the program" ENOENT "process.args[0]" "process.cwd" create --bundle "$BUNDLE" "$CT"
	args /etc/passwd
	logs program-not-executable init "find the program" EACCES "process.args[0]" "chmod +x" create --bundle "$BUNDLE" "$CT"
	args /etc
	logs program-not-executable init "find the program" EACCES "process.args[0]" "is a directory" create --bundle "$BUNDLE" "$CT"
	args /dev/null
	logs program-not-executable init "find the program" EACCES "process.args[0]" "no regular file" create --bundle "$BUNDLE" "$CT"
	printf '#!/bin/sh\n' >"$BUNDLE/rootfs/bin/plain"
	args plain
	logs program-not-executable init "find the program" EACCES "process.args[0]" "'/bin/plain' is not executable: chmod +x" \
		create --bundle "$BUNDLE" "$CT"
	chmod 700 "$BUNDLE/rootfs/bin/plain"
	config '.process.user.uid = 7'
	logs program-not-executable init "find the program" EACCES "process.args[0]" "user 7 may not execute '/bin/plain'" \
		create --bundle "$BUNDLE" "$CT"
	config '.process.user.uid = 0'
	args "echo hello"
	logs program-not-found init "find the program" "" "process.args[0]" "strings of their own" create --bundle "$BUNDLE" "$CT"
	args "/bin/echo hello"
	logs program-not-found init "find the program" ENOENT "process.args[0]" "strings of their own" create --bundle "$BUNDLE" "$CT"
	config '.process.cwd = "/etc/passwd"'
	logs working-directory-failed init "try the working directory" ENOTDIR process.cwd "" create --bundle "$BUNDLE" "$CT-2"
}

@test "detail: mounts, the root, namespaces and the console" {
	config '.mounts += [{destination: "/data", type: "tmpsf", source: "x"}]'
	logs mount-failed init "mount the file systems" ENODEV "mounts[$(jq '.mounts | length - 1' "$BUNDLE/config.json")]" "" \
		create --bundle "$BUNDLE" "$CT"
	config '.mounts[-1] = {destination: "/data", type: "bind", source: "/nope", options: ["bind"]}'
	logs mount-failed create "open what the plan names" ENOENT \
		"mounts[$(jq '.mounts | length - 1' "$BUNDLE/config.json")]" "" create --bundle "$BUNDLE" "$CT"
	config 'del(.mounts[-1]) | .root.path = "none"'
	logs root-failed create "open what the plan names" ENOENT root.path "" create --bundle "$BUNDLE" "$CT"
	config '.root.path = "rootfs" | .linux.namespaces |= map(if .type == "ipc" then .path = "/dev/null" else . end)'
	logs namespace-failed create "open the namespaces to join" "" linux.namespaces "" create --bundle "$BUNDLE" "$CT"
	config '.linux.namespaces |= map(del(.path)) | .process.terminal = true'
	logs usage config "make the plan" "" --console-socket "process.terminal" create --bundle "$BUNDLE" "$CT"
	logs console-failed create "build the container with init" ENOENT --console-socket "" \
		create --bundle "$BUNDLE" --console-socket "$DIR/none" "$CT"
}

@test "detail: no memory for the first process" {
	printf '#!/bin/sh\nexec strace -f -o %s -e trace=clone3 -e inject=clone3:error=ENOMEM:when=1 %s "$@"\n' "$DIR/strace" "$TARE" \
		>"$DIR/short"
	chmod 755 "$DIR/short"
	TARE=$DIR/short traceable logs out-of-resources create "clone init" ENOMEM "" "linux.resources.memory.limit" \
		create --bundle "$BUNDLE" "$CT"
}

@test "detail: cgroups and security" {
	config '.linux.resources.cpu = {shares: 100}'
	if [[ " $(</sys/fs/cgroup/cgroup.controllers) " != *" cpu "* ]]; then
		logs cgroup-controller-missing create "make the cgroup" "" linux.resources.cpu.shares "cgroup_no_v1=cpu" \
			create --bundle "$BUNDLE" "$CT"
	fi
	mkdir "/sys/fs/cgroup/$CT"
	sleep 100 3>&- &
	echo $! >"/sys/fs/cgroup/$CT/cgroup.procs"
	config 'del(.linux.resources) | .linux.cgroupsPath = "/" + $ct' --arg ct "$CT"
	logs cgroup-failed create "make the cgroup" "" linux.cgroupsPath "" create --bundle "$BUNDLE" "$CT"
	kill %1
	wait %1 || true
	rmdir "/sys/fs/cgroup/$CT"
	[[ ! -d /sys/fs/selinux/class ]] || skip "SELinux may know the label"
	config 'del(.linux.cgroupsPath) | .process.selinuxLabel = "a:b:c:d"'
	logs security-failed init "set the security label" EINVAL process.selinuxLabel "SELinux" create --bundle "$BUNDLE" "$CT"
}

@test "detail: a kernel that is too old, and a container that is busy" {
	local locker real=$TARE
	printf '#!/bin/sh\nexec setarch --uname-2.6 %s "$@"\n' "$real" >"$DIR/old"
	printf '#!/bin/sh\nexec strace -o %s -e trace=flock -e inject=flock:error=ETIMEDOUT:when=2 %s "$@"\n' "$DIR/strace" "$real" \
		>"$DIR/impatient"
	chmod 755 "$DIR/old" "$DIR/impatient"
	TARE=$DIR/old
	logs kernel-too-old create "" "" "" "" create --bundle "$BUNDLE" "$CT"
	TARE=$real
	create "$CT"
	flock "$ROOT/$CT" sh -c "echo locked >$DIR/locked; exec sleep 100" 3>&- &
	locker=$!
	wait_until written "$DIR/locked"
	# strace makes the wait for the lock end at once, which otherwise takes half a minute.
	TARE=$DIR/impatient
	traceable logs container-busy start "" "" "container ID" "" start "$CT"
	TARE=$real
	pkill -P "$locker"
	wait "$locker" || true
}

@test "every code has a row in docs/errors.md, and no other has" {
	diff <(sed -n '/code_names\[\] = {/,/NULL/s/.*{ "\([a-z-]*\)".*/\1/p' "$REPOSITORY/src/base/error.c" | sort) \
		<(sed -n '/^## The codes/,/^# /s/^| `\([a-z-]*\)`.*/\1/p' "$REPOSITORY/docs/errors.md" | sort)
}

@test "--debug tells how long each step took, and who does not ask is not told" {
	local step
	quietly --log "$DIR/quiet" create --bundle "$BUNDLE" "$CT-1"
	[[ ! -s $DIR/quiet ]]
	detached --log "$DIR/log" --debug create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -z $stderr ]] || fail "$output"
	for step in "config: read the bundle" "config: make the plan" "create: make the cgroup" "create: clone init" \
		"init: mount the file systems" "init: enter the root file system" "init: find the program" \
		"create: build the container with init" "create: commit"; do
		[[ $(grep -cE "level=debug msg=\"$step: [0-9]+ us\"" "$DIR/log") -eq 1 ]] || fail "$step" "$(<"$DIR/log")"
	done
	detached --log "$DIR/log" --debug start "$CT"
	[[ $status -eq 0 && -z $stderr ]] || fail "$output"
	grep -qE 'level=debug msg="start: pass the gate: [0-9]+ us"' "$DIR/log"
}

# Managers that are told to debug say so to each command, and show what they get on standard error.
@test "--debug says nothing on standard error where there is a log, whatever the command" {
	args sleep 1000
	create "$CT"
	quietly --debug --log "$DIR/log" start "$CT"
	quietly --debug --log "$DIR/log" state "$CT"
	quietly --debug --log "$DIR/log" list
	quietly --debug --log "$DIR/log" ps "$CT"
	quietly --debug --log "$DIR/log" pause "$CT"
	quietly --debug --log "$DIR/log" resume "$CT"
	quietly --debug --log "$DIR/log" kill "$CT" KILL
	wait_until has_status "$CT" stopped
	quietly --debug --log "$DIR/log" delete "$CT"
	grep -q 'level=debug msg="start: pass the gate: ' "$DIR/log"
}

@test "--debug tells of exec what the host did and what the process did" {
	local step
	running
	detached --log "$DIR/log" --debug exec "$CT" true
	[[ $status -eq 0 && -z $stderr ]] || fail "$output"
	for step in "exec: look at the container" "exec: make the plan" "exec: open the cgroup" "exec: clone the process" \
		"init: join the container" "init: find the program" "exec: enter the container with the process"; do
		[[ $(grep -cE "level=debug msg=\"$step: [0-9]+ us\"" "$DIR/log") -eq 1 ]] || fail "$step" "$(<"$DIR/log")"
	done
	quietly --log "$DIR/quiet" exec "$CT" true
	[[ ! -s $DIR/quiet ]]
	logs program-not-found init "find the program" "" "process.args[0]" "" exec "$CT" nope
	logs system-call-failed exec "write the pid file" ENOENT "--pid-file" "" exec --detach --pid-file "$DIR/no/pid" "$CT" true
}

# to_daemon KIND SOCKET ARG...: runs the runtime where a log daemon listens on SOCKET, in place of the machine's. Sets what
# `detached` sets, and message to what the daemon got.
to_daemon()
{
	local place=$DIR/${2##*/} listener
	python3 "$LIB/log_daemon.py" "$1" "$place" 1 >"$DIR/messages" &
	listener=$!
	wait_until test -S "$place"
	status=0
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -euc '
		top=${1#/}
		mount -t tmpfs tmpfs "/${top%%/*}"
		mkdir -p "${1%/*}"
		touch "$1"
		mount --bind "$2" "$1"
		exec "${@:3}"
	' bash "$2" "$place" "$TARE" --root "$ROOT" "${@:3}" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || status=$?
	stderr=$(<"$DIR/stderr")
	wait "$listener"
	rm "$place"
	message=$(<"$DIR/messages")
}

@test "the journal gets a message with its priority and the identifier" {
	to_daemon journal /run/systemd/journal/socket --log "journald:$CT" state "$CT"
	[[ $status -eq 1 && $stderr == *"container does not exist"* ]]
	jq -e --arg id "$CT" --arg text "$stderr" '.MESSAGE == $text and .PRIORITY == "3" and .SYSLOG_IDENTIFIER == $id
		and .ID == $id' <<<"$message" || fail "$message"
}

@test "the journal gets JSON when that is the format" {
	to_daemon journal /run/systemd/journal/socket --log "journald:$CT" --log-format json state "$CT"
	jq -e --arg text "$stderr" '.MESSAGE | fromjson | .level == "error" and .msg == $text and (.time | length > 0)' <<<"$message"
}

@test "syslog gets a line with its priority, the time and the identifier" {
	to_daemon syslog /dev/log --log "syslog:$CT" state "$CT"
	[[ $status -eq 1 && $stderr == *"container does not exist"* ]]
	[[ $(jq -r . <<<"$message") =~ ^\<11\>[A-Z][a-z]{2}\ [0-9\ ]{2}\ [0-9:]{8}\ "$CT: $stderr"$ ]] || fail "$message"
	to_daemon syslog /dev/log --log syslog: --log-format json state "$CT"
	[[ $(jq -r . <<<"$message") =~ \ tare:\ \{\"level\":\"error\",.*\}$ ]] || fail "$message"
}

@test "a log daemon that is not there is an error, before anything is made" {
	[[ ! -e /run/systemd/journal ]] || skip "there is a journal here"
	detached --log "journald:$CT" create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 ]]
	[[ $stderr == *"cannot open the log 'journald:$CT' at '/run/systemd/journal/socket': no such file or directory"* ]]
	[[ ! -e $ROOT ]]
}

# refused ERRNO: what a create logs when the kernel refuses the container's process.
refused()
{
	rm -f "$DIR/log"
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 run -1 strace -o /dev/null -e trace=clone3 -e "inject=clone3:error=$1" \
		"$TARE" --root "$ROOT" --log "$DIR/log" --log-format json create --bundle "$BUNDLE" "$CT"
	jq -r '[.code, .object] | map(. // "") | join("|")' "$DIR/log"
}

@test "detail: a process that the kernel refuses, and what it wanted of it" {
	[[ $(refused EAGAIN) == "out-of-resources|" ]]
	[[ $(refused EBUSY) == "cgroup-failed|linux.cgroupsPath" ]]
	[[ $(refused ENOSPC) == "namespace-failed|linux.namespaces" ]]
}

@test "detail: many containers at once have that of the first that failed" {
	args true
	create "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	logs container-not-running kill "" "" "container ID" "" kill --regex "$CT" KILL
}
