#!/usr/bin/env bats
# --no-pivot: what the container can reach of the host's tree, which pivot_root(2) has not separated from its mount
# namespace.

load helpers

# kernel_trees_of_a_nested_root: makes a program that tries to mount a whole procfs and sysfs as root of a nested user
# namespace, and prints which of these worked.
kernel_trees_of_a_nested_root()
{
	config '.process.capabilities |= map_values(. + ["CAP_SETFCAP", "CAP_SETUID", "CAP_SETGID", "CAP_SYS_CHROOT"])
		| .process.capabilities.ambient = [] | .process.noNewPrivileges = false'
	args sh -c 'unshare -Urmpf sh -c "echo root; mount -t proc proc /proc && echo won /proc/sys: \$(ls -A /proc/sys)"
		unshare -Urmn sh -c "echo root; mount -t sysfs sysfs /sys && echo won /sys: \$(ls -A /sys)"'
}

# no_kernel_tree: fails unless the program tried both and neither worked.
no_kernel_tree()
{
	[[ $output == *root*root* && $output != *won* ]] || fail "$output"
}

@test "without pivot_root the host's /proc and /sys are of no use to root of a nested user namespace" {
	kernel_trees_of_a_nested_root
	run tare run --bundle "$BUNDLE" "$CT"
	no_kernel_tree
	run tare run --no-pivot --bundle "$BUNDLE" "$CT"
	no_kernel_tree
	# A mount of the host that is below another mount.
	mkdir -p "$DIR/lid"
	# shellcheck disable=SC2016
	run unshare --mount sh -euc '
		mount -t tmpfs tmpfs "$1"
		mkdir "$1/proc"
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1"
		exec "$2" --root "$3" run --no-pivot --bundle "$4" "$5"' sh "$DIR/lid" "$TARE" "$ROOT" "$BUNDLE" "$CT"
	no_kernel_tree
}

@test "without pivot_root what the host mounts later does not come in" {
	kernel_trees_of_a_nested_root
	mkdir -p "$DIR/late"
	export ROOT TARE BUNDLE CT DIR SECONDS_TO_WAIT
	export -f tare wait_until has_status
	# shellcheck disable=SC2016
	run unshare --mount --propagation shared bash -euc '
		tare create --no-pivot --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/told" 2>&1
		mount -t proc proc "$DIR/late"
		tare start "$CT"
		wait_until has_status "$CT" stopped
		cat "$DIR/told"'
	no_kernel_tree
}

@test "without pivot_root in a user namespace the host's /proc and /sys are covered" {
	kernel_trees_of_a_nested_root
	in_user_namespace
	run tare run --bundle "$BUNDLE" "$CT"
	no_kernel_tree
	run tare run --no-pivot --bundle "$BUNDLE" "$CT"
	no_kernel_tree
	# A mount that cannot be reached cannot be covered: the create fails.
	mkdir -p "$DIR/lid"
	# shellcheck disable=SC2016
	run unshare --mount sh -euc '
		mount -t tmpfs tmpfs "$1"
		mkdir "$1/proc"
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1"
		exec "$2" --root "$3" run --no-pivot --bundle "$4" "$5"' sh "$DIR/lid" "$TARE" "$ROOT" "$BUNDLE" "$CT"
	[[ $status -eq 1 && $output == *"the host's '$DIR/lid/proc' (proc) lies under another mount and cannot be hidden" ]] ||
		fail "$output"
}
