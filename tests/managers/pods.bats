#!/usr/bin/env bats
# Pods as the kubelet and a runtime service make them: a sandbox that holds namespaces, containers that join them by path, and a
# cgroup of the pod that the kubelet has made before. With E2E_SYSTEMD the cgroups are those of systemd's slices, and have the
# names that the kubelet's systemd driver gives them. Limits take controllers, and so the machine.

# stdout, stderr and status are set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

# Emulated, it takes a while.
SECONDS_TO_WAIT=100

setup()
{
	base_setup
	TREE=$(findmnt --noheadings --first-only --output TARGET --types cgroup2)
	cp "$BUNDLE/config.json" "$DIR/base.json"
	make_pod
}

teardown()
{
	delete_all "$ROOT"
	remove_pod
	base_teardown
}

# The cgroup of the pod, as the kubelet makes it, with its limits. POD is its directory.
make_pod()
{
	local uid=${CT//-/_} parts
	if [[ ${E2E_SYSTEMD-} ]]; then
		SLICE=kubepods-burstable-pod$uid.slice
		POD=$TREE/kubepods.slice/kubepods-burstable.slice/$SLICE
		busctl --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
			StartTransientUnit 'ssa(sv)a(sa(sv))' "$SLICE" fail 4 MemoryAccounting b true TasksAccounting b true \
			CPUAccounting b true TasksMax t 500 0 >/dev/null
		wait_until test -d "$POD"
	else
		POD=$TREE/kubepods-$CT/burstable/pod$uid
		mkdir -p "$POD"
		for parts in "$TREE" "${POD%/*/*}" "${POD%/*}" "$POD"; do
			enable_controllers "$parts"
		done
		[[ ! -e $POD/pids.max ]] || echo 500 >"$POD/pids.max"
	fi
}

enable_controllers()
{
	local controller
	for controller in cpu cpuset memory pids; do
		[[ " $(<"$1/cgroup.controllers") " != *" $controller "* ]] || echo "+$controller" >"$1/cgroup.subtree_control"
	done
}

# What the kubelet does when all containers of the pod are gone: its cgroup has nothing below.
remove_pod()
{
	if [[ ${E2E_SYSTEMD-} ]]; then
		systemctl stop "$SLICE"
	elif [[ -d $POD ]]; then
		rmdir "$POD" "${POD%/*}" "${POD%/*/*}"
	fi
}

# needs CONTROLLER...: skips the test where the pod cannot have them.
needs()
{
	local controller
	for controller; do
		[[ " $(<"$TREE/cgroup.controllers") " == *" $controller "* ]] || skip "the cgroup v2 tree has no $controller controller here"
	done
}

# in_pod ID: the cgroup of a container in the pod, by the name that the driver has for it.
in_pod()
{
	if [[ ${E2E_SYSTEMD-} ]]; then
		config '.linux.cgroupsPath = $ARGS.positional[0]' --args "$SLICE:cri-containerd:$1"
	else
		config '.linux.cgroupsPath = $ARGS.positional[0]' --args "${POD#"$TREE"}/$1"
	fi
}

# Where that is.
directory_of()
{
	if [[ ${E2E_SYSTEMD-} ]]; then
		echo "$POD/cri-containerd-$1.scope"
	else
		echo "$POD/$1"
	fi
}

# The sandbox: a container whose program does nothing. Sets SANDBOX to its pid. In tests that need more of it, its configuration
# is edited before.
sandbox()
{
	in_pod "$CT"
	args sleep 10000
	config '.hostname = "the-pod" | .process.oomScoreAdj = 998'
	create "$CT"
	quietly start "$CT"
	SANDBOX=$(state_of "$CT" .pid)
}

# member NAME TYPES ARG...: the configuration of a container that has these namespaces of the sandbox.
member()
{
	cp "$DIR/base.json" "$BUNDLE/config.json"
	in_pod "$CT-$1"
	config 'def path: "/proc/\($ARGS.named.pid)/ns/" + (if . == "network" then "net" else . end);
		del(.hostname)
		| .linux.namespaces |= map(if .type as $type | $types | split(" ") | index($type) then .path = (.type | path) else . end)' \
		--arg pid "$SANDBOX" --arg types "$2"
	args "${@:3}"
}

# started NAME
started()
{
	create "$CT-$1"
	quietly start "$CT-$1"
	pid=$(state_of "$CT-$1" .pid)
}

# shares NAMESPACE PID: whether it is the sandbox's.
shares()
{
	[[ $(readlink "/proc/$2/ns/$1") == "$(readlink "/proc/$SANDBOX/ns/$1")" ]]
}

@test "pod: containers share network, ipc and host name by path, each with processes of its own" {
	local name pid
	sandbox
	for name in a b; do
		member "$name" "network ipc uts" sleep 1000
		started "$name"
		shares net "$pid" && shares ipc "$pid" && shares uts "$pid"
		run ! shares pid "$pid"
		run ! shares mnt "$pid"
		[[ $(tare exec "$CT-$name" hostname) == the-pod ]]
	done
	# localhost is the same.
	nsenter --net="/proc/$SANDBOX/ns/net" ip link set lo up
	tare exec --detach "$CT-a" nc -l -p 4711 -e cat >/dev/null
	wait_until greets
	# A container that ends takes nothing of the others along, and comes again.
	quietly delete --force "$CT-b"
	has_status "$CT" running
	has_status "$CT-a" running
	started b
	shares net "$pid"
}

greets()
{
	[[ $(tare exec "$CT-b" sh -c 'echo word | nc -w 5 127.0.0.1 4711' 2>/dev/null) == word ]]
}

@test "pod: containers share the pid namespace of the sandbox, and end with it" {
	local pid
	sandbox
	member a "pid network ipc uts" sh -c 'sleep 1001 & sleep 1002'
	started a
	shares pid "$pid"
	member b "pid network ipc uts" sleep 1003
	started b
	wait_until sees b "sleep 1001"
	sees b "sleep 10000"
	[[ $(tare exec "$CT-b" cat /proc/1/cmdline | tr '\0' ' ') == "sleep 10000 " ]]
	# What is killed by its cgroup is one container's.
	quietly kill --all "$CT-a" KILL
	wait_until has_status "$CT-a" stopped
	wait_until not sees b "sleep 1001"
	quietly delete "$CT-a"
	has_status "$CT-b" running
	quietly kill "$CT" KILL
	wait_until has_status "$CT-b" stopped
	quietly delete "$CT-b"
	quietly delete "$CT"
}

not()
{
	! "$@"
}

# sees NAME TEXT: what ps shows in a container.
sees()
{
	[[ $(tare exec "$CT-$1" ps -o args) == *"$2"* ]]
}

@test "pod: an ephemeral container for debugging sees the processes and the files of its target" {
	local pid target
	sandbox
	member a "network ipc uts" sh -c 'echo found >/dev/shm/file; exec sleep 1001'
	started a
	target=$pid
	wait_until test -e "/proc/$target/root/dev/shm/file"
	member debug "network ipc uts" sleep 1002
	config '(.linux.namespaces[] | select(.type == "pid")).path = $path
		| .process.capabilities[] += ["CAP_SYS_PTRACE"]' --arg path "/proc/$target/ns/pid"
	started debug
	[[ $(readlink "/proc/$pid/ns/pid") == "$(readlink "/proc/$target/ns/pid")" ]]
	sees debug "sleep 1001"
	run ! sees debug "sleep 10000"
	[[ $(tare exec "$CT-debug" cat /proc/1/root/dev/shm/file) == found ]]
	quietly delete --force "$CT-debug"
	has_status "$CT-a" running
	[[ $(tare exec "$CT-a" cat /dev/shm/file) == found ]]
}

@test "pod: hostUsers false: one user namespace for all, and volumes whose owners are those of the container" {
	local pid volume=$DIR/volume mapping='[{containerID: 0, hostID: 100000, size: 65536}]'
	mkdir "$volume"
	echo of-root >"$volume/file"
	chown 1000:1000 "$volume/file"
	in_user_namespace
	cp "$BUNDLE/config.json" "$DIR/base.json"
	sandbox
	member a "user network ipc uts" sleep 1000
	# As the kubelet asks for: the mappings of the pod on the mount, and on the container beside the path.
	config '.mounts += [{destination: "/opt", source: $volume, type: "bind", options: ["rbind", "rprivate", "rw"],
			uidMappings: '"$mapping"', gidMappings: '"$mapping"'}]' --arg volume "$volume"
	mkdir -p "$BUNDLE/rootfs/opt"
	started a
	shares user "$pid"
	[[ $(stat -c %u "/proc/$pid") -eq 100000 ]]
	[[ $(tare exec "$CT-a" stat -c %u:%g /opt/file) == 1000:1000 ]]
	tare exec "$CT-a" touch /opt/new
	[[ $(stat -c %u:%g "$volume/new") == 0:0 ]]
	# Another container of the pod sees the same owners.
	config '.linux.cgroupsPath |= sub("a$"; "b")'
	started b
	[[ $(tare exec "$CT-b" stat -c %u:%g /opt/new /opt/file) == $'0:0\n1000:1000' ]]
	shares user "$pid"
}

