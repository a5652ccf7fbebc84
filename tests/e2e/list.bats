#!/usr/bin/env bats
# tare list: the containers of a state directory.

load helpers

@test "list shows a table with id, pid, status, bundle, time and owner" {
	running
	create "$CT-2"
	run -0 --separate-stderr tare list
	[[ -z $stderr && ${#lines[@]} -eq 3 ]]
	[[ ${lines[0]} =~ ^ID\ {2,}PID\ {2,}STATUS\ {2,}BUNDLE\ {2,}CREATED\ {2,}OWNER$ ]] || fail "${lines[0]}"
	[[ $(awk -v id="$CT" '$1 == id { print $2, $3, $4 }' <<<"$output") == "$(state_of "$CT" .pid) running $BUNDLE" ]]
	[[ $(awk -v id="$CT-2" '$1 == id { print $3, $4 }' <<<"$output") == "created $BUNDLE" ]]
	[[ $(awk -v id="$CT" '$1 == id { print $6 }' <<<"$output") == "${E2E_NAME:-root}" ]]
	# Columns stand below their heads.
	local head=${lines[0]%%BUNDLE*}
	[[ ${lines[1]:${#head}:1} == / && ${lines[2]:${#head}:1} == / ]]
	create "$CT-0123456789abcdef0123456789abcdef0123456789abcdef"
	run -0 tare list
	head=${lines[0]%%BUNDLE*}
	[[ ${lines[1]:${#head}:1} == / && ${lines[2]:${#head}:1} == / && ${lines[3]:${#head}:1} == / ]] || fail "$output"
}

@test "list --quiet shows the ids, one a line" {
	create "$CT-1"
	create "$CT-2"
	run -0 tare list --quiet
	[[ $(sort <<<"$output") == "$CT-1"$'\n'"$CT-2" ]]
	run -0 tare list -q
	[[ $(sort <<<"$output") == "$CT-1"$'\n'"$CT-2" ]]
}

@test "list --format json shows what state shows, with the owner" {
	running
	create "$CT-2"
	for form in "--format json" "--format=json" "-f json"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr tare list $form
		[[ $(jq length <<<"$output") -eq 2 ]]
		[[ $(jq -S --arg id "$CT" '.[] | select(.id == $id) | .owner = ""' <<<"$output") == \
			"$(tare state "$CT" | jq -S '.owner = ""')" ]]
		[[ $(jq -r --arg id "$CT" '.[] | select(.id == $id) | .owner' <<<"$output") == "${E2E_NAME:-root}" ]]
	done
}

@test "list of nothing is a head, an empty list, or no line" {
	run -0 tare list
	[[ ${#lines[@]} -eq 1 && $output == ID* ]]
	run -0 tare list --format json
	[[ $output == "[]" || $output == null ]]
	run -0 tare list --quiet
	[[ -z $output ]]
}

@test "list of a state directory that is not there is a list of nothing" {
	[[ ! -e $ROOT ]]
	run -0 tare list --quiet
	[[ -z $output && ! -e $ROOT ]]
}

@test "list refuses a format that it does not know" {
	detached list --format yaml
	[[ $status -ne 0 && $stderr == *yaml* && -z $stdout ]]
}

@test "list passes over files that are not its own and half-made containers" {
	create "$CT"
	echo foreign >"$ROOT/file"
	mkdir "$ROOT/half" "$ROOT/.hidden"
	mkfifo "$ROOT/fifo"
	ln -s /nowhere "$ROOT/link"
	run -0 --separate-stderr timeout 30 "$TARE" --root "$ROOT" list --quiet
	[[ $stderr != *"'file'"* && $stderr != *"'link'"* ]] || fail "$stderr"
	grep -qx "$CT" <<<"$output"
	for name in file .hidden fifo link; do
		! grep -qx "$name" <<<"$output" || fail "$name is listed"
	done
	run -0 --separate-stderr tare list --format json
	[[ $(jq -r '.[].id' <<<"$output" | grep -cx "$CT") -eq 1 ]]
	run -0 tare list
	grep -q "^$CT  *[1-9]" <<<"$output"
	rm -r "$ROOT"/{file,half,.hidden,fifo,link}
}

@test "list tells of a container whose state is gone or damaged, and lists the others" {
	local options told
	create "$CT"
	create "$CT-damaged"
	create "$CT-gone"
	echo '{' >"$ROOT/$CT-damaged/state.json"
	rm "$ROOT/$CT-gone/state.json"
	for options in "" --quiet "--format json"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr tare list $options
		[[ $output == *"$CT"* && $output != *"$CT-"* ]] || fail "$output"
		mapfile -t told <<<"$stderr"
		[[ ${#told[@]} -eq 2 ]] || fail "$stderr"
		[[ ${told[0]} == "'$CT-damaged' is not listed: the state of '$CT-damaged' cannot be read: state.json:"* ]]
		[[ ${told[1]} == "'$CT-gone' is not listed: "*"no such file or directory" ]]
	done
	quietly delete --force "$CT-damaged"
	quietly delete --force "$CT-gone"
	run -0 --separate-stderr tare list
	[[ -z $stderr ]]
}

@test "list says nothing of a container that is being made" {
	${AS_USER-} mkdir -p "$ROOT/$CT"
	chmod 700 "$ROOT"
	flock "$ROOT/$CT" "$TARE" --root "$ROOT" list --quiet >"$DIR/out" 2>&1
	[[ ! -s $DIR/out ]] || fail "$(<"$DIR/out")"
	# Before it is locked.
	tare list --quiet >"$DIR/out" 2>&1
	[[ ! -s $DIR/out ]] || fail "$(<"$DIR/out")"
	rmdir "$ROOT/$CT"
}

@test "list shows stopped containers with pid 0" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	run -0 tare list
	[[ $(awk -v id="$CT" '$1 == id { print $2, $3 }' <<<"$output") == "0 stopped" ]]
}

@test "list does not fail while containers come and go" {
	local round churn
	(
		for round in 1 2 3 4 5 6 7 8 9 10; do
			tare run --bundle "$BUNDLE" "$CT-$round" >/dev/null 2>&1
		done
		touch "$DIR/done"
	) </dev/null 3>&- &
	churn=$!
	until [[ -e $DIR/done ]]; do
		run -0 --separate-stderr tare list --format json
		jq -e 'type == "array" or . == null' <<<"$output" >/dev/null || fail "$output"
		[[ -z $stderr ]] || fail "$stderr"
	done
	wait "$churn"
}
