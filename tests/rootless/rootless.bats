#!/usr/bin/env bats
# Containers of an ordinary user: run by tests/lib/with-user, which makes him.

load ../e2e/helpers

# A cgroup of root's, where nothing is delegated.
setup_file()
{
	mkdir /sys/fs/cgroup/outside
}

teardown_file()
{
	rmdir /sys/fs/cgroup/outside
}

setup()
{
	base_setup
	[[ ${E2E_USER-} ]] || fail "run this by tests/lib/with-user"
}

# A bundle that maps the user's own id and no other, as `spec --rootless` writes it.
single_id()
{
	config '.linux.uidMappings |= .[:1] | .linux.gidMappings |= .[:1]'
}

@test "a user's container has his one id as its root, and no say over groups" {
	single_id
	args sh -c 'id; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == "uid=0"* ]] || fail "$output"
	[[ $(xargs -n1 <<<"${lines[1]} ${lines[2]}" | xargs) == "0 $E2E_USER 1 0 $E2E_USER 1" ]]
	[[ ${lines[3]} == deny ]]
}

@test "what spec --rootless writes runs as it is" {
	rm "$BUNDLE/config.json"
	"$TARE" spec --rootless --bundle "$BUNDLE"
	config '.process.terminal = false | .process.args = ["echo", "here"] | .process.env += ["E2E=\($ct)"]' --arg ct "$CT"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == here ]]
}

@test "newuidmap and newgidmap give a container the user's subordinate ids" {
	args sh -c 'id; cat /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /tmp/file'
	config '.process.user = { uid: 1000, gid: 50, additionalGids: [51] }'
	touch "$BUNDLE/rootfs/tmp/file"
	chown "$((E2E_SUBIDS + 999)):$((E2E_SUBIDS + 49))" "$BUNDLE/rootfs/tmp/file"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == "uid=1000 gid=50 groups=51"* ]] || fail "$output"
	[[ $(xargs <<<"${lines[*]:1:4}") == "0 $E2E_USER 1 1 $E2E_SUBIDS 65535 0 $E2E_USER 1 1 $E2E_SUBIDS 65535" ]]
	[[ ${lines[5]} == 1000:50 ]]
}

@test "the whole life of a user's container, in the state directory of his session" {
	args sleep 1000
	quietly_as_user create --bundle "$BUNDLE" "$CT"
	[[ -d /run/user/$E2E_USER/tare/$CT ]]
	[[ $(stat -c %a:%u "/run/user/$E2E_USER/tare") == "700:$E2E_USER" ]]
	[[ $("$TARE" list --quiet) == "$CT" ]]
	[[ $("$TARE" list --format json | jq -r '.[0].owner') == container ]]
	[[ $("$TARE" state "$CT" | jq -r .status) == created ]]
	# No session and no login: the place is the same.
	E2E_RUNTIME_DIR='' quietly_as_user start "$CT"
	[[ $("$TARE" state "$CT" | jq -r .status) == running ]]
	quietly_as_user kill --all "$CT" KILL
	wait_until is_stopped
	quietly_as_user delete "$CT"
	[[ ! -e /run/user/$E2E_USER/tare/$CT ]]
}

# Without --root.
quietly_as_user()
{
	"$TARE" "$@" </dev/null >"$DIR/stdout" 2>&1 || fail "$1: exit $?" "$(<"$DIR/stdout")"
	[[ ! -s $DIR/stdout ]] || fail "$(<"$DIR/stdout")"
}

is_stopped()
{
	[[ $("$TARE" state "$CT" | jq -r .status) == stopped ]]
}

# swapped FILE=OTHER COMMAND...: runs it where another file stands in the place of one.
swapped()
{
	local swap=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -euc '
		mount --bind "${0#*=}" "${0%%=*}"
		exec "$@"
	' "$swap" "$@"
}

@test "without newuidmap the error says what to install" {
	run -1 swapped /usr/bin/newgidmap=/dev/null "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ $output == *"linux.gidMappings: newgidmap is not installed, which maps other ids than one's own: 'apt-get install uidmap'" ]] ||
		fail "$output"
}

@test "without subordinate ids the error names the user, the file and the fix" {
	run -1 swapped /etc/subgid=/dev/null "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ $output == *"user '$E2E_NAME' has no entry in /etc/subgid: add one (usermod --add-subgids 100000-165535 $E2E_NAME), "* ]] ||
		fail "$output"
}

