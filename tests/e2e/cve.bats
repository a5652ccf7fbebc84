#!/usr/bin/env bats
# More attacks that runtimes were open to, by their CVE numbers: the image or the configuration prepares paths that
# runtimes write to, cover or pass on. Attacks by processes are in security.bats.
#
# shellcheck disable=SC2034 # what helpers read

load helpers
load attacks

setup()
{
	base_setup
	make_canary
}

# mount_at PATH KIND: adds a mount at PATH, last in the bundle: a tmpfs, or a bind of the canary.
mount_at()
{
	config '.mounts += [if $kind == "tmpfs" then {destination: $path, type: "tmpfs", source: "tmpfs"}
		else {destination: $path, type: "bind", source: $canary, options: ["bind"]} end]' \
		--arg path "$1" --arg kind "$2" --arg canary "$CANARY"
}

@test "CVE-2015-3627: nodes and standard streams of the image that lead to the host" {
	local target name
	without_mounts /dev
	args sh -c 'for f in stdin stdout stderr fd ptmx; do echo hit 2>/dev/null >/dev/$f/x; echo hit 2>/dev/null >/dev/$f; done; true'
	for target in "$CANARY/file" "$CANARY/new" "../../../../../../..$CANARY/new"; do
		for name in stdin stdout stderr fd ptmx; do
			ln -sfn "$target" "$BUNDLE/rootfs/dev/$name"
		done
		attacked
		[[ $status -eq 0 ]] || fail "$output"
		for name in null zero tty random; do
			rm -rf "$BUNDLE/rootfs/dev"/*
			ln -s "$target" "$BUNDLE/rootfs/dev/$name"
			refused "'/dev/$name' is there as another kind of file"
		done
		rm -rf "$BUNDLE/rootfs/dev"/*
	done
}

@test "CVE-2015-3630: nothing of the kernel's that a container sees in /proc can be written" {
	all_capabilities
	# The program opens each file for writing and writes nothing.
	args sh -c 'find /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger -type f >/dev/shm/files
		while read -r f; do true >>"$f" && echo "can write $f"; done </dev/shm/files 2>/dev/null
		echo "tried $(wc -l </dev/shm/files)"'
	attacked
	[[ $stdout =~ ^tried\ [0-9]{2,}$ ]] || fail "$output"
}

@test "CVE-2015-3631: no volume at /proc, nor where a link of the image leads into it" {
	local path kind link
	cp "$BUNDLE/config.json" "$DIR/config.json"
	for kind in tmpfs bind; do
		for path in /proc /proc/sys /proc/self/attr /proc/thread-self /proc/1/attr/apparmor; do
			mount_at "$path" "$kind"
			if [[ $kind == bind && $path == /proc ]]; then
				refused "'$CANARY' is not a procfs, and nothing else may be at /proc"
			else
				refused "$path cannot be mounted over: "
			fi
			cp "$DIR/config.json" "$BUNDLE"
		done
		for link in /proc/self/attr proc/sys ../../proc/thread-self/attr /proc; do
			ln -sfn "$link" "$BUNDLE/rootfs/data"
			mount_at /data "$kind"
			refused "'/data' leads into /proc"
			cp "$DIR/config.json" "$BUNDLE"
		done
		ln -sfn proc "$BUNDLE/rootfs/data"
		mount_at /data/self/attr "$kind"
		refused "'/data/self/attr' leads into /proc"
		cp "$DIR/config.json" "$BUNDLE"
	done
}

@test "CVE-2017-16539, CVE-2018-10892: what spec writes masks /proc/scsi, /proc/acpi and their like, and they are empty" {
	run -0 jq -r '(["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
		"/sys/firmware"] - .linux.maskedPaths)[]' "$BUNDLE/config.json"
	[[ -z $output ]] || fail "not masked: $output"
	all_capabilities
	# shellcheck disable=SC2016 # expanded in the container
	args sh -c 'for p; do
			[ -e "$p" ] || continue
			if [ -d "$p" ]; then ls -A "$p"; touch "$p/new" 2>/dev/null && echo "made $p/new"
			else cat "$p"; true 2>/dev/null >>"$p" && echo "can write $p"; fi
			n=$((n + 1))
		done
		echo "masked $n"' sh
	config '.process.args += .linux.maskedPaths'
	attacked
	[[ $stdout =~ ^masked\ [1-9][0-9]*$ ]] || fail "$output"
}

# long LENGTH: makes a file whose absolute path has LENGTH characters.
long()
{
	head -c "$1" /dev/zero | tr '\0' x | sed 's/^x/\//' >"$DIR/long"
}

@test "CVE-2021-43784: what is longer than 16 bits can count is taken as it is, or refused" {
	local length place own
	own=$(readlink /proc/self/ns/net)
	cp "$BUNDLE/config.json" "$DIR/config.json"
	# shellcheck disable=SC2016 # expanded in the container
	args sh -c 'echo "${#LONG} $(readlink /proc/self/ns/net)"'
	for length in 65530 65535 65536 65537 65545 131000; do
		long "$length"
		config '.process.env += ["LONG=" + $long]' --rawfile long "$DIR/long"
		attacked
		[[ $stdout == "$length net:"* && $stdout != *"$own" ]] || fail "$length: exit $status: $output"
		config '.process.env |= .[:-1]'
	done
	for length in 65536 65545 131072 1048576; do
		long "$length"
		for place in '.process.env += ["LONG=" + $long]' '.process.cwd = $long' '.process.args = [$long]' '.root.path = $long' \
			'.hostname = $long' '.linux.cgroupsPath = $long' '.linux.maskedPaths += ["/etc" + $long]' \
			'.mounts += [{destination: "/mnt", type: "bind", source: $long, options: ["bind"]}]' \
			'.mounts += [{destination: $long, type: "tmpfs", source: "tmpfs"}]' \
			'.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["size=" + $long]}]' \
			'.linux.namespaces |= map(if .type == "network" then .path = $long else . end)'; do
			[[ $length -ge 131072 || $place != *env* ]] || continue
			cp "$DIR/config.json" "$BUNDLE"
			config "$place" --rawfile long "$DIR/long"
			attacked
			[[ $status -eq 1 && -z $stdout && -n $stderr ]] || fail "$length in $place: exit $status: ${output:0:300}"
		done
	done
}

# prepare KIND FILE: makes a file of that kind where the runtime makes a file or a directory.
prepare()
{
	rm -rf "$2"
	mkdir -p "${2%/*}"
	case $1 in
	link) ln -s "$CANARY/new" "$2" ;;
	file) ln -s "../../../../../../..$CANARY/file" "$2" ;;
	hard) ln "$CANARY/core" "$2" ;;
	fifo) mkfifo "$2" ;;
	device) mknod "$2" c 1 7 ;;
	directory) mkdir "$2" ;;
	esac
}

@test "CVE-2025-24965: nothing is written to what the image has where the runtime makes files" {
	local kind place
	cp "$BUNDLE/config.json" "$DIR/config.json"
	for kind in link file hard fifo device directory; do
		for place in dev/null dev/console dev/ptmx dev/fd mnt/file mnt/dir run/notify work etc/hostname; do
			cp "$DIR/config.json" "$BUNDLE"
			without_mounts /dev
			prepare "$kind" "$BUNDLE/rootfs/$place"
			# A hard link changes the number of links of the canary's file.
			SONG=$(sing)
			config '.process.cwd = "/work"
				| .mounts += [{destination: "/mnt/file", type: "bind", source: "/etc/hostname", options: ["bind"]},
					{destination: "/mnt/dir", type: "tmpfs", source: "tmpfs"}]'
			(NOTIFY_SOCKET=$DIR/notify attacked)
			attacked
			[[ $status -ne 0 || -z $output ]] || fail "$place is $kind: $output"
			rm -rf "$BUNDLE/rootfs/$place"
			SONG=$(sing)
		done
	done
	[[ $(<"$CANARY/file") == precious && $(<"$CANARY/core") == core && ! -e $CANARY/new ]]
}

# The container has mounted files of its own at all paths of /proc where a label is written.
@test "LXC CVE-2015-1334: exec writes a label to no /proc of the container" {
	all_capabilities
	config '.root.readonly = false'
	args sh -c 'mount -t tmpfs none /proc
		for n in $(seq 1 100); do
			set -- "$@" /proc/$n/attr/apparmor
		done
		mkdir -p "$@"
		ln -s 1 /proc/self
		ln -s 1 /proc/thread-self
		for d; do : >$d/exec; : >${d%/*}/exec; done
		: >/covered
		exec sleep 1000' sh
	# The message names the capabilities that this machine lacks.
	detached run --detach --bundle "$BUNDLE" "$CT"
	wait_until test -e "$BUNDLE/rootfs/covered"
	detached exec --apparmor e2e-none "$CT" true
	[[ $status -eq 255 && $stderr == *"process.apparmorProfile 'e2e-none' cannot be applied"* ]] || fail "$status: $output"
	jq '.process | .selinuxLabel = "e2e:none:none:s0"' "$BUNDLE/config.json" >"$DIR/process.json"
	detached exec --process "$DIR/process.json" "$CT"
	[[ $status -eq 255 && $stderr == *"process.selinuxLabel 'e2e:none:none:s0' cannot be applied"* ]] || fail "$status: $output"
	run -0 tare exec "$CT" sh -c 'cat /proc/*/attr/exec /proc/*/attr/apparmor/exec; ls -d /proc/1/attr'
	[[ $output == */proc/1/attr && $output != *e2e* ]] || fail "$output"
}

