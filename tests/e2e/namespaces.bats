#!/usr/bin/env bats
# Namespaces that belong to another user namespace than the container's, and a /proc that does not show every process.
# What the specification says about namespaces is tested in oci-conformance/namespaces.bats.

load helpers

# The pid namespace belongs to another user namespace: /proc is a bind, since the kernel refuses to mount a procfs of
# that pid namespace.
with_bound_proc()
{
	[[ ${E2E_USER-} ]] || in_user_namespace
	config '.linux.namespaces |= map(select(.type != "pid"))
		| .mounts |= map(if .destination == "/proc" then . + {type: "bind", source: "/proc", options: ["rbind"]} else . end)
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
}

# What init opens a private procfs for: sysctls, and the offsets of a time namespace.
with_sysctl_and_offset()
{
	config '.linux.sysctl = {"net.ipv4.ping_group_range": "0 0"} | .linux.timeOffsets = {boottime: {secs: 1234}}
		| .linux.namespaces |= map(select(.type != "network" and .type != "time")) + [{type: "network"}, {type: "time"}]'
	args sh -c 'cat /proc/sys/net/ipv4/ping_group_range; grep boottime /proc/self/timens_offsets'
}

has_sysctl_and_offset()
{
	[[ $status -eq 0 && $output =~ ^0[[:space:]]+0$'\n'boottime\ +1234 ]] || fail "exit $status: $output"
}

# The write reached the kernel through a private procfs, and failed there: the kernel does not know the label.
label_reaches_the_kernel()
{
	[[ $status -ne 0 && $output == *"process.selinuxLabel 'no:such:label' cannot be applied: cannot "*"/proc/"*/attr/exec* ]] ||
		fail "exit $status: $output"
}

@test "sysctls, time offsets and labels in a user namespace that shares the host's processes" {
	with_bound_proc
	with_sysctl_and_offset
	run tare run --bundle "$BUNDLE" "$CT"
	has_sysctl_and_offset
	config '.process.selinuxLabel = "no:such:label"'
	run tare run --bundle "$BUNDLE" "$CT"
	label_reaches_the_kernel
	config 'del(.process.selinuxLabel)'
	running "$CT"
	run tare exec --process-label no:such:label "$CT" true
	label_reaches_the_kernel
}

@test "sysctls, time offsets and labels in a user namespace that shares another container's processes" {
	needs_root "a pid namespace can be joined only by who has rights over it"
	running "$CT-other"
	with_bound_proc
	with_sysctl_and_offset
	config '.linux.namespaces += [{type: "pid", path: $path}]' --arg path "/proc/$(state_of "$CT-other" .pid)/ns/pid"
	create "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	output=$(<"$DIR/stdout")
	has_sysctl_and_offset
	config '.process.selinuxLabel = "no:such:label"'
	run tare run --bundle "$BUNDLE" "$CT-labelled"
	label_reaches_the_kernel
}

@test "a /proc of the image is not taken for one" {
	needs_root "a mount namespace can be joined only by who has rights over it"
	# The mount namespace is that of a container whose image has mounted a /proc of its own.
	with_bound_proc
	config '.mounts |= map(select(.destination != "/proc"))'
	mkdir -p "$BUNDLE/rootfs/proc/1/attr"
	ln -s 1 "$BUNDLE/rootfs/proc/self"
	touch "$BUNDLE"/rootfs/proc/1/{timens_offsets,attr/exec}
	chmod -R a+rwX "$BUNDLE/rootfs/proc"
	config '.root.readonly = false'
	running "$CT"
	with_sysctl_and_offset
	config '.linux.namespaces |= map(if .type == "mount" then .path = $proc + "/ns/mnt" else . end)
		| .linux.namespaces |= map(if .type == "user" then .path = $proc + "/ns/user" else . end)
		| del(.linux.uidMappings, .linux.gidMappings)' --arg proc "/proc/$(state_of "$CT" .pid)"
	refuses "cannot make the time namespace: cannot make a private procfs: operation not permitted" \
		run --bundle "$BUNDLE" "$CT-other"
	[[ ! -s $BUNDLE/rootfs/proc/1/timens_offsets ]]
}

@test "where /proc shows nothing but processes the runtime finds its containers, and others find those made there" {
	needs_root "who may mount a procfs"
	args sleep 1000
	create "$CT"
	export ROOT TARE BUNDLE CT
	# shellcheck disable=SC2016
	run unshare --mount sh -euc '
		mount -t proc -o subset=pid proc /proc
		[ ! -e /proc/sys ]
		"$TARE" --root "$ROOT" start "$CT"
		"$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT-other" </dev/null >/dev/null 2>&1
		"$TARE" --root "$ROOT" exec "$CT" echo ran'
	[[ $status -eq 0 && $output == ran ]] || fail "exit $status: $output"
	has_status "$CT" running
	has_status "$CT-other" created
	# A container that was created where /proc did not show the boot: its record has no boot id.
	sed -i 's/"bootId": "[^"]*"/"bootId": ""/' "$ROOT/$CT/state.json"
	has_status "$CT" running
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
}
