#!/usr/bin/env bats
# What the machine promises to the tests that run there: tests/host/machine test bats tests/host/guest.bats

bats_require_minimum_version 1.5.0

tree=/sys/fs/cgroup

# as_guest COMMAND...: what the ordinary user sees, as after a login.
as_guest()
{
	setpriv --reuid guest --regid guest --init-groups -- \
		env HOME=/home/guest XDG_RUNTIME_DIR="/run/user/$(id -u guest)" "$@"
}

# has WORD FILE: one of the words of a file.
has()
{
	grep -qw -- "$1" "$2" || { echo "no $1 in $2:" && cat "$2" && false; }
}

@test "systemd is the first process, and every unit has started" {
	[[ $(</proc/1/comm) == systemd ]]
	run systemctl is-system-running
	[[ $output == running ]] || { systemctl --failed; false; }
}

@test "there is cgroup v2 alone, with all controllers" {
	local controller
	[[ $(findmnt --noheadings --output FSTYPE "$tree") == cgroup2 ]]
	run findmnt --noheadings --types cgroup
	[[ -z $output ]]
	for controller in cpuset cpu io memory hugetlb pids rdma misc; do
		has "$controller" "$tree/cgroup.controllers"
	done
}

@test "a script runs in a cgroup that systemd has delegated, with the controllers that it knows" {
	local controller own
	own=$tree$(sed -n 's/^0:://p' /proc/self/cgroup)
	for controller in cpuset cpu io memory pids; do
		has "$controller" "$own/cgroup.controllers"
	done
	[[ $(systemctl show --property Delegate --value "${own##*/}") == yes ]]
}

@test "AppArmor is on" {
	[[ $(</sys/module/apparmor/parameters/enabled) == Y ]]
	has apparmor /sys/kernel/security/lsm
	command -v apparmor_parser
}

@test "an ordinary user lingers, whose systemd runs and has controllers" {
	local controller uid
	uid=$(id -u guest)
	[[ $(loginctl show-user guest --property Linger --value) == yes ]]
	run as_guest systemctl --user is-system-running
	[[ $output == running ]] || { as_guest systemctl --user --failed; false; }
	for controller in cpu memory pids; do
		has "$controller" "$tree/user.slice/user-$uid.slice/user@$uid.service/cgroup.subtree_control"
	done
	grep -q '^guest:' /etc/subuid
	grep -q '^guest:' /etc/subgid
}

@test "the tree is there, and nobody can write to it" {
	[[ -x $TARE ]]
	run touch /source/written
	[[ $status -ne 0 && $output == *"Read-only file system"* ]]
}

@test "a bundle in /tmp may have devices" {
	mknod "$BATS_TEST_TMPDIR/null" c 1 3
	: >"$BATS_TEST_TMPDIR/null"
	[[ $BATS_TEST_TMPDIR == /tmp/* ]]
}

@test "there is a disk of its own for tests that write" {
	mkfs.ext4 -q /dev/vdb
	mount /dev/vdb /mnt
	echo written >/mnt/file
	umount /mnt
}
