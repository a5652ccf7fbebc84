#!/usr/bin/env bats
# Containers whose cgroups systemd makes, on a host that systemd runs: tests/host/machine test bats tests/systemd/containers.bats

# stderr is set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

tree=/sys/fs/cgroup
slice=$tree/system.slice

setup()
{
	[[ -d /run/systemd/system ]] || skip "systemd does not run here"
	export E2E_SYSTEMD=1
	base_setup
	UNIT=tare-$CT.scope
}

# property NAME: of the container's unit.
property()
{
	systemctl show --property "$1" --value "$UNIT"
}

# shows NAME VALUE: what the unit's property is.
shows()
{
	local value
	value=$(property "$1")
	[[ $value == "$2" ]] || fail "$1 is $value, not $2"
}

# holds FILE TEXT: what the file of the container's cgroup says.
holds()
{
	local text
	text=$(<"$slice/$UNIT/$1")
	[[ $text == "$2" ]] || fail "$1: $text, not $2"
}

# True when systemd knows nothing of the unit, and its cgroup is gone.
unit_is_gone()
{
	[[ $(property LoadState) == not-found && ! -e $slice/$UNIT ]]
}

@test "the container is a scope with its init in it, exec is born there, and delete leaves nothing of it" {
	local pid
	running
	pid=$(state_of "$CT" .pid)
	grep -qx "0::/system.slice/$UNIT" "/proc/$pid/cgroup"
	shows ActiveState active
	shows Delegate yes
	shows CollectMode inactive-or-failed
	shows DefaultDependencies no
	# Its own cgroup namespace has the scope as its root.
	[[ $(tare exec "$CT" cat /proc/self/cgroup) == 0::/ ]]
	tare exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	grep -qx "0::/system.slice/$UNIT" "/proc/$(<"$DIR/pid")/cgroup"
	quietly delete --force "$CT"
	unit_is_gone
}

@test "run gives the exit status of the program, and the scope is gone" {
	args sh -c 'exit 7'
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 7 && -z $output ]]
	wait_until unit_is_gone
}

@test "slice:prefix:name names slice and scope, and the slice is made and nested as systemd does" {
	UNIT=pre-$CT.scope
	slice=$tree/e2e.slice/e2e-inner.slice
	config '.linux.cgroupsPath = $path' --arg path "e2e-inner.slice:pre:$CT"
	running
	grep -qx "0::/e2e.slice/e2e-inner.slice/$UNIT" "/proc/$(state_of "$CT" .pid)/cgroup"
	shows Slice e2e-inner.slice
	quietly delete --force "$CT"
	wait_until unit_is_gone
	systemctl stop e2e.slice
}

@test "a cgroup path of another form is refused, and nothing is made" {
	config '.linux.cgroupsPath = "/x/y"'
	refuses 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/x/y" instead' \
		create --bundle "$BUNDLE" "$CT"
	unit_is_gone
}

@test "limits are in the files and in the properties, after create and after update" {
	config '.linux.resources = {
		memory: {limit: 268435456, reservation: 134217728, swap: 402653184},
		cpu: {shares: 512, quota: 33333, period: 50000, cpus: "0", mems: "0"},
		pids: {limit: 77},
		unified: {"memory.high": "200M", "memory.min": "4096", "memory.oom.group": "1"}}'
	running
	holds memory.max 268435456
	holds memory.swap.max 134217728
	holds memory.low 134217728
	holds memory.high 209715200
	holds memory.min 4096
	holds memory.oom.group 1
	holds cpu.weight 59
	holds cpu.max "33333 50000"
	holds cpuset.cpus 0
	holds cpuset.mems 0
	holds pids.max 77
	shows MemoryMax 268435456
	shows MemorySwapMax 134217728
	shows MemoryLow 134217728
	shows MemoryHigh 209715200
	shows MemoryMin 4096
	shows OOMPolicy kill
	shows CPUWeight 59
	# 66.666 %, in whole percents
	shows CPUQuotaPerSecUSec 670ms
	shows CPUQuotaPeriodUSec 50ms
	shows AllowedCPUs 0
	shows AllowedMemoryNodes 0
	shows TasksMax 77

	quietly update --memory 314572800 --memory-swap 314572800 --cpu-quota 12345 --cpu-period 100000 --cpu-share 1024 \
		--pids-limit 66 "$CT"
	holds memory.max 314572800
	holds memory.swap.max 0
	holds cpu.max "12345 100000"
	holds cpu.weight 100
	holds pids.max 66
	shows MemoryMax 314572800
	shows MemorySwapMax 0
	shows CPUQuotaPerSecUSec 130ms
	shows CPUQuotaPeriodUSec 100ms
	shows CPUWeight 100
	shows TasksMax 66

	# With another property of the processor systemd writes the quota, too, in whole percents.
	quietly update --cpu-share 512 "$CT"
	holds cpu.weight 59
	holds cpu.max "12345 100000"
}

