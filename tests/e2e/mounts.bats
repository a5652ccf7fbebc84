#!/usr/bin/env bats
# Mounts with options of tare. What the specification says about mounts is tested in oci-conformance/mounts.bats.

load helpers

# on_tmpfs OPTION...: a tmpfs with these options at /data, where the image has files; the program prints both trees.
on_tmpfs()
{
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"])
		| .mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: $ARGS.positional},
		{destination: "/image", type: "bind", source: $image, options: ["bind", "ro"]}]' \
		--arg image "$BUNDLE/rootfs/data" --args -- "$@"
}

fill()
{
	local data=$BUNDLE/rootfs/data
	mkdir -p -m 750 "$data/deep/er"
	echo hello >"$data/file"
	echo hidden >"$data/deep/er/.hidden"
	head -c 3000000 /dev/urandom >"$data/large"
	chmod 4711 "$data/file"
	chown 12:34 "$data/file" "$data/deep"
	chown 56:78 "$data"
	chmod 1777 "$data"
	ln -s /etc/passwd "$data/link"
	mkfifo "$data/fifo"
	mknod "$data/node" c 1 3
	touch -d 2001-02-03T04:05:06Z "$data/file" "$data/deep"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "trusted.tare", b"kept")' "$data/file"
}

# Prints a line for each file below a directory, with all properties that a copy has to keep.
# shellcheck disable=SC2016
LIST='cd "$0" && find . | sort | while read -r f; do
	stat -c "%n %F %a %u:%g %t,%T" "$f"
	if [ -L "$f" ]; then readlink "$f"; elif [ -f "$f" ]; then stat -c %Y "$f"; sha256sum "$f"; fi
done'

@test "tmpcopyup: a tmpfs begins with what the image has there" {
	fill
	on_tmpfs tmpcopyup
	args sh -c "sh -c '$LIST' /image >/tmp/image; sh -c '$LIST' /data >/tmp/data; diff /tmp/image /tmp/data && wc -l </tmp/data"
	config '.root.readonly = false'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output -ge 12 ]] || fail "$output"
}

@test "tmpcopyup: extended attributes come along" {
	fill
	on_tmpfs tmpcopyup
	args sleep 1000
	create "$CT"
	run -0 python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "trusted.tare"))' \
		"/proc/$(state_of "$CT" .pid)/root/data/file"
	[[ $output == "b'kept'" ]]
}

@test "tmpcopyup: what is written stays in the tmpfs, and ro holds after the copy" {
	fill
	on_tmpfs tmpcopyup mode=700
	args sh -c 'echo more >/data/file && stat -c %a /data'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 700 && $(<"$BUNDLE/rootfs/data/file") == hello ]]
	config '.mounts[-2].options = ["tmpcopyup", "ro"]'
	args sh -c 'cat /data/file; echo more >/data/file'
	run -1 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == hello && ${lines[1]} == *"Read-only file system"* ]]
}

@test "tmpcopyup: what does not fit is an error that names the file" {
	fill
	on_tmpfs tmpcopyup size=1m
	refuses "cannot copy up '/data': cannot copy 'large': no space left on device" run --bundle "$BUNDLE" "$CT"
}

@test "tmpcopyup: a directory that the image lacks is an empty tmpfs" {
	config '.mounts += [{destination: "/new", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	args ls -A /new
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ -z $output ]]
}

@test "tmpcopyup: a link at its place leads to no copy of the host" {
	ln -s / "$BUNDLE/rootfs/data"
	echo in the image >"$BUNDLE/rootfs/which"
	config '.mounts += [{destination: "/data/bin/../tmp", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	echo in the image >"$BUNDLE/rootfs/tmp/which"
	args cat /tmp/which
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "in the image" ]]
}

@test "tmpcopyup: nor are they lost when there are many" {
	mkdir "$BUNDLE/rootfs/data"
	mount -t tmpfs image "$BUNDLE/rootfs/data" # which takes more of them than ext4
	touch "$BUNDLE/rootfs/data/file"
	python3 - "$BUNDLE/rootfs/data/file" <<-'END'
		import os, sys
		for i in range(40):
		    os.setxattr(sys.argv[1], f"trusted.{i:02}{'x' * 200}", b"kept")
	END
	on_tmpfs tmpcopyup
	args sleep 1000
	create "$CT"
	umount "$BUNDLE/rootfs/data"
	run -0 python3 -c 'import os, sys; print(len(os.listxattr(sys.argv[1])))' \
		"/proc/$(state_of "$CT" .pid)/root/data/file"
	[[ $output == 40 ]] || fail "$output"
}

# --- options ----------------------------------------------------------------------------------------------------------

# mount_at DESTINATION TYPE SOURCE [OPTION...]
mount_at()
{
	config '.mounts += [{destination: $d, type: $t, source: $s, options: $ARGS.positional}]' \
		--arg d "$1" --arg t "$2" --arg s "$3" --args -- "${@:4}"
}

