#!/usr/bin/env bats
# Attacks that runtimes were open to, each with its CVE number. The attacker is the image, or a process of another
# container. No attack may read, write or make a file of the host, for which the directory "canary" stands.
# shellcheck disable=SC2034 # what helpers read

load helpers
load attacks

setup_file()
{
	REACH=$BATS_FILE_TMPDIR/reach
	export REACH
	gcc -std=gnu17 -O1 -static -Wall -Wextra -Werror -o "$REACH" "$BATS_TEST_DIRNAME/../lib/reach.c"
}

setup()
{
	base_setup
	make_canary
}

# attacker ACTION: a container whose root process waits for a word in $DIR/shared, and then tries ACTION on every other
# process that it sees.
attacker()
{
	mkdir -p "$DIR/shared"
	cp "$REACH" "$BUNDLE/rootfs/bin/reach"
	args sh -c "cat /shared/go >/dev/null
		for p in /proc/[0-9]*; do
			[ \$p = /proc/1 ] || [ \$p = /proc/\$\$ ] || set -- \"\$@\" \$p
		done
		$1 >/shared/result 2>&1
		echo done >/shared/done" sh
	config '.mounts += [{destination: "/shared", type: "bind", source: $dir, options: ["bind"]}]' --arg dir "$DIR/shared"
	mkfifo "$DIR/shared/go"
	detached create --bundle "$BUNDLE" "$CT-attacker"
	[[ $status -eq 0 ]] || fail "$output"
	quietly start "$CT-attacker"
}

# The victim is created in the attacker's pid namespace, and not started.
victim()
{
	config '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end)' \
		--arg path "/proc/$(state_of "$CT-attacker" .pid)/ns/pid"
	config '.mounts |= map(select(.destination != "/shared"))'
}

attack()
{
	echo go >"$DIR/shared/go"
	attack_is_over
}

attack_is_over()
{
	wait_until written "$DIR/shared/done"
	grep -q '^attempts: [1-9]' "$DIR/shared/result" || fail "nothing was tried:" "$(<"$DIR/shared/result")"
	! grep '^won' "$DIR/shared/result"
}

# seen_by_attacker COMMAND...: creates the victim through COMMAND. The attacker has every capability, and tries to write
# to the victim's executable while the victim runs and after it has ended.
seen_by_attacker()
{
	local before
	before=$(sha256sum <"$TARE"; stat -c '%i %Y' "$TARE")
	all_capabilities
	attacker 'reach exe $(for p; do echo $p/exe; done)'
	victim
	"$@" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || fail "$(<"$DIR/stderr")"
	has_status "$CT" created
	echo go >"$DIR/shared/go"
	wait_until grep -q waiting "$DIR/shared/result"
	quietly delete --force "$CT"
	attack_is_over
	grep -q '^attempts: [78]$' "$DIR/shared/result" || fail "$(<"$DIR/shared/result")"
	[[ $(sha256sum <"$TARE"; stat -c '%i %Y' "$TARE") == "$before" ]]
}

@test "CVE-2019-5736: the executable of a waiting init cannot be written, remounted or cloned writable" {
	seen_by_attacker "$TARE"
}

@test "CVE-2019-5736: nor can it where only a sealed copy protects the runtime" {
	seen_by_attacker traceable strace -o "$DIR/strace" -P /proc/self/exe -e trace=open_tree -e inject=open_tree:error=EPERM "$TARE"
	grep -q INJECTED "$DIR/strace"
}

@test "CVE-2016-9962, CVE-2016-8659: a waiting init keeps the container's processes from looking into it" {
	attacker 'reach look $(for p; do echo ${p#/proc/}; done)'
	victim
	create "$CT"
	attack
	grep -q '^attempts: 69$' "$DIR/shared/result"
}

