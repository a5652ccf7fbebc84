#!/usr/bin/env bats
# tare delete: what create made is gone, and nothing else.

load helpers

@test "delete removes a stopped container, and its id is free again" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
	[[ -z $output ]]
	refuses "container does not exist" state "$CT"
	nothing_left
	running "$CT"
	has_status "$CT" running
}

@test "delete of a running container is refused and it goes on" {
	running
	refuses "cannot delete container $CT that is not stopped: running" delete "$CT"
	has_status "$CT" running
}

@test "delete --force ends and removes a running container" {
	running
	quietly delete --force "$CT"
	refuses "container does not exist" state "$CT"
	nothing_left
	running
	quietly delete -f "$CT"
	nothing_left
}

@test "delete of a created container ends its init" {
	create --pid-file "$DIR/pid" "$CT"
	quietly delete "$CT"
	gone "$(<"$DIR/pid")"
	nothing_left
}

@test "delete of what does not exist is refused, with --force it is a silent success" {
	refuses "container does not exist" delete "$CT"
	[[ ! -e $ROOT ]]
	quietly delete --force "$CT"
	[[ -z $output ]]
	create "$CT"
	quietly delete --force "$CT-other"
	has_status "$CT" created
}

@test "delete --force does not make the state directory that is not there" {
	quietly delete --force "$CT"
	[[ ! -e $ROOT ]]
}

@test "delete without an id is refused" {
	detached delete
	[[ $status -ne 0 && -n $stderr ]]
	detached delete --force
	[[ $status -ne 0 && -n $stderr ]]
}

@test "delete twice at once removes the container once" {
	local round first second
	for round in 1 2 3; do
		running "$CT-$round" true
		wait_until has_status "$CT-$round" stopped
		tare delete "$CT-$round" 2>"$DIR/first" & first=$!
		tare delete "$CT-$round" 2>"$DIR/second" & second=$!
		status=0
		wait "$first" || status=$((status + 1))
		wait "$second" || status=$((status + 1))
		[[ $status -le 1 ]] || fail "$(<"$DIR/first")" "$(<"$DIR/second")"
		refuses "container does not exist" state "$CT-$round"
	done
}

@test "delete takes along what the container's program left in its cgroup" {
	needs_root "$SHARED_PIDS"
	# Without a pid namespace the children live on when the program ends.
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running "$CT" sh -c 'sleep 1000 & sleep 1000 & exit 0'
	wait_until has_status "$CT" stopped
	[[ $(processes | wc -l) -eq 2 ]]
	quietly delete "$CT"
	nothing_left
}

@test "delete --force takes along all processes of a container without a pid namespace" {
	needs_root "$SHARED_PIDS"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running "$CT" sh -c 'sleep 1000 & sleep 1000 & wait'
	quietly delete --force "$CT"
	nothing_left
}

@test "delete --force ends a process whose first thread has ended, with and without a pid namespace" {
	with_headless
	running "$CT" headless exit
	wait_until has_no_first_thread "$(state_of "$CT" .pid)"
	quietly delete --force "$CT"
	needs_root "$SHARED_PIDS"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running "$CT" headless exit
	wait_until has_no_first_thread "$(state_of "$CT" .pid)"
	quietly delete --force "$CT"
}

@test "delete --force ends processes that fork and end their first threads as fast as they can" {
	needs_root "$SHARED_PIDS"
	with_headless
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running "$CT" headless breed
	wait_until breeds
	quietly delete --force "$CT"
}

breeds()
{
	[[ $(tare ps --format json "$CT" | jq length) -gt 1 ]]
}

@test "delete removes the cgroups that the container made in its own" {
	local cgroup
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	${AS_USER-} mkdir -p "$cgroup/one/two" "$cgroup/three"
	quietly delete --force "$CT"
	[[ ! -e $cgroup ]]
}

@test "delete leaves the bundle as it was" {
	local before
	args sleep 1000
	before=$(find "$BUNDLE" -printf '%p %m %s\n' | sort)
	create "$CT"
	quietly start "$CT"
	quietly delete --force "$CT"
	[[ $(find "$BUNDLE" -printf '%p %m %s\n' | sort) == "$before" ]]
}

@test "delete works when the bundle is gone" {
	running
	rm -rf "$BUNDLE"
	quietly delete --force "$CT"
	nothing_left
}