# flags_of PATH: the options of the mount at a path of the container, from mountinfo: those before its source and those
# behind it.
flags_of()
{
	awk -v path="$1" '$5 == path { print "," $6 "," $NF "," }' "/proc/$(state_of "$CT" .pid)/mountinfo" | tail -n 1
}

# Makes a directory of the host with a mount in it.
make_tree()
{
	TREE=$DIR/tree
	mkdir "$TREE"
	mount -t tmpfs tree "$TREE"
	mkdir "$TREE/below"
	mount -t tmpfs below "$TREE/below"
}

drop_tree()
{
	umount "$TREE/below" "$TREE"
}

@test "iversion, silent and their kin are said to the kernel, not to the file system" {
	mount_at /opt tmpfs tmpfs iversion silent nosymfollow size=64k
	mount_at /quiet tmpfs tmpfs noiversion loud lazytime
	mount_at /eager tmpfs tmpfs lazytime nolazytime
	mkdir -m 750 "$BUNDLE/rootfs/opt"
	args sleep 1000
	create "$CT"
	[[ $(flags_of /opt) == *,nosymfollow,*,size=64k,* ]] || fail "$(flags_of /opt)"
	[ "$(stat -c %a "/proc/$(state_of "$CT" .pid)/root/opt")" = 750 ]
	[[ $(flags_of /quiet) == *,lazytime,* && $(flags_of /eager) != *,lazytime,* ]] || fail "$(flags_of /quiet)"
}

@test "nosymfollow: links of the mount are not followed, and with symfollow they are" {
	mkdir "$DIR/source"
	echo text >"$DIR/source/file"
	ln -s file "$DIR/source/link"
	mount_at /opt bind "$DIR/source" bind nosymfollow
	mount_at /srv bind "$DIR/source" bind nosymfollow symfollow
	args sh -c 'cat /srv/link; cat /opt/link'
	run -1 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == text && ${lines[1]} == *"Too many levels of symbolic links"* ]] || fail "$output"
}

@test "mounts are added to a container whose first thread has ended" {
	needs_root "only root may change the mounts of a container"
	with_headless
	running "$CT" headless exit
	wait_until has_no_first_thread "$(state_of "$CT" .pid)"
	echo '[{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]' >"$DIR/mounts.json"
	quietly mounts add "$CT" "$DIR/mounts.json"
	[[ $(tare exec "$CT" stat -f -c %T /tmp) == tmpfs ]]
}

@test "the recursive options reach the mounts below, and the others do not" {
	local set=(rro rnosuid rnodev rnoexec rnoatime rnodiratime rnosymfollow)
	make_tree
	mount_at /set bind "$TREE" rbind "${set[@]}"
	mount_at /clear bind "$TREE" rbind "${set[@]}" rrw rsuid rdev rexec rrelatime rdiratime rsymfollow
	mount_at /top bind "$TREE" rbind ro nosuid
	args sleep 1000
	create "$CT"
	drop_tree
	for option in "${set[@]#r}"; do
		for path in /set /set/below; do
			[[ $(flags_of "$path") == *,"$option",* ]] || fail "$path lacks $option: $(flags_of "$path")"
		done
		[[ $(flags_of /clear/below) != *,"$option",* ]] || fail "/clear/below has $option"
	done
	[[ $(flags_of /top) == ,ro,nosuid,* && $(flags_of /top/below) == ,rw,relatime,* ]] || fail "$(flags_of /top/below)"
}

@test "remount: options for the mount itself and for those below, in their order" {
	make_tree
	mount_at /opt bind "$TREE" rbind
	mount_at /opt none none remount rro rw nosuid rsuid
	args sleep 1000
	create "$CT"
	drop_tree
	[[ $(flags_of /opt) == ,rw,relatime,* && $(flags_of /opt/below) == ,ro,relatime,* ]] ||
		fail "$(flags_of /opt)" "$(flags_of /opt/below)"
}

@test "remount: options of the file system reach it, and it may refuse them" {
	mount_at /opt tmpfs tmpfs size=64k mode=750
	mount_at /opt none none remount size=128k sync nosuid
	args sleep 1000
	create "$CT"
	[[ $(flags_of /opt) == ,rw,nosuid,*,sync,size=128k,mode=750,* ]] || fail "$(flags_of /opt)"
	quietly delete --force "$CT"
	mount_at /opt none none remount color=red
	refuses "cannot set the option 'color=red'" create --bundle "$BUNDLE" "$CT"
}

# documented HEADING: the rows of a table in docs/bind-options.md, as "OPTIONS|FLAGS" with the flags that tare gives.
documented()
{
	awk -F ' *[|] *' -v heading="$1" '/^#/ { here = index($0, heading) > 0 } here && /^[|] `/ { gsub("`", "", $2); print $2 "|" $5 }' \
		"$REPOSITORY/docs/bind-options.md"
}

