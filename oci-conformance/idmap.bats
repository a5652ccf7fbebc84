# mounts[].uidMappings and gidMappings: files that belong to others than they do outside (1.2.0). Each test binds a tree in
# which files belong to 1000 and to root, of which there is one on the mount and one on a mount below it.

load lib

MAPPINGS='uidMappings: [{containerID: 0, hostID: 5000, size: 2000}], gidMappings: [{containerID: 0, hostID: 7000, size: 2000}]'

# mapped OBJECT OPTION...: a bind mount on /opt with the members of OBJECT
mapped() {
	local members=$1
	shift
	need_feature .linux.mountExtensions.idmap.enabled true
	# A tmpfs can be mapped since 6.3, for which there is no sign but the version.
	[[ $(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -n 1) == 6.3 ]] || skip "this kernel cannot map a tmpfs"
	SOURCE=$WORK/tree
	mkdir "$SOURCE"
	mount -t tmpfs -o mode=755 tree "$SOURCE"
	mkdir "$SOURCE/below"
	mount -t tmpfs -o mode=755 below "$SOURCE/below"
	touch "$SOURCE/file" "$SOURCE/below/file"
	chown 1000:1000 "$SOURCE/file" "$SOURCE/below/file"
	mount_at /opt none "$SOURCE" "$@"
	config ".mounts[-1] += {$members}"
}

# owners: of the file on the mount, and of the one below
OWNERS='stat -c %u:%g /opt/file /opt/below/file'

@test "mounts[].options: idmap MUST map the mount (1.2.0)" {
	mapped "$MAPPINGS" bind idmap
	prints 6000:8000 stat -c %u:%g /opt/file
}

@test "mounts[].options: idmap does not map the mounts below (1.2.0)" {
	mapped "$MAPPINGS" rbind idmap
	# shellcheck disable=SC2086 # words
	prints $'6000:8000\n1000:1000' $OWNERS
}

@test "mounts[].options: ridmap MUST map the mounts below, too (1.2.0)" {
	mapped "$MAPPINGS" rbind ridmap
	# shellcheck disable=SC2086
	prints $'6000:8000\n6000:8000' $OWNERS
}

@test "mounts[].uidMappings: they map the mount without idmap and ridmap, too (1.2.0)" {
	mapped "$MAPPINGS" bind
	prints 6000:8000 stat -c %u:%g /opt/file
}

@test "mounts[].uidMappings: what is written through the mount belongs to the reverse of the mapping (1.2.0)" {
	mapped "$MAPPINGS" bind idmap
	config '.process.user = {uid: 6001, gid: 8001}'
	chmod 777 "$SOURCE"
	runs touch /opt/new
	equal "$(stat -c %u:%g "$SOURCE/new")" 1001:1001
}

@test "mounts[].uidMappings: what they do not name belongs to nobody (1.2.0)" {
	mapped 'uidMappings: [{containerID: 0, hostID: 0, size: 10}], gidMappings: [{containerID: 0, hostID: 0, size: 10}]' bind idmap
	prints 65534:65534 stat -c %u:%g /opt/file
}

@test "mounts[].uidMappings: those of the mount MUST be used, not the container's (1.2.0)" {
	mapped "uidMappings: [{containerID: 1000, hostID: 100007, size: 1}], gidMappings: [{containerID: 1000, hostID: 200009, size: 1}]" \
		rbind ridmap
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 5000}]'
	prints 7:9 stat -c %u:%g /opt/file
}

@test "mounts[].options: ridmap without mappings MUST use the container's or generate an error (1.2.0)" {
	mapped "" rbind ridmap
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 5000}]'
	program stat -c %u:%g /opt/file
	create
	if [[ $status -ne 0 ]]; then
		control ".mounts[-1] += {$MAPPINGS}"
		return
	fi
	must start
	ended
	said 1000:1000
}

@test "mounts[].options: idmap without mappings and without user namespace MUST generate an error (1.2.0)" {
	mapped "" bind idmap
	invalid ".mounts[-1] += {$MAPPINGS}"
}

@test "mounts[].options: ridmap without mappings and without user namespace MUST generate an error (1.2.0)" {
	mapped "" rbind ridmap
	invalid ".mounts[-1] += {$MAPPINGS}"
}

@test "mounts[].uidMappings: without gidMappings they MUST generate an error (1.2.0)" {
	mapped "uidMappings: [{containerID: 0, hostID: 5000, size: 2000}]" bind idmap
	invalid ".mounts[-1] += {$MAPPINGS}"
}

@test "mounts[].gidMappings: without uidMappings they MUST generate an error (1.2.0)" {
	mapped "gidMappings: [{containerID: 0, hostID: 5000, size: 2000}]" bind idmap
	invalid ".mounts[-1] += {$MAPPINGS}"
}

@test "mounts[].uidMappings: the source outside stays as it is (1.2.0)" {
	mapped "$MAPPINGS" rbind ridmap
	stays
	equal "$(stat -c %u:%g "$SOURCE/file" "$SOURCE/below/file")" $'1000:1000\n1000:1000'
}
