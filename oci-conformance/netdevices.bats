# linux.netDevices: devices of the runtime's network namespace that move into the container's (1.3.0). The one that moves
# is an end of a virtual cable, made in the network namespace of this file, which ends with it.

load lib

# Each test has names of its own: what an earlier one has left does not matter.
ONE=one$BATS_TEST_NUMBER
TWO=two$BATS_TEST_NUMBER

# cable NAME: a device of this name, down and without addresses; its other end stays
cable() {
	busybox ip link add name "$1" type veth 2>/dev/null || skip "this kernel has no veth devices"
}

# moves NAME [NAME_INSIDE]: the configuration wants this device
moves() {
	need_feature .linux.netDevices.enabled true
	config '.linux.netDevices[$name] = ($inside | if . == "" then {} else {name: .} end)' \
		--arg name "$1" --arg inside "${2-}"
}

# inside COMMAND...: in the network namespace of the created container
inside() {
	nsenter --net="/proc/$(pid_of)/ns/net" "$@"
}

# here NAME, there NAME: whether the device is outside, or in the container
here() {
	busybox ip link show dev "$1" &>/dev/null
}

there() {
	inside busybox ip link show dev "$1" &>/dev/null
}

@test "linux.netDevices: the device MUST be available in the container, and no longer outside (1.3.0)" {
	cable "$ONE"
	moves "$ONE"
	must create
	there "$ONE"
	! here "$ONE" || fail "it is still outside"
}

@test "linux.netDevices.name: it is the name inside (1.3.0)" {
	cable "$ONE"
	moves "$ONE" inner
	must create
	there inner
	! there "$ONE" || fail "it has its old name, too"
}

@test "linux.netDevices: several move, each with its name (1.3.0)" {
	cable "$ONE"
	cable "$TWO"
	moves "$ONE" "$TWO"
	moves "$TWO" inner
	must create
	there "$TWO"
	there inner
}

@test "linux.netDevices: the device MUST be up inside (1.3.0)" {
	cable "$ONE"
	moves "$ONE"
	must create
	[[ $(inside busybox ip link show dev "$ONE") == *[\<,]UP[,\>]* ]] || fail "$(inside busybox ip link show dev "$ONE")"
}

@test "linux.netDevices: permanent addresses of global scope MUST be preserved (1.3.0)" {
	local addresses
	cable "$ONE"
	busybox ip addr add 192.0.2.7/24 dev "$ONE"
	busybox ip -6 addr add 2001:db8::7/64 dev "$ONE"
	moves "$ONE" inner
	must create
	addresses=$(inside busybox ip addr show dev inner)
	[[ $addresses == *" 192.0.2.7/24 "*" global "* ]] || fail "found: $addresses"
	[[ $addresses == *" 2001:db8::7/64 scope global"* ]] || fail "found: $addresses"
}

@test "linux.netDevices: addresses of a device that was up MUST be preserved (1.3.0)" {
	cable "$ONE"
	busybox ip -6 addr add 2001:db8::7/64 dev "$ONE"
	busybox ip addr add 192.0.2.7/24 dev "$ONE"
	busybox ip link set dev "$ONE" up
	moves "$ONE"
	must create
	[[ $(inside busybox ip addr show dev "$ONE") == *" 192.0.2.7/24 "*" 2001:db8::7/64 "* ]] ||
		fail "found: $(inside busybox ip addr show dev "$ONE")"
}

@test "linux.netDevices: the other attributes MUST be preserved: hardware address and MTU (1.3.0)" {
	local device
	cable "$ONE"
	busybox ip link set dev "$ONE" address 02:00:00:00:00:07
	busybox ip link set dev "$ONE" mtu 1407
	moves "$ONE"
	must create
	device=$(inside busybox ip link show dev "$ONE")
	[[ $device == *" mtu 1407 "*" 02:00:00:00:00:07 "* ]] || fail "found: $device"
}

# joined: a network namespace of the test's own, bound to $WORK/network, as the container's
joined() {
	touch "$WORK/network"
	unshare --net="$WORK/network" true
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "$WORK/network"
}

# in_network COMMAND...: in that namespace
in_network() {
	nsenter --net="$WORK/network" "$@"
}

# no_move [JQ]: create generates an error; while another device can be moved
no_move() {
	cable "$TWO"
	invalid '.linux.netDevices = {($two): {name: "other"}}' --arg two "$TWO"
}

@test "linux.netDevices.name: one that the container has already MUST generate an error (1.3.0)" {
	joined
	in_network busybox ip link add name taken type veth
	cable "$ONE"
	moves "$ONE" taken
	no_move
}

# A hook fails when the devices have moved. In a namespace that goes with the container the kernel would delete a virtual one.
@test "linux.netDevices: when create fails the device is outside as it was before (1.3.0)" {
	joined
	cable "$ONE"
	busybox ip addr add 192.0.2.7/24 dev "$ONE"
	moves "$ONE" inner
	hook createRuntime 'exit 1'
	refused create
	eventually here "$ONE" # the device comes back when a process of the runtime has ended
	[[ $(busybox ip addr show dev "$ONE") == *" 192.0.2.7/24 "* ]] || fail "found: $(busybox ip addr show dev "$ONE")"
	control '.hooks[][].path = "/bin/true"'
}

@test "linux.netDevices.name: for one that ends in %d the kernel MUST find a number (1.3.0)" {
	cable "$ONE"
	moves "$ONE" inner%d
	must create
	there inner0
}

@test "linux.netDevices: a device that is not there MUST generate an error (1.3.0)" {
	moves no-such
	no_move
}

# Some kinds of devices are of one network namespace for ever.
@test "linux.netDevices: a device that cannot move MUST generate an error (1.3.0)" {
	busybox ip link add name "$ONE" type bridge 2>/dev/null || skip "this kernel has no bridges"
	moves "$ONE" inner
	no_move
}

@test "linux.netDevices.name: what is no name of a device MUST generate an error (1.3.0)" {
	cable "$ONE"
	moves "$ONE" 'a/b'
	no_move
}

@test "linux.netDevices: the device MUST NOT be moved back when the container ends (1.3.0)" {
	touch "$WORK/network"
	unshare --net="$WORK/network" true
	without_namespace network
	config '.linux.namespaces += [{type: "network", path: $path}]' --arg path "$WORK/network"
	cable "$ONE"
	moves "$ONE"
	runs true
	must delete
	! here "$ONE" || fail "it is outside"
	nsenter --net="$WORK/network" busybox ip link show dev "$ONE" >/dev/null
}
