# linux.cgroupsPath and linux.resources, on cgroup v2.

load lib

CGROUPS=/sys/fs/cgroup

# cgroup_of [ID]: where the container process is
cgroup_of() {
	sed -n 's/^0:://p' "/proc/$(pid_of "$@")/cgroup"
}

# resources FILTER [JQ OPTION]...
resources() {
	local filter=$1
	shift
	config ".linux.resources = ($filter)" "$@"
}

# need_controller NAME, need_no_controller NAME
need_controller() {
	[[ " $(<$CGROUPS/cgroup.controllers) " == *" $1 "* ]] || skip "this host has no $1 controller for cgroup v2"
}

need_no_controller() {
	[[ " $(<$CGROUPS/cgroup.controllers) " != *" $1 "* ]] || skip "this host has the $1 controller"
}

# need_device: a block device, in device as MAJOR:MINOR and in device_numbers as JSON
need_device() {
	device=$(lsblk --nodeps --noheadings --output MAJ:MIN 2>/dev/null | head -n 1 | tr -d ' ')
	[[ -n $device ]] || skip "this host has no block device"
	device_numbers="{\"major\": ${device%:*}, \"minor\": ${device#*:}}"
}

# need_rdma: an rdma device, in device
need_rdma() {
	need_controller rdma
	device=$(ls /sys/class/infiniband 2>/dev/null | head -n 1)
	[[ -n $device ]] || skip "this host has no rdma device"
}

# holds FILE TEXT: a file of the container's cgroup
holds() {
	equal "$1 $(<"$OCI_CGROUP/$ID/$1")" "$1 $2"
}

# --- the path ---------------------------------------------------------------------------------------------------------

@test "linux.cgroupsPath: an absolute path MUST be taken as relative to the cgroup mount" {
	must create
	equal "$(cgroup_of)" "${OCI_CGROUP#"$CGROUPS"}/$ID"
}

@test "linux.cgroupsPath: the program is in it" {
	stays
	equal "$(cgroup_of)" "${OCI_CGROUP#"$CGROUPS"}/$ID"
}

@test "linux.cgroupsPath: a path that does not exist is made" {
	config '.linux.cgroupsPath += "/not/there"'
	must create
	equal "$(cgroup_of)" "${OCI_CGROUP#"$CGROUPS"}/$ID/not/there"
}

@test "linux.cgroupsPath: the same absolute path MUST lead to the same place" {
	local first
	must create
	first=$(cgroup_of)
	must operation delete --force "$ID"
	must create second
	equal "$(cgroup_of second)" "$first"
}

@test "linux.cgroupsPath: the same relative path MUST lead to the same place" {
	local first
	config '.linux.cgroupsPath = $path' --arg path "${OCI_CGROUP##*/}-$ID"
	must create
	first=$(cgroup_of)
	must operation delete --force "$ID"
	must create second
	equal "$(cgroup_of second)" "$first"
	must operation delete --force second
	[[ ! -e $CGROUPS$first ]] || fail "$first is left"
}

@test "linux.cgroupsPath: without it the container has a cgroup all the same" {
	local group
	config 'del(.linux.cgroupsPath)'
	must create
	group=$(cgroup_of)
	[[ -d $CGROUPS$group ]] || fail "it is in '$group'"
	must operation delete --force "$ID"
}

@test "linux.cgroupsPath: what the container process starts is in it, too" {
	script 'sleep 1000 & wait'
	must create
	must start
	all_there() {
		[[ $(wc -l <"$OCI_CGROUP/$ID/cgroup.procs") -eq 2 ]]
	}
	eventually all_there
}

# --- the owner --------------------------------------------------------------------------------------------------------

# delegated [UID]: a program of this user with a cgroup mount that can be written
delegated() {
	config '.process.user = {uid: ($uid | tonumber), gid: 0} |
		(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]' --arg uid "${1-1234}"
	must create
}

# owners: the users whom the cgroup and its files belong to, as "FILE USER", without those that belong to root
owners() {
	(cd "$OCI_CGROUP/$ID" && stat -c '%n %u' . * | sed -n '/ 0$/!p')
}

@test "linux.cgroupsPath: with a writable cgroup mount the cgroup SHOULD belong to the user of the program" {
	delegated
	equal "$(stat -c %u "$OCI_CGROUP/$ID")" 1234
}