@test "CVE-2026-84042: the helpers are the host's, whatever PATH the container has and the image has there" {
	local name image=$BUNDLE/rootfs/usr/bin
	mkdir -p "$image"
	for name in newuidmap newgidmap; do
		printf '#!/bin/sh\necho >%s/pwned\nexec /usr/bin/%s "$@"\n' "$DIR" "$name" >"$image/$name"
		chmod 755 "$image/$name"
	done
	args /bin/cat /proc/self/uid_map /proc/self/gid_map
	config '.process.env |= map(select(startswith("PATH=") | not)) + ["PATH=\($path):/usr/bin:/bin"]' --arg path "$image"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $(xargs <<<"$output") == "0 $E2E_USER 1 1 $E2E_SUBIDS 65535 0 $E2E_USER 1 1 $E2E_SUBIDS 65535" ]] || fail "$output"
	[[ ! -e $DIR/pwned ]]
}

@test "ids that are not the user's are refused in the words of newuidmap" {
	config '.linux.uidMappings[1].hostID = 10000'
	run -1 tare create --bundle "$BUNDLE" "$CT"
	[[ $output == *"linux.uidMappings: newuidmap refuses it: newuidmap: uid range [1-"*" not allowed"* ]] || fail "$output"
}

@test "what only root can have is refused with its place, before anything is made" {
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	refuses 'linux.namespaces: expected a user namespace, without which only root can run containers' create \
		--bundle "$BUNDLE" "$CT"
	[[ ! -e $ROOT ]]
}

@test "namespaces to join need the user namespace that they belong to" {
	config '(.linux.namespaces[] | select(.type == "ipc")).path = "/proc/self/ns/ipc"'
	refuses "found '/proc/self/ns/ipc' to join: its own user namespace has to be joined with it" create --bundle "$BUNDLE" "$CT"
}

@test "additional groups with the user's own group alone are refused" {
	single_id
	config '.process.user.additionalGids = [0]'
	refuses "process.user.additionalGids: need more groups than one's own in linux.gidMappings" create --bundle "$BUNDLE" "$CT"
}

@test "a limit that needs root says up to where one may go" {
	local most
	most=$("$AS_USER" bash -c 'ulimit -H -e')
	config '.process.rlimits = [{ type: "RLIMIT_NICE", soft: 40, hard: 40 }]'
	touch "$DIR/log"
	chown "$E2E_USER" "$DIR/log"
	run -1 tare --log "$DIR/log" --log-format json create --bundle "$BUNDLE" "$CT"
	[[ $(jq -r .hint "$DIR/log") == "without CAP_SYS_RESOURCE it can be $most at most" ]] || fail "$(<"$DIR/log")"
	[[ $(jq -r .msg "$DIR/log") == *"process.rlimits: cannot raise the hard limit of RLIMIT_NICE to 40: operation not permitted" ]]
}

@test "the score for the OOM killer may be raised by a user" {
	args cat /proc/self/oom_score_adj
	config '.process.oomScoreAdj = 500'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 500 ]]
}

@test "two containers share the user's network and ipc namespaces by joining his user namespace" {
	local pid
	running "$CT-1"
	pid=$(state_of "$CT-1" .pid)
	config '.linux.namespaces |= map(if .type == "user" or .type == "ipc" or .type == "network"
		then .path = "/proc/\($pid)/ns/\(if .type == "network" then "net" else .type end)" else . end)' --arg pid "$pid"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	args sleep 1000
	create "$CT-2"
	for ns in user ipc net; do
		[[ $(readlink "/proc/$pid/ns/$ns") == "$(readlink "/proc/$(state_of "$CT-2" .pid)/ns/$ns")" ]]
	done
}

@test "offsets of a time namespace are a user's, too" {
	args cat /proc/self/timens_offsets
	config '.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets = { monotonic: { secs: 1000, nanosecs: 5 } }'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $(xargs <<<"${lines[0]}") == "monotonic 1000 5" ]]
}

@test "CVE-2019-5736: a user's container cannot write to the runtime's file" {
	local pid
	args sleep 1000
	create "$CT"
	pid=$(state_of "$CT" .pid)
	# A sealed copy in memory, or a mount that is read-only.
	[[ $(readlink "/proc/$pid/exe") == "/memfd:tare (deleted)" ]]
	run ! dd if=/dev/zero of="/proc/$pid/exe" bs=1 count=1 conv=notrunc
}

@test "root of a container that may not mount runs containers the same way" {
	single_id
	config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
	give_files "$BUNDLE" 0
	args sh -c 'id -u; cat /proc/self/setgroups'
	run -0 setpriv --bounding-set -sys_admin --inh-caps -sys_admin -- "$REAL_TARE" --root "$DIR/root" --rootless=true \
		run --bundle "$BUNDLE" "$CT"
	[[ $output == 0$'\n'allow ]] || fail "$output"
}

@test "root of a user namespace runs containers there without another one" {
	args sh -c 'id -u; echo x >/dev/null; cat /proc/self/uid_map'
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	run -0 "$AS_USER" unshare --user --map-root-user --mount --propagation private \
		"${TARE%/*}/bin/tare" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == 0 && $(xargs <<<"${lines[1]}") == "0 $E2E_USER 1" ]] || fail "$output"
}

