#!/usr/bin/env bats
# tare update: other device rules. The devices have numbers for local use, which no driver owns: where the rules allow
# one, open(2) says ENXIO, and where they do not, EPERM.
#
# shellcheck disable=SC2016,SC2154 # variables of jq; what helpers set

load helpers

DENY_ALL='{"allow": false, "access": "rwm"}'

setup_file()
{
	OPEN_LOOP=$BATS_FILE_TMPDIR/open_loop
	export OPEN_LOOP
	gcc -std=gnu17 -O1 -static -Wall -Wextra -Werror -o "$OPEN_LOOP" "$BATS_TEST_DIRNAME/../lib/open_loop.c"
}

setup()
{
	needs_root "an ordinary user may load no device filter"
	base_setup
	local minor
	for minor in 7 8 9; do
		mknod -m 666 "$BUNDLE/rootfs/node$minor" c 240 "$minor"
	done
	config '.root.readonly = false'
}

# only MINOR: rules that allow the default devices and one more.
only()
{
	echo "[$DENY_ALL, {\"allow\": true, \"type\": \"c\", \"major\": 240, \"minor\": $1, \"access\": \"rw\"}]"
}

# rules JSON [MEMBERS]: an update with these rules, and with other members of the resources.
rules()
{
	echo "{\"devices\": $1${2:+, $2}}" >"$DIR/resources.json"
	quietly update --devices --resources "$DIR/resources.json" "$CT"
}