@test "no limit, an idle container and I/O limits are in the files and in the properties" {
	local disk
	disk=$(lsblk --noheadings --nodeps --output MAJ:MIN,TYPE | awk '$2 == "disk" { print $1; exit }')
	config '.linux.resources = {memory: {limit: -1}, pids: {limit: -1}, cpu: {idle: 1, quota: -1},
		blockIO: {weight: 500, throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}],
			throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 50}]}}' \
		--argjson major "${disk%:*}" --argjson minor "${disk#*:}"
	running
	holds memory.max max
	holds pids.max max
	holds cpu.idle 1
	holds io.max "$disk rbps=1048576 wbps=max riops=max wiops=50"
	shows MemoryMax infinity
	shows TasksMax infinity
	shows CPUWeight idle
	shows CPUQuotaPerSecUSec infinity
	shows IOReadBandwidthMax "/dev/block/$disk 1048576"
	shows IOWriteIOPSMax "/dev/block/$disk 50"
}

@test "annotations are properties of the scope" {
	config '.annotations = {
		"org.systemd.property.TimeoutStopSec": "1.5",
		"org.systemd.property.RuntimeMaxUSec": "uint64 3600000000",
		"org.systemd.property.KillSignal": "10",
		"org.systemd.property.Description": "\"it'"'"'s \\u00fcber\"",
		"org.systemd.property.DefaultDependencies": "true",
		"org.systemd.property.Delegate": "true",
		"org.systemd.property.After": "['"'"'dbus.service'"'"']",
		"org.systemd.property.MemoryHigh": "uint64 209715200"}'
	running
	shows TimeoutStopUSec 1.500000s
	shows RuntimeMaxUSec 1h
	shows KillSignal 10
	shows Description "it's über"
	shows DefaultDependencies yes
	shows MemoryHigh 209715200
	holds memory.high 209715200
	[[ " $(property After) " == *" dbus.service "* ]]
}

@test "an annotation that systemd does not take is an error, and nothing is left" {
	config '.annotations["org.systemd.property.NoSuchThing"] = "1"'
	refuses "NoSuchThing" create --bundle "$BUNDLE" "$CT"
	unit_is_gone
	config '.annotations = {"org.systemd.property.KillSignal": "uint64 15"}'
	refuses "systemd refuses to start the unit" create --bundle "$BUNDLE" "$CT"
	unit_is_gone
}

@test "a reload of systemd, and a property that somebody sets, change no limit" {
	config '.linux.resources = {memory: {limit: 268435456}, cpu: {quota: 30000, period: 100000}, pids: {limit: 77}}'
	running
	systemctl daemon-reload
	systemctl set-property --runtime "$UNIT" CPUWeight=50 MemoryHigh=200M TasksMax=77
	holds memory.max 268435456
	holds cpu.max "30000 100000"
	holds pids.max 77
	holds cpu.weight 50
	systemctl daemon-reexec
	systemctl set-property --runtime "$UNIT" CPUWeight=60
	holds memory.max 268435456
	holds cpu.max "30000 100000"
	holds cpu.weight 60
	shows ActiveState active
}

# opened RESULT: how often the program could (opened) or could not (refused) open what it tried.
opened()
{
	grep -c "^$1" "$BUNDLE/rootfs/said" || true
}

@test "what is allowed can be opened all the time, and what is not never, while systemd reloads" {
	local before
	config '.root.readonly = false | .linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 3, access: "rw"}] | .linux.devices = [
		{path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438}]'
	running "$CT" sh -c 'while :; do
		(: </dev/null) 2>/dev/null && echo opened || echo refused; (: </dev/kmsg) 2>/dev/null && echo escaped
		done >/said'
	wait_until written "$BUNDLE/rootfs/said"
	for _ in 1 2 3 4 5; do
		before=$(opened opened)
		systemctl daemon-reload
		systemctl set-property --runtime "$UNIT" "CPUWeight=$((RANDOM % 100 + 1))"
		systemctl daemon-reexec
		wait_until has_opened_more "$before"
	done
	[[ $(opened refused) -eq 0 && $(opened escaped) -eq 0 ]] || fail "$(sort "$BUNDLE/rootfs/said" | uniq -c)"
}

has_opened_more()
{
	(($(opened opened) > $1 + 5))
}

@test "a unit of that name that is in use is left alone, and create says so and leaves nothing" {
	systemd-run --quiet --scope --unit "$UNIT" sleep 1000 3>&- &
	wait_until test -e "$slice/$UNIT"
	refuses "$UNIT" create --bundle "$BUNDLE" "$CT"
	[[ $stderr == *exist* ]]
	refuses "container does not exist" state "$CT"
	shows ActiveState active
	systemctl stop "$UNIT"
	wait
}

