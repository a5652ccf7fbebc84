#!/usr/bin/env bats
# Mounts that are more than the kernel's own: what the specification says of the others is oci-conformance/mounts.bats.

load helpers

# on_tmpfs OPTION...: a tmpfs over /data, which the image has filled, and whoever the test runs sees both trees.
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

# A line for each file below a directory, with all that a copy has to keep.
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