# bound_as_documented HEADING SHOWN: binds $TREE at /bind/N with the options of each row, and compares the flags with
# the row's. SHOWN is a sed command that removes flags from mountinfo which the table leaves out.
bound_as_documented()
{
	local rows row options flags n=0 info wrong=
	mapfile -t rows < <(documented "$1")
	((${#rows[@]} > 10)) || fail "no table for '$1'"
	for row in "${rows[@]}"; do
		read -ra options <<<"${row%|*}"
		mount_at "/bind/$n" bind "$TREE" "${options[@]}"
		n=$((n + 1))
	done
	args sleep 1000
	create "$CT"
	drop_tree
	info=$(awk '$5 ~ "^/bind/" { print $5, $6 }' "/proc/$(state_of "$CT" .pid)/mountinfo" | sed "$2")
	for ((n = 0; n < ${#rows[@]}; n++)); do
		flags=$(sed -n "s:^/bind/$n ::p" <<<"$info")$(sed -n "s:^/bind/$n/below :; :p" <<<"$info")
		[[ $flags == "${rows[n]#*|}" ]] || wrong+="${rows[n]}: found $flags"$'\n'
	done
	[[ -z $wrong ]] || fail "$wrong"
}

@test "the options of a bind: what runc and crun make of them" {
	make_tree
	mount -o remount,bind,ro,nosuid "$TREE/below"
	mount -o remount,bind,ro,nosuid,nodev,noexec "$TREE"
	bound_as_documented 'with `ro,nosuid,nodev,noexec`' 's/,relatime//'
}

@test "the options of a bind: access times" {
	make_tree
	mount -o remount,bind,noexec "$TREE/below"
	mount -o remount,bind,noatime,nodiratime "$TREE"
	bound_as_documented 'with `noatime,nodiratime`' ''
}

# Runs the bundle as root of a user namespace above which the flags of $TREE are locked, as rootless Podman runs
# containers.
run_locked()
{
	unshare --user --map-root-user --mount --net --propagation private \
		"$TARE" --root "$ROOT" --cgroup-manager disabled run --bundle "$BUNDLE" "$CT" 2>&1
}

@test "the options of a bind: what a user namespace above has locked stays, or is named" {
	local option name
	needs_root "the test mounts on the host"
	make_tree
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime "$TREE"
	config '.linux.namespaces |= map(select(.type != "network")) | .mounts |= map(select(.destination == "/proc"))
		| del(.linux.resources)'
	args grep ' /data ' /proc/self/mountinfo
	# The options that Podman writes for -v, without and with options of its own.
	mount_at /data bind "$TREE" rbind rprivate rw
	run run_locked
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output == *' ro,nosuid,nodev,noexec,noatime '* ]] || fail "$output"
	config '.mounts[-1].options = ["rw", "rprivate", "nosuid", "nodev", "rbind"]'
	run run_locked
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output == *' ro,nosuid,nodev,noexec,noatime '* ]] || fail "$output"
	while read -r option name; do
		config '.mounts[-1].options = ["rbind", $o]' --arg o "$option"
		run -1 run_locked
		[[ $output == *"cannot take '$name' from '/data'"*"the user namespace above has locked it"* ]] || fail "$option: $output"
	done <<<$'exec noexec\nsuid nosuid\ndev nodev\nrrw ro\nrexec noexec'
	config '.mounts[-1].options = ["rbind", "strictatime"]'
	run -1 run_locked
	[[ $output == *"cannot change the access times of '/data'"* ]] || fail "$output"
	drop_tree
}

@test "a bind keeps what its source forbids, also in a user namespace" {
	make_tree
	mount -o remount,bind,nosuid,nodev,noexec "$TREE"
	in_user_namespace
	mount_at /opt bind "$TREE" bind ro
	args sleep 1000
	create "$CT"
	drop_tree
	[[ $(flags_of /opt) == ,ro,nosuid,nodev,noexec,* ]] || fail "$(flags_of /opt)"
}

# --- mount namespaces in a tree ---------------------------------------------------------------------------------------

# Makes a shared tree of the host with a pinned mount namespace in it, as snapd keeps them, and a mount below.
make_pinned()
{
	make_tree
	mount --make-rshared "$TREE"
	mkdir "$TREE/ns"
	mount -t tmpfs ns "$TREE/ns"
	mount --make-private "$TREE/ns"
	touch "$TREE/ns/pinned"
	pin "$TREE/ns/pinned"
}

# pin FILE: makes a mount namespace, on one processor together with tare. The kernel mounts a namespace only in one with
# a higher number, and each processor gives numbers from a range of its own.
pin()
{
	for ((CPU = 0; CPU < $(nproc --all); CPU++)); do
		taskset -c "$CPU" unshare --mount="$1" true 2>/dev/null || continue
		tare()
		{
			taskset -c "$CPU" "$TARE" --root "$ROOT" "$@"
		}
		return
	done
	return 1
}

drop_pinned()
{
	umount -R "$TREE"
}

@test "rbind of a tree that holds a mount namespace: the tree is there without it, and hears of the host's mounts" {
	needs_root "the test mounts on the host"
	make_pinned
	mount_at /private bind "$TREE" rbind rprivate ro
	mount_at /slave bind "$TREE" rbind rslave
	mount_at /shared bind "$TREE" rbind rshared
	args sleep 1000
	config '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo ran >>\($file)"]}]}' --arg file "$DIR/hook"
	create "$CT"
	[[ $(flags_of /private) == ,ro,* && -n $(flags_of /slave/below) && -n $(flags_of /private/ns) ]] || fail "$(flags_of /private)"
	[[ -z $(flags_of /slave/ns/pinned)$(flags_of /private/ns/pinned) ]]
	[[ $(<"$DIR/hook") == ran ]]
	mkdir "$TREE/below/later"
	mount -t tmpfs later "$TREE/below/later"
	[[ -n $(flags_of /slave/below/later) && -n $(flags_of /shared/below/later) && -z $(flags_of /private/below/later) ]]
	# The host sees the mounts of the container, too.
	mkdir "$TREE/below/back"
	nsenter --mount --target "$(state_of "$CT" .pid)" mount -t tmpfs back /shared/below/back
	grep -q " $TREE/below/back " /proc/self/mountinfo
	quietly delete --force "$CT"
	drop_pinned
}

@test "rbind of a tree that holds a mount namespace: in a user namespace, below the root, and for a container that runs" {
	needs_root "the test mounts on the host"
	make_pinned
	running "$CT-runs"
	mkdir "$BUNDLE/rootfs/tree"
	jq -n '[{destination: "/tree", source: $tree, options: ["rbind", "rslave"]}]' --arg tree "$TREE" >"$DIR/mounts.json"
	quietly mounts add "$CT-runs" "$DIR/mounts.json"
	tare exec "$CT-runs" test -d /tree/below
	mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
	mount --rbind "$TREE" "$BUNDLE/rootfs/tree"
	mount --make-rslave "$BUNDLE/rootfs/tree"
	create "$CT-root"
	[[ -n $(CT=$CT-root flags_of /tree/below) && -z $(CT=$CT-root flags_of /tree/ns/pinned) ]]
	umount -R "$BUNDLE/rootfs"
	in_user_namespace
	mount_at /tree bind "$TREE" rbind rslave
	create "$CT-user"
	[[ -n $(CT=$CT-user flags_of /tree/below) && -z $(CT=$CT-user flags_of /tree/ns/pinned) ]]
	delete_all "$ROOT"
	drop_pinned
}

# --- many -------------------------------------------------------------------------------------------------------------

# many_binds NUMBER: adds that many binds of one file; the program and the hooks print their soft limit of open files.
many_binds()
{
	local hook='{path: "/bin/sh", args: ["sh", "-c", "ulimit -Sn >>\($file).\(.)"]}'
	config '.mounts += [range($n) | {destination: "/many/\(.)", source: $file, type: "bind", options: ["bind", "ro"]}]
		| del(.process.rlimits)
		| .hooks = (["prestart", "createRuntime", "createContainer", "poststart"] | map({(.): ['"$hook"']}) | add)' \
		--argjson n "$1" --arg file "$DIR/file"
	echo text >"$DIR/file"
	args sh -c 'ulimit -Sn; grep -c " /many/" /proc/self/mountinfo; cat /many/'$(($1 - 1))
}

# limited SOFT HARD ARG...: runs tare with these limits of open files.
limited()
{
	(
		ulimit -Sn "$1" && ulimit -Hn "$2" && tare "${@:3}"
	)
}

@test "more binds than the soft limit of open files, which hooks and the program have as the caller has it" {
	local kind hard=4096
	many_binds 1100
	run limited 1024 4096 run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output == $'1024\n1100\ntext' ]] || fail "$output"
	for kind in prestart createRuntime createContainer poststart; do
		[[ $(<"$DIR/file.$kind") == 1024 ]] || fail "$kind: $(<"$DIR/file.$kind")"
	done
	# The program gets the limit of process.rlimits. Its hard limit is above the caller's where the test may raise
	# one (CAP_SYS_RESOURCE).
	! (ulimit -Sn 64 && ulimit -Hn 64 && ulimit -Hn 65) 2>/dev/null || hard=8192
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2000, hard: $hard}]' --argjson hard "$hard"
	args sh -c 'ulimit -Sn; ulimit -Hn'
	run limited 1024 4096 run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output == 2000$'\n'$hard ]] || fail "$output"
	config 'del(.process.rlimits)'
	run limited 1024 1100 run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $output == *"too many open files"* ]] || fail "$output"
}