@test "linux.cgroupsPath: so SHOULD the files that /sys/kernel/cgroup/delegate lists, those that are there" {
	local file expected=". 1234"
	delegated
	while read -r file; do
		[[ ! -e $OCI_CGROUP/$ID/$file ]] || expected+=$'\n'"$file 1234"
	done </sys/kernel/cgroup/delegate
	equal "$(owners | sort)" "$(sort <<<"$expected")"
}

@test "linux.cgroupsPath: in a user namespace it is the host's number of the user" {
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 5000}]'
	delegated 7
	equal "$(stat -c %u "$OCI_CGROUP/$ID" "$OCI_CGROUP/$ID/cgroup.procs")" $'100007\n100007'
}

@test "linux.cgroupsPath: the program can make cgroups below its own and move there" {
	config '.process.user = {uid: 1234, gid: 0} |
		(.mounts[] | select(.destination == "/sys/fs/cgroup").options) -= ["ro"]'
	script 'mkdir /sys/fs/cgroup/new && echo $$ >/sys/fs/cgroup/new/cgroup.procs && grep ^0: /proc/self/cgroup'
	prints 0::/new
}

@test "linux.cgroupsPath: with a cgroup mount that is read-only the owner SHOULD NOT be changed" {
	config '.process.user = {uid: 1234, gid: 0}'
	must create
	equal "$(owners)" ""
}

@test "linux.cgroupsPath: without a cgroup mount the owner SHOULD NOT be changed" {
	config '.process.user = {uid: 1234, gid: 0} | del(.mounts[] | select(.type == "cgroup"))'
	must create
	equal "$(owners)" ""
}

@test "linux.cgroupsPath: without a cgroup namespace the owner SHOULD NOT be changed" {
	without_namespace cgroup
	delegated
	equal "$(owners)" ""
}

# --- devices: numbers for local use, which no driver owns. The kernel says EPERM when the cgroup forbids, ENXIO when not.

# node TYPE MAJOR MINOR: a device that was in the root file system before
node() {
	mknod "$ROOTFS/opt/node" "$@"
	chmod 666 "$ROOTFS/opt/node"
}

@test "linux.resources.devices: an entry that denies all denies reading and writing" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}]}'
	script 'probe open r /opt/node; probe open w /opt/node'
	prints $'EPERM\nEPERM'
}

# The managers' configurations deny all and name no exception, and their containers make nodes all the same: runc and crun
# add a rule that allows mknod. It gives no access to the device.
@test "linux.resources.devices: an entry that denies all denies mknod" {
	resources '{devices: [{allow: false, access: "rwm"}]}'
	script 'probe mknod c 240 8 /opt/new; probe open r /opt/new; probe open w /opt/new'
	runs
	[[ $output != $'ok\nEPERM\nEPERM' ]] || deviation "a node can be made, as managers expect, but not opened"
	[[ $output == EPERM* ]] || fail "found: $output"
}

@test "linux.resources.devices: an entry that denies all leaves the default devices" {
	resources '{devices: [{allow: false, access: "rwm"}]}'
	script 'echo text >/dev/null && head -c 3 /dev/zero | wc -c'
	prints 3
}

@test "linux.resources.devices: an entry that allows a device allows it" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "rw"}]}'
	script 'probe open rw /opt/node'
	prints ENXIO
}

@test "linux.resources.devices: an entry for m allows mknod" {
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "b", major: 240, minor: 8, access: "m"}]}'
	prints ok probe mknod b 240 8 /opt/new
}

@test "linux.resources.devices: access r is not access w" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "r"}]}'
	script 'probe open r /opt/node; probe open w /opt/node; probe open rw /opt/node'
	prints $'ENXIO\nEPERM\nEPERM'
}

@test "linux.resources.devices: access w is not access r" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "w"}]}'
	script 'probe open w /opt/node; probe open r /opt/node; probe open rw /opt/node'
	prints $'ENXIO\nEPERM\nEPERM'
}

@test "linux.resources.devices: without access an entry MUST be accepted" {
	resources '{devices: [{allow: false}, {allow: true, type: "c", major: 240, minor: 7}]}'
	prints hello echo hello
}

@test "linux.resources.devices: entries MUST be applied in the listed order" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "rwm"},
		{allow: false, type: "c", major: 240, minor: 7, access: "w"}]}'
	script 'probe open r /opt/node; probe open w /opt/node'
	prints $'ENXIO\nEPERM'
}

@test "linux.resources.devices: a later entry for all numbers overrides an earlier one for some" {
	node c 240 7
	resources '{devices: [{allow: true, type: "c", major: 240, minor: 7, access: "rwm"}, {allow: false, access: "rwm"}]}'
	prints EPERM probe open r /opt/node
}

