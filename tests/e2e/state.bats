#!/usr/bin/env bats
# tare state: what there is to know of a container, as JSON.

load helpers

@test "state gives one JSON object with the members that managers read" {
	config '.annotations = {"org.example.key": "a \"value\"\n", "empty": ""}'
	create "$CT"
	run -0 --separate-stderr tare state "$CT"
	[[ -z $stderr ]]
	jq -e --arg id "$CT" --arg bundle "$BUNDLE" --arg version "$("$TARE" features | jq -r .ociVersionMax)" '
		.ociVersion == $version and .id == $id and .status == "created" and .pid > 0
		and .bundle == $bundle and .rootfs == $bundle + "/rootfs"
		and (.created | test("^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]+)?Z$"))
		and .annotations == {"org.example.key": "a \"value\"\n", "empty": ""} and has("owner")' <<<"$output"
}

@test "state is indented by two spaces and ends with a newline" {
	create "$CT"
	tare state "$CT" >"$DIR/state"
	[[ $(head -n 1 "$DIR/state") == "{" ]]
	[[ $(sed -n 2p "$DIR/state") == '  "ociVersion": '* ]]
	[[ $(tail -c 1 "$DIR/state" | od -An -tx1) == " 0a" ]]
}

@test "the time of creation is now" {
	local created
	create "$CT"
	created=$(date -d "$(state_of "$CT" .created)" +%s)
	(($(date +%s) - created >= 0 && $(date +%s) - created < 60))
}

@test "state goes from created to running to stopped" {
	args sleep 1000
	create "$CT"
	has_status "$CT" created
	quietly start "$CT"
	has_status "$CT" running
	[[ $(state_of "$CT" .pid) -gt 0 ]]
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	[[ $(state_of "$CT" .pid) -eq 0 ]]
}

@test "a stopped container stays so, and its pid file does not matter" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	run -0 tare state "$CT"
	run -0 tare state "$CT"
	[[ $(jq -r .status <<<"$output") == stopped ]]
}

@test "a zombie counts as stopped" {
	local pid
	args sleep 1000
	# The runtime is the child of a process that becomes the parent of the container and does not reap it.
	python3 "$LIB/no-reaper.py" "$DIR/release" "$TARE" --root "$ROOT" run --detach --bundle "$BUNDLE" \
		--pid-file "$DIR/pid" "$CT" </dev/null >"$DIR/out" 2>&1 &
	wait_until written "$DIR/pid"
	pid=$(<"$DIR/pid")
	wait_until has_status "$CT" running
	kill -KILL "$pid"
	wait_until gone "$pid"
	grep -q '^State:.*Z' "/proc/$pid/status"
	has_status "$CT" stopped
	[[ $(state_of "$CT" .pid) -eq 0 ]]
	quietly delete "$CT"
	touch "$DIR/release"
	wait
}

# A running container with a process of exec, whose parent reaps nothing until $DIR/release is there. The kernel ends the
# first process of a pid namespace only when all others in it are reaped, and no pidfd tells of it before.
unreaped()
{
	rm -f "$DIR/release"
	args sleep 1000
	python3 "$LIB/no-reaper.py" "$DIR/release" bash -euc '
		"${@:2}" create --bundle "$BUNDLE" "$1"
		"${@:2}" start "$1"
		"${@:2}" exec --detach --pid-file "$DIR/pid" "$1" sleep 1000' \
		unreaped "$CT" "$TARE" --root "$ROOT" </dev/null >"$DIR/out" 2>&1 3>&- &
	wait_until written "$DIR/pid" || fail "$(<"$DIR/out")"
}

@test "a container in which nobody reaps what has ended has stopped, and is deleted" {
	local events
	export BUNDLE DIR
	unreaped
	"$TARE" --root "$ROOT" events --interval 100ms "$CT" </dev/null >"$DIR/events" 2>&1 3>&- &
	events=$!
	wait_until written "$DIR/events"
	quietly kill "$CT" KILL
	wait_until gone "$events" || fail "events goes on"
	wait_until has_status "$CT" stopped
	grep -q '^State:.*Z' "/proc/$(<"$DIR/pid")/status"
	refuses "container not running" kill "$CT" KILL
	detached exec "$CT" true
	[[ $status -eq 255 && $stderr == *"cannot exec in a stopped container"* ]] || fail "exit $status: $output"
	quietly delete "$CT"
	touch "$DIR/release"
	wait
	rm "$DIR/pid"
	unreaped
	quietly delete --force "$CT"
	refuses "container does not exist" state "$CT"
	touch "$DIR/release"
	wait
}

@test "the bundle is absolute, whatever create was told" {
	cd "$DIR"
	quietly create --bundle ./bundle "$CT"
	cd /
	[[ $(state_of "$CT" .bundle) == "$BUNDLE" ]]
	[[ $(state_of "$CT" .rootfs) == "$BUNDLE/rootfs" ]]
}

@test "state of what does not exist is refused" {
	refuses "container does not exist" state "$CT"
	create "$CT"
	refuses "container does not exist" state "$CT-other"
	detached state
	[[ $status -ne 0 && -n $stderr && -z $stdout ]]
}

@test "state works in a hook, for the container that is being made" {
	config '.hooks.createRuntime = [{path: $tare, args: [$tare, "--root", $root, "state", $id]}]' \
		--arg tare "$TARE" --arg root "$ROOT" --arg id "$CT"
	create "$CT"
}

@test "state and list tell of a created container whose init stands still, however often they are asked" {
	local pid i
	create "$CT"
	pid=$(state_of "$CT" .pid)
	kill -STOP "$pid"
	for i in {1..12}; do
		has_status "$CT" created || fail "$i: $(tare state "$CT" 2>&1)"
	done
	[[ $(tare list --format json | jq -r '.[].status') == created ]]
	kill -CONT "$pid"
	quietly start "$CT"
}

# state_without CALL N: fails to find out the state when the Nth such system call, and each one after it, has no file
# descriptor to spare.
state_without()
{
	traceable run -1 strace -o /dev/null -e "trace=$1" -e "inject=$1:error=EMFILE:when=$2+" \
		"$TARE" --root "$ROOT" state "$CT"
	[[ $output == *": too many open files" ]] || fail "$output"
}

@test "state that cannot look says so, and takes no container for a running one" {
	create "$CT"
	state_without socket 1
	quietly pause "$CT"
	state_without openat2 1
}
