# What every end-to-end test shares: a private state directory, a bundle, and the proof that nothing is left behind.
#
# A test calls the runtime through `tare`, which adds --root, and names its containers $CT or "$CT-something": the harness
# finds by that name what a container left. Wait for events with wait_until, never with sleep.
#
# shellcheck shell=bash disable=SC2034
bats_require_minimum_version 1.5.0

REPOSITORY=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
TARE=${TARE:-$REPOSITORY/build/debug/tare}
# The name that error messages carry: the suite can be pointed at another runtime to try out the tests themselves.
NAME=${TARE##*/}
# The programs of the test side: tests/lib.
LIB=$REPOSITORY/tests/lib

setup()
{
	base_setup
}

# For test files that have a setup() of their own.
base_setup()
{
	local file=${BATS_TEST_FILENAME##*/}
	[[ -x $TARE ]] || fail "there is no $TARE: build it, or set TARE"
	((EUID == 0)) || fail "the end-to-end tests need root"
	CT=e2e-${file%.bats}-$BATS_TEST_NUMBER-$$
	DIR=$BATS_TEST_TMPDIR
	[[ ! ${E2E_USER-} ]] || open_to_user
	ROOT=$DIR/state-$CT
	BUNDLE=$DIR/bundle
	make_bundle "$BUNDLE"
	BEFORE=$(snapshot)
}

teardown()
{
	base_teardown
}

# For test files that have a teardown() of their own.
base_teardown()
{
	# A setup that has skipped the test before base_setup has made nothing. Without a name every process would be this test's.
	[[ ${CT-} ]] || return 0
	delete_all "$ROOT"
	if ! wait_until nothing_left; then
		printf 'left behind:\n%s\n' "$(leftovers)"
		# bats would wait for these processes, which may hold its pipes open.
		processes | while read -r _ pid _; do
			kill -KILL "${pid%:}"
		done
		return 1
	fi
}

# tests/lib/with-user runs the suite as an ordinary user, who gets the files of the test and makes files of their own.
open_to_user()
{
	chmod 711 "$BATS_RUN_TMPDIR"
	chown "$E2E_USER:$E2E_USER" "$DIR"
}

# A reason for needs_root.
SHARED_PIDS="the kernel mounts no procfs of a pid namespace that is not the user's"

# needs_root REASON: skips the test in a run of the suite as an ordinary user.
needs_root()
{
	[[ ! ${E2E_USER-} ]] || skip "without root: $1"
}

# Ends the test with a reason.
fail()
{
	printf '%s\n' "$@"
	return 1
}

# The runtime, with the state directory of this test. With E2E_SYSTEMD it has systemd make the cgroups.
tare()
{
	"$TARE" --root "$ROOT" ${E2E_SYSTEMD:+--systemd-cgroup --systemd-helper "${TARE%/*}/tare-systemd"} "$@"
}

# Like `run tare ARG...`, for a command that leaves a container: its output goes to files, since a pipe of `run` would
# stay open until the container ends. Sets status, output (both streams), stdout and stderr to what was written so far.
detached()
{
	status=0
	tare "$@" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || status=$?
	stdout=$(<"$DIR/stdout")
	stderr=$(<"$DIR/stderr")
	output=$stdout$stderr
}

# detached, and the command has to succeed without any output.
quietly()
{
	detached "$@"
	[[ $status -eq 0 && -z $stderr ]] || fail "$1: exit $status" "$output"
}

# create [OPTION...] ID: a container whose init waits.
create()
{
	quietly create --bundle "$BUNDLE" "$@"
}

# running [ID] [ARG...]: a container that runs ARGs, "sleep 1000" if there are none.
running()
{
	local id=${1:-$CT}
	shift || true
	(($# > 0)) || set -- sleep 1000
	args "$@"
	create "$id"
	quietly start "$id"
}

# refuses TEXT ARG...: the command fails with exit status 1, nothing on stdout, and TEXT in its message, which may be
# inside of a log line.
refuses()
{
	local text=$1
	shift
	detached "$@"
	stderr=${stderr//\\\"/\"}
	[[ $status -eq 1 && -z $stdout && $stderr == *"$text"* ]] ||
		fail "wanted exit 1 and '$text'" "got exit $status" "stdout: $stdout" "stderr: $stderr"
}

# The program that the bundle's container runs.
args()
{
	config '.process.args = $ARGS.positional' --args -- "$@"
}

# config FILTER [JQ-OPTION...]: edits the config.json of the bundle.
config()
{
	local filter=$1 edited
	shift
	edited=$(jq "$filter" "$@" <"$BUNDLE/config.json") || fail "jq cannot edit config.json"
	printf '%s\n' "$edited" >"$BUNDLE/config.json"
}

# One member of a container's state: state_of ID .status
state_of()
{
	tare state "$1" | jq -r "$2"
}

has_status()
{
	local state
	state=$(tare state "$1" 2>/dev/null) && [[ $state =~ \"status\":\ ?\"$2\" ]]
}

# How long to wait for an event, in seconds. Only a test that fails waits so long; those of tests/meta have to fail.
: "${SECONDS_TO_WAIT:=20}"

# wait_until COMMAND...: polls a condition. It fails when the time is up.
wait_until()
{
	local deadline=$((SECONDS + SECONDS_TO_WAIT))
	until "$@"; do
		((SECONDS <= deadline)) || return 1
		# Cheaper than running sleep(1): the read waits for a pipe that no process writes to.
		read -rt 0.02 <> <(:) || true
	done
}

# traceable COMMAND...: the sanitizers cannot look for leaks of what strace traces.
traceable()
{
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 "$@"
}

# stopped_create [OPTION...] ID: a create in the background that stands still, with the lock, before it clones init. Sets
# creator to its pid.
stopped_create()
{
	stopped_create_at clone3 gate.new "$@"
}

# stopped_create_at CALL NAME [OPTION...] ID: the same at another system call, before which the name is there.
stopped_create_at()
{
	local call=$1 name=$2
	shift 2
	# strace is not the parent (-D), so the process is tare.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -D -o /dev/null -e "trace=$call" \
		-e "inject=$call:signal=STOP:when=1" \
		"$TARE" --root "$ROOT" ${GLOBAL-} create --bundle "$BUNDLE" "$@" </dev/null >"$DIR/created" 2>&1 3>&- &
	creator=$!
	wait_until test -e "$ROOT/${*: -1}/$name" || fail "$(<"$DIR/created")"
}

# Lets the stopped create go on, and waits for its end.
finish_create()
{
	wait_until has_gone_on
	wait "$creator" || fail "$(<"$DIR/created")"
}

# The create may not have reached the stop yet.
has_gone_on()
{
	kill -CONT "$creator"
	gone "$creator"
}

# waits_for_lock PID: whether a command waits for a lock that another process holds.
waits_for_lock()
{
	grep -q -- "-> FLOCK .* $1 " /proc/locks
}

# A file that has something in it.
written()
{
	[[ -s $1 ]]
}

# has_open PID PATTERN: one of the process's files is called like that.
has_open()
{
	local link
	for link in /proc/"$1"/fd/*; do
		# shellcheck disable=SC2053 # a pattern
		[[ $(readlink "$link") != $2 ]] || return 0
	done
	return 1
}

gone()
{
	# The process may be reaped between the two looks.
	[[ ! -e /proc/$1 ]] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null || [[ ! -e /proc/$1 ]]
}

parent_of()
{
	awk '/^PPid:/ { print $2 }' "/proc/$1/status"
}

# cgroup_of PID: the directory of the cgroup that a process is in.
cgroup_of()
{
	local tree
	tree=$(findmnt --noheadings --first-only --output TARGET --types cgroup2)
	echo "$tree$(sed -n 's/^0:://p' "/proc/$1/cgroup")"
}

# with_headless: the bundle has tests/lib/headless.c as /bin/headless.
with_headless()
{
	local program=$BATS_RUN_TMPDIR/headless
	[[ -x $program ]] || gcc -std=gnu17 -O1 -static -Wall -Wextra -Werror -o "$program.$$" "$LIB/headless.c"
	[[ -x $program ]] || mv "$program.$$" "$program"
	cp "$program" "$BUNDLE/rootfs/bin/headless"
}

# has_no_first_thread PID: the first thread has ended, and the process has not.
has_no_first_thread()
{
	grep -q '^State:.*Z' "/proc/$1/status" && [[ $(ls "/proc/$1/task" | wc -l) -gt 1 ]]
}

# A user namespace of 65536 ids from 100000 on, whose root owns the bundle's root file system.
in_user_namespace()
{
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	give_files "$BUNDLE/rootfs" 100000
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$DIR" "$BUNDLE"
}

# give_files DIRECTORY ID: everything in it belongs to this user and group, but for links: those of a bundle are those of all.
give_files()
{
	find "$1" ! -type l -exec chown "$2:$2" {} +
}

# listener SOCKET OUTPUT PROGRAM [ARG...]: one of tests/lib that waits at a socket for the runtime, in the background. Sets
# listener to its pid.
listener()
{
	python3 "$LIB/$3" "${@:4}" >"$2" 2>&1 </dev/null 3>&- &
	listener=$!
	wait_until test -S "$1"
}

# A manager that asks for a pidfd at $DIR/pidfd, and writes to $DIR/told whose it is.
listen_for_pidfd()
{
	listener "$DIR/pidfd" "$DIR/told" pidfd.py "$DIR/pidfd"
}

# A seccomp agent at $DIR/agent, which writes to $DIR/asked what it is asked about.
listen_as_agent()
{
	listener "$DIR/agent" "$DIR/asked" agent.py "$DIR/agent"
}

# listen_for_console SOCKET STEP...: a manager that waits for a terminal, and writes to $DIR/shown what it showed.
listen_for_console()
{
	listener "$1" "$DIR/shown" console.py receive "$@"
}

# Waits until the manager has got its terminal, and has seen on it what its steps wait for.
heard_all()
{
	wait "$listener" || fail "$(<"$DIR/shown")"
}

# A root file system of busybox and a configuration from the runtime's own `spec`, both made once for the whole run. The
# links of busybox are hard links to those of the template: to make hundreds for each test takes longer than most tests.
make_bundle()
{
	local template=$BATS_RUN_TMPDIR/template config
	[[ -d $template ]] || make_template "$template"
	cp -a "$template/bundle" "$1"
	cp -al "$template/bin" "$1/rootfs"
	cp --remove-destination -a "$template/bin/busybox" "$1/rootfs/bin"
	config=$(<"$1/config.json")
	printf '%s\n' "${config//@CT@/$CT}" >"$1/config.json"
}

# Test files may run at the same time: the first one that is done gives its template the name, and all templates are
# alike.
make_template()
{
	local new=$1.$$ bundle=$1.$$/bundle
	mkdir -p "$bundle"/rootfs/{dev,etc,proc,root,run,sys,tmp} "$new/bin"
	cp "$(command -v busybox)" "$new/bin/busybox"
	chroot "$new" /bin/busybox --install -s /bin
	echo 'root:x:0:0::/root:/bin/sh' >"$bundle/rootfs/etc/passwd"
	echo 'root:x:0:' >"$bundle/rootfs/etc/group"
	[[ ! ${E2E_USER-} ]] || chown -R "$E2E_USER:$E2E_USER" "$new"
	"$TARE" spec ${E2E_USER:+--rootless} --bundle "$bundle"
	jq '.process.terminal = false | .process.args = ["true"] | .process.env += ["E2E=@CT@"]' \
		"$bundle/config.json" >"$bundle/config.new"
	[[ ! ${E2E_USER-} ]] || complete_for_user "$bundle/config.new"
	mv "$bundle/config.new" "$bundle/config.json"
	mv -T "$new" "$1" 2>/dev/null || rm -rf "$new"
}

# The containers of an ordinary user get the whole range of ids, his own as their root, and a network of their own.
complete_for_user()
{
	local edited
	edited=$(jq --argjson first "$E2E_SUBIDS" '
		{ containerID: 1, hostID: $first, size: 65535 } as $rest |
		.linux.uidMappings += [$rest] | .linux.gidMappings += [$rest] |
		.linux.namespaces += [{ type: "network" }]' <"$1")
	printf '%s\n' "$edited" >"$1"
}

# All containers below a state directory, whatever they are doing.
delete_all()
{
	local id
	[[ -d $1 ]] || return 0
	for id in $("$TARE" --root "$1" list --quiet); do
		"$TARE" --root "$1" delete --force -- "$id"
	done
}

# The mounts of this namespace. The last column, the options of the file system, is left out: any process may change
# them where the same file system is mounted elsewhere, as cgroup2 is on most machines.
mounts_here()
{
	local lines
	mapfile -t lines </proc/self/mountinfo
	printf 'mount: %s\n' "${lines[@]% *}"
}

# What containers can change on the host, a line each, to compare before and after. Other processes of the machine may
# be at work at the same time: so only files with tare's name count, and mounts of this mount namespace.
snapshot()
(
	shopt -s globstar nullglob dotglob
	mounts_here
	# All cgroups under tests/lib/pure-v2, which has a tree of its own; else those of this test.
	if [[ $(</proc/self/cgroup) == *0::/session* ]]; then
		named cgroup /sys/fs/cgroup/**/
	else
		named cgroup /sys/fs/cgroup/**/*"$CT"*/
	fi
	named file /run/*"$NAME"* /run/*/*"$NAME"* {/run,/run/*,/tmp,/var/tmp,/dev,/dev/shm}/*e2e-* \
		/dev/shm/*"$NAME"* "$ROOT"/[!@]*
)

# named KIND [NAME...]: a line for each name; none where there is no name, since then printf would print one that is empty.
named()
{
	(($# == 1)) || printf "$1: %s\n" "${@:2}"
}

# Prints what is on the host now and was not before, and the other way round. A file that is gone was removed by another
# process.
leftovers()
{
	local now
	now=$(snapshot)
	[[ $now == "$BEFORE" ]] || diff <(echo "$BEFORE") <(echo "$now") | sed -n '/^< file/d; s/^</missing/p; s/^>/new/p'
	processes
}

# Processes of the runtime that work for this test, and those of its containers.
processes()
{
	local directory words
	for directory in /proc/[0-9]*; do
		mapfile -d '' -t words 2>/dev/null <"$directory/cmdline" || continue
		[[ ${words[*]-} != *"state-$CT"* ]] || echo "process ${directory#/proc/}: ${words[*]}"
		mapfile -d '' -t words 2>/dev/null <"$directory/environ" || continue
		[[ " ${words[*]-} " != *" E2E=$CT "* ]] || echo "process ${directory#/proc/} of a container"
	done
}

no_process()
{
	[[ -z $(processes) ]]
}

nothing_left()
{
	[[ -z $(leftovers) ]]
}
