#!/usr/bin/env bats
# Containers of an ordinary user: run by tests/lib/with-user, which makes him.

load ../e2e/helpers

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
	wait_until 5 is_stopped
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