@test "a unit of that name that has failed is put aside" {
	systemd-run --quiet --unit "$UNIT" --property Type=oneshot true || true
	systemd-run --quiet --scope --property CollectMode=inactive --unit "$UNIT" sh -c 'kill -KILL $$' || true
	create "$CT"
	shows ActiveState active
}

@test "containers made and deleted one after the other leave no unit and no cgroup" {
	local i
	for ((i = 0; i < ${CYCLES:-25}; i++)); do
		create "$CT"
		quietly update --pids-limit $((i + 10)) "$CT"
		holds pids.max $((i + 10))
		quietly delete --force "$CT"
	done
	wait_until unit_is_gone
	[[ -z $(systemctl list-units --all --plain --no-legend "tare-*") ]]
}

@test "a create that is killed leaves no unit, and delete --force removes the rest" {
	local delay
	for delay in 0.02 0.1 0.2 0.3 0.5; do
		# $! is tare itself: with the function tare() it would be a shell that waits for it.
		"$TARE" --root "$ROOT" --systemd-cgroup --systemd-helper "${TARE%/*}/tare-systemd" create --bundle "$BUNDLE" "$CT" \
			>"$DIR/said" 2>&1 3>&- </dev/null &
		sleep "$delay" # the moment of the kill is what is tried out
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		[[ ! -e $ROOT/$CT ]] || quietly delete --force "$CT"
		wait_until unit_is_gone
	done
}

@test "without systemd's sockets delete works, and create says where it has looked and leaves nothing" {
	create "$CT"
	unshare --mount sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
		"$TARE" --root "$ROOT" delete --force "$CT"
	wait_until unit_is_gone
	status=0
	output=$(unshare --mount sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
		"$TARE" --root "$ROOT" --systemd-cgroup --systemd-helper "${TARE%/*}/tare-systemd" \
		create --bundle "$BUNDLE" "$CT" 2>&1) || status=$?
	[[ $status -eq 1 && $output == *systemd* ]] || fail "$status: $output"
	refuses "container does not exist" state "$CT"
}

@test "pause, resume, ps and kill work through the scope" {
	running
	quietly pause "$CT"
	holds cgroup.freeze 1
	quietly resume "$CT"
	tare ps "$CT" | grep -q 'sleep 1000'
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	wait_until unit_is_gone
	quietly delete "$CT"
}

@test "an update that systemd does not take changes nothing" {
	config '.linux.resources.memory.limit = 268435456'
	running
	unshare --mount sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
		"$TARE" --root "$ROOT" --systemd-helper "${TARE%/*}/tare-systemd" update --memory 100000000 "$CT" \
		>"$DIR/said" 2>&1 && fail "it succeeded"
	grep -q systemd "$DIR/said"
	holds memory.max 268435456
	shows MemoryMax 268435456
}

# as_guest COMMAND...: as an ordinary user, whose systemd runs, and who has not logged in by it.
as_guest()
{
	setpriv --reuid guest --regid guest --init-groups -- \
		env HOME=/home/guest XDG_RUNTIME_DIR="/run/user/$(id -u guest)" "$@"
}

# guest ARG...: tare of that user.
guest()
{
	as_guest "$TARE" --root "$DIR/guest/state" --systemd-cgroup --systemd-helper "${TARE%/*}/tare-systemd" "$@" </dev/null
}

@test "an ordinary user's container is a scope of the systemd that runs for him" {
	local cgroup uid pid
	uid=$(id -u guest)
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$DIR"
	install --directory --owner guest --group guest "$DIR/guest"
	as_guest "$REPOSITORY/scripts/mkbundle" "$DIR/guest/bundle" -- sleep 1000
	BUNDLE=$DIR/guest/bundle config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 44},
		cpu: {quota: 20000, period: 100000}}'
	chown guest:guest "$DIR/guest/bundle/config.json"
	guest create --bundle "$DIR/guest/bundle" "$CT" >"$DIR/said" 2>&1 || fail "$(<"$DIR/said")"
	pid=$(guest state "$CT" | jq .pid)
	grep -qx "0::/user.slice/user-$uid.slice/user@$uid.service/user.slice/$UNIT" "/proc/$pid/cgroup" ||
		fail "$(<"/proc/$pid/cgroup")"
	cgroup=$(cgroup_of "$pid")
	[[ $(<"$cgroup/memory.max") == 67108864 && $(<"$cgroup/pids.max") == 44 && $(<"$cgroup/cpu.max") == "20000 100000" ]]
	[[ $(as_guest systemctl --user show --property MemoryMax --value "$UNIT") == 67108864 ]]
	guest start "$CT"
	guest update --memory 33554432 "$CT"
	[[ $(<"$cgroup/memory.max") == 33554432 ]]
	[[ $(as_guest systemctl --user show --property MemoryMax --value "$UNIT") == 33554432 ]]
	guest delete --force "$CT"
	wait_until test ! -e "$cgroup"
	[[ $(as_guest systemctl --user show --property LoadState --value "$UNIT") == not-found ]]
}