# opens MINOR...: these devices of the three pass the filter, and no other.
opens()
{
	local minor passed=
	for minor in 7 8 9; do
		detached exec "$CT" head -c 1 "/node$minor"
		case $stderr in
		*"Operation not permitted"*) ;;
		*"No such device or address"*) passed+=" $minor" ;;
		*) fail "node$minor: $output" ;;
		esac
	done
	[[ ${passed# } == "$*" ]] || fail "wanted '$*'" "got '$passed'"
}

programs()
{
	python3 "$LIB/device_programs.py" "$1" "$(cgroup_of "$(state_of "$CT" .pid)")" "${@:2}"
}

# has_programs NAME...: what is attached to the container's cgroup.
has_programs()
{
	local names
	names=$(programs list | cut -d ' ' -f 2 | sort | tr '\n' ' ')
	[[ ${names% } == "$*" ]] || fail "wanted '$*'" "got '$names'"
}

@test "update replaces the device rules, and there is one program as before" {
	config '.linux.resources.devices = $rules' --argjson rules "$(only 7)"
	running
	opens 7
	rules "$(only 8)"
	opens 8
	has_programs tare_devices
	rules "[$DENY_ALL]"
	opens
	has_programs tare_devices
}

@test "the rules of an update stand on the default devices, as at create" {
	running
	rules "[$DENY_ALL, {\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 5, \"access\": \"rw\"}]"
	detached exec "$CT" head -c 1 /dev/zero
	[[ $status -ne 0 && $stderr == *"not permitted"* ]] || fail "$output"
	quietly exec "$CT" sh -c 'echo text >/dev/null'
	rules "[$DENY_ALL]"
	quietly exec "$CT" sh -c 'head -c 1 /dev/zero >/dev/null'
}

@test "an update without device rules, or with an empty list, leaves those of the last one" {
	running
	rules "$(only 8)"
	rules '[]'
	opens 8
	echo '{"unified": {"cgroup.max.depth": "7"}}' >"$DIR/resources.json"
	quietly update --devices --resources "$DIR/resources.json" "$CT"
	opens 8
}

@test "without --devices the rules of the file change nothing" {
	running
	rules "$(only 8)"
	printf '{"devices": %s, "unified": {"cgroup.max.depth": "7"}}' "$(only 9)" >"$DIR/resources.json"
	quietly update --resources "$DIR/resources.json" "$CT"
	opens 8
	[ "$(cat "$(cgroup_of "$(state_of "$CT" .pid)")/cgroup.max.depth")" = 7 ]
}

@test "--devices without a file of rules is a slip" {
	running
	refuses "--devices needs the rules: expected --resources FILE as well" update --devices --cpu-share 512 "$CT"
}

@test "everything allowed, and back to the rules of the config" {
	running
	rules '[{"allow": true, "access": "rwm"}]'
	opens 7 8 9
	rules "[$DENY_ALL]"
	opens
	has_programs tare_devices
}

@test "a container that was made without a device program gets one" {
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	running
	opens 7 8 9
	[[ -z $(programs list) ]]
	rules '[{"allow": true}]'
	[[ -z $(programs list) ]]
	rules "$(only 8)"
	opens 8
	has_programs tare_devices
}

@test "a created and a paused container get other rules too" {
	args sleep 1000
	create "$CT"
	rules "$(only 8)"
	quietly start "$CT"
	opens 8
	quietly pause "$CT"
	rules "$(only 9)"
	quietly resume "$CT"
	opens 9
}

@test "rules that mean the same change nothing: the program stays" {
	local before
	config '.linux.resources.devices = $rules' --argjson rules "$(only 7)"
	running
	before=$(programs list)
	rules "$(only 7)"
	[[ $(programs list) == "$before" ]] || fail "$before" "$(programs list)"
	# In other words.
	rules "$(jq -c '[{allow: true}] + .' <<<"$(only 7)")"
	[[ $(programs list) == "$before" ]] || fail "$before" "$(programs list)"
	rules "$(only 8)"
	[[ $(programs list) != "$before" ]] || fail "$before"
}

@test "when a later limit fails the former device program is back" {
	local before
	config '.linux.resources.devices = $rules' --argjson rules "$(only 7)"
	running
	before=$(programs list)
	echo "{\"devices\": $(only 8), \"unified\": {\"cgroup.max.depth.not\": \"1\"}}" >"$DIR/resources.json"
	refuses "unified[\"cgroup.max.depth.not\"]: cannot write" update --devices --resources "$DIR/resources.json" "$CT"
	opens 7
	[[ $(programs list) == "$before" ]] || fail "$before" "$(programs list)"
}

@test "when a later limit fails a container without a device program has none" {
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	running
	echo "{\"devices\": $(only 8), \"unified\": {\"cgroup.max.depth.not\": \"1\"}}" >"$DIR/resources.json"
	refuses "unified[\"cgroup.max.depth.not\"]: cannot write" update --devices --resources "$DIR/resources.json" "$CT"
	opens 7 8 9
	[[ -z $(programs list) ]] || fail "$(programs list)"
}

@test "wrong rules are an error with their place, and change nothing" {
	running
	rules "$(only 8)"
	echo '{"devices": [{"allow": true, "type": "c", "major": "x"}], "unified": {"cgroup.max.depth": "7"}}' \
		>"$DIR/resources.json"
	refuses "$DIR/resources.json:1:52: devices[0].major: expected integer, found string" \
		update --devices --resources "$DIR/resources.json" "$CT"
	jq -n '{devices: [range(8000) | {allow: true, type: "b", major: 300, minor: ., access: "r"}]}' >"$DIR/resources.json"
	refuses ": devices: expected rules for at most 8000 sorts of devices, found" \
		update --devices --resources "$DIR/resources.json" "$CT"
	opens 8
	[[ $(<"$(cgroup_of "$(state_of "$CT" .pid)")/cgroup.max.depth") == max ]]
}

@test "a device program of somebody else stays, and goes on to count" {
	running
	programs attach
	rules "$(only 8)"
	opens 8
	has_programs other tare_devices
	# The same with the other program in front of tare's.
	programs detach tare_devices
	rules "$(only 9)"
	rules "$(only 7)"
	opens 7
	has_programs other tare_devices
}

# As vendors' hooks do who add devices to a container.
@test "where somebody has replaced the program, the rules of the config change nothing" {
	running
	programs attach
	programs detach tare_devices
	rules "[$DENY_ALL]"
	has_programs other
	opens 7 8 9
	rules "$(only 8)"
	has_programs other tare_devices
	opens 8
}

@test "200 updates: no open is refused that all rules allow, and none passes that they forbid" {
	local i
	cp "$OPEN_LOOP" "$BUNDLE/rootfs/bin/open_loop"
	running "$CT" open_loop /dev/null /node9 /report
	wait_until written "$BUNDLE/rootfs/report"
	for ((i = 0; i < 100; i++)); do
		rules "$(only 7)"
		rules "$(only 8)"
	done
	opens 8
	quietly kill "$CT" TERM
	wait_until grep -q rounds "$BUNDLE/rootfs/report"
	[[ $(sed 's/^[0-9]\{3,\} rounds$/many rounds/' "$BUNDLE/rootfs/report") == $'begun\nmany rounds' ]] ||
		fail "$(head "$BUNDLE/rootfs/report")"
}

@test "without a cgroup of its own a container takes the rules that it has, and no others" {
	config '.linux.resources = null'
	args sleep 1000
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]] || fail "$output"
	rules "[$DENY_ALL]"
	echo "{\"devices\": $(only 8)}" >"$DIR/resources.json"
	refuses "linux.resources.devices: the container has no cgroup whose devices could be restricted" \
		update --devices --resources "$DIR/resources.json" "$CT"
}

@test "in a user namespace a container takes the rules that it has, and no others" {
	running
	echo "{\"devices\": [$DENY_ALL]}" >"$DIR/resources.json"
	unshare --user --map-root-user "$TARE" --root "$ROOT" update --devices --resources "$DIR/resources.json" "$CT"
	echo "{\"devices\": $(only 8)}" >"$DIR/resources.json"
	run unshare --user --map-root-user "$TARE" --root "$ROOT" update --devices --resources "$DIR/resources.json" "$CT"
	[[ $status -eq 1 && $output == \
		*"linux.resources.devices: only root in the machine's own user namespace may change device rules"* ]] ||
		fail "exit $status: $output"
	opens
}
