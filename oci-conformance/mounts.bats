# mounts: what is mounted, in which order, and what each option does. Options are read from mountinfo where the kernel
# shows them; of the others it is seen that they do not reach the file system, which would refuse them. The table of
# options refers to mount(8), where the later of two that contradict each other wins.

load lib

# options OPTION...: a tmpfs on /opt with these
options() {
	mount_at /opt tmpfs tmpfs "$@"
	must create
	mounted /opt
}

# shared_tree: a directory of the host with a mount on it and one below, both shared
shared_tree() {
	SOURCE=$WORK/tree
	mkdir "$SOURCE"
	mount -t tmpfs tree "$SOURCE"
	mkdir "$SOURCE/below"
	mount -t tmpfs below "$SOURCE/below"
	echo text >"$SOURCE/below/file"
	mount --make-rshared "$SOURCE"
}

# --- what is mounted --------------------------------------------------------------------------------------------------

@test "mounts: they MUST be mounted in the listed order" {
	mount_at /opt tmpfs tmpfs
	mount_at /opt/a tmpfs tmpfs
	mount_at /tmp/b tmpfs tmpfs
	mount_at /tmp tmpfs tmpfs
	script 'grep -c " /opt/a " /proc/self/mountinfo; ls -d /opt/a; ls -d /tmp/b 2>/dev/null'
	runs
	equal "$output" $'1\n/opt/a'
}

@test "mounts: of two on one destination the later one is seen" {
	mkdir "$WORK/first" "$WORK/second"
	echo first >"$WORK/first/file"
	echo second >"$WORK/second/file"
	mount_at /opt none "$WORK/first" bind
	mount_at /opt none "$WORK/second" bind
	prints second cat /opt/file
}

@test "default file systems: /proc, /sys, /dev/pts and /dev/shm SHOULD be available" {
	must create
	for place in /proc:proc /sys:sysfs /dev/pts:devpts /dev/shm:tmpfs; do
		mounted "${place%:*}"
		equal "$mount_type" "${place#*:}"
	done
	must operation delete --force "$ID"
	config '.mounts |= map(select(.destination == "/proc"))'
	must create
	mounted /sys >/dev/null || deviation "they are mounted when mounts names them, as every manager does"
}

@test "mounts[].destination: it is a path inside the container" {
	mount_at /opt tmpfs tmpfs
	must create
	mounted /opt
	equal "$mount_type" tmpfs
}

@test "mounts[].destination: a relative path MUST be taken as relative to / (1.2.0)" {
	mount_at opt tmpfs tmpfs
	must create
	mounted /opt
	equal "$mount_type" tmpfs
}

@test "mounts[].destination: a mount without it MUST generate an error" {
	config '.mounts += [{type: "tmpfs", source: "tmpfs"}]'
	invalid '.mounts[-1].destination = "/opt"'
}

@test "mounts[].destination: a symbolic link in the root file system does not lead out of it" {
	local mounts
	mkdir "$WORK/outside"
	ln -s "$WORK/outside" "$ROOTFS/link"
	mount_at /link/new tmpfs tmpfs
	create
	[[ -z $(ls -A "$WORK/outside") ]] || fail "a mount point was made outside"
	list_mounts mounts
	equal "$mounts" "$MOUNTS_BEFORE"
	if [[ $status -eq 0 ]]; then
		mounted "$WORK/outside/new"
	else
		control '.mounts[-1].destination = "/opt"'
	fi
}

@test "mounts[].type: tmpfs" {
	mount_at /opt tmpfs tmpfs
	script 'echo text >/opt/file && cat /opt/file'
	prints text
	[[ ! -e $ROOTFS/opt/file ]]
}

@test "mounts[].type: proc, of the container's pid namespace" {
	script 'cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l'
	runs
	[[ $output == sh$'\n'[1-4] ]] || fail "found: $output"
	must delete
	mount_at /opt proc proc
	must create second
	grep -q ' /opt .* - proc ' "/proc/$(pid_of second)/mountinfo"
}

@test "mounts[].type: sysfs, of the container's network namespace" {
	prints lo ls /sys/class/net
}

@test "mounts[].type: devpts, an instance of its own" {
	must create
	mounted /dev/pts
	equal "$mount_type" devpts
	equal "$(ls "/proc/$(pid_of)/root/dev/pts")" ptmx
}

