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
NAME=$(basename "$TARE")
# The programs of the test side: tests/lib.
LIB=$REPOSITORY/tests/lib

setup()
{
	base_setup
}

# For test files that have a setup() of their own.
base_setup()
{
	[[ -x $TARE ]] || fail "there is no $TARE: build it, or set TARE"
	((EUID == 0)) || fail "the end-to-end tests need root"
	CT=e2e-$(basename "$BATS_TEST_FILENAME" .bats)-$BATS_TEST_NUMBER-$$
	DIR=$BATS_TEST_TMPDIR
	ROOT=$DIR/state-$CT
	BUNDLE=$DIR/bundle
	make_bundle "$BUNDLE"
	snapshot >"$DIR/before"
}

teardown()
{
	delete_all "$ROOT"
	if ! wait_until 2 nothing_left; then
		printf 'left behind:\n%s\n' "$(leftovers)"
		return 1
	fi
}

# Ends the test with a reason.
fail()
{
	printf '%s\n' "$@"
	return 1
}

# The runtime, with the state directory of this test.
tare()
{
	"$TARE" --root "$ROOT" "$@"
}

# Like `run tare ARG...`, for what leaves a container: it gets files for its output, where a pipe of `run` would keep the
# test waiting for the container. Sets status, output (both streams), stdout and stderr to what was written so far.
detached()
{
	status=0
	tare "$@" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || status=$?
	stdout=$(<"$DIR/stdout")
	stderr=$(<"$DIR/stderr")
	output=$stdout$stderr
}

# detached, and it has to succeed without a word.
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
	local filter=$1
	shift
	jq "$filter" "$@" <"$BUNDLE/config.json" >"$DIR/config.new"
	mv "$DIR/config.new" "$BUNDLE/config.json"
}

# One member of a container's state: state_of ID .status
state_of()
{
	tare state "$1" | jq -r "$2"
}

has_status()
{
	[[ $(state_of "$1" .status 2>/dev/null) == "$2" ]]
}

# wait_until SECONDS COMMAND...: polls a condition. It fails when the time is up.
wait_until()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS <= deadline)) || return 1
		sleep 0.02
	done
}

# A file that has something in it.
written()
{
	[[ -s $1 ]]
}

gone()
{
	[[ ! -e /proc/$1 ]] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# A root file system of busybox, made once for the whole run, and a configuration from the runtime's own `spec`.
make_bundle()
{
	local template=$BATS_RUN_TMPDIR/rootfs
	mkdir -p "$1"
	[[ -d $template ]] || make_rootfs "$template"
	cp -a "$template" "$1/rootfs"
	"$TARE" spec --bundle "$1"
	jq --arg id "$CT" '.process.terminal = false | .process.args = ["true"] | .process.env += ["E2E=" + $id]' \
		"$1/config.json" >"$1/config.new"
	mv "$1/config.new" "$1/config.json"
}

# Test files may run side by side: the last one to finish its copy wins, and all copies are alike.
make_rootfs()
{
	local new=$1.$$
	mkdir -p "$new"/{bin,dev,etc,proc,root,run,sys,tmp}
	cp "$(command -v busybox)" "$new/bin/busybox"
	chroot "$new" /bin/busybox --install -s /bin
	echo 'root:x:0:0::/root:/bin/sh' >"$new/etc/passwd"
	echo 'root:x:0:' >"$new/etc/group"
	mv -T "$new" "$1" 2>/dev/null || rm -rf "$new"
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

# What containers can change on the host, for a comparison of before and after. Another user of the machine may be at
# work at the same time, so of /tmp only what bears our name counts; mounts are those of our own namespace.
snapshot()
{
	sed 's/^/mount: /' /proc/self/mountinfo
	cgroups | sed 's/^/cgroup: /'
	find /run /dev -xdev -maxdepth 2 \( -name "*$NAME*" -o -name '*e2e-*' \) -printf 'file: %p\n'
	find /tmp /var/tmp /dev/shm -maxdepth 1 \( -iname "*$NAME*" -o -name '*e2e-*' \) -printf 'file: %p\n'
}

# All cgroups where the tree is ours alone (tests/lib/pure-v2), else those that bear our name.
cgroups()
{
	local trees=/sys/fs/cgroup
	if grep -q '^0::/session' /proc/self/cgroup; then
		find "$trees" -type d
	else
		find "$trees" -type d -name "*$CT*"
	fi
}

# Prints, a line each, what is on the host now and was not before, and the other way round.
leftovers()
{
	diff "$DIR/before" <(snapshot) | sed -n 's/^</missing/p; s/^>/new/p'
	processes
	[[ ! -d $ROOT ]] || find "$ROOT" -mindepth 1 -printf 'state: %p\n'
}

# Processes that are the runtime at work for this test, or that run in one of its containers. What to look for is read
# from a file, so that grep does not find itself.
processes()
{
	local pid
	{
		grep -lsFz -f <(echo "state-$CT") /proc/[0-9]*/cmdline
		grep -lsFzx -f <(echo "E2E=$CT") /proc/[0-9]*/environ
	} | cut -d / -f 3 | sort -u | while read -r pid; do
		printf 'process %s: %s\n' "$pid" "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
	done
}

nothing_left()
{
	[[ -z $(leftovers) ]]
}