@test "delete --force waits for a create that is at work, and ends the init that it has made" {
	local deleter
	needs_root "the option would be refused"
	# Only the record names its process.
	GLOBAL="--cgroup-manager disabled" stopped_create --pid-file "$DIR/pid" "$CT"
	"$TARE" --root "$ROOT" delete --force "$CT" </dev/null >"$DIR/deleted" 2>&1 3>&- &
	deleter=$!
	wait_until waits_for_lock "$deleter"
	finish_create
	wait "$deleter" || fail "$(<"$DIR/deleted")"
	refuses "container does not exist" state "$CT"
	gone "$(<"$DIR/pid")"
	nothing_left
}

@test "delete of what a create has claimed and not locked makes room for that create" {
	${AS_USER-} mkdir -m 700 "$ROOT"
	stopped_create_at mkdirat . "$CT"
	quietly delete --force "$CT"
	[[ ! -e $ROOT/$CT ]]
	finish_create
	has_status "$CT" created
}

@test "a create that was killed before it had a process has stopped, for state and delete alike" {
	stopped_create "$CT"
	kill -KILL "$creator"
	wait_until has_status "$CT" stopped
	[[ $(state_of "$CT" .pid) == 0 ]]
	refuses "cannot start a container that has stopped" start "$CT"
	quietly delete "$CT"
	nothing_left
}

@test "delete of what was claimed and no more makes the id free" {
	local force
	create "$CT-other"
	for force in "" --force; do
		mkdir "$ROOT/$CT"
		refuses "container does not exist" state "$CT"
		refuses "container with given ID already exists" create --bundle "$BUNDLE" "$CT"
		# shellcheck disable=SC2086
		detached delete $force "$CT"
		[[ $status -eq 0 || -z $force ]] || fail "exit $status: $output"
		create "$CT"
		quietly delete "$CT"
	done
}

@test "delete runs the poststop hooks, and a failing one does not stop it" {
	config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "exit 1"]},
		{path: "/bin/sh", args: ["sh", "-c", "cat >\($log)"]}]' --arg log "$DIR/hook"
	running "$CT" true
	wait_until has_status "$CT" stopped
	detached delete "$CT"
	[[ $status -eq 0 ]]
	jq -e --arg id "$CT" '.id == $id and .status == "stopped"' "$DIR/hook"
}

@test "delete --force of a container whose state is damaged leaves nothing" {
	local damage file files
	for damage in empty garbage truncated missing; do
		running "$CT-$damage"
		mapfile -t files < <(find "$ROOT/$CT-$damage" -type f)
		[[ ${#files[@]} -gt 0 ]]
		for file in "${files[@]}"; do
			case $damage in
			empty) : >"$file" ;;
			garbage) echo '{"pid": [' >"$file" ;;
			truncated) truncate --size="$(($(stat -c %s "$file") / 2))" "$file" ;;
			missing) rm "$file" ;;
			esac
		done
		detached state "$CT-$damage"
		[[ $status -eq 1 && $stderr != *"egmentation"* ]] || fail "$damage: state gave $status: $output"
		detached delete --force "$CT-$damage"
		[[ $status -eq 0 ]] || fail "$damage: $output"
		wait_until nothing_left || fail "$damage:" "$(leftovers)"
	done
}

@test "delete runs the poststop hooks when the bundle is gone, from /" {
	config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "cat >\($out); echo >>\($out); pwd >>\($out)"]}]' --arg out "$DIR/poststop"
	create "$CT"
	mv "$BUNDLE" "$BUNDLE.gone"
	quietly delete "$CT"
	[[ $(tail -n 1 "$DIR/poststop") == / && $(head -n 1 "$DIR/poststop") == *'"status":"stopped"'* ]] || fail "$(<"$DIR/poststop")"
}

@test "delete says that it cannot read the poststop hooks, and deletes all the same" {
	config '.hooks.poststop = [{path: "/bin/true"}]'
	create "$CT"
	rm "$ROOT/$CT/config.json"
	detached --log-level warning delete "$CT"
	[[ $status -eq 0 && $stderr == *"the configuration of '$CT' cannot be read"* ]] || fail "exit $status: $stderr"
	refuses "container does not exist" state "$CT"
}

@test "delete --regex removes every container whose id matches, as far as they may be" {
	create "$CT-a1"
	running "$CT-a2"
	create "$CT-b"
	refuses "cannot delete container $CT-a2 that is not stopped: running" delete --regex -- '-a.$'
	[[ $(tare list -q) == "$CT-a2"$'\n'"$CT-b" ]]
	quietly delete -r --force -- '-a.$'
	[[ $(tare list -q) == "$CT-b" ]]
}