@test "mounts[].type: mqueue" {
	must create
	mounted /dev/mqueue
	equal "$mount_type" mqueue
}

@test "mounts[].type: cgroup, with the container's cgroup as its root" {
	must create
	mounted /sys/fs/cgroup
	equal "$mount_type" cgroup2
	equal "$(stat -c %i "/proc/$(pid_of)/root/sys/fs/cgroup")" "$(stat -c %i "$OCI_CGROUP/$ID")"
}

@test "mounts[].type: overlay" {
	mkdir "$WORK"/{lower,upper,work}
	echo lower >"$WORK/lower/file"
	mount_at /opt overlay overlay "lowerdir=$WORK/lower" "upperdir=$WORK/upper" "workdir=$WORK/work"
	script 'cat /opt/file; echo upper >/opt/file'
	prints lower
	equal "$(cat "$WORK/lower/file" "$WORK/upper/file")" $'lower\nupper'
}

@test "mounts[].options: bind shows a directory of the host" {
	mkdir "$WORK/data"
	echo text >"$WORK/data/file"
	mount_at /opt bind "$WORK/data" bind
	script 'cat /opt/file; echo new >/opt/new'
	prints text
	equal "$(<"$WORK/data/new")" new
}

@test "mounts[].options: bind shows a file of the host" {
	echo text >"$WORK/file"
	touch "$ROOTFS/opt/file"
	mount_at /opt/file bind "$WORK/file" bind
	prints text cat /opt/file
}

@test "mounts[].source: a relative path of a bind mount is relative to the bundle" {
	mkdir "$BUNDLE/data"
	echo text >"$BUNDLE/data/file"
	mount_at /opt bind data bind
	cd /
	prints text cat /opt/file
}

@test "mounts[].type: with bind it is a dummy" {
	mkdir "$WORK/data"
	echo text >"$WORK/data/file"
	mount_at /opt no-such-fs "$WORK/data" bind
	prints text cat /opt/file
}

@test "mounts[].options: bind does not show the mounts below its source" {
	shared_tree
	mount_at /opt bind "$SOURCE" bind
	prints "" ls /opt/below
}

@test "mounts[].options: rbind shows the mounts below its source" {
	shared_tree
	mount_at /opt bind "$SOURCE" rbind
	prints file ls /opt/below
}

@test "mounts[].options: what is not in the table SHOULD go to the file system" {
	options size=64k mode=0710
	has size=64k mode=710
}

@test "mounts[].options: what the file system does not know MUST generate an error" {
	mount_at /opt tmpfs tmpfs no-such-option
	invalid 'del(.mounts[-1].options)'
}

# --- flags ------------------------------------------------------------------------------------------------------------

@test "mounts[].options: defaults means rw, suid, dev, exec and async" {
	options defaults
	lacks ro nosuid nodev noexec sync
}

@test "mounts[].options: ro" {
	options ro
	has ro
}

@test "mounts[].options: ro on a bind mount" {
	mkdir "$WORK/data"
	mount_at /opt bind "$WORK/data" bind ro
	script 'touch /opt/new 2>/dev/null && echo written; exit 0'
	prints ""
	touch "$WORK/data/new"
}

@test "mounts[].options: rw" {
	options ro rw
	lacks ro
}

@test "mounts[].options: nosuid" {
	options nosuid
	has nosuid
}

@test "mounts[].options: suid" {
	options nosuid suid
	lacks nosuid
}

@test "mounts[].options: nodev" {
	options nodev
	has nodev
}

@test "mounts[].options: dev" {
	options nodev dev
	lacks nodev
}

@test "mounts[].options: noexec" {
	options noexec
	has noexec
}

@test "mounts[].options: exec" {
	options noexec exec
	lacks noexec
}

@test "mounts[].options: nosuid, nodev and noexec on a bind mount" {
	mkdir "$WORK/data"
	mount_at /opt bind "$WORK/data" bind nosuid nodev noexec
	must create
	mounted /opt
	has nosuid nodev noexec
}

@test "mounts[].options: noatime" {
	options noatime
	has noatime
}

@test "mounts[].options: atime" {
	options noatime atime
	lacks noatime
}

@test "mounts[].options: nodiratime" {
	options nodiratime
	has nodiratime
}