@test "more binds than the soft limit of open files: in a user namespace, and with a low limit" {
	many_binds 150
	[[ ${E2E_USER-} ]] || in_user_namespace
	chmod 666 "$DIR/file"
	config 'del(.hooks)'
	run limited 64 4096 run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output == $'64\n150\ntext' ]] || fail "$output"
}

@test "mounts add: more than the soft limit of open files" {
	running "$CT"
	echo text >"$DIR/file"
	mkdir "$BUNDLE/rootfs/many"
	touch "$BUNDLE"/rootfs/many/{0..149}
	jq -n '[range(150) | {destination: "/many/\(.)", source: $file, options: ["bind"]}]' --arg file "$DIR/file" >"$DIR/mounts.json"
	limited 64 4096 mounts add "$CT" "$DIR/mounts.json"
	[[ $(tare exec "$CT" cat /many/149) == text ]]
}

# --- links ------------------------------------------------------------------------------------------------------------

@test "copy-symlink: the link is made anew, and what is no link is mounted" {
	ln -s /etc/passwd "$DIR/link"
	echo text >"$DIR/file"
	mount_at /run/deep/link bind "$DIR/link" bind copy-symlink
	mount_at /file bind "$DIR/file" bind copy-symlink
	args sh -c 'readlink /run/deep/link; cat /file; grep -c " /run/deep/link " /proc/self/mountinfo; exit 0'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'/etc/passwd\ntext\n0' ]] || fail "$output"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	rm "$BUNDLE/rootfs/run/deep/link"
	ln -s /elsewhere "$BUNDLE/rootfs/run/deep/link"
	refuses "cannot make a link to '/etc/passwd': file exists" run --bundle "$BUNDLE" "$CT"
}

