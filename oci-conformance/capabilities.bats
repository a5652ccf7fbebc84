# process.capabilities: the five sets, as /proc/self/status shows them.

load lib

# sets FILTER: process.capabilities, with the names of the base configuration as $base
sets() {
	config ".process.capabilities.bounding as \$base | .process.capabilities = $1"
}

# mask NUMBER...: the set of these capabilities as the kernel prints it
mask() {
	local number bits=0
	for number in "$@"; do
		bits=$((bits | 1 << number))
	done
	printf '%016x' "$bits"
}

# set_of NAME: what the program has
set_of() {
	sed -n "s/^Cap$1:[[:space:]]*//p" <<<"$output"
}

# Numbers of linux/capability.h
CHOWN=0 DAC_OVERRIDE=1 FOWNER=3 KILL=5 MKNOD=27 AUDIT_WRITE=29
BASE="$CHOWN $DAC_OVERRIDE $FOWNER $KILL $MKNOD $AUDIT_WRITE"

@test "process.capabilities.bounding: the program has these, and no others" {
	sets '{bounding: ["CAP_CHOWN", "CAP_KILL"]}'
	runs cat /proc/self/status
	equal "$(set_of Bnd)" "$(mask $CHOWN $KILL)"
}

@test "process.capabilities.effective: the program has these, and no others" {
	runs cat /proc/self/status
	# shellcheck disable=SC2086 # a list of numbers
	equal "$(set_of Eff)" "$(mask $BASE)"
}

@test "process.capabilities.permitted: the program has these, and no others" {
	runs cat /proc/self/status
	# shellcheck disable=SC2086
	equal "$(set_of Prm)" "$(mask $BASE)"
}

# When root executes a program the kernel gives it all of the bounding set, but no more than it had with noNewPrivileges.
@test "process.capabilities.permitted: they are a set of their own" {
	sets '{bounding: $base, permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN", "CAP_KILL"]}'
	config '.process.noNewPrivileges = true'
	runs cat /proc/self/status
	equal "$(set_of Bnd)" "$(mask $BASE)"
	equal "$(set_of Prm)" "$(mask $CHOWN $KILL)"
}

@test "process.capabilities.inheritable: the program has these, and no others" {
	sets '{bounding: $base, permitted: $base, effective: $base, inheritable: ["CAP_CHOWN", "CAP_FOWNER"]}'
	runs cat /proc/self/status
	equal "$(set_of Inh)" "$(mask $CHOWN $FOWNER)"
}

@test "process.capabilities.inheritable: without it the program has none" {
	runs cat /proc/self/status
	equal "$(set_of Inh)" "$(mask)"
}

@test "process.capabilities.ambient: the program has these, and no others" {
	sets '{bounding: $base, permitted: $base, effective: $base, inheritable: $base, ambient: ["CAP_KILL", "CAP_MKNOD"]}'
	config '.process.user = {uid: 1234, gid: 5678}'
	runs cat /proc/self/status
	equal "$(set_of Amb)" "$(mask $KILL $MKNOD)"
}

@test "process.capabilities.ambient: a program that is not root keeps them when it is executed" {
	sets '{bounding: $base, permitted: $base, effective: $base, inheritable: $base, ambient: ["CAP_KILL", "CAP_MKNOD"]}'
	config '.process.user = {uid: 1234, gid: 5678}'
	runs cat /proc/self/status
	equal "$(set_of Eff)" "$(mask $KILL $MKNOD)"
}

@test "process.capabilities: with empty sets the program has none at all" {
	sets '{bounding: [], permitted: [], effective: [], inheritable: [], ambient: []}'
	runs cat /proc/self/status
	equal "$(set_of Bnd)$(set_of Prm)$(set_of Eff)$(set_of Inh)$(set_of Amb)" "$(mask)$(mask)$(mask)$(mask)$(mask)"
}

@test "process.capabilities: a program that is not root has none but the ambient ones" {
	config '.process.user = {uid: 1234, gid: 5678}'
	runs cat /proc/self/status
	equal "$(set_of Prm)$(set_of Eff)" "$(mask)$(mask)"
}

@test "process.capabilities: what they allow can be done, what they lack cannot" {
	script 'touch /opt/file && chown 1:1 /opt/file && echo chown; hostname new 2>/dev/null && echo hostname; exit 0'
	prints chown
}

@test "process.capabilities: an unknown name SHOULD NOT make create fail" {
	capability CAP_NO_SUCH_THING
	prints hello echo hello
}

@test "process.capabilities: one that cannot be granted SHOULD NOT make create fail" {
	capability CAP_SYS_TIME
	program cat /proc/self/status
	without_sys_time() {
		status=0
		timeout 20 setpriv --bounding-set -sys_time "$OCI_RUNTIME" --root "$STATE" create --bundle "$BUNDLE" \
			--pid-file "$WORK/$ID.pid" "$ID" </dev/null >"$WORK/$ID.out" 2>"$WORK/$ID.err" 3>&- || status=$?
		error=$(<"$WORK/$ID.err")
	}
	must without_sys_time
	must start
	ended
	output=$(<"$WORK/$ID.out")
	# shellcheck disable=SC2086
	equal "$(set_of Eff)" "$(mask $BASE)"
}