@test "mounts[].options: diratime" {
	options nodiratime diratime
	lacks nodiratime
}

@test "mounts[].options: relatime" {
	options relatime
	has relatime
}

@test "mounts[].options: norelatime MUST NOT reach the file system" {
	options relatime norelatime
}

@test "mounts[].options: strictatime" {
	options strictatime
	lacks relatime noatime
}

@test "mounts[].options: nostrictatime" {
	options strictatime nostrictatime
	has relatime
}

@test "mounts[].options: sync" {
	options sync
	has sync
}

@test "mounts[].options: async" {
	options sync async
	lacks sync
}

@test "mounts[].options: dirsync" {
	options dirsync
	has dirsync
}

@test "mounts[].options: lazytime" {
	options lazytime
	has lazytime
}

@test "mounts[].options: nolazytime" {
	options lazytime nolazytime
	lacks lazytime
}

@test "mounts[].options: iversion MUST NOT reach the file system" {
	options iversion
}

@test "mounts[].options: noiversion MUST NOT reach the file system" {
	options noiversion
}

@test "mounts[].options: silent MUST NOT reach the file system" {
	options silent
}

@test "mounts[].options: loud MUST NOT reach the file system" {
	options loud
}

@test "mounts[].options: remount changes the mount that is there" {
	mount_at /opt tmpfs tmpfs
	mount_at /opt tmpfs tmpfs remount ro
	must create
	mounted /opt
	has ro
}

# --- flags of a whole tree --------------------------------------------------------------------------------------------

# tree FLAGS OPTION...: the shared tree, whose mounts have these flags outside, on /opt; the flags of both mounts inside
tree() {
	shared_tree
	mount -o "remount,bind,$1" "$SOURCE"
	mount -o "remount,bind,$1" "$SOURCE/below"
	shift
	mount_at /opt bind "$SOURCE" rbind "$@"
	must create
	mounted /opt
	flags_above=$mount_flags
	mounted /opt/below
}

# everywhere FLAG, nowhere FLAG: on the mount and on the one below
everywhere() {
	has "$1" && mount_flags=$flags_above && has "$1"
}

nowhere() {
	lacks "$1" && mount_flags=$flags_above && lacks "$1"
}

@test "mounts[].options: rro SHOULD make the mounts below read-only, too" {
	tree rw rro
	everywhere ro
}

@test "mounts[].options: rrw SHOULD make the mounts below writable, too" {
	tree ro rrw
	nowhere ro
}

@test "mounts[].options: rnosuid SHOULD hold for the mounts below, too" {
	tree rw rnosuid
	everywhere nosuid
}

@test "mounts[].options: rsuid SHOULD hold for the mounts below, too" {
	tree nosuid rsuid
	nowhere nosuid
}

@test "mounts[].options: rnodev SHOULD hold for the mounts below, too" {
	tree rw rnodev
	everywhere nodev
}

@test "mounts[].options: rdev SHOULD hold for the mounts below, too" {
	tree nodev rdev
	nowhere nodev
}

@test "mounts[].options: rnoexec SHOULD hold for the mounts below, too" {
	tree rw rnoexec
	everywhere noexec
}

@test "mounts[].options: rexec SHOULD hold for the mounts below, too" {
	tree noexec rexec
	nowhere noexec
}

@test "mounts[].options: rnodiratime SHOULD hold for the mounts below, too" {
	tree rw rnodiratime
	everywhere nodiratime
}

@test "mounts[].options: rdiratime SHOULD hold for the mounts below, too" {
	tree nodiratime rdiratime
	nowhere nodiratime
}

@test "mounts[].options: rnoatime SHOULD hold for the mounts below, too" {
	tree rw rnoatime
	everywhere noatime
}

@test "mounts[].options: ratime SHOULD hold for the mounts below, too" {
	tree noatime ratime
	nowhere noatime
}

@test "mounts[].options: rrelatime SHOULD hold for the mounts below, too" {
	tree noatime rrelatime
	everywhere relatime
}

@test "mounts[].options: rnorelatime SHOULD NOT reach the file system" {
	tree rw rnorelatime
}

@test "mounts[].options: rstrictatime SHOULD hold for the mounts below, too" {
	tree rw rstrictatime
	nowhere relatime
}

@test "mounts[].options: rnostrictatime SHOULD hold for the mounts below, too" {
	tree strictatime rnostrictatime
	everywhere relatime
}

