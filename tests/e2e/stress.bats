#!/usr/bin/env bats
# Many containers, in a row and at once. The harness proves after each test that nothing is left of them.

load helpers

@test "a hundred starts in a row" {
	local i
	args sh -c 'exit 23'
	for ((i = 0; i < 100; i++)); do
		status=0
		tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 || status=$?
		[[ $status -eq 23 && ! -s $DIR/out ]] || fail "start $i: exit $status" "$(<"$DIR/out")"
	done
	nothing_left
}

@test "fifty at once, each a run" {
	local i pids=()
	args sh -c 'exit 23'
	for ((i = 0; i < 50; i++)); do
		tare run --bundle "$BUNDLE" "$CT-$i" </dev/null >"$DIR/out-$i" 2>&1 &
		pids+=($!)
	done
	for ((i = 0; i < 50; i++)); do
		status=0
		wait "${pids[i]}" || status=$?
		[[ $status -eq 23 && ! -s $DIR/out-$i ]] || fail "run $i: exit $status" "$(<"$DIR/out-$i")"
	done
	nothing_left
}

@test "fifty at once, each created, started, listed and deleted" {
	local i pids=()
	args sleep 1000
	for ((i = 0; i < 50; i++)); do
		cycle "$CT-$i" </dev/null >"$DIR/out-$i" 2>&1 &
		pids+=($!)
	done
	for ((i = 0; i < 50; i++)); do
		status=0
		wait "${pids[i]}" || status=$?
		[[ $status -eq 0 ]] || fail "cycle $i: step $status" "$(<"$DIR/out-$i")"
	done
	nothing_left
}

# The steps of a container's life; the exit status is the number of the step that failed.
cycle()
{
	tare create --bundle "$BUNDLE" "$1" || return 1
	tare start "$1" || return 2
	[[ $(tare state "$1" | jq -r .status) == running ]] || return 3
	tare list --quiet | grep -qx "$1" || return 4
	tare kill "$1" KILL || return 5
	tare delete --force "$1" || return 6
}

@test "of eight creates of one id at once exactly one wins" {
	local round i pids won
	args sleep 1000
	for round in 1 2 3 4 5; do
		pids=()
		won=0
		for i in 1 2 3 4 5 6 7 8; do
			tare create --bundle "$BUNDLE" --pid-file "$DIR/pid-$i" "$CT-$round" </dev/null >"$DIR/out-$i" 2>&1 &
			pids+=($!)
		done
		for i in 1 2 3 4 5 6 7 8; do
			status=0
			wait "${pids[i - 1]}" || status=$?
			if [[ $status -eq 0 ]]; then
				won=$((won + 1))
				[[ $(<"$DIR/pid-$i") == "$(state_of "$CT-$round" .pid)" ]]
			else
				[[ ! -e $DIR/pid-$i && $(<"$DIR/out-$i") == *"container with given ID already exists"* ]] ||
					fail "round $round, create $i: $status" "$(<"$DIR/out-$i")"
			fi
			rm -f "$DIR/pid-$i"
		done
		[[ $won -eq 1 ]] || fail "round $round: $won creates won"
		has_status "$CT-$round" created
	done
}

@test "commands on the same containers at once never crash, and all can be deleted" {
	local worker pids=()
	args sleep 1000
	for worker in 1 2 3 4; do
		hammer "$worker" </dev/null >"$DIR/out-$worker" 2>&1 &
		pids+=($!)
	done
	for worker in 1 2 3 4; do
		wait "${pids[worker - 1]}" || fail "$(<"$DIR/out-$worker")"
	done
}

# Twenty-five commands in an order that depends on the worker. Each may fail, but only with an error.
hammer()
{
	local i id
	RANDOM=$1
	for ((i = 0; i < 25; i++)); do
		id=$CT-$((RANDOM % 3))
		status=0
		case $((RANDOM % 7)) in
		0 | 1) tare create --bundle "$BUNDLE" "$id" || status=$? ;;
		2) tare start "$id" || status=$? ;;
		3) tare state "$id" >/dev/null || status=$? ;;
		4) tare kill "$id" KILL || status=$? ;;
		5) tare delete --force "$id" || status=$? ;;
		6) tare list || status=$? ;;
		esac
		[[ $status -le 1 ]] || { echo "worker $1, command $i: exit $status"; return 1; }
	done
}
