#!/usr/bin/env bats
# Hostile and careless callers: ids that are paths, open and closed fds, a bare environment, every layout of cgroups.

load helpers

# Ids that no command may take. The rule is one word of letters, digits, "_", "+", "-" and ".", not "." or "..".
bad_ids()
{
	BAD=('' . .. ../x ../../etc x/y /x x/ 'a b' 'a*' 'a:b' $'a\nb' $'a\x01' 'é' $'\xff' "$(printf 'a%.0s' {1..1025})")
}

@test "an id that is no plain word is refused by every command, and touches nothing" {
	local id command
	bad_ids
	mkdir -p "$ROOT" "$DIR/x"
	echo canary >"$DIR/x/canary"
	for id in "${BAD[@]}"; do
		for command in "create --bundle $BUNDLE" "run --bundle $BUNDLE" start state kill delete "delete --force"; do
			# shellcheck disable=SC2086
			detached $command -- "$id"
			[[ $status -eq 1 && $stderr == *"invalid container ID format"* && -z $stdout ]] ||
				fail "$command '$id': exit $status" "$output"
		done
	done
	[[ $(<"$DIR/x/canary") == canary && -d $ROOT ]]
	[[ -z $(find "$ROOT" -mindepth 1) ]]
}

@test "an id that looks like an option is refused, even behind --" {
	detached create --bundle "$BUNDLE" -- -a
	[[ $status -eq 1 && $stderr == *"invalid container ID format"* ]] || fail "$output"
	detached delete --force -- --force
	[[ $status -eq 1 && $stderr == *"invalid container ID format"* ]] || fail "$output"
}

@test "an id may have all letters, digits, and _ + - ." {
	create "$CT-aZ09_+-."
	[[ $(state_of "$CT-aZ09_+-." .id) == "$CT-aZ09_+-." ]]
	quietly delete "$CT-aZ09_+-."
	create "$CT..x"
	quietly delete "$CT..x"
}

@test "a container that is a link to somewhere else is not followed" {
	create "$CT"
	ln -s "$CT" "$ROOT/$CT-link"
	detached state "$CT-link"
	[[ $status -eq 1 ]]
	detached delete --force "$CT-link"
	has_status "$CT" created
	rm -f "$ROOT/$CT-link"
}

@test "fds of the caller do not reach the program" {
	args ls /proc/self/fd
	(
		for fd in {10..200}; do
			eval "exec $fd</"
		done
		tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1
	)
	# The fourth file descriptor is that of ls for the directory.
	[[ $(<"$DIR/out") == $'0\n1\n2\n3' ]] || fail "$(<"$DIR/out")"
}

@test "fds of the caller do not reach the hooks" {
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "ls /proc/self/fd >\($out)"]}]' \
		--arg out "$DIR/fds"
	(
		for fd in {10..50}; do
			eval "exec $fd</"
		done
		create "$CT"
	)
	[[ $(<"$DIR/fds") == $'0\n1\n2\n3' ]] || fail "$(<"$DIR/fds")"
}

@test "standard fds that are closed are no way in and no way out" {
	args sh -c 'ls /proc/self/fd | tr "\n" " "; echo done'
	tare run --bundle "$BUNDLE" "$CT" <&- >"$DIR/out" 2>"$DIR/err"
	[[ $(<"$DIR/out") == "0 1 2 3 done" && ! -s $DIR/err ]] || fail "$(<"$DIR/out")" "$(<"$DIR/err")"
	status=0
	tare run --bundle "$BUNDLE" "$CT" </dev/null >&- 2>"$DIR/err" || status=$?
	[[ ! -s $DIR/err && $status -eq 0 ]] || fail "$status: $(<"$DIR/err")"
	tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&-
	[[ $(<"$DIR/out") == "0 1 2 3 done" ]]
	tare run --bundle "$BUNDLE" "$CT" <&- >&- 2>&-
}

@test "signals that the caller ignores or blocks are as by default in the program" {
	args grep -E '^Sig(Blk|Ign)' /proc/self/status
	run -0 env --ignore-signal=PIPE,HUP,QUIT --block-signal=USR1,CHLD,TERM \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $output == $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ]] || fail "$output"
}

@test "the program has no parent-death signal from the caller" {
	args sleep 1000
	setpriv --pdeathsig KILL "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1
	quietly start "$CT"
	has_status "$CT" running
}

