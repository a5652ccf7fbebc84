#!/usr/bin/env bats
# linux.netDevices: devices of the host move into the container, and come back only when create fails.
#
# The runtime runs in a network namespace of the test's own, which takes the place of the host's: a process there holds it.

load helpers

setup()
{
	base_setup
	command -v ip >/dev/null || skip "there is no ip (iproute2)"
	unshare --net sleep 1000 3>&- &
	HOLDER=$!
	wait_until is_apart "$HOLDER"
	on_host ip link add eth7 address 02:00:00:00:00:07 mtu 1400 type veth peer name peer7 ||
		skip "this kernel has no veth devices"
}

teardown()
{
	local status=0
	delete_all "$ROOT" || status=1
	[[ -z ${HOLDER-} ]] || { kill "$HOLDER" && { wait "$HOLDER" || true; }; }
	[[ -z ${OTHER-} ]] || { kill "$OTHER" && { wait "$OTHER" || true; }; }
	nothing_left || fail "left behind:" "$(leftovers)" || status=1
	return "$status"
}

# Whether a process has left the network namespace of this test.
is_apart()
{
	[[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]
}

# on_host COMMAND...: in the namespace that is the host's for the runtime.
on_host()
{
	nsenter --net="/proc/$HOLDER/ns/net" "$@"
}

# in_container COMMAND...: in that of the container.
in_container()
{
	nsenter --net="/proc/$(state_of "$CT" .pid)/ns/net" "$@"
}

tare()
{
	on_host "$TARE" --root "$ROOT" "$@"
}

# Reads `ip -json addr` and prints "NAME up|down MTU MAC ADDRESSES" of each device but lo.
devices()
{
	jq --raw-output '.[] | select(.ifname != "lo")
		| "\(.ifname) \(if .flags | index("UP") then "up" else "down" end) \(.mtu) \(.address)" +
			([.addr_info[] | select(.scope == "global") | " \(.local)/\(.prefixlen)"] | sort | add // "")'
}

@test "a device moves with its MTU, MAC and permanent global addresses, and is brought up" {
	on_host ip link set eth7 up
	on_host ip addr add 192.0.2.7/24 broadcast 192.0.2.255 dev eth7
	on_host ip addr add 198.51.100.7/32 dev eth7
	on_host ip addr add 203.0.113.7/24 valid_lft 1000 preferred_lft 1000 dev eth7
	on_host ip addr add 169.254.0.8/16 scope link dev eth7
	on_host ip addr add 2001:db8::7/64 nodad dev eth7
	on_host ip addr add 2001:db8::8/64 valid_lft 1000 preferred_lft 1000 dev eth7
	config '.linux.netDevices = {eth7: {}}'
	create "$CT"
	[[ $(in_container ip -json addr | devices) == \
		"eth7 up 1400 02:00:00:00:00:07 192.0.2.7/24 198.51.100.7/32 2001:db8::7/64" ]] ||
		fail "$(in_container ip addr)"
	in_container ip -json addr | jq -e '[.[].addr_info[]? | select(.local == "192.0.2.7")
		| .broadcast == "192.0.2.255" and .valid_life_time == 4294967295] == [true]'
	[[ $(on_host ip -json addr | devices) != *eth7* ]]
}

@test "a device gets the name that the config gives it, and one that was down is up" {
	config '.linux.netDevices = {eth7: {name: "net0"}}'
	create "$CT"
	[[ $(in_container ip -json addr | devices) == "net0 up 1400 02:00:00:00:00:07" ]] || fail "$(in_container ip addr)"
}

@test "a name that ends in %d gets a number of the kernel's" {
	on_host ip link add eth8 type veth peer name peer8
	config '.linux.netDevices = {eth7: {name: "eth%d"}, eth8: {name: "eth%d"}, peer8: {name: "eth1"}}'
	create "$CT"
	[[ $(in_container ip -json link | jq -r '[.[].ifname] | sort | join(" ")') == "eth0 eth1 eth2 lo" ]] ||
		fail "$(in_container ip link)"
	in_container ip -json link show eth0 | jq -e '.[].address == "02:00:00:00:00:07"'
}

@test "two devices may swap their names" {
	on_host ip link add eth8 address 02:00:00:00:00:08 type veth peer name peer8
	config '.linux.netDevices = {eth7: {name: "eth8"}, eth8: {name: "eth7"}}'
	create "$CT"
	in_container ip -json link | jq -e '[.[] | select(.ifname != "lo") | [.ifname, .address]] | sort
		== [["eth7", "02:00:00:00:00:08"], ["eth8", "02:00:00:00:00:07"]]'
}

@test "a sysctl of the container may be about the device" {
	config '.linux.netDevices = {eth7: {name: "net0"}} | .linux.sysctl = {"net.ipv4.conf.net0.forwarding": "1"}'
	args cat /proc/sys/net/ipv4/conf/net0/forwarding
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 1 ]] || fail "$output"
}