@test "copy-symlink: what is there already as something else is named" {
	ln -s /target "$DIR/link"
	echo file >"$BUNDLE/rootfs/taken"
	mount_at /taken bind "$DIR/link" bind copy-symlink
	refuses "cannot make a link to '/target': file exists" create --bundle "$BUNDLE" "$CT"
}

@test "copy-symlink: a link of the image leads to no place of the host" {
	mkdir "$DIR/outside"
	ln -s "$DIR/outside" "$BUNDLE/rootfs/out"
	ln -s target "$DIR/link"
	mount_at /out/link bind "$DIR/link" bind copy-symlink
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ -z $(ls -A "$DIR/outside") && $(readlink "$BUNDLE/rootfs$DIR/outside/link") == target ]]
}

@test "src-nofollow and dest-nofollow: the links themselves" {
	echo text >"$DIR/file"
	ln -s "$DIR/file" "$DIR/link"
	ln -s nowhere "$BUNDLE/rootfs/link"
	ln -s nowhere "$BUNDLE/rootfs/other"
	touch "$BUNDLE/rootfs/plain"
	mount_at /link bind "$DIR/file" bind dest-nofollow
	mount_at /other bind "$DIR/link" bind src-nofollow dest-nofollow
	mount_at /plain bind "$DIR/link" bind src-nofollow
	mount_at /new/file bind "$DIR/file" bind dest-nofollow
	args sh -c 'cat /link /new/file; readlink /other; readlink /plain; ls /nowhere 2>/dev/null; exit 0'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == text$'\n'text$'\n'"$DIR/file"$'\n'"$DIR/file" ]] || fail "$output"
}

# --- mapped ids -------------------------------------------------------------------------------------------------------

# Makes a directory with a file of root and one of another user, and a mount below with such files.
make_owned()
{
	make_tree
	touch "$TREE/root" "$TREE/user" "$TREE/below/user"
	chown 1000:1000 "$TREE/user" "$TREE/below/user"
}

# shellcheck disable=SC2016
OWNERS='for file; do stat -c "%n %u:%g" $file; done'

