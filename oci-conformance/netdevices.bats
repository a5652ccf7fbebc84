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
	config '.ociVersion = "1.3.0" | .linux.netDevices[$name] = ($inside | if . == "" then {} else {name: .} end)' \
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

@test "linux.netDevices.name: one that the container has already MUST generate an error (1.3.0)" {
	cable "$ONE"
	moves "$ONE" lo
	invalid
}

@test "linux.netDevices: when create fails the device is outside as it was before (1.3.0)" {
	cable "$ONE"
	cable "$TWO"
	busybox ip addr add 192.0.2.7/24 dev "$ONE"
	moves "$ONE" inner
	moves "$TWO" lo
	refused create
	# A namespace goes when its last process has been buried.
	eventually here "$ONE"
	[[ $(busybox ip addr show dev "$ONE") == *" 192.0.2.7/24 "* ]] || fail "found: $(busybox ip addr show dev "$ONE")"
}

@test "linux.netDevices.name: for one that ends in %d the kernel MUST find a number (1.3.0)" {
	cable "$ONE"
	moves "$ONE" inner%d
	must create
	there inner0
}

@test "linux.netDevices: a device that is not there MUST generate an error (1.3.0)" {
	moves no-such
	invalid
}

@test "linux.netDevices: a device that cannot move MUST generate an error (1.3.0)" {
	moves lo inner
	invalid
}

@test "linux.netDevices.name: what is no name of a device MUST generate an error (1.3.0)" {
	cable "$ONE"
	moves "$ONE" 'a/b'
	invalid
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