@test "linux.resources.devices: without major and minor an entry is for all numbers" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", access: "r"}]}'
	prints ENXIO probe open r /opt/node
}

@test "linux.resources.devices: without minor an entry is for all minor numbers" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, access: "r"}]}'
	prints ENXIO probe open r /opt/node
}

@test "linux.resources.devices: without type an entry is for all types" {
	node b 240 7
	resources '{devices: [{allow: true, access: "rwm"}, {allow: false, access: "r"}]}'
	prints EPERM probe open r /opt/node
}

@test "linux.resources.devices: an entry for c is not for b" {
	node b 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 7, access: "rw"}]}'
	prints EPERM probe open r /opt/node
}

@test "linux.resources.devices: an entry for one number is not for another" {
	node c 240 7
	resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 8, access: "rw"}]}'
	prints EPERM probe open r /opt/node
}

@test "linux.resources.devices: an unknown type MUST generate an error" {
	resources '{devices: [{allow: false, type: "x", access: "rwm"}]}'
	invalid '.linux.resources.devices[0].type = "a"'
}

@test "linux.resources.devices: an unknown access MUST generate an error" {
	resources '{devices: [{allow: false, access: "rwx"}]}'
	invalid '.linux.resources.devices[0].access = "rwm"'
}

@test "linux.resources.devices: an entry without allow MUST generate an error" {
	resources '{devices: [{type: "c", major: 240, minor: 7, access: "rwm"}]}'
	invalid '.linux.resources.devices[0].allow = true'
}

# --- hugetlb, pids and the others -------------------------------------------------------------------------------------

