#!/usr/bin/env bats
# Containers without a mount namespace: they share the runtime's, init mounts in it, and delete leaves it as it was.

load helpers

setup()
{
	base_setup
	needs_root "an ordinary user's container has a user namespace, which has no rights over the host's mounts"
	config '.linux.namespaces |= map(select(.type != "mount"))'
}

# Prints the mounts of the host that belong to this test.
mounted()
{
	grep -F " $DIR/" /proc/self/mountinfo || true
}

# True when a process is in another mount namespace than the test.
is_apart()
{
	[[ $(readlink "/proc/$1/ns/mnt") != "$(readlink /proc/self/ns/mnt)" ]]
}

@test "without a mount namespace all is mounted below root.path, and delete undoes it" {
	config '.linux.maskedPaths += ["/etc/hidden"] | .linux.rootfsPropagation = "private"
		| .mounts += [{destination: "/data", source: $tree, type: "bind", options: ["rbind", "ro"]}]' --arg tree "$DIR/tree"
	mkdir -p "$DIR/tree" "$BUNDLE/rootfs/etc/hidden"
	touch "$DIR/tree/file" "$BUNDLE/rootfs/etc/hidden/file"
	running
	[[ $(mounted) == *" $BUNDLE/rootfs/data ro,"* ]] || fail "$(mounted)"
	run -0 tare exec "$CT" sh -c 'ls / /data; ls -A /etc/hidden; grep -c " / ro," /proc/self/mountinfo'
	[[ $output == *file*1 ]] || fail "$output"
	quietly delete --force "$CT"
	[[ -z $(mounted) ]] || fail "$(mounted)"
}

@test "without a mount namespace the program finds what the configuration says" {
	config '.linux.maskedPaths += ["/etc/hidden"]'
	mkdir -p "$BUNDLE/rootfs/etc/hidden"
	touch "$BUNDLE/rootfs/etc/hidden/file"
	args sh -c 'ls /etc/hidden; touch /x; echo x >/proc/sys/vm/swappiness; echo >/dev/null && echo null
		[ "$(readlink /proc/1/ns/mnt)" = "$HOST" ] && echo same; [ "$(ls /..)" = "$(ls /)" ] && echo root'
	config '.process.env += ["HOST=" + $ns]' --arg ns "$(readlink /proc/self/ns/mnt)"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == *"/x: Read-only file system"* && ${lines[1]} == *"swappiness: Read-only file system"* ]] || fail "$output"
	[[ "${lines[*]:2}" == "null same root" && -z $(mounted) ]] || fail "$output" "$(mounted)"
}

@test "without a mount namespace a create that fails leaves no mount" {
	args /no/such/program
	refuses "no such file or directory" create --bundle "$BUNDLE" "$CT"
	[[ -z $(mounted) ]] || fail "$(mounted)"
	config '.mounts += [{destination: "/data", source: "/nowhere", type: "bind", options: ["bind"]}] | .process.args = ["true"]'
	refuses "/nowhere" create --bundle "$BUNDLE" "$CT"
	[[ -z $(mounted) ]] || fail "$(mounted)"
}

@test "without a mount namespace delete --force undoes the mounts of a create that was killed" {
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "kill -KILL $PPID"]}]'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 137 && $(mounted) == *" $BUNDLE/rootfs/proc "* ]] || fail "$status" "$(mounted)"
	wait_until no_process
	quietly delete --force "$CT"
	[[ -z $(mounted) ]] || fail "$(mounted)"
}

@test "without a mount namespace nobody else's mount goes, and nothing shows in other namespaces" {
	local peer
	config 'del(.linux.maskedPaths)' # one mount of ours less, so that a look too many would find another's
	mount --bind "$BUNDLE" "$BUNDLE"
	mount --make-shared "$BUNDLE"
	mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
	unshare --mount --propagation unchanged sleep 1000 3>&- &
	peer=$!
	wait_until is_apart "$peer"
	running
	! grep -q " $BUNDLE/rootfs/proc " "/proc/$peer/mountinfo" || fail "$(<"/proc/$peer/mountinfo")"
	quietly delete --force "$CT"
	[[ $(mounted | wc -l) -eq 2 && $(grep -c " $BUNDLE" "/proc/$peer/mountinfo") -eq 2 ]] || fail "$(mounted)" "$(<"/proc/$peer/mountinfo")"
	umount -R "$BUNDLE"
	kill "$peer"
	wait "$peer" || true
}

@test "without a mount namespace and without mounts the default devices are there" {
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths) | .root.readonly = false'
	args sh -c 'echo out >/dev/null; [ -c /dev/zero ] && echo devices'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == devices && -z $(mounted) ]] || fail "$output" "$(mounted)"
}

@test "without a mount namespace the root of the host is not mounted on" {
	ln -s / "$DIR/link"
	config '.root.path = $link | .root.readonly = false | del(.mounts, .linux.maskedPaths, .linux.readonlyPaths)' --arg link "$DIR/link"
	refuses "root.path '$DIR/link' is the root of the host, which needs a mount namespace" create --bundle "$BUNDLE" "$CT"
	[[ -z $(mounted) ]]
}

@test "without a mount namespace there is a terminal, too" {
	config '.process.terminal = true'
	args sleep 1000
	listen_for_console "$DIR/console"
	create --console-socket "$DIR/console" "$CT"
	[[ $(mounted) == *" $BUNDLE/rootfs/dev/console "* ]] || fail "$(mounted)"
	quietly delete --force "$CT"
	wait "$listener" || true
	[[ -z $(mounted) ]] || fail "$(mounted)"
}