@test "idmap: mappings of the mount, for a container without a user namespace" {
	make_owned
	mount_at /opt bind "$TREE" rbind idmap
	config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 5000, size: 2000}]
		| .mounts[-1].gidMappings = [{containerID: 0, hostID: 6000, size: 2000}]'
	mount_at /srv bind "$TREE" rbind "ridmap=uids=1000-5-1#0-7-1;gids=0-8-2000"
	args sh -c "$OWNERS" - /opt/root /opt/user /opt/below/user /srv/root /srv/user /srv/below/user
	run tare run --bundle "$BUNDLE" "$CT"
	drop_tree
	[[ $status -eq 0 && $output == "/opt/root 5000:6000
/opt/user 6000:7000
/opt/below/user 1000:1000
/srv/root 7:8
/srv/user 5:1008
/srv/below/user 5:1008" ]] || fail "$output"
}

@test "idmap: the mappings of the container's user namespace, and new files belong to its users" {
	make_owned
	in_user_namespace
	mount_at /opt bind "$TREE" rbind idmap
	mount_at /srv bind "$TREE" rbind "ridmap=uids=@1000-5-1#@0-7-1;gids=@0-8-2000"
	args sh -c "touch /opt/new; $OWNERS" - /opt/root /opt/user /opt/new /opt/below/user /srv/root /srv/below/user
	run tare run --bundle "$BUNDLE" "$CT"
	owner=$(stat -c %u:%g "$TREE/new")
	drop_tree
	[[ $status -eq 0 && $owner == 0:0 && $output == "/opt/root 0:0
/opt/user 1000:1000
/opt/new 0:0
/opt/below/user 65534:65534
/srv/root 7:8
/srv/below/user 5:1008" ]] || fail "$output" "on the host: $owner"
}

@test "idmap: the user namespace that the container joins" {
	local holder
	make_owned
	in_user_namespace
	unshare --user sh -c 'echo; exec sleep 1000' >"$DIR/ready" 3>&- &
	holder=$!
	wait_until written "$DIR/ready"
	echo 0 100000 65536 | tee "/proc/$holder/uid_map" >"/proc/$holder/gid_map"
	config '.linux.namespaces[-1].path = $path | del(.linux.uidMappings, .linux.gidMappings)' \
		--arg path "/proc/$holder/ns/user"
	mount_at /opt bind "$TREE" bind idmap
	args sh -c "$OWNERS" - /opt/root /opt/user
	run tare run --bundle "$BUNDLE" "$CT"
	kill "$holder"
	drop_tree
	[[ $status -eq 0 && $output == $'/opt/root 0:0\n/opt/user 1000:1000' ]] || fail "$output"
}

@test "idmap: a new file system, which has the mode of what it covers and what was there" {
	mkdir "$BUNDLE/rootfs/opt"
	touch "$BUNDLE/rootfs/opt/file"
	in_user_namespace
	chmod 751 "$BUNDLE/rootfs/opt"
	mount_at /opt tmpfs tmpfs idmap tmpcopyup ro
	mount_at /srv tmpfs tmpfs "idmap=uids=0-100077-1;gids=0-100078-1" mode=777
	args sh -c 'stat -c "%u:%g %a" /opt /opt/file /srv; grep -e " /opt " -e " /srv " /proc/self/mountinfo | cut -d " " -f 6'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'0:0 751\n0:0 644\n77:78 777\nro,relatime,idmapped\nrw,relatime,idmapped' ]] || fail "$output"
}

@test "idmap: a file system that cannot do it is named" {
	mount_at /opt bind /proc/self/attr rbind "idmap=uids=0-5-1;gids=0-5-1"
	refuses "cannot map the ids of '/proc/self/attr': its file system does not support it" run --bundle "$BUNDLE" "$CT"
}

# --- tare mounts ------------------------------------------------------------------------------------------------------

# Prints a line for each mount of the container.
mounts_of()
{
	cat "/proc/$(state_of "$CT" .pid)/mountinfo"
}

# Prints the path on the host of a path in the container.
inside()
{
	echo "/proc/$(state_of "$CT" .pid)/root$1"
}

# to_file JSON: writes the file that `tare mounts` reads.
to_file()
{
	FILE=$DIR/mounts.json
	printf '%s\n' "$1" >"$FILE"
}

@test "mounts add and remove: in a container that runs, and nothing else changes" {
	local before
	mkdir "$DIR/source"
	echo text >"$DIR/source/file"
	running "$CT"
	before=$(mounts_of)
	to_file '[{"destination": "/new/dir", "source": "'"$DIR/source"'", "options": ["bind", "ro"]},
		{"destination": "/new/dir/file", "source": "'"$BUNDLE/config.json"'", "options": ["bind"]},
		{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k", "nosuid", "ro"]}]'
	config '.root.readonly = false' # of no use: the container has its own copy
	refuses "mounts[0]: error mounting \"$DIR/source\" to rootfs at \"/new/dir\"" mounts add "$CT" "$FILE"
	[[ $(mounts_of) == "$before" ]]
	mkdir -p "$BUNDLE/rootfs/new/dir"
	quietly mounts add "$CT" "$FILE"
	[[ $(flags_of /new/dir) == ,ro,* && $(flags_of /tmp) == ,ro,nosuid,*,size=64k,* ]] || fail "$(mounts_of)"
	cmp "$BUNDLE/config.json" "$(inside /new/dir/file)"
	quietly mounts remove "$CT" "$FILE"
	[[ $(mounts_of) == "$before" && -e $DIR/source/file ]] || fail "$(mounts_of)"
}

@test "mounts add: all or none, and the problems of the file are told with their places" {
	local before
	config '.root.readonly = false'
	running "$CT"
	before=$(mounts_of)
	touch "$BUNDLE/rootfs/plain"
	to_file '[{"destination": "/a", "type": "tmpfs"}, {"destination": "/etc/passwd", "source": "'"$BUNDLE/config.json"'",
		"options": ["bind"]}, {"destination": "/plain", "type": "tmpfs"}]'
	refuses "mounts[2]: error mounting \"tmpfs\" to rootfs at \"/plain\": " mounts add "$CT" "$FILE"
	[[ $(mounts_of) == "$before" ]] || fail "$(mounts_of)"
	to_file '[{"destination": "/proc/sys", "type": "tmpfs"},
		{"destination": "/b", "type": "tmpfs", "options": ["idmap"]}, {"destination": "/c"}]'
	refuses "$FILE:1:18: [0].destination: /proc/sys cannot be mounted over: below /proc that is for these alone: cpuinfo, diskstats, meminfo, stat, swaps, uptime, loadavg, slabinfo, sys/kernel/ns_last_pid, sys/crypto/fips_enabled
