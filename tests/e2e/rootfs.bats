#!/usr/bin/env bats
# The root file system: mounts over it, binds of paths in it, and the propagation of its mounts.

load helpers

@test "a source below the root file system is what earlier mounts have made of it" {
	mkdir -p "$DIR/volume/x/deep" "$BUNDLE/rootfs/mnt" "$BUNDLE/rootfs/srv"
	echo volume >"$DIR/volume/x/file"
	ln -s /srv "$BUNDLE/rootfs/link"
	echo image >"$BUNDLE/rootfs/srv/file"
	config '.root.readonly = false | .mounts += [
		{destination: "/mnt", source: $volume, options: ["bind"]},
		{destination: "/mnt/x/deep", type: "tmpfs"},
		{destination: "/fin", source: ($bundle + "/rootfs/mnt/x"), options: ["rbind", "ro"]},
		{destination: "/one", source: "rootfs/mnt/x", options: ["bind"]},
		{destination: "/single", source: "rootfs/mnt/x/file", options: ["bind"]},
		{destination: "/linked", source: "rootfs/link", options: ["bind"]}]' \
		--arg volume "$DIR/volume" --arg bundle "$BUNDLE"
	args sh -c 'cat /fin/file /one/file /single /linked/file
		touch /fin/new || touch /one/new; grep -c deep /proc/mounts; grep " /fin/deep tmpfs" /proc/mounts'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *volume$'\n'volume$'\n'volume$'\n'image$'\n'touch*"Read-only file system"$'\n'2$'\n'"tmpfs /fin/deep tmpfs"* ]] ||
		fail "$output"
	[[ -e $DIR/volume/x/new ]]
	config '.mounts += [{destination: "/none", source: "rootfs/mnt/none", options: ["bind"]}]'
	refuses "cannot open the source: cannot open '/mnt/none' in the root file system: no such file or directory" \
		run --bundle "$BUNDLE" "$CT"
	config '.mounts |= .[:-1]'
	in_user_namespace
	args cat /fin/file /linked/file
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == volume$'\n'image ]] || fail "$output"
}

@test "copy-symlink and src-nofollow: of a link below the root file system, too" {
	ln -s /etc/passwd "$BUNDLE/rootfs/link"
	config '.root.readonly = false | .mounts += [
		{destination: "/copy", source: "rootfs/link", options: ["bind", "copy-symlink"]},
		{destination: "/itself", source: "rootfs/link", options: ["bind", "src-nofollow", "dest-nofollow"]}]'
	args sh -c 'readlink /copy; readlink /itself'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == /etc/passwd$'\n'/etc/passwd ]] || fail "$output"
}

# root_is_the_mount [OPTION...]: the program finds at "/" the directory that the image has at "/other"; masks cover
# paths in it; exec finds the same root.
root_is_the_mount()
{
	args sh -c 'cat /which; cat /secret; grep -c . /proc/self/mounts >/dev/null; [ -c /dev/null ] && sleep 1000'
	quietly create "$@" --bundle "$BUNDLE" "$CT"
	quietly start "$CT"
	wait_until grep -q . "$DIR/stdout"
	[[ $(tare exec "$CT" cat /which) == other ]] || fail "exec: $(tare exec "$CT" ls /)"
	[[ -z $(tare exec "$CT" cat /secret) ]]
	[[ $(tare exec "$CT" stat -c %d:%i /) == $(tare exec "$CT" stat -Lc %d:%i /proc/1/root) ]]
	quietly delete --force "$CT"
}

@test "a mount at / is the root of the container: a bind, an overlay, and a tmpfs with the image's files" {
	local option
	echo image >"$BUNDLE/rootfs/which"
	echo hidden >"$BUNDLE/rootfs/secret"
	cp -a "$BUNDLE/rootfs" "$DIR/other"
	echo other >"$DIR/other/which"
	mkdir "$DIR/upper" "$DIR/work"
	config '.linux.maskedPaths += ["/secret"] | .mounts = [{}] + .mounts'
	for option in --pid-file="$DIR/pid" --no-pivot; do
		config '.mounts[0] = {destination: "/", source: $other, options: ["rbind"]}' --arg other "$DIR/other"
		root_is_the_mount "$option"
		config '.mounts[0] = {destination: "/", type: "overlay", source: "overlay",
			options: ["lowerdir=" + $other + ":" + $image, "upperdir=" + $dir + "/upper", "workdir=" + $dir + "/work"]}' \
			--arg other "$DIR/other" --arg image "$BUNDLE/rootfs" --arg dir "$DIR"
		root_is_the_mount "$option"
		config '.mounts[0] = {destination: "/", type: "tmpfs", options: ["tmpcopyup"]}'
		echo other >"$BUNDLE/rootfs/which"
		root_is_the_mount "$option"
		echo image >"$BUNDLE/rootfs/which"
	done
}