# bats test_tags=machine,systemd
@test "pod: the processors of a created container are set before its program runs" {
	local pid
	needs cpuset
	sandbox
	member a "network ipc uts" grep Cpus_allowed_list /proc/self/status
	create "$CT-a" >/dev/null
	[[ -z $(tare update --resources - "$CT-a" <<<'{"cpu": {"cpus": "1", "mems": "0"}}') ]]
	[[ $(<"$(directory_of "$CT-a")/cpuset.cpus.effective") == 1 ]]
	quietly delete --force "$CT-a"
	config '.process.args = ["sh", "-c", "grep Cpus_allowed_list /proc/self/status >/dev/shm/cpus; sleep 1000"]'
	create "$CT-a"
	[[ -z $(tare update --resources - "$CT-a" <<<'{"cpu": {"cpus": "1", "mems": "0"}}') ]]
	quietly start "$CT-a"
	pid=$(state_of "$CT-a" .pid)
	wait_until written "/proc/$pid/root/dev/shm/cpus"
	[[ $(<"/proc/$pid/root/dev/shm/cpus") == $'Cpus_allowed_list:\t1' ]]
	[[ -z $(tare update --resources - "$CT-a" <<<'{"cpu": {"cpus": "0-1"}}') ]]
	[[ $(tare exec "$CT-a" grep Cpus_allowed_list /proc/self/status) == $'Cpus_allowed_list:\t0-1' ]]
}