$FILE:2:54: [1].options[0]: needs uidMappings and gidMappings, or a user namespace in linux.namespaces
$FILE:2:65: [2].type: a mount without the option bind needs a type" mounts add "$CT" "$FILE"
	to_file '{"mounts": []}'
	refuses "$FILE:1:1: expected array, found object" mounts add "$CT" "$FILE"
	[[ $(mounts_of) == "$before" ]]
}

@test "mounts remove: nothing when one destination is no mount, and never what guards /proc" {
	local before
	running "$CT"
	before=$(mounts_of)
	to_file '[{"destination": "/dev/shm"}, {"destination": "/etc"}]'
	refuses "mounts[1]: nothing is mounted at '/etc'" mounts remove "$CT" "$FILE"
	to_file '[{"destination": "/proc/kcore"}, {"destination": "/"}]'
	refuses "$FILE:1:18: [0].destination: /proc/kcore cannot be unmounted: it would uncover /proc, or what is masked there
$FILE:1:50: [1].destination: expected a path below /, found \"/\"" mounts remove "$CT" "$FILE"
	[[ $(mounts_of) == "$before" ]]
}

@test "mounts: in a user namespace they belong to the users of the container" {
	make_owned
	in_user_namespace
	config '.root.readonly = false'
	running "$CT"
	to_file '[{"destination": "/opt", "source": "'"$TREE"'", "options": ["rbind", "idmap"]},
		{"destination": "/srv", "type": "tmpfs", "options": ["mode=750"]}]'
	quietly mounts add "$CT" "$FILE"
	drop_tree
	[[ $(stat -c %u:%g "$(inside /opt/root)" "$(inside /opt/user)" "$(inside /srv)") == \
		$'100000:100000\n101000:101000\n100000:100000' ]] || fail "$(mounts_of)"
	quietly mounts remove "$CT" "$FILE"
	[[ ! -e $(inside /opt/root) ]]
}

@test "mounts add: by root of the user namespace that the container has joined" {
	local holder there seen
	# Root of the user namespace can mount a procfs only for a pid namespace that this user namespace owns, in which
	# the process is visible to the container.
	unshare --user --map-root-user --pid --fork --kill-child --mount-proc sh -c 'echo; exec sleep 1000' >"$DIR/ready" 3>&- &
	holder=$!
	wait_until test -s "$DIR/ready"
	there=(nsenter --target "$(pgrep -P "$holder")" --pid --mount)
	config '.root.readonly = false | .linux.namespaces += [{type: "user", path: "/proc/1/ns/user"}]
		| .mounts |= map(select(.type == "proc"))'
	args sleep 1000
	"${there[@]}" "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 3>&- || fail "$(<"$DIR/out")"
	"${there[@]}" "$TARE" --root "$ROOT" start "$CT"
	to_file '[{"destination": "/srv", "type": "tmpfs", "options": ["mode=751"]}]'
	run "${there[@]}" --user "$TARE" --root "$ROOT" mounts add "$CT" "$FILE"
	seen=$("${there[@]}" "$TARE" --root "$ROOT" exec "$CT" stat -c %a /srv 3>&-) || :
	kill -KILL "$holder" # TERM it leaves to its child
	[[ $status -eq 0 && -z $output && $seen == 751 ]] || fail "$output"
}

@test "mounts add: a proc is that of the container's processes" {
	config '.root.readonly = false'
	running "$CT"
	to_file '[{"destination": "/other/proc", "type": "proc"}]'
	quietly mounts add "$CT" "$FILE"
	[[ $(tr '\0' ' ' <"$(inside /other/proc/1/cmdline)") == "sleep 1000 " ]]
}

