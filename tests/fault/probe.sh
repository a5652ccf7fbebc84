#!/bin/sh
# What a container finds out about its isolation, from the inside: the same for each run of the same bundle. SigQ is left out:
# it counts the signals that wait for all processes of the user.
while read -r name rest; do
	case $name in
	Uid: | Gid: | Groups: | Cap* | NoNewPrivs: | Seccomp: | SigPnd: | SigBlk: | SigIgn: | SigCgt: | Umask: | NSpid: | NSsid:) echo "$name" $rest ;;
	esac
done </proc/self/status
while read -r _ _ _ root target options rest; do
	echo "mount $root $target $options"
done </proc/self/mountinfo
# The shell has this script open at 10.
for fd in /proc/$$/fd/*; do
	case ${fd##*/} in
	[0-2] | 10) ;;
	*)
		echo "$fd"
		readlink "$fd"
		;;
	esac
done
for file in /etc/secret /proc/meminfo /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/hostname \
	/proc/sys/kernel/domainname /proc/self/oom_score_adj /proc/self/cgroup /proc/self/limits /proc/1/environ; do
	echo "$file: $(cat "$file" 2>&1)"
done
for path in /x /ro/x /proc/sys/kernel/hostname /proc/sysrq-trigger /etc/secret /sys/x; do
	(echo x >"$path") 2>&1
done
rm -f /tmp/disk
mknod /tmp/disk b 8 0 2>&1
(cat /tmp/disk) 2>&1
umask
pwd -P 2>&1
ls -la /dev /proc/acpi 2>&1 | while read -r mode _ user group rest; do
	echo "$mode $user $group ${rest##* }"
done
echo end
