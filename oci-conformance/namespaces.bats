# linux.namespaces: made, joined, shared with the runtime; the mappings of user namespaces and the offsets of time.

load lib

# The name of a type in /proc/PID/ns
declare -gA LINK=([pid]=pid [network]=net [mount]=mnt [ipc]=ipc [uts]=uts [user]=user [cgroup]=cgroup [time]=time)

# namespace TYPE [ID]: of the container process
namespace() {
	readlink "/proc/$(pid_of "${2-$ID}")/ns/${LINK[$1]}"
}

own_namespace() {
	readlink "/proc/self/ns/${LINK[$1]}"
}

with_user_namespace() {
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 5000}]'
}

# made TYPE: a new one, not the runtime's
made() {
	must create
	[[ $(namespace "$1") != "$(own_namespace "$1")" ]] || fail "it is the runtime's"
}

# inherited TYPE: without an entry the container has the runtime's
inherited() {
	without_namespace "$1"
	must create
	equal "$(namespace "$1")" "$(own_namespace "$1")"
}

# joined TYPE: a second container that names the first one's
joined() {
	stays
	without_namespace "$1"
	config '.linux.namespaces += [{type: $type, path: $path}] | .linux.cgroupsPath += "-second"' \
		--arg type "$1" --arg path "/proc/$(pid_of)/ns/${LINK[$1]}"
	must create second
	equal "$(namespace "$1" second)" "$(namespace "$1")"
	must start second
}

@test "linux.namespaces[].type: pid, a new one" {
	made pid
}

@test "linux.namespaces[].type: network, a new one" {
	made network
}

@test "linux.namespaces[].type: mount, a new one" {
	made mount
}

@test "linux.namespaces[].type: ipc, a new one" {
	made ipc
}

@test "linux.namespaces[].type: uts, a new one" {
	made uts
}

@test "linux.namespaces[].type: cgroup, a new one" {
	made cgroup
}

@test "linux.namespaces[].type: user, a new one" {
	with_user_namespace
	made user
}

@test "linux.namespaces[].type: time, a new one" {
	config '.linux.namespaces += [{type: "time"}]'
	made time
}

@test "linux.namespaces: in a new pid namespace the program is process 1" {
	script 'echo $$'
	prints 1
}

@test "linux.namespaces: a new network namespace has nothing but lo" {
	script 'ls /proc/self/net/dev_snmp6 2>/dev/null || tail -n +3 /proc/self/net/dev | cut -d: -f1 | tr -d " "'
	prints lo
}

@test "linux.namespaces: a new cgroup namespace has the container's cgroup as its root" {
	prints 0::/ grep ^0: /proc/self/cgroup
}

@test "linux.namespaces[].path: pid, joined" {
	joined pid
}

@test "linux.namespaces[].path: network, joined" {
	joined network
}

@test "linux.namespaces[].path: ipc, joined" {
	joined ipc
}

@test "linux.namespaces[].path: uts, joined" {
	joined uts
}

@test "linux.namespaces[].path: cgroup, joined" {
	joined cgroup
}

# Not another container's: the bundle has to be visible in it.
@test "linux.namespaces[].path: mount, joined" {
	local holder
	unshare --mount sleep 1000 3>&- &
	holder=$!
	in_new_namespace() {
		[[ $(readlink "/proc/$holder/ns/mnt") != "$(own_namespace mount)" ]]
	}
	eventually in_new_namespace
	without_namespace mount
	config '.linux.namespaces += [{type: "mount", path: $path}]' --arg path "/proc/$holder/ns/mnt"
	must create
	equal "$(namespace mount)" "$(readlink "/proc/$holder/ns/mnt")"
	must start
	ended
	kill "$holder"
}

@test "linux.namespaces[].path: user, joined" {
	with_user_namespace
	stays
	without_namespace user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.cgroupsPath += "-second" |
		.linux.namespaces += [{type: "user", path: $path}]' --arg path "/proc/$(pid_of)/ns/user"
	must create second
	equal "$(namespace user second)" "$(namespace user)"
	must start second
}

@test "linux.namespaces[].path: time, joined" {
	config '.linux.namespaces += [{type: "time"}]'
	joined time
}

@test "linux.namespaces[].path: a namespace that is bound to a file" {
	touch "$WORK/network"
	unshare --net="$WORK/network" true
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "$WORK/network"
	must create
	equal "$(namespace network)" "net:[$(stat -L -c %i "$WORK/network")]"
}

# own TYPE: the entry has the path of the runtime's own
own() {
	without_namespace "$1"
	config '.linux.namespaces += [{type: $type, path: $path}]' --arg type "$1" --arg path "/proc/$$/ns/${LINK[$1]}"
}

@test "linux.namespaces[].path: the runtime's own network namespace, joined" {
	own network
	must create
	equal "$(namespace network)" "$(own_namespace network)"
}

@test "linux.namespaces[].path: the runtime's own uts namespace, joined" {
	config 'del(.hostname)'
	own uts
	create
	if [[ $status -ne 0 ]]; then
		control
		deviation "it is refused: the container could rename the host"
	fi
	equal "$(namespace uts)" "$(own_namespace uts)"
}

# In a uts namespace that stands for the host's.
@test "hostname: it is set in the container's uts namespace, also where that is the runtime's" {
	printf '#!/bin/sh\nexec nsenter --uts="%s" -- "%s" "$@"\n' "$WORK/uts" "$OCI_RUNTIME" >"$WORK/runtime"
	chmod 755 "$WORK/runtime"
	touch "$WORK/uts"
	unshare --uts="$WORK/uts" true
	OCI_RUNTIME=$WORK/runtime
	without_namespace uts
	config '.hostname = "a-name"'
	create
	if [[ $status -ne 0 ]]; then
		control
		deviation "it is refused: the host would get another name"
	fi
	equal "$(nsenter --uts="$WORK/uts" uname -n)" a-name
}

