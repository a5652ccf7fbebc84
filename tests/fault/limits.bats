#!/usr/bin/env bats
# Too little disk space for the state, file descriptors, or processes: either the container is there, or there is an
# error and nothing else.

load inject

setup()
{
	fault_setup
}

# done_or_undone WHAT: the last command made and removed a whole container, or nothing.
done_or_undone()
{
	[[ $status -eq 0 || ($status -eq 1 && -n $stderr) ]] || fail "$1: exit $status: $output"
	nothing_remains || fail "$1: exit $status:" "$output" "$(remains)"
}

# One run with a state root of this size.
run_in()
(
	trap 'umount "$DIR/small"' EXIT
	mount -t tmpfs -o "size=$1,nr_inodes=$2,mode=700" tmpfs "$DIR/small"
	tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || status=$?
	[[ ! -d $ROOT || -z $(ls -A --ignore=@seccomp "$ROOT") ]] || fail "$1, $2 inodes: $(ls -lA "$ROOT" "$ROOT"/*)" >&2
	[[ $status -eq 0 || ($status -eq 1 && -s $DIR/stderr) ]] || fail "$1, $2 inodes: exit $status" >&2
	echo "$status"
)

@test "a state root without room" {
	local size inodes statuses=
	mkdir "$DIR/small"
	ROOT=$DIR/small/state-$CT
	config '.annotations = {"org.example.long": ("x" * 20000)}'
	for size in 4k 8k 16k 32k 48k 64k 256k; do
		for inodes in 3 4 5 7 100; do
			status=0
			statuses+=$(run_in "$size" "$inodes")
			nothing_left || fail "$size, $inodes inodes:" "$(leftovers)"
		done
	done
	# Some of the runs had enough room, and some had not.
	[[ $statuses == *0* && $statuses == *1* ]] || fail "$statuses"
}

@test "few file descriptors" {
	local limit golden made=0
	args sh -c 'grep -E "^(Cap|NoNew|Seccomp)" /proc/self/status; ls -A /dev'
	config 'del(.process.rlimits)'
	detached run --bundle "$BUNDLE" "$CT"
	golden=$stdout
	for limit in 4 5 6 7 8 9 10 11 12 13 14 15 16 18 20 24 32 64; do
		# The dynamic loader needs some file descriptors to load tare at all.
		(ulimit -n "$limit"; "$TARE" --version) >/dev/null 2>&1 || continue
		status=0
		(ulimit -n "$limit"; exec "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT") </dev/null >"$DIR/stdout" 2>"$DIR/stderr" ||
			status=$?
		stdout=$(<"$DIR/stdout") stderr=$(<"$DIR/stderr") output=$stdout$stderr
		done_or_undone "$limit file descriptors"
		[[ $status -ne 0 || $stdout == "$golden" ]] || fail "$limit file descriptors: another container: $output"
		((status != 0)) || made=$((made + 1))
	done
	((made > 0))
}

@test "few processes" {
	local limit
	grep -qw pids /sys/fs/cgroup/cgroup.controllers || skip "this machine has no pids controller"
	config '.hooks.createContainer = [{path: "/bin/true"}]'
	for limit in 1 2 3 4; do
		config '.linux.resources.pids = {limit: $limit}' --argjson limit "$limit"
		detached run --bundle "$BUNDLE" "$CT"
		done_or_undone "pids.max $limit"
	done
}
