# The six kinds of hooks: when they run, where, with what, and what their failure means.

load lib

# What a runtime hook does to find the container process, and the namespaces of a process.
PID='pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p" | head -n 1)'
TYPES='cgroup ipc mnt net pid uts'

# namespaces_of PID|self: one link a line
namespaces_of() {
	local type
	for type in $TYPES; do
		readlink "/proc/$1/ns/$type"
	done
}

# --- order ------------------------------------------------------------------------------------------------------------

@test "L4 create: prestart, createRuntime and createContainer run in this order, before create returns" {
	hook createContainer 'echo createContainer >>$S/log'
	hook createRuntime 'echo createRuntime >>$S/log'
	hook prestart 'echo prestart >>$S/log'
	must create
	log "prestart createRuntime createContainer"
}

@test "L4 prestart: it runs after the namespaces were created" {
	hook prestart "$PID; readlink /proc/\$pid/ns/net /proc/\$pid/ns/mnt /proc/\$pid/ns/uts >\$S/log"
	must create
	log "$(cd "/proc/$(pid_of)/ns" && readlink net mnt uts | paste -sd ' ')"
}

@test "L4 createRuntime: it runs after the mounts were made" {
	config '.mounts += [{destination: "/opt", type: "tmpfs", source: "from-the-config"}]'
	hook createRuntime "$PID; grep -o from-the-config /proc/\$pid/mountinfo >\$S/log"
	must create
	log from-the-config
}

@test "L4 createRuntime: it runs before pivot_root" {
	hook createRuntime "$PID; test -e /proc/\$pid/root\$S && echo before >\$S/log"
	must create
	log before
}

@test "L4 createContainer: it runs after the mounts were made" {
	config '.mounts += [{destination: "/opt", type: "tmpfs", source: "from-the-config"}]'
	hook createContainer 'grep -o from-the-config /proc/self/mountinfo >$S/log'
	must create
	log from-the-config
}

@test "L4 createContainer: it runs before pivot_root" {
	hook createContainer 'test -e $S/../bundle/config.json && echo before >$S/log'
	must create
	log before
}

@test "L7 startContainer: it runs in start, not in create" {
	hook startContainer 'echo startContainer >>$S/log'
	must create
	log ""
	must start
	ended
	log startContainer
}

@test "L7 startContainer: it runs before the program" {
	hook startContainer 'echo startContainer >>$S/log'
	script 'echo program >>/shared/log'
	runs
	log "startContainer program"
}

@test "L8 poststart: it runs after the program was executed, before start returns" {
	hook poststart "$PID; tr '\\0' ' ' </proc/\$pid/cmdline >>\$S/log; echo >>\$S/log"
	stays
	log "sleep 1000 "
}

# startContainer gives a poststart hook that comes too early the time to show itself.
@test "L8 poststart: it runs after startContainer" {
	hook startContainer 'n=0; while [ $n -lt 50 ] && [ ! -e $S/log ]; do n=$((n + 1)); sleep 0.01; done
		echo startContainer >>$S/log'
	hook poststart 'echo poststart >>$S/log'
	runs true
	log "startContainer poststart"
}

@test "L8 poststart: it does not run in create" {
	hook poststart 'echo poststart >>$S/log'
	must create
	log ""
}

@test "L12 poststop: it runs in delete, before delete returns" {
	hook poststop 'echo poststop >>$S/log'
	runs true
	log ""
	must delete
	log poststop
}

@test "L12 poststop: it runs after the container was destroyed" {
	hook poststop "test -e $OCI_CGROUP/$ID && echo cgroup >>\$S/log; echo poststop >>\$S/log"
	runs true
	must delete
	log poststop
}

@test "L12 poststop: it runs when a running container is deleted by force" {
	hook poststop 'echo poststop >>$S/log'
	stays
	must operation delete --force "$ID"
	log poststop
	nothing_left
}