# page_size: the smallest size of huge pages, as config.json and the kernel name it
page_size() {
	local file size smallest=
	for file in /sys/kernel/mm/hugepages/hugepages-*kB; do
		size=${file##*-}
		size=${size%kB}
		((smallest && smallest < size)) || smallest=$size
	done
	if ((smallest < 1024)); then
		echo "${smallest}KB"
	elif ((smallest < 1048576)); then
		echo "$((smallest / 1024))MB"
	else
		echo "$((smallest / 1048576))GB"
	fi
}

# bats test_tags=controllers
@test "linux.resources.hugepageLimits: they are limits of the reservations, where the kernel has those" {
	local size
	need_controller hugetlb
	size=$(page_size)
	resources "{hugepageLimits: [{pageSize: \"$size\", limit: 8388608}]}"
	must create
	if [[ -e $OCI_CGROUP/$ID/hugetlb.$size.rsvd.max ]]; then
		holds "hugetlb.$size.rsvd.max" 8388608
	else
		holds "hugetlb.$size.max" 8388608
	fi
}

# bats test_tags=controllers
@test "linux.resources.hugepageLimits: a page size that is none MUST generate an error" {
	need_controller hugetlb
	resources '{hugepageLimits: [{pageSize: "2megabytes", limit: 4194304}]}'
	invalid ".linux.resources.hugepageLimits = [{pageSize: \"$(page_size)\", limit: 8388608}]"
}

# bats test_tags=controllers
@test "linux.resources.hugepageLimits: a page size that the host does not have MUST generate an error" {
	need_controller hugetlb
	resources '{hugepageLimits: [{pageSize: "3MB", limit: 4194304}]}'
	invalid ".linux.resources.hugepageLimits = [{pageSize: \"$(page_size)\", limit: 8388608}]"
}

# bats test_tags=controllers
@test "linux.resources.hugepageLimits: an entry without a limit MUST generate an error" {
	need_controller hugetlb
	resources "{hugepageLimits: [{pageSize: \"$(page_size)\"}]}"
	invalid ".linux.resources.hugepageLimits = [{pageSize: \"$(page_size)\", limit: 8388608}]"
}

# bats test_tags=controllers
@test "linux.resources.hugepageLimits: an entry without a page size MUST generate an error" {
	need_controller hugetlb
	resources '{hugepageLimits: [{limit: 4194304}]}'
	invalid ".linux.resources.hugepageLimits = [{pageSize: \"$(page_size)\", limit: 8388608}]"
}

# bats test_tags=controllers
@test "linux.resources.pids.limit: it is the limit" {
	need_controller pids
	resources '{pids: {limit: 17}}'
	must create
	holds pids.max 17
}

# bats test_tags=controllers
@test "linux.resources.pids.limit: -1 is no limit" {
	need_controller pids
	resources '{pids: {limit: -1}}'
	must create
	holds pids.max max
}

# bats test_tags=controllers
@test "linux.resources.pids.limit: 0 SHOULD be a limit, too (1.3.0)" {
	need_controller pids
	resources '{pids: {limit: 0}}'
	must create
	[[ $(<"$OCI_CGROUP/$ID/pids.max") != max ]] || fail "there is no limit"
}

@test "linux.resources.pids.limit: when it cannot be applied create MUST generate an error" {
	need_no_controller pids
	resources '{pids: {limit: 17}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.memory: limit and reservation" {
	need_controller memory
	resources '{memory: {limit: 67108864, reservation: 33554432}}'
	must create
	holds memory.max 67108864
	holds memory.low 33554432
}

# bats test_tags=controllers
@test "linux.resources.memory.limit: -1 is no limit" {
	need_controller memory
	resources '{memory: {limit: -1}}'
	must create
	holds memory.max max
}

# bats test_tags=controllers
@test "linux.resources.memory.swap: it is the limit of memory and swap together" {
	need_controller memory
	[[ -e /proc/swaps ]] || skip "this kernel has no swap"
	resources '{memory: {limit: 67108864, swap: 100663296}}'
	must create
	holds memory.swap.max 33554432
}

@test "linux.resources.memory.limit: when it cannot be applied create MUST generate an error" {
	need_no_controller memory
	resources '{memory: {limit: 67108864}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.cpu: quota and period" {
	need_controller cpu
	resources '{cpu: {quota: 20000, period: 50000}}'
	must create
	holds cpu.max "20000 50000"
}

# bats test_tags=controllers
@test "linux.resources.cpu.shares: more of them are a greater weight" {
	local low
	need_controller cpu
	resources '{cpu: {shares: 512}}'
	must create
	low=$(<"$OCI_CGROUP/$ID/cpu.weight")
	config '.linux.cgroupsPath += "-more"'
	resources '{cpu: {shares: 2048}}'
	must create more
	(($(<"$OCI_CGROUP/$ID-more/cpu.weight") > low)) || fail "not greater than $low"
}

# bats test_tags=controllers
@test "linux.resources.cpu.burst: it is the burst" {
	need_controller cpu
	resources '{cpu: {quota: 20000, period: 50000, burst: 10000}}'
	must create
	holds cpu.max.burst 10000
}

# bats test_tags=controllers
@test "linux.resources.cpu.idle: 1 is the policy SCHED_IDLE" {
	need_controller cpu
	resources '{cpu: {idle: 1}}'
	must create
	holds cpu.idle 1
}

@test "linux.resources.cpu: when they cannot be applied create MUST generate an error" {
	need_no_controller cpu
	resources '{cpu: {quota: 20000, period: 50000}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.cpu.cpus: they are the cpus" {
	need_controller cpuset
	resources '{cpu: {cpus: "0", mems: "0"}}'
	must create
	holds cpuset.cpus 0
	holds cpuset.mems 0
}

@test "linux.resources.cpu.cpus: when they cannot be applied create MUST generate an error" {
	need_no_controller cpuset
	resources '{cpu: {cpus: "0"}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.blockIO.weight: it is the weight" {
	need_controller io
	resources '{blockIO: {weight: 500}}'
	must create
	grep -q . "$OCI_CGROUP/$ID/io.weight" "$OCI_CGROUP/$ID/io.bfq.weight" 2>/dev/null
}

# bats test_tags=controllers
@test "linux.resources.blockIO: rates are limits of the device" {
	need_controller io
	need_device
	resources '{blockIO: {throttleReadBpsDevice: [$d + {rate: 1048576}], throttleWriteBpsDevice: [$d + {rate: 2097152}],
		throttleReadIOPSDevice: [$d + {rate: 100}], throttleWriteIOPSDevice: [$d + {rate: 200}]}}' \
		--argjson d "$device_numbers"
	must create
	holds io.max "$device rbps=1048576 wbps=2097152 riops=100 wiops=200"
}

# bats test_tags=controllers
@test "linux.resources.blockIO.weightDevice: an entry without a weight MUST generate an error" {
	need_controller io
	need_device
	resources '{blockIO: {weightDevice: [$d]}}' --argjson d "$device_numbers"
	invalid '.linux.resources.blockIO.weightDevice[0].weight = 500'
}

# bats test_tags=controllers
@test "linux.resources.blockIO: a rate without its device MUST generate an error" {
	need_controller io
	need_device
	resources '{blockIO: {throttleReadBpsDevice: [{rate: 1048576}]}}'
	invalid '.linux.resources.blockIO.throttleReadBpsDevice[0] += $d' --argjson d "$device_numbers"
}