@test "mounts[].options: nosymfollow SHOULD keep symbolic links from being followed" {
	options nosymfollow
	has nosymfollow
}

@test "mounts[].options: symfollow SHOULD let symbolic links be followed" {
	options nosymfollow symfollow
	lacks nosymfollow
}

@test "mounts[].options: rnosymfollow SHOULD hold for the mounts below, too" {
	tree rw rnosymfollow
	everywhere nosymfollow
}

@test "mounts[].options: rsymfollow SHOULD hold for the mounts below, too" {
	tree nosymfollow rsymfollow
	nowhere nosymfollow
}

# --- propagation ------------------------------------------------------------------------------------------------------

# bound OPTION...: a shared tree of the host on /opt, mount_peers of it and of the mount below
bound() {
	shared_tree
	mount_at /opt bind "$SOURCE" rbind "$@"
	must create
	mounted /opt/below
	peers_below=$mount_peers
	mounted /opt
}

@test "mounts[].options: shared" {
	options shared
	[[ $mount_peers == *shared:* ]] || fail "found: $mount_peers"
}

@test "mounts[].options: rshared" {
	bound rshared
	[[ $mount_peers == *shared:* ]] || fail "found: $mount_peers"
	[[ $peers_below == *shared:* ]] || fail "found below: $peers_below"
}

@test "mounts[].options: private" {
	config '.linux.rootfsPropagation = "shared"'
	bound private
	equal "$mount_peers" ""
}

@test "mounts[].options: rprivate" {
	config '.linux.rootfsPropagation = "shared"'
	bound rprivate
	equal "$mount_peers$peers_below" ""
}

@test "mounts[].options: slave" {
	config '.linux.rootfsPropagation = "slave"'
	bound slave
	[[ $mount_peers == master:* ]] || fail "found: $mount_peers"
}

@test "mounts[].options: rslave" {
	config '.linux.rootfsPropagation = "slave"'
	bound rslave
	[[ $mount_peers == master:* ]] || fail "found: $mount_peers"
	[[ $peers_below == master:* ]] || fail "found below: $peers_below"
}

@test "mounts[].options: with rslave a mount that the host makes later comes into the container" {
	config '.linux.rootfsPropagation = "slave"'
	bound rslave
	mkdir "$SOURCE/later"
	mount -t tmpfs later "$SOURCE/later"
	mounted /opt/later
}

@test "mounts[].options: with rprivate a mount that the host makes later stays out" {
	bound rprivate
	mkdir "$SOURCE/later"
	mount -t tmpfs later "$SOURCE/later"
	equal "$(grep -c ' /opt/later ' "/proc/$(pid_of)/mountinfo")" 0
}

@test "mounts[].options: unbindable" {
	options unbindable
	[[ $mount_peers == *unbindable* ]] || fail "found: $mount_peers"
}

@test "mounts[].options: runbindable" {
	bound runbindable
	[[ $mount_peers == *unbindable* ]] || fail "found: $mount_peers"
	[[ $peers_below == *unbindable* ]] || fail "found below: $peers_below"
}

# --- linux.rootfsPropagation and linux.mountLabel ---------------------------------------------------------------------

# propagation VALUE: mount_peers of /
propagation() {
	config '.linux.rootfsPropagation = $value' --arg value "$1"
	must create
	mounted /
}

@test "linux.rootfsPropagation: shared" {
	propagation shared
	[[ $mount_peers == *shared:* ]] || fail "found: $mount_peers"
}

@test "linux.rootfsPropagation: slave" {
	mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	propagation slave
	[[ $mount_peers == master:* ]] || fail "found: $mount_peers"
}

@test "linux.rootfsPropagation: private" {
	mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	propagation private
	equal "$mount_peers" ""
}

@test "linux.rootfsPropagation: unbindable" {
	propagation unbindable
	[[ $mount_peers == *unbindable* ]] || fail "found: $mount_peers"
}

@test "linux.mountLabel: it is the SELinux context of the mounts" {
	[[ -d /sys/fs/selinux/booleans ]] || skip "this kernel does not run SELinux"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	mount_at /opt tmpfs tmpfs
	must create
	mounted /opt
	[[ $mount_flags == *context=* ]] || fail "found: $mount_flags"
}