# ---- cgroups ----

# outside COMMAND...: runs it there.
outside()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	bash -euc 'echo $$ >"$0"; exec "$@"' /sys/fs/cgroup/outside/cgroup.procs "$@"
}

# is_in CGROUP: that is where the container's process is.
is_in()
{
	local cgroup
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	[[ $cgroup == "/sys/fs/cgroup$1" ]] || fail "it is in $cgroup"
}

@test "a container has a cgroup of its own beside the user's delegated one" {
	running
	is_in "/session/tare-$CT"
	quietly delete --force "$CT"
	[[ ! -e /sys/fs/cgroup/session/tare-$CT ]]
}

@test "an absolute path below a delegated cgroup is taken" {
	config '.linux.cgroupsPath = "/session/\($ct)-x/y"' --arg ct "$CT"
	running
	is_in "/session/$CT-x/y"
	quietly delete --force "$CT"
	[[ ! -e /sys/fs/cgroup/session/$CT-x ]]
}

@test "limits reach a delegated cgroup" {
	[[ " $(</sys/fs/cgroup/cgroup.controllers) " == *" hugetlb "* ]] || skip "the controller hugetlb is not there"
	echo +hugetlb >/sys/fs/cgroup/cgroup.subtree_control
	config '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
	running
	[[ $(</sys/fs/cgroup/session/tare-$CT/hugetlb.2MB.max) == 4194304 ]]
}

@test "where nothing is delegated a container does without a cgroup, unless limits are asked for" {
	args sleep 1000
	outside "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 || fail "$(<"$DIR/out")"
	is_in /outside
	quietly delete --force "$CT"
	config '.linux.resources.pids.limit = 10'
	run -1 outside "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ $output == *"linux.resources.pids.limit: needs a cgroup, and this user may not make '/tare-$CT': have one delegated"* ]] ||
		fail "$output"
}

@test "--rootless=false insists on the cgroup, --rootless=true does not" {
	refuses "cannot make the cgroup '/tare-$CT': permission denied" --rootless=false create --bundle "$BUNDLE" "$CT"
	quietly --rootless=true create --bundle "$BUNDLE" "$CT"
	refuses "option --rootless: expected true, false or auto, found 'maybe'" --rootless maybe create --bundle "$BUNDLE" "$CT-2"
}

@test "kill --all reaches each process of a container without a cgroup" {
	config '.root.readonly = false'
	args sh -c 'sh -c "trap \"echo child >>/tmp/said; exit\" TERM; echo up >>/tmp/said; while :; do sleep 1000 & wait; done" &
		trap "" TERM; while :; do wait; done'
	outside "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 || fail "$(<"$DIR/out")"
	quietly start "$CT"
	wait_until written "$BUNDLE/rootfs/tmp/said"
	quietly kill --all "$CT" TERM
	wait_until grep -q child "$BUNDLE/rootfs/tmp/said"
	has_status "$CT" running
	quietly kill --all "$CT" KILL
	wait_until has_status "$CT" stopped
	quietly kill --all "$CT" KILL
	quietly delete "$CT"
}

@test "CVE-2023-25809: a container writes to no cgroup but its own" {
	local mount='{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"] }'
	args sh -c 'mkdir /sys/fs/cgroup/login/made /sys/fs/cgroup/session/made; mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
	# The bind of /sys that `spec --rootless` writes, and the same for writing.
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	run ! tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *"session/made': Read-only file system"*"mine': Read-only file system"* ]] || fail "$output"
	config '(.mounts[] | select(.destination == "/sys")).options = ["rbind", "rw"]'
	run ! tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *"session/made': Read-only file system"*"mine': Read-only file system"* ]] || fail "$output"
	# A cgroup mount shows the container's own, of which there is the inside alone.
	config ".mounts += [$mount]"
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *"session/made': No such file"* && $output != *mine* ]] || fail "$output"
	# Without a cgroup of its own, nothing.
	run ! outside "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $output == *"session/made': Read-only file system"*"mine': Read-only file system"* ]] || fail "$output"
}

# The PATH of /etc/profile for who is not root: chroot and ip are not in it.
@test "scripts/mkbundle makes a bundle that runs, with the PATH that Debian gives an ordinary user" {
	install -d "$DIR/scripts"
	cp "$REPOSITORY"/scripts/{lib.bash,mkbundle} "$DIR/scripts"
	run -0 env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games TARE="$TARE" \
		"$AS_USER" "$DIR/scripts/mkbundle" "$DIR/made" -- sh -c 'echo "I am $(id -u), and ls is $(readlink /bin/ls)"'
	[[ -z $output ]] || fail "$output"
	run -0 tare run --bundle "$DIR/made" "$CT"
	[[ $output == "I am 0, and ls is busybox" ]] || fail "$output"
}