@test "CVE-2022-0492: there is no release_agent, and the cgroup tree is read-only even for a container with all rights" {
	all_capabilities
	config '(.mounts[] | select(.type == "cgroup") | .options) += ["release_agent=/evil", "none", "name=evil"]'
	args sh -c 'find /sys/fs/cgroup -name release_agent
		awk "\$5 == \"/sys/fs/cgroup\" { print \$6; sub(/.* - /, \"\"); print \$1 }" /proc/self/mountinfo
		for f in $(find /sys/fs/cgroup -type f); do true >>$f && echo "can write $f"; done 2>/dev/null
		mkdir /sys/fs/cgroup/new 2>&1 | grep -o "Read-only file system"'
	attacked
	[[ ${stdout//$'\n'/ } == ro,*" cgroup2 Read-only file system" ]] || fail "$output"
}

# groups_are LIST COMMAND...: runs COMMAND as a caller with other groups; the program has the groups of LIST and no
# others.
groups_are()
{
	run -0 setpriv --groups 4,20,27 "$TARE" --root "$ROOT" "${@:2}" 3>&-
	[[ $output == "Groups:"$'\t'"$1" || $output == "Groups:"$'\t'"$1 " ]] || fail "wanted '$1': $output"
}

@test "CVE-2022-2989, CVE-2022-2990, CVE-2022-2995, CVE-2023-25173: the program has the groups of the config, and none of the caller's" {
	needs_root "only root has groups to give away"
	args grep ^Groups: /proc/self/status
	groups_are "" run --bundle "$BUNDLE" "$CT"
	config '.process.user = {uid: 1000, gid: 1000}'
	groups_are "" run --bundle "$BUNDLE" "$CT"
	config '.process.user.additionalGids = [7, 8]'
	groups_are "7 8" run --bundle "$BUNDLE" "$CT"
	config '.process.user = {uid: 0, gid: 0}'
	running
	groups_are "" exec "$CT" grep ^Groups: /proc/self/status
	groups_are "9" exec --additional-gids 9 "$CT" grep ^Groups: /proc/self/status
}

@test "CVE-2022-2989: groups that cannot be given fail the container" {
	local user
	needs_root "only root joins the user namespace of another"
	# A user namespace in which setgroups(2) is denied, as in those that ordinary users make.
	unshare --map-root-user sleep 1000 >/dev/null 2>&1 3>&- &
	user=$!
	wait_until grep -qs " 1$" "/proc/$user/gid_map"
	without_mounts /dev/pts
	config '.linux.namespaces += [{type: "user", path: $path}] | .process.user.additionalGids = [0]' --arg path "/proc/$user/ns/user"
	attacked
	kill "$user"
	wait "$user" || true
	[[ $status -eq 1 && -z $stdout && $stderr == *"cannot set the additional groups"* ]] || fail "$output"
}