@test "linux.namespaces[].path: a namespace of another type MUST generate an error" {
	local type
	for type in network ipc uts; do
		config '.linux.namespaces |= map(select(.type != $type)) | .linux.namespaces += [{type: $type, path: "/proc/1/ns/cgroup"}]' \
			--arg type "$type"
		invalid
		config '.linux.namespaces |= map(if .type == $type then {type: $type} else . end)' --arg type "$type"
	done
}

@test "linux.namespaces[].path: a file that is no namespace MUST generate an error" {
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "$BUNDLE/config.json"
	invalid
}

@test "linux.namespaces[].path: a relative path MUST generate an error" {
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: "proc/1/ns/net"}]'
	cd /
	invalid
}

@test "linux.namespaces: a type that is there twice MUST generate an error" {
	local type
	for type in pid network ipc uts mount cgroup; do
		config '.linux.namespaces += [{type: $type}]' --arg type "$type"
		invalid
		config 'del(.linux.namespaces[-1])'
	done
}

@test "linux.namespaces: an entry without type MUST generate an error" {
	config '.linux.namespaces += [{}]'
	invalid
}

@test "linux.namespaces: without pid it MUST be inherited" {
	inherited pid
}

@test "linux.namespaces: without network it MUST be inherited" {
	inherited network
}

@test "linux.namespaces: without ipc it MUST be inherited" {
	inherited ipc
}

@test "linux.namespaces: without uts it MUST be inherited" {
	config 'del(.hostname)'
	inherited uts
}

@test "linux.namespaces: without mount it MUST be inherited" {
	inherited mount
}

@test "linux.namespaces: without cgroup it MUST be inherited" {
	inherited cgroup
}

@test "linux.namespaces: without user it MUST be inherited" {
	inherited user
}

@test "linux.namespaces: without time it MUST be inherited" {
	inherited time
}

# --- user -------------------------------------------------------------------------------------------------------------

@test "linux.uidMappings: they are the map of the new user namespace" {
	with_user_namespace
	config '.linux.uidMappings += [{containerID: 5000, hostID: 300000, size: 7}]'
	script 'tr -s " " </proc/self/uid_map'
	prints $' 0 100000 5000\n 5000 300000 7'
}

@test "linux.gidMappings: they are the map of the new user namespace" {
	with_user_namespace
	config '.linux.gidMappings += [{containerID: 5000, hostID: 300000, size: 7}]'
	script 'tr -s " " </proc/self/gid_map'
	prints $' 0 200000 5000\n 5000 300000 7'
}

@test "linux.uidMappings: the program's ids are those of the container" {
	with_user_namespace
	config '.process.user = {uid: 12, gid: 34}'
	script 'id -u; id -g; touch /shared/file'
	prints $'12\n34'
	equal "$(stat -c %u:%g "$SHARED/file")" 100012:200034
}

@test "linux.uidMappings: the file system SHOULD NOT be changed to realise them" {
	with_user_namespace
	runs true
	equal "$(stat -c %u:%g "$ROOTFS/bin/busybox" "$ROOTFS/etc/passwd")" $'0:0\n0:0'
}

@test "linux.uidMappings: a mapping without size MUST generate an error" {
	with_user_namespace
	config 'del(.linux.uidMappings[0].size)'
	invalid '.linux.uidMappings[0].size = 5000'
}

@test "linux.uidMappings: a mapping without containerID or hostID MUST generate an error" {
	with_user_namespace
	config 'del(.linux.uidMappings[0].containerID)'
	invalid '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}]'
	config '.linux.uidMappings[0] |= {containerID: 0, size}'
	invalid '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}]'
}

@test "linux.uidMappings: what the kernel does not allow MUST generate an error" {
	with_user_namespace
	config '.linux.uidMappings += [{containerID: 0, hostID: 300000, size: 10}]'
	invalid 'del(.linux.uidMappings[-1])'
}

# --- time -------------------------------------------------------------------------------------------------------------

@test "linux.timeOffsets: they are added to the clocks of the new time namespace" {
	local monotonic boot inside_monotonic inside_boot
	config '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 0}, boottime: {secs: 200000, nanosecs: 500}}'
	read -r monotonic boot <<<"$("$PROBE" clock)"
	runs probe clock
	read -r inside_monotonic inside_boot <<<"$output"
	((inside_monotonic - monotonic >= 100000 && inside_monotonic - monotonic < 100060)) || fail "$monotonic: $output"
	((inside_boot - boot >= 200000 && inside_boot - boot < 200060)) || fail "$boot: $output"
}

@test "linux.timeOffsets: they are exact to the nanosecond" {
	config '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 7}, boottime: {secs: 200000, nanosecs: 999999999}}'
	must create
	equal "$(tr -s ' ' <"/proc/$(pid_of)/timens_offsets")" $'monotonic 100000 7\nboottime 200000 999999999'
}

@test "linux.timeOffsets: an unknown clock MUST be ignored or generate an error, not move another" {
	local offset
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {realtime: {secs: 100000}}'
	program cat /proc/self/timens_offsets
	create
	if [[ $status -eq 0 ]]; then
		must start
		ended
		offset=$(tr -s ' \n' ' ' <"$WORK/$ID.out")
		equal "${offset% }" "monotonic 0 0 boottime 0 0"
	else
		control '.linux.timeOffsets = {monotonic: {secs: 100000}}'
	fi
}