@test "a device moves into a container with a user namespace, too" {
	config '.linux.netDevices = {eth7: {}} | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	create "$CT"
	[[ $(in_container ip -json addr | devices) == "eth7 up 1400 02:00:00:00:00:07" ]]
}

@test "delete does not give a device back, which stays in a namespace that was joined" {
	unshare --net sleep 1000 3>&- &
	OTHER=$!
	wait_until is_apart "$OTHER"
	config '.linux.netDevices = {eth7: {}}
		| .linux.namespaces |= map(if .type == "network" then .path = $path else . end)' --arg path "/proc/$OTHER/ns/net"
	create "$CT"
	quietly delete --force "$CT"
	[[ $(nsenter --net="/proc/$OTHER/ns/net" ip -json addr | devices) == "eth7 up 1400 02:00:00:00:00:07" ]]
	[[ $(on_host ip -json addr | devices) != *eth7* ]]
}

@test "a device that is not there is refused, and nothing has moved" {
	config '.linux.netDevices = {eth7: {}, eth9: {}}'
	refuses "linux.netDevices.eth9: cannot find 'eth9': no such device" create --bundle "$BUNDLE" "$CT"
	[[ $(on_host ip -json addr | devices) == *"eth7 down"* ]]
}

@test "a name that is taken in a namespace to join is refused, and nothing has moved" {
	unshare --net sleep 1000 3>&- &
	OTHER=$!
	wait_until is_apart "$OTHER"
	nsenter --net="/proc/$OTHER/ns/net" ip link add eth0 type veth peer name peer0
	config '.linux.netDevices = {eth7: {name: "eth0"}}
		| .linux.namespaces |= map(if .type == "network" then .path = $path else . end)' --arg path "/proc/$OTHER/ns/net"
	refuses "linux.netDevices.eth7: the name 'eth0' is taken in the container: file exists" \
		create --bundle "$BUNDLE" "$CT"
	[[ $(on_host ip -json addr | devices) == *"eth7 down"* ]]
	config '.linux.netDevices = {eth7: {name: "eth%d"}}'
	create "$CT"
	[[ $(in_container ip -json link | jq -r '[.[].ifname] | sort | join(" ")') == "eth0 eth1 lo peer0" ]]
}

@test "the runtime's own network namespace is none to move to" {
	config '.linux.netDevices = {eth7: {}}
		| .linux.namespaces |= map(if .type == "network" then .path = $path else . end)' --arg path "/proc/$HOLDER/ns/net"
	refuses "the network namespace '/proc/$HOLDER/ns/net' is the host's, which linux.netDevices would change" \
		create --bundle "$BUNDLE" "$CT"
}

@test "a create that fails gives the devices back with name, addresses and state" {
	local before
	on_host ip link add eth8 type veth peer name peer8
	on_host ip link set eth7 up
	on_host ip addr add 192.0.2.7/24 dev eth7
	on_host ip addr add 2001:db8::7/64 nodad dev eth7
	on_host ip addr add 192.0.2.8/24 dev eth8
	before=$(on_host ip -json addr | devices | sort)
	config '.linux.netDevices = {eth7: {name: "eth%d"}, eth8: {name: "eth7"}}'
	args no-such-program
	refuses "executable file not found" create --bundle "$BUNDLE" "$CT"
	[[ $(on_host ip -json addr | devices | sort) == "$before" ]] || fail "$before" "$(on_host ip addr)"
	# Also half-way: peer8 was moved already when a hook fails.
	config '.hooks.createRuntime = [{path: "/bin/false"}] | .linux.netDevices = {peer8: {}}'
	args true
	refuses "hooks.createRuntime[0]" create --bundle "$BUNDLE" "$CT"
	[[ $(on_host ip -json addr | devices | sort) == "$before" ]] || fail "$before" "$(on_host ip addr)"
}

@test "a device that cannot be moved is an error, and those before it come back" {
	local before
	on_host ip link add name br7 type bridge || skip "this kernel has no bridges"
	before=$(on_host ip -json addr | devices | sort)
	config '.linux.netDevices = {eth7: {}, br7: {}}'
	refuses "linux.netDevices.br7: cannot move 'br7' to the container: invalid argument" \
		create --bundle "$BUNDLE" "$CT"
	[[ $(on_host ip -json addr | devices | sort) == "$before" ]] || fail "$before" "$(on_host ip addr)"
}