@test "L14 hooks: those of one kind MUST run in the listed order" {
	local kind number expected
	for number in 1 2 3; do
		for kind in prestart createRuntime createContainer startContainer poststart poststop; do
			hook $kind "echo $kind-$number >>\$S/log.$kind"
		done
	done
	# Not one that ends before the poststart hooks: that is another question.
	runs sleep 0.3
	must delete
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		expected=$(printf '%s\n' "$kind"-{1,2,3})
		equal "$(<"$SHARED/log.$kind")" "$expected"
	done
}

# --- where they run ---------------------------------------------------------------------------------------------------

# in_runtime_namespaces KIND
in_runtime_namespaces() {
	hook "$1" "cd /proc/self/ns && readlink $TYPES >\$S/namespaces"
	runs true
	must delete
	equal "$(<"$SHARED/namespaces")" "$(namespaces_of self)"
}

@test "L5 prestart: it MUST run in the runtime namespaces" {
	in_runtime_namespaces prestart
}

@test "L5 createRuntime: it MUST run in the runtime namespaces" {
	in_runtime_namespaces createRuntime
}

@test "L8 poststart: it MUST run in the runtime namespaces" {
	in_runtime_namespaces poststart
}

@test "L12 poststop: it MUST run in the runtime namespaces" {
	in_runtime_namespaces poststop
}

@test "L5 createContainer: it MUST run in the container namespaces" {
	hook createContainer "cd /proc/self/ns && readlink $TYPES >\$S/namespaces"
	must create
	equal "$(<"$SHARED/namespaces")" "$(namespaces_of "$(pid_of)")"
}

@test "L5 createContainer: its path MUST resolve in the runtime namespaces" {
	printf '#!/bin/sh\necho host >>%s/log\n' "$SHARED" >"$WORK/only-on-the-host"
	chmod 755 "$WORK/only-on-the-host"
	config '.hooks.createContainer = [{path: $path}]' --arg path "$WORK/only-on-the-host"
	must create
	log host
}

@test "L7 startContainer: it MUST run in the container namespaces" {
	# It may still run when the state says that the program does.
	hook startContainer "for type in $TYPES; do readlink /proc/self/ns/\$type; done >\$S/half; mv \$S/half \$S/namespaces"
	stays
	eventually test -e "$SHARED/namespaces" || fail "the hook has written nothing"
	equal "$(<"$SHARED/namespaces")" "$(namespaces_of "$(pid_of)")"
}

@test "L7 startContainer: its path MUST resolve in the container namespaces" {
	printf '#!/bin/sh\necho container >>/shared/log\n' >"$ROOTFS/only-inside"
	chmod 755 "$ROOTFS/only-inside"
	config '.hooks.startContainer = [{path: "/only-inside"}]'
	runs true
	log container
}

# --- what they are given ----------------------------------------------------------------------------------------------

# hook_state KIND FILTER: a part of the state that a hook of this kind reads
hook_state() {
	config '.annotations = {"com.example.key": "value"}'
	hook "$1" 'cat >$S/state'
	program sleep 1000
	must create
	must start
	must send KILL
	ended
	must delete
	output=$(jq -r "$2" "$SHARED/state")
}

@test "L15 prestart: its state has the status creating" {
	hook_state prestart .status
	equal "$output" creating
}

@test "L15 createRuntime: its state has the status creating" {
	hook_state createRuntime .status
	equal "$output" creating
}

@test "L15 createContainer: its state has the status creating" {
	hook_state createContainer .status
	equal "$output" creating
}

@test "L15 startContainer: its state has the status created" {
	hook_state startContainer .status
	equal "$output" created
}

@test "L15 poststart: its state has the status running" {
	hook_state poststart .status
	equal "$output" running
}

@test "L15 poststop: its state has the status stopped" {
	hook_state poststop .status
	equal "$output" stopped
}

@test "L14 prestart: the pid in its state MUST be the one that the runtime sees" {
	hook_state prestart .pid
	equal "$output" "$(pid_of)"
}

@test "L14 createRuntime: the pid in its state MUST be the one that the runtime sees" {
	hook_state createRuntime .pid
	equal "$output" "$(pid_of)"
}

@test "L14 poststart: the pid in its state MUST be the one that the runtime sees" {
	hook_state poststart .pid
	equal "$output" "$(pid_of)"
}