@test "an empty XDG_RUNTIME_DIR is none" {
	XDG_RUNTIME_DIR='' "$TARE" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1
	env -u XDG_RUNTIME_DIR "$TARE" state "$CT" >"$DIR/state"
	[[ -d /run/$NAME/$CT ]]
	env -i XDG_RUNTIME_DIR= "$TARE" kill "$CT" KILL
	env -i XDG_RUNTIME_DIR= "$TARE" delete --force "$CT"
	[[ ! -e /run/$NAME/$CT ]]
	rmdir "/run/$NAME"
}

@test "the state directory does not depend on home, user or current directory" {
	create "$CT"
	cd /
	[[ $(env -i HOME=/nowhere USER=nobody "$TARE" --root "$ROOT" state "$CT" | jq -r .id) == "$CT" ]]
}

@test "a state directory that others may write to is refused" {
	mkdir -m 777 "$ROOT"
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *"$ROOT"* ]] || fail "$status: $output"
	chmod 700 "$ROOT"
	create "$CT"
}

@test "an empty --root is refused" {
	run "$TARE" --root '' state "$CT"
	[[ $status -eq 1 && $output == *root* ]]
}

@test "a current directory that is gone does not matter" {
	mkdir "$DIR/gone"
	cd "$DIR/gone"
	rmdir "$DIR/gone"
	running
	has_status "$CT" running
	quietly delete --force "$CT"
}

@test "sockets that systemd passed to another process are not taken" {
	args sh -c 'ls /proc/self/fd | wc -l; echo "${LISTEN_FDS-none}"'
	LISTEN_FDS=2 LISTEN_PID=1 "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" \
		</dev/null >"$DIR/out" 2>&1 3<"$BUNDLE/config.json" 4<"$BUNDLE/config.json"
	[[ $(<"$DIR/out") == $'4\nnone' ]] || fail "$(<"$DIR/out")"
}

@test "a config.json that is no regular file is refused at once" {
	mv "$BUNDLE/config.json" "$DIR/real"
	mkfifo "$BUNDLE/config.json"
	run -1 timeout 30 "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ $output == *config.json* ]]
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	run -1 timeout 30 "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	rmdir "$BUNDLE/config.json"
	ln -s "$DIR/real" "$BUNDLE/config.json"
	create "$CT"
}

@test "a config.json over 16 MiB is refused at once" {
	config '.annotations = {"org.example.long": ("x" * 17000000)}'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *config.json* ]] || fail "exit $status"
	((${#stderr} < 1000))
}

# The cgroup v2 tree below "unified", as on a host that still has v1 beside it.
hybrid='
	umount --recursive --lazy /sys/fs/cgroup
	mount -t tmpfs tmpfs /sys/fs/cgroup
	mkdir /sys/fs/cgroup/unified
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	"$@"
'

@test "the v2 tree of a hybrid host is found" {
	args sh -c 'cat /proc/self/cgroup; exit 4'
	run -4 unshare --mount --propagation private bash -euc "$hybrid" hybrid \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	grep -qx '0::/' <<<"$output"
}

@test "a container of a hybrid host is deleted with its cgroup" {
	args sleep 1000
	# shellcheck disable=SC2016
	unshare --mount --propagation private bash -euc "$hybrid" hybrid bash -euc '
		"$1" --root "$2" run --detach --bundle "$3" "$4" </dev/null >/dev/null 2>&1
		[[ -n $(find /sys/fs/cgroup/unified -name "*$4*") ]]
		"$1" --root "$2" delete --force "$4"
		[[ -z $(find /sys/fs/cgroup/unified -name "*$4*") ]]
	' hybrid "$TARE" "$ROOT" "$BUNDLE" "$CT"
}

@test "a host without cgroup v2 gets one clear sentence" {
	# shellcheck disable=SC2016
	run -1 --separate-stderr unshare --mount --propagation private bash -euc '
		umount --recursive --lazy /sys/fs/cgroup
		mount -t tmpfs tmpfs /sys/fs/cgroup
		"$@"
	' none "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"cgroup v2"* && ${#stderr_lines[@]} -eq 1 ]] || fail "$stderr"
	[[ ! -e $ROOT/$CT ]]
}
