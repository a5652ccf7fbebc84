#!/usr/bin/env bats
# Containers with a systemd that stops, ends, refuses or forgets half-way: tests/systemd/fake.c, at each thing that it is
# asked. What the real systemd makes of containers is in containers.bats.

# stderr is set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

setup()
{
	PROGRAM=${TARE%/*}/tare-systemd
	FAKE=${TARE%/*}/tests/systemd/fake-systemd
	[[ -x $PROGRAM && -x $FAKE ]] || skip "this build has no tare-systemd, or no systemd for tests"
	base_setup
	args sleep 1000
	attempts=()
}

# on_host COMMAND...: on a host of its own, whose systemd is a fake with the options in "fake"; its log is $mine/log.
on_host()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount bash -c '
		mount -t tmpfs tmpfs /run
		mkdir /run/systemd
		read -ra options <<<"$3"
		"$1" --log "$2/log" --socket /run/systemd/private "${options[@]}" &
		systemd=$! # a process substitution has a pid of its own
		until grep -qsx ready "$2/log"; do read -rt 0.02 <> <(:); done
		"${@:4}"
		status=$?
		kill $systemd
		wait $systemd || echo "the fake ended with $?" >"$2/wrong"
		exit $status' bash "$FAKE" "$mine" "${fake[*]}" "$@"
}

# Creates a container and deletes it, and writes down what is wrong.
create_and_delete()
{
	local id=$1 before=$SECONDS status=0
	"$TARE" --root "$ROOT" --systemd-cgroup --systemd-helper "$PROGRAM" create --bundle "$BUNDLE" "$id" \
		</dev/null >"$mine/output" 2>&1 || status=$?
	echo "$status" >"$mine/status"
	((SECONDS - before <= 45)) || echo "create took $((SECONDS - before)) seconds" >>"$mine/wrong"
	if ((status == 0)); then
		"$TARE" --root "$ROOT" delete --force "$id" >>"$mine/output" 2>&1 || echo "delete failed" >>"$mine/wrong"
	else
		[[ -s $mine/output ]] || echo "nothing is said" >>"$mine/wrong"
	fi
	[[ ! -e $ROOT/$id ]] || echo "the state is left" >>"$mine/wrong"
}

# attempt K HOW: in the background.
attempt()
{
	local mine=$DIR/$2-$1 fake=(--at "$1" --how "$2" --exists 1 --unknown TasksAccounting)
	mkdir "$mine"
	export -f create_and_delete
	(
		export TARE ROOT BUNDLE PROGRAM mine
		on_host bash -c 'create_and_delete "$1"' bash "$CT-$2-$1" || true
	) >"$mine/host" 2>&1 3>&- &
	attempts+=($!)
}

# statuses HOW: those of the attempts, in their order.
statuses()
{
	local k
	for k in {1..7}; do
		cat "$DIR/$1-$k/status"
	done | tr -d '\n'
}

@test "with a systemd that misbehaves at any event a create fails within its time limit and leaves nothing, or succeeds" {
	local k way
	for way in stop close error drop silence; do
		for k in {1..7}; do
			attempt "$k" "$way"
		done
	done
	wait "${attempts[@]}"
	! tail -n +1 "$DIR"/*/wrong 2>/dev/null || fail "$(tail -n +1 "$DIR"/*/output)"
	# The seventh event is the end of the job: each was reached.
	[[ $(grep -lx "misbehaves: .*" "$DIR"/*/log | wc -l) -eq 35 ]]
	[[ $(statuses stop) == 1111111 ]]
	[[ $(statuses close) == 1111111 ]]
	[[ $(statuses drop) == 0000000 ]]
}

@test "a create that is killed while systemd has not answered leaves what delete removes" {
	local mine=$DIR/killed fake=(--at 2) id=$CT
	mkdir "$mine"
	# shellcheck disable=SC2016
	on_host bash -c '
		"$1" --root "$2" --systemd-cgroup --systemd-helper "$3" create --bundle "$4" "$5" </dev/null &>"$6/output" &
		create=$!
		until grep -qsx "misbehaves: stop" "$6/log"; do read -rt 0.02 <> <(:); done
		kill -KILL $create
		wait $create
		until grep -qsx "ignores StopUnit" "$6/log"; do read -rt 0.02 <> <(:); done
		! [[ -e $2/$5 ]] || "$1" --root "$2" delete --force "$5"' bash "$TARE" "$ROOT" "$PROGRAM" "$BUNDLE" "$id" "$mine" 3>&-
	[[ ! -e $ROOT/$id && ! -e $mine/wrong ]]
}

@test "when init fails while systemd starts its unit, its own reason is the error, and nothing is left" {
	local mine=$DIR/failed fake=()
	mkdir "$mine"
	config '.mounts |= [{ destination: "/x", type: "nosuchfs", source: "none" }] + .'
	run on_host "$TARE" --root "$ROOT" --systemd-cgroup --systemd-helper "$PROGRAM" create --bundle "$BUNDLE" "$CT" 3>&-
	[[ $status -eq 1 && $output == *'error mounting "none" to rootfs at "/x"'* ]] || fail "$status: $output"
	[[ ! -e $ROOT/$CT && ! -e $mine/wrong ]]
	grep -qx "removed tare-$CT.scope" "$mine/log"
}