@test "L14 createContainer: the pid in its state MUST be the one that the container sees" {
	hook_state createContainer .pid
	equal "$output" 1
}

@test "L14 startContainer: the pid in its state MUST be the one that the container sees" {
	hook_state startContainer .pid
	equal "$output" 1
}

@test "L14 state on stdin: every kind gets id, bundle, annotations and a version of the form 1.2.3" {
	local kind
	config '.annotations = {"com.example.key": "value"}'
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook $kind "cat >\$S/state.$kind"
	done
	runs true
	must delete
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		output=$(jq -r '"\(.id) \(.bundle) \(.annotations["com.example.key"])"' "$SHARED/state.$kind")
		equal "$kind $output" "$kind $ID $BUNDLE value"
		output=$(jq -r .ociVersion "$SHARED/state.$kind")
		[[ $output =~ ^1\.[0-9]+\.[0-9]+ ]] || fail "$kind: ociVersion '$output'"
	done
}

@test "L14 state on stdin: a hook that does not read it does not fail" {
	hook prestart 'exec <&-; echo prestart >>$S/log'
	hook startContainer 'exec <&-; echo startContainer >>$S/log'
	runs true
	log "prestart startContainer"
}

@test "hooks[].args: they have the semantics of argv, with the name first" {
	config '.hooks.createRuntime = [{path: $path, args: ["touch", $file]}]' \
		--arg path "$ROOTFS/bin/busybox" --arg file "$SHARED/touched"
	must create
	[[ -e $SHARED/touched ]] || fail "busybox was not called as touch"
}

@test "hooks[].args: startContainer gets them, too" {
	config '.hooks.startContainer = [{path: "/bin/busybox", args: ["touch", "/shared/touched"]}]'
	runs true
	[[ -e $SHARED/touched ]] || fail "busybox was not called as touch"
}

@test "hooks[].env: it is the environment, and nothing else is" {
	RUNTIME_VARIABLE=1 # the environment of the runtime
	export RUNTIME_VARIABLE
	hook createRuntime "tr '\\0' '\\n' </proc/\$\$/environ >\$S/environment" '.env = ["A=1", "B=two words", "C="]'
	must create
	equal "$(<"$SHARED/environment")" $'A=1\nB=two words\nC='
}

@test "hooks[].env: startContainer gets its own, not the program's" {
	config '.process.env += ["OF_THE_PROGRAM=1"]'
	hook startContainer "tr '\\0' '\\n' </proc/\$\$/environ >\$S/environment" '.env = ["A=1"]'
	runs true
	equal "$(<"$SHARED/environment")" A=1
}

@test "hooks[].path: a relative path MUST generate an error" {
	local kind
	for kind in createRuntime createContainer startContainer; do
		config '.hooks = {} | .hooks[$kind] = [{path: "bin/true"}]' --arg kind "$kind"
		fails '.hooks[][].path = "/bin/true"'
	done
}

@test "hooks[].path: a hook without a path MUST generate an error" {
	config '.hooks.createRuntime = [{args: ["true"]}]'
	fails '.hooks[][].path = "/bin/true"'
}

@test "hooks: an unknown kind MUST be ignored" {
	config '.hooks.whenever = [{path: "/nowhere"}]'
	prints hello echo hello
}

# --- timeout ----------------------------------------------------------------------------------------------------------

@test "hooks[].timeout: when it is over the hook is aborted and has failed" {
	hook createRuntime 'exec sleep 1000' '.timeout = 1'
	invalid '.hooks[][].path = "/bin/true"'
}

@test "hooks[].timeout: it holds when the hook has left a child behind" {
	local before=$SECONDS
	hook createRuntime 'sleep 1000 & wait' '.timeout = 1'
	refused create
	((SECONDS - before < 60)) || fail "create took $((SECONDS - before)) seconds"
	control '.hooks[][].path = "/bin/true"'
}

@test "hooks[].timeout: it holds for startContainer" {
	hook startContainer 'exec sleep 1000' '.timeout = 1'
	script 'echo ran >>/shared/log'
	must create
	refused start
	log ""
	startable '.hooks[][].path = "/bin/true"'
}