# resized JSON: a resize as the kubelet asks for it.
resized()
{
	local said
	said=$(tare update --resources - "$CT-a" <<<"$1" 2>&1) || fail "$said"
	[[ -z $said ]]
}

# has FILE VALUE
has()
{
	[[ $(<"$at/$1") == "$2" ]] || fail "$1: $(<"$at/$1"), not $2"
}

# bats test_tags=machine,systemd
@test "pod: a container is resized in place, up and down, and not below what it uses" {
	local at pid
	needs cpu memory
	sandbox
	member a "network ipc uts" sh -c 'dd if=/dev/zero bs=30M count=1 2>/dev/null | sleep 1000'
	config '.linux.resources.memory = {limit: 100000000, swap: 100000000} | .linux.resources.cpu = {shares: 512, quota: 50000, period: 100000}'
	at=$(directory_of "$CT-a")
	started a
	has cpu.max "50000 100000"
	resized '{"cpu": {"shares": 1024, "quota": 100000, "period": 100000}, "memory": {"limit": 209715200, "swap": 209715200}}'
	has cpu.max "100000 100000"
	has memory.max 209715200
	has memory.swap.max 0
	resized '{"cpu": {"shares": 256, "quota": 25000, "period": 100000}, "memory": {"limit": 104857600, "swap": 104857600}}'
	has cpu.max "25000 100000"
	has memory.max 104857600
	wait_until uses 30000000
	# Below its use, by who asks for the check.
	run ! tare update --resources - "$CT-a" <<<'{"cpu": {"quota": 50000}, "memory": {"limit": 10485760, "checkBeforeUpdate": true}}'
	has memory.max 104857600
	has cpu.max "25000 100000"
	has_status "$CT-a" running
	[[ $(<"$at/memory.events") == *"oom_kill 0"* ]]
	resized '{"cpu": {"quota": -1}, "memory": {"limit": -1, "swap": -1}}'
	has cpu.max "max 100000"
	has memory.max max
	# The kubelet's own cgroup is as it was.
	[[ $(<"$POD/pids.max") == 500 ]]
}

uses()
{
	(($(<"$at/memory.current") > $1))
}

# shim STEP...: containerd's shim, with the container of the bundle. Sets output.
shim()
{
	output=$(cd / && python3 "$REPOSITORY/tests/managers/shim.py" "$BUNDLE" "$TARE" --root "$ROOT" ${SYSTEMD-} -- "$CT-a" "$@" \
		2>"$DIR/said" </dev/null 3>&-) || fail "$(<"$DIR/said")" "$output"
}

