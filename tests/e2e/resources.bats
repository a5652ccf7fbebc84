#!/usr/bin/env bats
# What each member of linux.resources becomes, read back from the files of the kernel: the table is resources.cases. It takes all
# controllers of cgroup v2. With E2E_SYSTEMD the properties of the unit are read back, too.

# bats file_tags=machine

load helpers

DELEGATED="systemd delegates cpu, memory and pids alone to a user"

setup()
{
	local controller
	base_setup
	TREE=$(findmnt -nfo TARGET -t cgroup2)
	for controller in cpuset cpu io memory hugetlb pids rdma misc; do
		[[ " $(<"$TREE/cgroup.controllers") " == *" $controller "* ]] ||
			skip "the cgroup v2 tree has no $controller controller here"
	done
	RUNTIME=tare
	CASES=$BATS_TEST_DIRNAME/resources.cases
	DISK=/dev/vdb
	disk=$(lsblk --nodeps --noheadings --output MAJ:MIN "$DISK" | tr -d ' ')
	hca=tare-test
	failed=0
	args sleep 1000
	# crun wants a slice.
	[[ ! ${E2E_SYSTEMD-} ]] || config '.linux.cgroupsPath = $path' --arg path "$([[ ${E2E_USER-} ]] || echo system.slice):tare:$CT"
	cp "$BUNDLE/config.json" "$DIR/config.json"
}

teardown()
{
	[[ ! ${bfq-} ]] || without_bfq
	[[ ! ${costs-} ]] || set_costs 0
	base_teardown
}

# runtime ARG...: the runtime that is looked at, its output in $DIR/said.
runtime()
{
	if [[ $RUNTIME == tare ]]; then
		tare "$@"
	else
		"$RUNTIME" --root "$ROOT-$RUNTIME" ${E2E_SYSTEMD:+--systemd-cgroup} "$@"
	fi </dev/null >"$DIR/said" 2>&1
}