@test "CVE-2016-9962, LXC CVE-2016-8649: an exec on its way keeps the container's processes from looking into it" {
	local runtime pid fd
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	attacker 'reach look $(for p; do echo ${p#/proc/}; done)'
	# The process stops when the builder has cloned it into the pid namespace, and before it executes the program:
	# it loads its filter there.
	traceable strace -f -qq -o "$DIR/trace" -e trace=seccomp -e inject=seccomp:signal=STOP \
		"$TARE" --root "$ROOT" exec "$CT-attacker" true </dev/null >"$DIR/stdout" 2>&1 3>&- &
	runtime=$!
	wait_until grep -q 'stopped by SIGSTOP' "$DIR/trace"
	pid=$(sed -nE 's/^([0-9]+) +seccomp.*/\1/p' "$DIR/trace")
	for fd in "/proc/$pid/fd"/*; do
		[[ ${fd##*/} -le 2 || $(readlink "$fd") == socket:* ]] || fail "${fd##*/} is $(readlink "$fd")"
	done
	attack
	grep -q '^attempts: 69$' "$DIR/shared/result"
	# The process was killed with the attacker, the first process of the pid namespace.
	wait "$runtime" || true
}

@test "CVE-2016-9962, CVE-2024-21626: a waiting init has no file of the host open" {
	local pid fd target others=0
	create "$CT"
	pid=$(state_of "$CT" .pid)
	for fd in "/proc/$pid/fd"/*; do
		target=$(readlink "$fd")
		[[ ${fd##*/} -gt 2 ]] || continue
		[[ $target == socket:* ]] || fail "${fd##*/} is $target"
		others=$((others + 1))
	done
	[[ $others -eq 1 ]] || fail "$others sockets"
	[[ $(readlink "/proc/$pid/cwd") == / && $(stat -Lc %i "/proc/$pid/root") == $(stat -c %i "$BUNDLE/rootfs") ]]
}

@test "CVE-2019-16884: nothing but a procfs may be at /proc or cover what a label is written to" {
	local path why
	mkdir -p "$DIR/fake/self/attr" "$DIR/fake/thread-self/attr"
	for path in /proc /proc/self /proc/self/attr /proc/sys /proc/thread-self/attr/exec; do
		why="below /proc that is for these alone: cpuinfo"
		[[ $path != /proc ]] || why="it would hide /proc from the container and from tare"
		config '.mounts |= map(select(.options != ["x"])) | .mounts += [{destination: $path, type: "tmpfs", source: "tmpfs"}]' \
			--arg path "$path"
		refused "mounts[7].destination: $path cannot be mounted over: $why"
		config '.mounts |= .[:-1] | .mounts += [{destination: $path, type: "bind", source: $fake, options: ["bind"]}]' \
			--arg path "$path" --arg fake "$DIR/fake"
		if [[ $path == /proc ]]; then
			refused "'$DIR/fake' is not a procfs, and nothing else may be at /proc"
		else
			refused "mounts[7].destination: $path cannot be mounted over: $why"
		fi
		config '.mounts |= .[:-1]'
	done
	attacked
	[[ $status -eq 0 ]] || fail "$output"
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2025-54867: /proc and /sys of the image have to be directories" {
	local tree
	for tree in proc sys; do
		rmdir "$BUNDLE/rootfs/$tree"
		mkdir -p "$BUNDLE/rootfs/other/self/attr"
		ln -s other "$BUNDLE/rootfs/$tree"
		refused "'/$tree' has to be a directory and no link"
		ln -sfn "$CANARY" "$BUNDLE/rootfs/$tree"
		refused "'/$tree' has to be a directory and no link"
		rm "$BUNDLE/rootfs/$tree"
		touch "$BUNDLE/rootfs/$tree"
		refused "'/$tree' has to be a directory and no link"
		rm "$BUNDLE/rootfs/$tree"
		mkfifo "$BUNDLE/rootfs/$tree"
		refused "'/$tree' has to be a directory and no link"
		rm "$BUNDLE/rootfs/$tree"
		mkdir "$BUNDLE/rootfs/$tree"
	done
}

# mounted_inside PLACE: the container runs, and its mount is at PLACE of its root file system, whatever the host has at
# that path.
mounted_inside()
{
	attacked
	[[ $status -eq 0 && $stdout == *" $1 "* ]] || fail "no mount at $1: exit $status: $output"
}