@test "a mount at / may be read-only, belong to a user namespace, and is no file" {
	cp -a "$BUNDLE/rootfs" "$DIR/other"
	config '.root.readonly = true | .mounts = [{destination: "/", source: $other, options: ["rbind"]}] + .mounts' \
		--arg other "$DIR/other"
	args sh -c 'touch /new'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *"Read-only file system"* ]] || fail "$output"
	config '.root.readonly = false'
	in_user_namespace
	give_files "$DIR/other" 100000
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $(stat -c %u "$DIR/other/new") == 100000 && ! -e $BUNDLE/rootfs/new ]]
	config '.mounts[0].source = "/etc/hostname"'
	refuses "cannot mount a file on the directory '/': not a directory" run --bundle "$BUNDLE" "$CT"
}

@test "rootfsPropagation: a shared root shares its own mounts, and hears of the host's only as a slave" {
	local value told
	export ROOT TARE BUNDLE CT DIR SECONDS_TO_WAIT
	export -f tare wait_until has_status
	mkdir "$BUNDLE/rootfs/later"
	for value in shared slave; do
		config '.linux.rootfsPropagation = $value' --arg value "$value"
		args sh -c 'awk "\$5 == \"/\" { print \$7 }" /proc/self/mountinfo; grep -c " /later " /proc/self/mountinfo'
		# shellcheck disable=SC2016
		run unshare --mount --propagation shared bash -euc '
			tare create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/told" 2>&1 || { cat "$DIR/told"; exit 1; }
			mount -t tmpfs later "$BUNDLE/rootfs/later"
			tare start "$CT"
			wait_until has_status "$CT" stopped
			cat "$DIR/told"'
		told=$output
		quietly delete "$CT"
		case $value in
		shared) [[ $told =~ ^shared:[0-9]+$'\n'0$ ]] || fail "$value: $told" ;;
		slave) [[ $told =~ ^master:[0-9]+$'\n'1$ ]] || fail "$value: $told" ;;
		esac
	done
}

@test "a file on a directory and a directory on a file: both are told as 'not a directory'" {
	mkdir -p "$BUNDLE/rootfs/directory"
	touch "$BUNDLE/rootfs/file"
	ln -s directory "$BUNDLE/rootfs/link"
	for destination in /directory /link; do
		config '.mounts[7] = {destination: $to, source: "/etc/hostname", options: ["bind"]}' --arg to "$destination"
		refuses "cannot mount a file on the directory '$destination': not a directory" run --bundle "$BUNDLE" "$CT"
	done
	config '.mounts[7] = {destination: "/file", source: "/etc", options: ["bind"]}'
	refuses "not a directory" run --bundle "$BUNDLE" "$CT"
	config '.mounts[7] = {destination: "/file", type: "tmpfs"}'
	refuses "not a directory" run --bundle "$BUNDLE" "$CT"
	config '.mounts[7] = {destination: "/directory", source: "/etc/hostname", options: ["bind", "dest-nofollow"]}'
	refuses "not a directory" run --bundle "$BUNDLE" "$CT"
}

@test "sysfs in a user namespace with the host's network is the host's, read-only" {
	running "$CT-other"
	in_user_namespace
	config '.linux.namespaces |= map(select(.type != "network"))
		| .mounts |= map(if .type == "sysfs" then .options = ["nosuid", "noexec", "nodev"] else . end)'
	args sh -c 'ls /sys/class/net; grep -E " /sys( |/)" /proc/self/mounts; cat /sys/fs/cgroup/cgroup.procs; ls /sys/firmware'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *lo* && $output == *"sysfs /sys sysfs ro,nosuid,nodev,noexec"* && $output == *1* ]] || fail "$output"
	[[ $output != *"/sys"*" rw,"* ]] || fail "$output"
	# The host's sysfs shows the network namespace of the host, so init does not copy it for a container in another
	# one.
	config '.linux.namespaces += [{type: "network", path: $path}]' \
		--arg path "/proc/$(state_of "$CT-other" .pid)/ns/net"
	refuses "cannot mount a 'sysfs': operation not permitted" run --bundle "$BUNDLE" "$CT"
}

@test "from a chroot, whose root is not that of the mount namespace, no container is made" {
	needs_root "chroot(2) is root's"
	mkdir "$DIR/jail"
	# shellcheck disable=SC2016 # expanded by the inner shell
	run unshare --mount sh -c 'mount --rbind / "$1" && exec chroot "$@"' sh "$DIR/jail" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $output == *"runs in a chroot(2), which the container could leave"* ]] || fail "$status: $output"
}
