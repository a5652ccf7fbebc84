#!/usr/bin/env bats
# What each member of linux.resources becomes, read back from the files of the kernel: the table is resources.cases. It takes all
# controllers of cgroup v2.

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
		"$RUNTIME" --root "$ROOT-$RUNTIME" "$@"
	fi </dev/null >"$DIR/said" 2>&1
}

# A bundle's container with these resources; then others for it.
do_create()
{
	jq --argjson resources "$1" '.linux.resources = $resources' "$DIR/config.json" >"$BUNDLE/config.json"
	runtime create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT" || return
	cgroup=$(cgroup_of "$(<"$DIR/pid")")
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
	local line file value status=0 refusal=""
	local -A wanted=()
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
		value=$(<"$DIR/said")
		[[ $status -ne 0 && (${value//\\\"/\"} == *"$refusal"* || $RUNTIME != tare) ]] ||
			remark "wanted: refused $refusal" "got: exit $status: $value"
	elif ((status != 0)); then
		remark "exit $status: $(<"$DIR/said")"
		return
	fi
	for file in "${!wanted[@]}"; do
		value=$(contents "$cgroup/$file")
		[[ $value == "${wanted[$file]}" ]] || remark "$file: wanted: ${wanted[$file]}" "$file: got: $value"
	done
}

# contents FILE: its lines with commas between them, or "-".
contents()
{
	local text
	text=$(sed 's/ *$//' "$1" 2>&1 | paste -sd,)
	echo "${text:--}"
}

# Deletes the container of a case.
finish()
{
	[[ ! -e ${cgroup:-/none} ]] || runtime delete --force "$CT" || remark "delete: $(<"$DIR/said")"
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
		runc\ * | crun\ *) ;;
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

@test "memory: limit, reservation, swap, checkBeforeUpdate" {
	cases memory
}

@test "cpu: shares, quota, period, burst, idle" {
	cases cpu
}

@test "cpuset: cpus, mems" {
	needs_root "$DELEGATED"
	cases cpuset
}

@test "pids: a limit, 0 and -1" {
	cases pids
}

@test "blockIO: weights without the scheduler that has them" {
	needs_root "$DELEGATED"
	cases weight
}

@test "blockIO: weights with BFQ, of all devices and of one" {
	needs_root "$DELEGATED"
	with_bfq
	cases bfq
}

@test "blockIO: rates" {
	needs_root "$DELEGATED"
	cases io
}

@test "hugepageLimits: pages and reservations" {
	needs_root "$DELEGATED"
	cases hugetlb
}

@test "rdma: handles and objects of a device" {
	needs_root "$DELEGATED"
	with_rdma
	cases rdma
}

@test "related limits go up and down in one update, and one that fails changes nothing" {
	needs_root "$DELEGATED"
	cases related
}

@test "unified: any file, and what the kernel refuses" {
	cases core
	[[ ${E2E_USER-} ]] || cases misc
}

@test "blockIO: the weight of a device that has a model of costs, also beside BFQ" {
	needs_root "$DELEGATED"
	set_costs 1
	cases cost
	load_bfq
	cases beside
}

# By hand, since it takes some minutes: tests/host/machine test env OTHERS=1 tests/lib/pure-v2 bats -f 'Debian 13' tests/e2e/resources.bats
@test "what runc and crun of Debian 13 make of the same is in the table, too" {
	[[ ${OTHERS-} ]] || skip "only when OTHERS is set"
	for RUNTIME in runc crun; do
		command -v "$RUNTIME"
		others
	done
	return "$failed"
}