@test "linux.resources.blockIO: when it cannot be applied create MUST generate an error" {
	need_no_controller io
	resources '{blockIO: {throttleReadBpsDevice: [{major: 8, minor: 0, rate: 1048576}]}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.rdma: handles and objects are limits of the device" {
	need_rdma
	resources "{rdma: {\"$device\": {hcaHandles: 3, hcaObjects: 100}}}"
	must create
	holds rdma.max "$device hca_handle=3 hca_object=100"
}

@test "linux.resources.rdma: when it cannot be applied create MUST generate an error" {
	need_no_controller rdma
	resources '{rdma: {mlx5_0: {hcaHandles: 3}}}'
	invalid
}

# bats test_tags=controllers
@test "linux.resources.rdma: an entry without a limit MUST generate an error" {
	need_rdma
	resources "{rdma: {\"$device\": {}}}"
	invalid ".linux.resources.rdma = {\"$device\": {hcaHandles: 3}}"
}

# --- values of version 1 that version 2 has no place for --------------------------------------------------------------

@test "linux.resources.network.classID: what has no conversion to version 2 MUST generate an error" {
	resources '{network: {classID: 1048577}}'
	invalid
}

@test "linux.resources.network.priorities: what has no conversion to version 2 MUST generate an error" {
	resources '{network: {priorities: [{name: "lo", priority: 5}]}}'
	invalid
}

@test "linux.resources.memory.swappiness: what has no conversion to version 2 MUST generate an error" {
	resources '{memory: {swappiness: 10}}'
	invalid
}

@test "linux.resources.memory.kernel: what has no conversion to version 2 MUST generate an error" {
	resources '{memory: {kernel: 67108864}}'
	invalid
}

@test "linux.resources.memory.kernelTCP: what has no conversion to version 2 MUST generate an error" {
	resources '{memory: {kernelTCP: 67108864}}'
	invalid
}

@test "linux.resources.memory.disableOOMKiller: what has no conversion to version 2 MUST generate an error" {
	resources '{memory: {disableOOMKiller: true}}'
	invalid
}

@test "linux.resources.blockIO.leafWeight: what has no conversion to version 2 MUST generate an error" {
	resources '{blockIO: {leafWeight: 100}}'
	invalid
}

@test "linux.resources.cpu.realtimeRuntime: what has no conversion to version 2 MUST generate an error" {
	resources '{cpu: {realtimeRuntime: 1000, realtimePeriod: 10000}}'
	invalid
}

# --- unified ----------------------------------------------------------------------------------------------------------

@test "linux.resources.unified: a file of the cgroup is written" {
	resources '{unified: {"cgroup.max.descendants": "17", "cgroup.max.depth": "5"}}'
	must create
	holds cgroup.max.descendants 17
	holds cgroup.max.depth 5
}

# bats test_tags=controllers
@test "linux.resources.unified: the controllers that it needs MUST be enabled" {
	local size
	need_controller hugetlb
	size=$(page_size)
	resources "{unified: {\"hugetlb.$size.max\": \"8388608\"}}"
	must create
	holds "hugetlb.$size.max" 8388608
}

# A file that no property of the specification stands for; there are names of it that only newer kernels have.
@test "linux.resources.unified: a file that the runtime does not know MUST be written all the same" {
	[[ -e $OCI_CGROUP/cgroup.pressure ]] || skip "this kernel has no cgroup.pressure"
	resources '{unified: {"cgroup.pressure": "0"}}'
	must create
	holds cgroup.pressure 0
}

@test "linux.resources.unified: a core file that is not there MUST generate an error" {
	resources '{unified: {"cgroup.no-such-file": "1"}}'
	invalid '.linux.resources.unified = {"cgroup.max.depth": "5"}'
}

@test "linux.resources.unified: a missing controller MUST generate an error" {
	resources '{unified: {"nosuch.max": "1"}}'
	invalid '.linux.resources.unified = {"cgroup.max.depth": "5"}'
}

@test "linux.resources.unified: a value that the kernel refuses MUST generate an error" {
	resources '{unified: {"cgroup.max.depth": "deep"}}'
	invalid '.linux.resources.unified = {"cgroup.max.depth": "5"}'
}

@test "linux.resources.unified: a name that leads out of the cgroup MUST generate an error" {
	resources '{unified: {"../cgroup.max.depth": "5"}}'
	invalid '.linux.resources.unified = {"cgroup.max.depth": "5"}'
	equal "$(<"$OCI_CGROUP/cgroup.max.depth")" max
}