@test "hooks[].timeout: a hook that ends in time is not touched" {
	hook createRuntime 'echo done >>$S/log' '.timeout = 10'
	must create
	log "done"
}

@test "hooks[].timeout: zero MUST generate an error" {
	hook createRuntime true '.timeout = 0'
	invalid '.hooks[][].timeout = 10'
}

@test "hooks[].timeout: a negative number MUST generate an error" {
	hook createRuntime true '.timeout = -1'
	invalid '.hooks[][].timeout = 10'
}

# --- failure ----------------------------------------------------------------------------------------------------------

@test "L9 prestart: its failure MUST make create fail, and leaves nothing" {
	hook prestart 'exit 1'
	undone '.hooks[][].path = "/bin/true"'
}

@test "L9 createRuntime: its failure MUST make create fail, and leaves nothing" {
	hook createRuntime 'exit 1'
	undone '.hooks[][].path = "/bin/true"'
}

@test "L9 createContainer: its failure MUST make create fail, and leaves nothing" {
	hook createContainer 'exit 1'
	undone '.hooks[][].path = "/bin/true"'
}

@test "L9 prestart: after its failure the poststop hooks run" {
	hook prestart 'exit 1'
	hook poststop 'echo poststop >>$S/log'
	refused create
	log poststop
}

@test "L9 createRuntime: after its failure the poststop hooks run" {
	hook createRuntime 'exit 1'
	hook poststop 'echo poststop >>$S/log'
	refused create
	log poststop
}

@test "L9 createContainer: after its failure the poststop hooks run" {
	hook createContainer 'exit 1'
	hook poststop 'echo poststop >>$S/log'
	refused create
	log poststop
}

@test "L9 createRuntime: after its failure no hook of create runs" {
	hook createRuntime 'echo first >>$S/log; exit 1'
	hook createRuntime 'echo second >>$S/log'
	hook createContainer 'echo createContainer >>$S/log'
	refused create
	log first
}

@test "L9 hooks: one that is not there has failed" {
	config '.hooks.createRuntime = [{path: "/nowhere/at/all"}]'
	undone '.hooks[][].path = "/bin/true"'
}

@test "L9 hooks: one that dies of a signal has failed" {
	hook createRuntime 'kill -KILL $$'
	undone '.hooks[][].path = "/bin/true"'
}

@test "L9 startContainer: its failure MUST make start fail, and the program does not run" {
	hook startContainer 'exit 1'
	script 'echo ran >>/shared/log'
	must create
	refused start
	"$PROBE" wait 10 "$(pid_of)"
	log ""
	startable '.hooks[][].path = "/bin/true"'
}

@test "L9 startContainer: after its failure the container is destroyed" {
	hook startContainer 'exit 1'
	must create
	refused start
	nothing_left
	startable '.hooks[][].path = "/bin/true"'
}

@test "L9 startContainer: after its failure the poststop hooks run" {
	hook startContainer 'exit 1'
	hook poststop 'echo poststop >>$S/log'
	must create
	refused start
	log poststop
	startable '.hooks[][].path = "/bin/true"'
}

@test "L9 poststart: its failure MUST make start fail (1.3.0)" {
	hook poststart 'exit 1'
	program sleep 1000
	must create
	refused start
	startable '.hooks[][].path = "/bin/true"'
}

@test "L9 poststart: after its failure the container is stopped and destroyed (1.3.0)" {
	hook poststart 'exit 1'
	program sleep 1000
	must create
	refused start
	nothing_left
	startable '.hooks[][].path = "/bin/true"'
}

@test "L9 poststart: after its failure the poststop hooks run (1.3.0)" {
	hook poststart 'exit 1'
	hook poststop 'echo poststop >>$S/log'
	program sleep 1000
	must create
	refused start
	log poststop
	startable '.hooks[][].path = "/bin/true"'
}

@test "L12 poststop: its failure does not make delete fail" {
	hook poststop 'exit 1'
	runs true
	must delete
	nothing_left
}

@test "L12 poststop: after its failure the remaining hooks run" {
	hook poststop 'echo first >>$S/log; exit 1'
	hook poststop 'echo second >>$S/log'
	runs true
	delete
	log "first second"
}