@test "CVE-2015-3629, CVE-2019-18837: links of the image at mount points end inside the container" {
	local link place
	args cat /proc/self/mountinfo
	cp "$BUNDLE/config.json" "$DIR/config.json"
	for place in "$CANARY" "$CANARY/none" "$CANARY/file"; do
		for link in "$place" "../../../../../../..$place" "usr/../..$place"; do
			cp "$DIR/config.json" "$BUNDLE/config.json"
			rm -rf "$BUNDLE/rootfs"/{mnt,usr,tmp/*}
			mkdir -p "$BUNDLE/rootfs/usr"
			ln -s "$link" "$BUNDLE/rootfs/mnt"
			config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"},
				{destination: "/mnt/below/it", type: "tmpfs", source: "tmpfs"}]'
			mounted_inside "$place/below/it"
			# The next create finds the root file system as the last container left it, with a link further
			# up.
			rm -rf "$BUNDLE/rootfs/tmp"/*
			config '.mounts |= .[:-2] | .mounts += [{destination: "/mnt/deep/file", type: "bind", source: "/etc/hostname",
				options: ["bind"]}]'
			mounted_inside "$place/deep/file"
		done
	done
}

@test "CVE-2021-30465, CVE-2024-45310, LXC CVE-2015-1335: a volume whose directories turn into links while it is mounted" {
	local storm i started=0
	mkdir -p "$DIR/volume/a"
	ln -s "$CANARY" "$DIR/volume/link"
	config '.mounts += [{destination: "/v", type: "bind", source: $volume, options: ["bind"]},
		{destination: "/v/a/deep/dir", type: "tmpfs", source: "tmpfs", options: ["mode=700"]},
		{destination: "/v/a/file", type: "bind", source: "/etc/hostname", options: ["bind"]}]' --arg volume "$DIR/volume"
	"$REACH" swap "$DIR/volume/a" "$DIR/volume/link" >/dev/null 2>&1 3>&- &
	storm=$!
	for ((i = 0; i < ${SECURITY_STARTS:-60}; i++)); do
		detached run --bundle "$BUNDLE" "$CT"
		[[ $status -eq 0 || ($status -eq 1 && -n $stderr) ]] || { kill "$storm"; fail "start $i: exit $status: $output"; }
		[[ $status -ne 0 ]] || started=$((started + 1))
	done
	kill "$storm"
	wait "$storm" || true
	((started > 0)) || fail "no container came up: $output"
	canary_sings
}

@test "CVE-2024-21626: no working directory or program outside of the container" {
	local fd path
	(
		# The caller passes on directories of the host, too.
		for fd in {10..30}; do
			eval "exec $fd<\"\$CANARY\""
		done
		for fd in {3..30}; do
			path=/proc/self/fd/$fd
			((fd % 2)) || path=/proc/1/fd/$fd/../canary
			config '.process.cwd = $cwd' --arg cwd "$path"
			args cat file "..$CANARY/file"
			attacked
			[[ $status -eq 1 && -z $stdout ]] || fail "cwd $path: exit $status: $output"
			config '.process.cwd = "/"'
			args "/proc/self/fd/$fd/../../../../../../../../bin/ls" "/proc/self/fd/$fd"
			attacked
			[[ $status -eq 1 && -z $stdout ]] || fail "program through fd $fd: exit $status: $output"
		done
	)
}

# The runtime has closed its own fds by then. One that the caller passes on stays open, and is a directory of the host.
@test "CVE-2024-21626: a working directory that is an fd of the host" {
	local cwd
	ln -s /proc/self/fd/3 "$BUNDLE/rootfs/work"
	args cat file
	for cwd in /proc/self/fd/3 /work; do
		config '.process.cwd = $cwd' --arg cwd "$cwd"
		refused "is outside of the container" --preserve-fds 1 3<"$CANARY"
	done
}

# /etc/passwd is read with the rights of root, also through the directories on the way to it.
@test "CVE-2024-21626: no user of the image is looked up in a file of the host" {
	local fd link
	echo 'user:x:0:0::/host:/bin/sh' >"$CANARY/private/passwd"
	SONG=$(sing)
	config '.process.env |= map(select(startswith("HOME=") | not))'
	args sh -c 'echo "$HOME"'
	for fd in {3..12}; do
		link=/proc/self/fd/$fd/../../../../../../../..$CANARY/private/passwd
		ln -sf "$link" "$BUNDLE/rootfs/etc/passwd"
		attacked
		[[ $status -eq 0 && $stdout == / ]] || fail "fd $fd: exit $status: $output"
	done
	# Nor does init read a file of the host through /proc/PID/root of a host's process, which a container sees that
	# shares the host's pid namespace.
	config '.linux.namespaces |= map(select(.type != "pid"))'
	ln -sf "/proc/$$/root$CANARY/private/passwd" "$BUNDLE/rootfs/etc/passwd"
	attacked
	[[ $status -eq 0 && $stdout == / ]] || fail "a process of the host: exit $status: $output"
}

# null_of_image KIND DIRECTORY: what an image has instead of /dev/null
null_of_image()
{
	rm -rf "${2:?}"/*
	case $1 in
	link) ln -s /proc/sys/kernel/core_pattern "$2/null" ;;
	file) echo mine >"$2/null" ;;
	fifo) mkfifo "$2/null" ;;
	zero) mknod "$2/null" c 1 5 ;;
	directory) mkdir "$2/null" ;;
	esac
}

@test "CVE-2025-31133, CVE-2025-62161: what masks a path does not come from the image's /dev/null" {
	local kind
	without_mounts /dev
	echo secret >"$BUNDLE/rootfs/etc/secret"
	config '.linux.maskedPaths += ["/etc/secret"]'
	args cat /etc/secret /proc/keys
	for kind in none link file fifo zero directory; do
		null_of_image "$kind" "$BUNDLE/rootfs/dev"
		attacked
		[[ -z $stdout ]] || fail "/dev/null is $kind: $stdout"
		[[ $kind == none || $status -eq 1 ]] || fail "/dev/null is $kind, and it is taken"
	done
	# A volume at /dev is not changed, and a neighbour may change it at any time.
	mkdir "$DIR/dev"
	config '.mounts += [{destination: "/dev", type: "bind", source: $dev, options: ["bind"]}]' --arg dev "$DIR/dev"
	for kind in none link file fifo zero directory; do
		null_of_image "$kind" "$DIR/dev"
		attacked
		[[ $status -eq 0 && -z $output ]] || fail "/dev/null of the volume is $kind: exit $status: $output"
	done
}

@test "CVE-2025-52565, CVE-2026-88264: a console that the image has prepared" {
	local target
	config '.process.terminal = true'
	without_mounts /dev
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	for target in "$CANARY/file" "$CANARY/new" "../../../../../../..$CANARY/new" /proc/sysrq-trigger; do
		ln -sfn "$target" "$BUNDLE/rootfs/dev/console"
		ln -sfn "$target" "$BUNDLE/rootfs/dev/pts/0"
		ln -sfn "$target" "$BUNDLE/rootfs/dev/pts/ptmx"
		refused "process.terminal needs a devpts mounted at /dev/pts, found another file system" --detach --console-socket "$DIR/none"
		# With a devpts of the container, so that the console alone is prepared by the image.
		config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance"]}]'
		refused "'/dev/console' has to be a file and no link" --detach --console-socket "$DIR/none"
		config '.mounts |= .[:-1]'
	done
}

@test "CVE-2025-52881, CVE-2025-62596: a sysctl is written to the kernel, whatever the image has at /proc" {
	local pid
	without_mounts /proc
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .linux.sysctl = {"net.ipv4.ip_default_ttl": "77"}'
	mkdir -p "$BUNDLE/rootfs/proc/sys/net/ipv4"
	ln -s "$CANARY/file" "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_default_ttl"
	args sleep 1000
	create "$CT"
	pid=$(state_of "$CT" .pid)
	[[ $(nsenter --target "$pid" --net cat /proc/sys/net/ipv4/ip_default_ttl) == 77 ]]
	canary_sings
}

@test "CVE-2026-41579, CVE-2026-47766: a /dev of the image that leads to the host" {
	local link
	without_mounts /dev
	for link in "$CANARY" "../../../../../../..$CANARY" hop none; do
		rm -rf "$BUNDLE/rootfs/dev"
		ln -s "$link" "$BUNDLE/rootfs/dev"
		ln -sfn "$CANARY" "$BUNDLE/rootfs/hop"
		refused "cannot open '/dev' without following links: too many levels of symbolic links"
	done
}

@test "CVE-2026-88265: stdio that is /dev/null stays the host's, and keeps its owner" {
	local kind before null=$DIR/null
	# A node that the test makes: without the defence the owner of the machine's node would change for good.
	mknod -m 666 "$null" c 1 3
	before=$(stat -c '%u %g %a' "$null")
	without_mounts /dev
	config '.linux.devices = [] | .process.user = {uid: 1000, gid: 1000}'
	args sh -c 'stat -Lc "%t:%T %u" /proc/self/fd/0'
	for kind in none file block fifo; do
		rm -rf "$BUNDLE/rootfs/dev"/*
		case $kind in
		file) ln -s "$CANARY/file" "$BUNDLE/rootfs/dev/null" ;;
		block) mknod "$BUNDLE/rootfs/dev/null" b 1 3 ;;
		fifo) mkfifo "$BUNDLE/rootfs/dev/null" ;;
		esac
		status=0
		tare run --bundle "$BUNDLE" "$CT" <"$null" >"$DIR/stdout" 2>"$DIR/stderr" || status=$?
		stdout=$(<"$DIR/stdout")
		output=$stdout$(<"$DIR/stderr")
		canary_sings
		if [[ $kind == none ]]; then
			[[ $stdout == "1:3 0" ]] || fail "$status: $output"
		else
			[[ $status -eq 1 && -z $stdout ]] || fail "$kind: $status: $output"
		fi
		[[ $(stat -c '%u %g %a' "$null") == "$before" ]]
	done
}

@test "CVE-2022-29162, CVE-2022-27650, CVE-2022-24769, CVE-2025-27612, CVE-2016-8867: no capability is inheritable or ambient unless asked for" {
	args grep ^Cap /proc/self/status
	attacked
	[[ $stdout == *$'CapInh:\t0000000000000000\n'* && $stdout == *$'CapAmb:\t0000000000000000' ]] || fail "$output"
	config '.process.user = {uid: 1000, gid: 1000}'
	attacked
	[[ $stdout == $'CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n'* ]] || fail "$output"
	[[ $stdout == *$'CapAmb:\t0000000000000000' ]] || fail "$output"
}

@test "CVE-2017-5226, LXC CVE-2016-10124: the container has no way to the terminal of the caller" {
	args sh -c 'cut -d " " -f 7 /proc/self/stat; : </dev/tty && echo open'
	python3 "$LIB/console.py" pty -- "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" >"$DIR/out" 2>&1 || true
	# tty_nr 0 in stat of /proc: no controlling terminal.
	grep -q '^0' "$DIR/out" || fail "$(<"$DIR/out")"
	! grep -q '^open' "$DIR/out" || fail "$(<"$DIR/out")"
}

@test "CVE-2016-3697, CVE-2026-30892: a user is a number, whatever the image calls it" {
	echo '1000:x:0:0::/:/bin/sh' >"$BUNDLE/rootfs/etc/passwd"
	echo '1000:x:0:' >"$BUNDLE/rootfs/etc/group"
	config '.process.user = {uid: 1000, gid: 1000}'
	args grep -E '^(Uid|Gid|Groups):' /proc/self/status
	attacked
	[[ $stdout == $'Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t'* ]] || fail "$output"
	[[ ${stdout##*Groups:} =~ ^[[:space:]]*$ ]] || fail "$output"
}

@test "CVE-2025-23266: the environment of the container is not that of the hooks" {
	local kind
	config '.process.env += ["LD_PRELOAD=/evil.so", "SECRET=precious"]'
	for kind in prestart createRuntime createContainer poststart poststop; do
		config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "env >\($out); pwd >>\($out)"]}]' \
			--arg kind "$kind" --arg out "$DIR/$kind"
	done
	attacked
	[[ $status -eq 0 ]] || fail "$output"
	for kind in prestart createRuntime createContainer poststart poststop; do
		[[ -s $DIR/$kind ]] || fail "$kind did not run"
		! grep -E 'LD_PRELOAD|SECRET' "$DIR/$kind" || fail "$kind"
		[[ $(tail -n 1 "$DIR/$kind") == "$BUNDLE" ]] || fail "$kind is in $(tail -n 1 "$DIR/$kind")"
	done
}

@test "CVE-2026-115521: a read-only root and read-only binds are so without a procfs of the container" {
	without_mounts /proc
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []
		| .mounts += [{destination: "/ro", type: "bind", source: $dir, options: ["rbind", "ro"]}]' --arg dir "$CANARY"
	mkdir -p "$BUNDLE/rootfs/proc/self/fd"
	args sh -c 'touch /x 2>/dev/null && echo root; touch /ro/x 2>/dev/null && echo bind; echo done'
	attacked
	[[ $stdout == "done" ]] || fail "$output"
}

@test "GHSA-g54h-m393-cpwq: a device that no rule allows is denied" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .process.capabilities.ambient = []
		| .process.capabilities.inheritable = []
		| .linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 3, access: "rw"}]'
	args sh -c 'for n in "b 8 0" "c 1 1" "c 10 229" "b 7 0"; do
			mknod /dev/x $n && (head -c 1 /dev/x) 2>&1 | grep -o "Operation not permitted"
			rm /dev/x
		done
		: </dev/null && echo null'
	attacked
	[[ $(sort <<<"$stdout" | uniq -c | tr -s ' \n' ' ') == " 4 Operation not permitted 1 null " ]] || fail "$output"
}

# tare puts the rules for default devices before those of the config; other runtimes put them behind.
@test "a config can deny a default device by name" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 3, access: "rw"}]'
	args sh -c 'echo >/dev/zero && echo zero; echo >/dev/null && echo null'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == zero && $output == *"/dev/null: Operation not permitted"* && $output != *$'\nnull'* ]] || fail "$output"
}

# In a network namespace that the test makes for the runtime, where no other process has sockets, and in the
# container's.
@test "CVE-2020-15257: no socket of the runtime has an abstract name" {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --net sh -c '"$TARE" --root "$0" create --bundle "$1" "$2" </dev/null && cat /proc/net/unix &&
		exec nsenter --net --target "$("$TARE" --root "$0" state "$2" | jq .pid)" cat /proc/net/unix' \
		"$ROOT" "$BUNDLE" "$CT" >"$DIR/sockets" 2>&1
	[[ $(grep -c Path "$DIR/sockets") -eq 2 ]] || fail "$(<"$DIR/sockets")"
	! grep @ "$DIR/sockets"
}

@test "values of the environment and arguments are in no message, at any level" {
	config '.process.env += ["SECRET=precious"]'
	args nope precious
	detached --debug run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $output != *precious* ]] || fail "$output"
	args true precious
	detached --debug run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output != *precious* ]] || fail "$output"
}

@test "files of the host that are stdio keep their owner" {
	local file=$DIR/stdout-file full=$DIR/full
	: >"$file"
	# Not that of the machine, as in the test before.
	mknod -m 666 "$full" c 1 7
	config '.process.user = {uid: 1000, gid: 1000}'
	tare run --bundle "$BUNDLE" "$CT" <"$full" >"$file" 2>&1
	[[ $(stat -c %u "$file") == 0 && $(stat -c %u "$full") == 0 ]]
}

# joins KIND PATH FILTER: makes a configuration that joins that namespace, with the jq FILTER applied.
joins()
{
	config '.linux.namespaces |= (map(select(.type != $kind)) + [{type: $kind, path: $path}]) | '"$3" --arg kind "$1" --arg path "$2"
}

@test "a namespace of the host that a path names is not changed" {
	needs_root "who is not root joins no namespace of the host"
	local before
	before=$(hostname)
	cp "$BUNDLE/config.json" "$DIR/config.json"
	joins mount /proc/self/ns/mnt .
	refuses "the mount namespace '/proc/self/ns/mnt' is the host's, which root would change" create --bundle "$BUNDLE" "$CT"
	cp "$DIR/config.json" "$BUNDLE"
	joins uts /proc/self/ns/uts '.hostname = "changed"'
	refuses "the uts namespace '/proc/self/ns/uts' is the host's, which hostname would change" create --bundle "$BUNDLE" "$CT"
	joins uts "/proc/$$/ns/uts" 'del(.hostname) | .domainname = "changed"'
	refuses "is the host's, which domainname would change" create --bundle "$BUNDLE" "$CT"
	joins uts /proc/self/ns/uts 'del(.domainname) | .linux.sysctl = {"kernel.domainname": "changed"}'
	refuses "is the host's, which linux.sysctl would change" create --bundle "$BUNDLE" "$CT"
	[[ $(hostname) == "$before" ]]
	joins network /proc/self/ns/net '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "uts"))'
	refuses "the network namespace '/proc/self/ns/net' is the host's, which linux.sysctl would change" create --bundle "$BUNDLE" "$CT"
}

@test "a namespace of the first process is the host's, too, where the runtime has another" {
	needs_root "who is not root joins no namespace of the host"
	joins uts /proc/1/ns/uts '.hostname = "changed"'
	# The shell is process 1 of a pid namespace and stays in the host's uts namespace; tare runs in another one.
	run -1 unshare --pid --fork --mount-proc sh -c 'unshare --uts "$@"; exit $?' sh \
		"$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ $output == *"the uts namespace '/proc/1/ns/uts' is the host's, which hostname would change" ]] || fail "$output"
}

@test "a namespace of the host may be joined where nothing changes it" {
	needs_root "who is not root joins no namespace of the host"
	joins network /proc/self/ns/net '.linux.sysctl = {"kernel.msgmax": "9000"}'
	joins uts /proc/self/ns/uts 'del(.hostname)'
	args readlink /proc/self/ns/net
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "$(readlink /proc/self/ns/net)" ]] || fail "$output"
}

@test "a path that leads through .. at the root is masked, and made read-only, where it is in the container" {
	mkdir -p "$BUNDLE/rootfs/var" "$BUNDLE/rootfs/run/data"
	ln -s ../run "$BUNDLE/rootfs/var/run"
	ln -s ../../../../run/data "$BUNDLE/rootfs/var/data"
	echo secret >"$BUNDLE/rootfs/run/secret"
	echo secret >"$BUNDLE/rootfs/run/other"
	args sh -c 'cat /run/secret /run/other; echo x >/run/data/x'
	config '.root.readonly = false | .linux.maskedPaths = ["/var/run/secret", "/proc/../run/other"]
		| .linux.readonlyPaths = ["/var/data"]'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *"Read-only file system"* && $output != *secret* ]] || fail "$output"
	run tare run --no-pivot --bundle "$BUNDLE" "$CT"
	[[ $output == *"Read-only file system"* && $output != *secret* ]] || fail "$output"
}

# mounts_at ENTRY: replaces the bundle's mounts at the destination of ENTRY, a mount as JSON, by ENTRY.
mounts_at()
{
	config '.mounts |= map(select(.destination != $entry.destination)) + [$entry]' --argjson entry "$1"
}

@test "a link of the image that leads to the root: nothing is mounted over it, masked or made read-only" {
	local link
	mkdir "$DIR/volume"
	for link in / . ../../.. bin/..; do
		ln -sfn "$link" "$BUNDLE/rootfs/data"
		mounts_at '{"destination": "/data", "type": "tmpfs"}'
		refused "'/data' leads to the root of the container"
		mounts_at '{"destination": "/data", "type": "bind", "source": "'"$DIR/volume"'", "options": ["bind"]}'
		refused "'/data' leads to the root of the container"
		without_mounts /data
		config '.linux.maskedPaths = ["/data"]'
		refused "linux.maskedPaths[0]: '/data' leads to the root of the container"
		config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["/data"]'
		refused "linux.readonlyPaths[0]: '/data' leads to the root of the container"
		config '.linux.readonlyPaths = []'
		attacked
		[[ $status -eq 0 ]] || fail "$output"
	done
}

@test "a link of the image that leads to /dev: nothing is made in the volume that is mounted there" {
	local link
	chmod 755 "$CANARY"
	SONG=$(sing)
	for link in /dev dev ../dev/../dev; do
		ln -sfn "$link" "$BUNDLE/rootfs/data"
		mounts_at '{"destination": "/data", "type": "bind", "source": "'"$CANARY"'", "options": ["bind"]}'
		attacked
		[[ $status -eq 0 ]] || fail "$output"
	done
	# The same for a path below.
	config '.linux.devices = [{path: "/dev/deep/null", type: "c", major: 1, minor: 3}]'
	ln -sfn /dev/deep "$BUNDLE/rootfs/data"
	refused "a link of the image has led a mount to the directory of '/dev/deep/null'"
}

@test "a /dev that is a bind stays as it is, and goes without a console that is not there" {
	chmod 755 "$CANARY"
	mkdir "$CANARY/pts"
	SONG=$(sing)
	without_mounts /dev
	mounts_at '{"destination": "/dev", "type": "bind", "source": "'"$CANARY"'", "options": ["bind"]}'
	mounts_at '{"destination": "/dev/pts", "type": "devpts", "options": ["newinstance", "ptmxmode=0666"]}'
	config '.process.terminal = true'
	args sh -c 'tty; ls -A /dev'
	listen_for_console "$DIR/console" --wait pts/0
	quietly run --detach --console-socket "$DIR/console" --bundle "$BUNDLE" "$CT"
	heard_all
	canary_sings
}

@test "a /dev that is mounted in the image on the host is the host's, and nothing is made in it" {
	chmod 755 "$CANARY"
	SONG=$(sing)
	without_mounts /dev
	# shellcheck disable=SC2016
	run unshare --mount sh -euc '
		mount --bind "$1" "$4/rootfs/dev"
		exec "$2" --root "$3" run --bundle "$4" "$5"' sh "$CANARY" "$TARE" "$ROOT" "$BUNDLE" "$CT"
	[[ $status -eq 0 ]] || fail "$output"
	canary_sings
}

@test "a link of the image chooses no other mount for new options" {
	ln -s sys "$BUNDLE/rootfs/data"
	mounts_at '{"destination": "/data", "options": ["remount", "rw"]}'
	refused "cannot open '/data' without following links"
}

@test "a link of the image makes no unmasked copy of /proc, of /sys or of the root" {
	local link
	for link in /proc /proc/sys ../sys/kernel /sys; do
		ln -sfn "$link" "$BUNDLE/rootfs/data"
		mounts_at '{"destination": "/copy", "source": "rootfs/data", "options": ["rbind"]}'
		refused "leads into /proc or /sys of the container"
	done
	for link in / bin/..; do
		ln -sfn "$link" "$BUNDLE/rootfs/data"
		refused "'/data' leads to the root of the container"
	done
	# A link to a file of the host is followed inside of the root, which has no such file.
	ln -sfn "$CANARY/file" "$BUNDLE/rootfs/data"
	refused "cannot open '/data' in the root file system: no such file or directory"
}

@test "a link of the image leads nothing to /proc, and from /proc nothing to elsewhere" {
	mkdir "$BUNDLE/rootfs/other"
	mounts_at '{"destination": "/data", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}'
	ln -s /proc/uptime "$BUNDLE/rootfs/data"
	refused "'/data' leads into /proc"
	without_mounts /data
	# A bind at /proc itself.
	rmdir "$BUNDLE/rootfs/proc"
	ln -s other "$BUNDLE/rootfs/proc"
	mounts_at '{"destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"]}'
	refused "'/proc' has to be a directory and no link"
	# A link leads a name that the plan allows to another procfs.
	rm "$BUNDLE/rootfs/proc"
	mkdir "$BUNDLE/rootfs/proc"
	ln -s /other/sysrq-trigger "$BUNDLE/rootfs/proc/uptime"
	without_mounts /proc
	mounts_at '{"destination": "/other", "type": "proc"}'
	mounts_at '{"destination": "/proc/uptime", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}'
	refused "'/proc/uptime' is a link"
}