# A bundle's container with these resources; then others for it.
do_create()
{
	local path
	jq --argjson resources "$1" '.linux.resources = $resources' "$DIR/config.json" >"$BUNDLE/config.json"
	runtime create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT" || return
	read -r path <"/proc/$(<"$DIR/pid")/cgroup"
	cgroup=$TREE${path#0::}
}

do_update()
{
	echo "$1" >"$DIR/resources.json"
	runtime update --resources "$DIR/resources.json" "$CT"
}

# remark TEXT...: what is not as it should be; the case goes on.
remark()
{
	printf '%s\n' "$RUNTIME: case $title" "	$verb $members" "${@/#/	}"
	failed=1
}

# judge: runs the command of a case, and compares what came of it with the lines of the table. Where another runtime is said to
# refuse, only its own lines count.
judge()
{
	local line name contents status=0 refusal=""
	local -A wanted=() got=()
	[[ " ${special[*]} " != *" refused "* ]] || common=()
	for line in "${common[@]}" "${special[@]}"; do
		wanted[${line%% *}]=${line#* }
	done
	# "refused -" is said of another runtime that does not refuse.
	refusal=${wanted[refused]-}
	unset 'wanted[refused]'
	[[ $refusal != - ]] || refusal=""
	[[ $verb == create || $cgroup ]] || return 0
	"do_$verb" "{ $members }" || status=$?
	if [[ $refusal ]]; then
		said=$(<"$DIR/said")
		[[ $status -ne 0 && (${said//\\\"/\"} == *"$refusal"* || $RUNTIME != tare) ]] ||
			remark "wanted: refused $refusal" "got: exit $status: $said"
	elif ((status != 0)); then
		remark "exit $status: $(<"$DIR/said")"
		return
	fi
	[[ ! ${E2E_SYSTEMD-} ]] || want_properties
	for name in "${!wanted[@]}"; do
		if [[ $name == [A-Z]* ]]; then
			contents=${got[$name]:--}
		else
			read_file "$cgroup/$name"
		fi
		[[ $contents == "${wanted[$name]}" ]] || remark "$name: wanted: ${wanted[$name]}" "$name: got: $contents"
	done
}

# read_file FILE: sets contents to its lines with commas between them, or "-".
read_file()
{
	local lines
	contents="there is no such file"
	[[ -e $1 ]] || return 0
	mapfile -t lines <"$1"
	lines=("${lines[@]%"${lines[0]##*[! ]}"}")
	contents=$(IFS=, && echo "${lines[*]:--}")
}

# want_properties: adds the properties that follow from what is wanted of the files, but for those that the table has. Sets got to
# what the unit has.
want_properties()
{
	local name value
	local -A derived=()
	for name in "${!wanted[@]}"; do
		value=${wanted[$name]}
		derive "$name" "${value%,*}"
		[[ $value != *,* ]] || derive "$name" "${value#*,}"
	done
	# What is idle has no other weight.
	[[ ${wanted[cpu.idle]-} != 1 ]] || derived[CPUWeight]=idle
	for name in "${!derived[@]}"; do
		: "${wanted[$name]=${derived[$name]}}"
	done
	for name in "${!wanted[@]}"; do
		[[ $name != [A-Z]* ]] || got[$name]=""
	done
	((${#got[@]} > 0)) || return 0
	while IFS="=" read -r name value; do
		got[$name]+=${got[$name]:+,}$value
	done < <(systemctl_of_unit show --property "$(IFS=, && echo "${!got[*]}")" "tare-$CT.scope")
}

systemctl_of_unit()
{
	if [[ ${E2E_USER-} ]]; then
		"$AS_USER" systemctl --user "$@"
	else
		systemctl "$@"
	fi
}

# derive FILE LINE: what systemctl shows of the unit when that is in the file.
derive()
{
	local number=${2/#max/infinity} device=/dev/block/${2%% *} word key
	[[ $2 != - ]] || return 0
	case $1 in
	memory.max) derived[MemoryMax]=$number ;;
	memory.swap.max) derived[MemorySwapMax]=$number ;;
	memory.low) derived[MemoryLow]=$number ;;
	memory.high) derived[MemoryHigh]=$number ;;
	memory.min) derived[MemoryMin]=$number ;;
	memory.oom.group)
		derived[OOMPolicy]="continue"
		[[ $2 == 0 ]] || derived[OOMPolicy]="kill"
		;;
	pids.max) derived[TasksMax]=$number ;;
	cpu.weight) derived[CPUWeight]=$2 ;;
	cpuset.cpus) derived[AllowedCPUs]=$2 ;;
	cpuset.mems) derived[AllowedMemoryNodes]=$2 ;;
	cpu.max)
		span $((${2#* }))
		derived[CPUQuotaPeriodUSec]=$span span=infinity
		# In whole percents.
		[[ $2 == max* ]] || span $(((${2% *} * 100 + ${2#* } - 1) / ${2#* } * 10000))
		derived[CPUQuotaPerSecUSec]=$span
		;;
	io.weight | io.bfq.weight)
		number=${2#* }
		[[ $1 == io.weight ]] || number=$((1 + (number - 10) * 9999 / 990))
		[[ $2 == default* ]] && derived[IOWeight]=$number || derived[IODeviceWeight]="$device $number"
		;;
	io.max)
		for word in ${2#* }; do
			key=${word%=*}
			key=${key/#r/Read} key=${key/#w/Write} key=${key/bps/Bandwidth} key=${key/iops/IOPS}
			[[ $word == *=max ]] || derived[IO${key}Max]="$device ${word#*=}"
		done
		;;
	esac
}

# span MICROSECONDS: sets span to how systemctl prints it.
span()
{
	local seconds=$(($1 / 1000000)) milliseconds=$(($1 / 1000 % 1000))
	span=""
	((seconds == 0)) || span=${seconds}s
	((milliseconds == 0)) || span+=${span:+ }${milliseconds}ms
}

# Deletes the container of a case.
finish()
{
	[[ ! $cgroup ]] || runtime delete --force "$CT" || remark "delete: $(<"$DIR/said")"
	cgroup=""
}

# cases SECTION: goes through these of the table.
cases()
{
	local line title="" verb="" members="" n=0
	local -a common=() special=()
	cgroup=""
	while read -r line || [[ $verb ]]; do
		line=${line//@disk@/$disk} line=${line//@major@/${disk%:*}} line=${line//@minor@/${disk#*:}} line=${line//@hca@/$hca}
		case $line in
		case\ * | create\ * | update\ * | "")
			[[ ! $verb || $title != "$1: "* ]] || judge
			verb="" common=() special=()
			;;&
		case\ *)
			finish
			title=${line#case }
			[[ $title != "$1: "* ]] || n=$((n + 1))
			;;
		create\ * | update\ *) verb=${line%% *} members=${line#* } ;;
		"" | \#*) ;;
		"$RUNTIME "*) special+=("${line#* }") ;;
		"systemd-$RUNTIME "*) [[ ! ${E2E_SYSTEMD-} ]] || special+=("${line#* }") ;;
		runc\ * | crun\ * | systemd-*) ;;
		[[:upper:]]*) [[ ! ${E2E_SYSTEMD-} ]] || common+=("$line") ;; # a property of a unit
		*) common+=("$line") ;;
		esac
	done <"$CASES"
	finish
	((n > 0)) || fail "no case of $1"
	return "$failed"
}

load_bfq()
{
	modprobe bfq
	bfq=loaded
}

with_bfq()
{
	load_bfq
	echo bfq >"/sys/block/${DISK##*/}/queue/scheduler"
}

without_bfq()
{
	echo none >"/sys/block/${DISK##*/}/queue/scheduler"
	modprobe -r bfq
	bfq=""
}

# The whole table for another runtime.
others()
{
	local section
	for section in memory cpu cpuset pids weight cost io hugetlb core misc; do
		[[ $section != cost ]] || set_costs 1
		cases "$section" || true
	done
	load_bfq
	cases beside || true
	set_costs 0
	with_rdma
	cases rdma || true
	with_bfq
	cases bfq || true
	without_bfq
}

# set_costs 0|1: a model of costs for the disk, which only the root of the whole tree takes.
set_costs()
{
	nsenter --target 1 --mount --cgroup -- sh -c "echo '$disk enable=$1' >/sys/fs/cgroup/io.cost.qos"
	costs=1
}

# A device for RDMA that is made of the loopback device. It stays: a kernel of 6.12 dies when one is removed that had limits.
with_rdma()
{
	[[ ! -e /sys/class/infiniband/$hca ]] || return 0
	modprobe rdma_rxe
	rdma link add "$hca" type rxe netdev lo
}

# bats test_tags=systemd
@test "memory: limit, reservation, swap, checkBeforeUpdate" {
	cases memory
}

# bats test_tags=systemd
@test "cpu: shares, quota, period, burst, idle" {
	cases cpu
}

# bats test_tags=systemd
@test "cpuset: cpus, mems" {
	needs_root "$DELEGATED"
	cases cpuset
}

# bats test_tags=systemd
@test "pids: a limit, 0 and -1" {
	cases pids
}

# bats test_tags=systemd
@test "blockIO: weights without the scheduler that has them" {
	needs_root "$DELEGATED"
	cases weight
}

# bats test_tags=systemd
@test "blockIO: weights with BFQ, of all devices and of one" {
	needs_root "$DELEGATED"
	with_bfq
	cases bfq
}

# bats test_tags=systemd
@test "blockIO: rates" {
	needs_root "$DELEGATED"
	cases io
}

# bats test_tags=systemd
@test "hugepageLimits: pages and reservations" {
	needs_root "$DELEGATED"
	cases hugetlb
}

# bats test_tags=systemd
@test "rdma: handles and objects of a device" {
	needs_root "$DELEGATED"
	with_rdma
	cases rdma
}

@test "related limits go up and down in one update, and one that fails changes nothing" {
	needs_root "$DELEGATED"
	cases related
}

# bats test_tags=systemd
@test "unified: any file, and what the kernel refuses" {
	cases core
	[[ ${E2E_USER-} ]] || cases misc
}

# bats test_tags=systemd
@test "blockIO: the weight of a device that has a model of costs, also beside BFQ" {
	needs_root "$DELEGATED"
	set_costs 1
	cases cost
	load_bfq
	cases beside
}

# By hand, since it takes some minutes: tests/host/machine test env OTHERS='runc crun' tests/lib/pure-v2 bats -f 'Debian 13' tests/e2e/resources.bats
# With E2E_SYSTEMD=1, and without pure-v2, it prints where their properties differ from the files, and fails: docs/systemd.md has
# what was found.
@test "what runc and crun of Debian 13 make of the same is in the table, too" {
	[[ ${OTHERS-} ]] || skip "only when OTHERS is set"
	for RUNTIME in $OTHERS; do
		command -v "$RUNTIME"
		others
	done
	return "$failed"
}