@test "mounts add: no link of the container is followed" {
	config '.root.readonly = false'
	ln -s /etc "$BUNDLE/rootfs/link"
	ln -s /etc/passwd "$BUNDLE/rootfs/passwd"
	running "$CT"
	to_file '[{"destination": "/link/new", "type": "tmpfs"}]'
	refuses "cannot open the directory of '/link/new' without following links" mounts add "$CT" "$FILE"
	to_file '[{"destination": "/passwd", "source": "'"$BUNDLE/config.json"'", "options": ["bind"]}]'
	refuses "'/passwd' is a link: too many levels of symbolic links" mounts add "$CT" "$FILE"
	to_file '[{"destination": "/passwd", "source": "'"$BUNDLE/config.json"'", "options": ["bind", "dest-nofollow"]}]'
	quietly mounts add "$CT" "$FILE"
	[[ ! -e $BUNDLE/rootfs/etc/new && $(mounts_of) == *" /passwd "* ]] || fail "$(mounts_of)"
	quietly mounts remove "$CT" "$FILE"
	[[ $(mounts_of) != *" /passwd "* ]]
}

@test "below a shared mount the propagation of a mount is what its options say" {
	mount_at /tree tmpfs tmpfs shared
	mount_at /tree/private tmpfs tmpfs rprivate
	mount_at /tree/unbindable tmpfs tmpfs unbindable
	mount_at /tree/plain tmpfs tmpfs
	mkdir "$DIR/source"
	mount_at /tree/bind none "$DIR/source" rbind rprivate
	args sleep 1000
	create "$CT"
	optional_of()
	{
		awk -v path="$1" '$5 == path { print $7 }' "/proc/$(state_of "$CT" .pid)/mountinfo"
	}
	[[ $(optional_of /tree) == shared:* && $(optional_of /tree/plain) == shared:* ]]
	[[ $(optional_of /tree/private) == - && $(optional_of /tree/bind) == - ]] || fail "$(optional_of /tree/private)"
	[[ $(optional_of /tree/unbindable) == unbindable ]] || fail "$(optional_of /tree/unbindable)"
}

@test "mounts: a container that is created, and none that is stopped or shares the host's mounts" {
	config '.root.readonly = false'
	args sleep 1000
	create "$CT"
	to_file '[{"destination": "/a", "type": "tmpfs"}]'
	quietly mounts add "$CT" "$FILE"
	[[ $(mounts_of) == *" /a "* ]]
	to_file '[{"destination": "/tree", "type": "cgroup"}]'
	quietly mounts add "$CT" "$FILE"
	[[ -e $(inside /tree/cgroup.procs) ]]
	# The tree of the container's cgroup namespace, and not the host's.
	[[ $(awk '$5 == "/tree" { print $4 }' "/proc/$(state_of "$CT" .pid)/mountinfo") != / ]]
	run -1 setpriv --bounding-set=-sys_admin "$TARE" --root "$ROOT" mounts add "$CT" "$FILE"
	[[ $output == *"the mounts of a container can be changed by root alone"* ]] || fail "$output"
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	refuses "container not running" mounts add "$CT" "$FILE"
	refuses "container does not exist" mounts add "$CT-none" "$FILE"
	refuses "expected add or remove, found 'list'" mounts list "$CT" "$FILE"
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths) | .linux.namespaces |= map(select(.type != "mount"))'
	create "$CT-host"
	refuses "has no mount namespace of its own" mounts add "$CT-host" "$FILE"
}

@test "a tmpfs has the mode of the directory that it covers, and its own where there was none" {
	mkdir -m 751 "$BUNDLE/rootfs/there"
	config '.root.readonly = false | .process.user.uid = 1000
		| .mounts += [{destination: "/there", type: "tmpfs"}, {destination: "/new/one", type: "tmpfs"},
			{destination: "/copied", type: "tmpfs", options: ["tmpcopyup"]}]'
	args sh -c 'stat -c %a /there /new/one /copied; touch /new/one/x /copied/x'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'751\n1777\n1777' ]] || fail "$output"
}

@test "options of a file system may stand in one text, with commas between them" {
	config '.mounts += [{destination: "/mnt", type: "tmpfs", options: ["nosuid", "size=1m,mode=700,,nr_inodes=10"]}]'
	args grep " /mnt " /proc/mounts
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *size=1024k* && $output == *mode=700* && $output == *nr_inodes=10* ]] || fail "$output"
	# The same where the directory below the mount has another mode.
	[[ -d $BUNDLE/rootfs/mnt ]]
	args stat -c %a /mnt
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 700 ]] || fail "$output"
}

@test "rootfsPropagation has its names of mount(8), too" {
	local name
	args awk '$5 == "/" { print $7 }' /proc/self/mountinfo
	for name in rshared shared; do
		config '.linux.rootfsPropagation = $name' --arg name "$name"
		run -0 tare run --bundle "$BUNDLE" "$CT"
		[[ $output == shared:* ]] || fail "$name: $output"
	done
	config '.linux.rootfsPropagation = "rprivate"'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == - ]] || fail "$output"
}