# bats test_tags=systemd
@test "pod: termination with grace: the exit status is the program's own, or that of KILL" {
	local SYSTEMD=${E2E_SYSTEMD:+--systemd-cgroup --systemd-helper ${TARE%/*}/tare-systemd}
	sandbox
	member a "network ipc uts" sh -c 'trap "echo bye; exit 3" TERM; echo ready; sleep 1000 & wait'
	shim create start read-init ready kill 15 wait init kill-all 9 delete
	[[ $output == *"wait init: 3 'bye\\n' ''"* && $output == *"delete: ok" ]] || fail "$output"
	rm "$BUNDLE"/init.* "$BUNDLE"/shim.*
	# One that does not hear, and leaves a child behind that would hold its output.
	member a "network ipc uts" sh -c 'trap "" TERM; echo ready; sleep 1000 & wait; wait'
	shim create start read-init ready kill 15 kill 15 pids kill-all 9 wait init delete
	[[ $output == *"pids: 2 True"*"wait init: 137 '' ''"*"delete: ok" ]] || fail "$output"
}

@test "pod: each container has its OOM score, for its program and for probes" {
	local name score pid
	sandbox
	[[ $(<"/proc/$SANDBOX/oom_score_adj") -eq 998 ]]
	for score in 900 1000; do
		member "$score" "network ipc uts" sleep 1000
		config '.process.oomScoreAdj = $score' --argjson score "$score"
		started "$score"
		[[ $(<"/proc/$pid/oom_score_adj") -eq $score ]]
		# A probe's document has the score of the container's process.
		jq '.process | .args = ["cat", "/proc/self/oom_score_adj"]' "$BUNDLE/config.json" >"$DIR/probe.json"
		[[ $(tare exec --process "$DIR/probe.json" "$CT-$score") -eq $score ]]
	done
}

# bats test_tags=machine,systemd
@test "pod: an OOM kill takes one container, whole when its cgroup says so, and is an event of it" {
	local pid at
	needs memory
	sandbox
	member b "network ipc uts" sleep 1000
	started b
	member a "network ipc uts" sh -c 'sleep 1001 & while [ ! -e /dev/shm/go ]; do sleep 1; done; tail /dev/zero & wait; sleep 1002'
	config '.linux.resources = {memory: {limit: 20971520, swap: 20971520}, unified: {"memory.oom.group": "1"}}'
	started a
	at=$(directory_of "$CT-a")
	[[ $(<"$at/memory.oom.group") == 1 ]]
	"$TARE" --root "$ROOT" events "$CT-a" >"$DIR/events" 2>&1 </dev/null 3>&- &
	wait_until grep -q '"type":"stats"' "$DIR/events"
	touch "/proc/$pid/root/dev/shm/go"
	wait_until has_status "$CT-a" stopped
	wait_until grep -q '"type":"oom"' "$DIR/events"
	wait
	[[ -z $(pgrep -f '^sleep 100[12]$') ]]
	has_status "$CT-b" running
	has_status "$CT" running
	quietly delete "$CT-a"
}

@test "pod: a container that is made, ends and is deleted a hundred times under one ID" {
	sandbox
	member a "network ipc uts" true
	for _ in {1..100}; do
		quietly create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT-a"
		quietly start "$CT-a"
		quietly delete --force "$CT-a"
	done
	[[ ! -e $(directory_of "$CT-a") ]]
	has_status "$CT" running
}

# bats test_tags=systemd
@test "pod: the cgroups of the containers are in that of the pod, which stays as the kubelet has made it" {
	local pid before
	before=$(pod_settings)
	sandbox
	member a "network ipc uts" sleep 1000
	started a
	[[ $(cgroup_of "$SANDBOX") == "$(directory_of "$CT")" ]]
	[[ $(cgroup_of "$pid") == "$(directory_of "$CT-a")" ]]
	[[ ! ${E2E_SYSTEMD-} || $(systemctl show --property Slice --value "cri-containerd-$CT-a.scope") == "$SLICE" ]]
	# A second create there is refused while the first one is, and does it no harm.
	run ! tare create --bundle "$BUNDLE" "$CT-b"
	has_status "$CT-a" running
	quietly delete --force "$CT-a"
	quietly delete --force "$CT"
	[[ ! -e $(directory_of "$CT") && ! -e $(directory_of "$CT-a") && -d $POD ]]
	[[ $(pod_settings) == "$before" ]] || fail "$before" "$(pod_settings)"
}

# What the kubelet has set.
pod_settings()
{
	local file
	for file in pids.max memory.max cpu.weight; do
		[[ ! -e $POD/$file ]] || echo "$file: $(<"$POD/$file")"
	done
	[[ ! ${E2E_SYSTEMD-} ]] || systemctl show --property ActiveState,TasksMax "$SLICE"
}
