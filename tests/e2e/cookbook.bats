#!/usr/bin/env bats
# The recipes of docs/cookbook.md, taken from the page and run as they stand there, each in a directory of its own; what they
# print is compared with what the page shows. A recipe without a test is one that the first test misses.

load helpers
load documents

PAGE=$REPOSITORY/docs/cookbook.md

setup()
{
	base_setup
	as_a_reader
	PATH=$PATH:$REPOSITORY/scripts
	export TARE # for mkbundle
}

teardown()
{
	reader_leaves
	base_teardown
}

# block RECIPE N: what stands between the fences of the Nth block below that heading.
block()
{
	awk -v heading="## $1" -v wanted="$2" '
		!inside && /^## / { here = $0 == heading; next }
		!here { next }
		/^```/ { inside = !inside; count += inside; next }
		inside && count == wanted' "$PAGE"
}

# recipe NAME [COMMAND...]: runs the first block, by COMMAND if there is one; it has to print the second.
recipe()
{
	local expected
	block "$1" 1 >"$DIR/script"
	expected=$(block "$1" 2)
	[[ -s $DIR/script && -n $expected ]] || fail "$1: the page has no commands for it, or not what they print"
	shown "${@:2}"
	[[ $output == "$expected" ]] || fail "$(diff <(echo "$expected") <(echo "$output"))"
}

@test "every recipe is run here" {
	local name names
	mapfile -t names < <(sed -n 's/^## //p' "$PAGE")
	((${#names[@]} > 0)) || fail "the page has no recipe"
	for name in "${names[@]}"; do
		grep -qE "^	recipe \"$name\"( |\$)" "$BATS_TEST_FILENAME" || fail "nobody runs the recipe '$name'"
	done
}

@test "a volume" {
	recipe "A volume"
}

# bats test_tags=machine
@test "limits" {
	needs memory pids cpu
	recipe "Limits"
}

@test "a user namespace" {
	recipe "A user namespace"
}

# In a network namespace that stands for the host's.
@test "a network device" {
	command -v ip >/dev/null || skip "there is no ip (iproute2)"
	unshare --net ip link add type veth 2>/dev/null || skip "this kernel has no veth devices"
	recipe "A network device" unshare --net
}

@test "hooks" {
	recipe "Hooks"
}

@test "a pod" {
	recipe "A pod"
}
