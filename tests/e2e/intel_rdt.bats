#!/usr/bin/env bats
# linux.intelRdt, on a host without resctrl, and with a resctrl that is made for the test: tests/resctrl stands for the
# kernel, in a tare that is otherwise the same. Details are in tests/unit/test_intel_rdt.c, what events shows in
# test_stats.c.

load helpers

without_resctrl()
{
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted here"
}

# What the root of resctrl has on a machine with two L3 caches.
with_resctrl()
{
	TARE=${TARE%/*}/tests/resctrl/tare
	[[ -x $TARE ]] || skip "this build has no tare with the resctrl of the tests"
	export RESCTRL=$DIR/resctrl
	mkdir -p "$RESCTRL"/{info/{L3,MB},mon_groups}
	echo 7ff >"$RESCTRL/info/L3/cbm_mask"
	echo 1 >"$RESCTRL/info/L3/min_cbm_bits"
	echo 16 >"$RESCTRL/info/L3/num_closids"
	echo 10 >"$RESCTRL/info/MB/bandwidth_gran"
	: >"$RESCTRL/tasks"
	printf '    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n' >"$RESCTRL/schemata"
	tree=$(of_resctrl)
}

# All that is in resctrl, but the last words of the kernel.
of_resctrl()
{
	find "$RESCTRL" -type d -print -o -name schemata -exec grep -H . {} + | sort
}

# A class of service that was not made by the runtime.
make_group()
{
	mkdir -p "$RESCTRL/$1/mon_groups"
	: >"$RESCTRL/$1/tasks"
	cp "$RESCTRL/schemata" "$RESCTRL/$1/schemata"
	tree=$(of_resctrl)
}

# resctrl is as it was before.
as_before()
{
	[[ $(of_resctrl) == "$tree" ]] || diff <(echo "$tree") <(of_resctrl)
}

# has_schemata GROUP LINE...
has_schemata()
{
	local group=$1
	shift
	diff <(printf '%s\n' "$@") <(sed 's/^ *//' "$RESCTRL/$group/schemata")
}

# in_group GROUP [PID]: the container's process, or this one, has entered it.
in_group()
{
	grep -qx "${2:-$(state_of "$CT" .pid)}" "$RESCTRL/$1/tasks" || fail "not in $1:" "$(<"$RESCTRL/$1/tasks")"
}

@test "without a resctrl file system a config that needs it is refused, and nothing is left" {
	local rdt
	without_resctrl
	for rdt in '{}' '{closID: "/"}' '{enableMonitoring: true}' '{closID: "gold", l3CacheSchema: "L3:0=f"}'; do
		config ".linux.intelRdt = $rdt"
		refuses "linux.intelRdt: no resctrl file system is mounted" create --bundle "$BUNDLE" "$CT"
		nothing_left
	done
}

@test "a container without intelRdt lives and is deleted without resctrl" {
	without_resctrl
	running
	quietly delete --force "$CT"
}

@test "a group of a container whose host has lost its resctrl is no obstacle for delete" {
	without_resctrl
	running
	jq '.intelRdt = {group: $ct, own: true, monitored: true}' --arg ct "$CT" "$ROOT/$CT/state.json" >"$DIR/state.json"
	cp "$DIR/state.json" "$ROOT/$CT/state.json"
	quietly delete --force "$CT"
	refuses "container does not exist" state "$CT"
}

@test "exec without the resctrl that the container's class of service is in fails, and leaves no process" {
	without_resctrl
	running
	jq '.intelRdt = {group: "gold"}' "$ROOT/$CT/state.json" >"$DIR/state.json"
	cp "$DIR/state.json" "$ROOT/$CT/state.json"
	run -255 tare exec "$CT" true
	[[ $output == *"linux.intelRdt: no resctrl file system is mounted"* ]] || fail "$output"
	[[ $(cat /sys/fs/cgroup/*"$CT"*/cgroup.procs | wc -l) -eq 1 ]]
}

@test "a container has a class of service of its own, its processes are in it, and delete removes it" {
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=f;1=f", memBwSchema: "MB:0=50;1=50", enableMonitoring: true}'
	running
	has_schemata "$CT" "MB:0=50;1=50" "L3:0=f;1=f"
	in_group "$CT"
	in_group "$CT/mon_groups/$CT"
	quietly exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	in_group "$CT" "$(<"$DIR/pid")"
	in_group "$CT/mon_groups/$CT" "$(<"$DIR/pid")"
	quietly delete --force "$CT"
	as_before
}

@test "a class of service that the config names is shared, and stays when a container goes" {
	with_resctrl
	make_group gold
	config '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:0=7ff", enableMonitoring: true}'
	running
	create "$CT-other"
	in_group gold
	in_group "gold/mon_groups/$CT-other" "$(state_of "$CT-other" .pid)"
	quietly delete --force "$CT"
	[[ -d $RESCTRL/gold/mon_groups/$CT-other && ! -e $RESCTRL/gold/mon_groups/$CT ]]
	quietly delete --force "$CT-other"
	as_before
	config '.linux.intelRdt = {closID: "/"}'
	running
	in_group .
	quietly delete --force "$CT"
	as_before
}

@test "a class of service that has to be made is made for all that come, and one that differs is refused" {
	with_resctrl
	config '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=f;1=f"]}'
	running
	quietly delete --force "$CT"
	has_schemata gold "MB:0=100;1=100" "L3:0=f;1=f"
	tree=$(of_resctrl)
	config '.linux.intelRdt.schemata = ["L3:0=1"]'
	refuses "linux.intelRdt: the class of service 'gold' is there, without 'L3:0=1'" create --bundle "$BUNDLE" "$CT"
	as_before
}

@test "a create that fails leaves no class of service" {
	with_resctrl
	config '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L4:0=1", enableMonitoring: true}'
	refuses "(Unknown or unsupported resource name 'L4'): invalid argument" create --bundle "$BUNDLE" "$CT"
	as_before
	config '.linux.intelRdt.l3CacheSchema = "L3:0=1" | .process.args = ["/not-there"]'
	refuses "/not-there" create --bundle "$BUNDLE" "$CT"
	as_before
	config '.linux.intelRdt |= del(.closID) | .process.args = ["true"] | .hooks.createRuntime = [{path: "/bin/false"}]'
	refuses "hook" create --bundle "$BUNDLE" "$CT"
	as_before
	echo 1 >"$RESCTRL/info/L3/num_closids"
	refuses "the processor has no class of service left for '$CT'" create --bundle "$BUNDLE" "$CT"
	as_before
}

@test "update changes the schemata that it names, and those alone" {
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=f;1=f"}'
	running
	quietly update --l3-cache-schema "L3:0=3;1=f" "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=3;1=f"
	quietly update --mem-bw-schema "MB:0=20;1=30" "$CT"
	has_schemata "$CT" "MB:0=20;1=30" "L3:0=3;1=f"
	quietly pause "$CT"
	quietly update --l3-cache-schema $'MB:0=1\nL3:0=1;1=1' --mem-bw-schema "MB:0=40;1=40" "$CT"
	has_schemata "$CT" "MB:0=40;1=40" "L3:0=1;1=1"
	quietly update "$CT"
	has_schemata "$CT" "MB:0=40;1=40" "L3:0=1;1=1"
	has_schemata . "MB:0=100;1=100" "L3:0=7ff;1=7ff"
}

@test "an update of schemata and limits of the cgroup is all or nothing" {
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=f;1=f"} | .linux.resources.unified = {"cgroup.max.depth": "9"}'
	running
	cgroup=$(findmnt -nfo TARGET -t cgroup2)$(sed -n 's/^0:://p' "/proc/$(state_of "$CT" .pid)/cgroup")
	echo '{"unified": {"cgroup.max.depth": "7"}}' >"$DIR/good.json"
	echo '{"unified": {"cgroup.max.depth": "7", "cgroup.max.depth.not": "1"}}' >"$DIR/bad.json"
	refuses "cannot write '1' to 'cgroup.max.depth.not'" \
		update --resources "$DIR/bad.json" --l3-cache-schema "L3:0=1" --mem-bw-schema "MB:0=10" "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=f;1=f"
	refuses "linux.intelRdt: cannot write 'L4:0=1' to the schemata of '$CT' (Unknown" \
		update --resources "$DIR/good.json" --l3-cache-schema $'L3:0=1\nL4:0=1' "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=f;1=f"
	[[ $(<"$cgroup/cgroup.max.depth") -eq 9 ]]
	quietly update --resources "$DIR/good.json" --l3-cache-schema "L3:0=1" "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=1"
	[[ $(<"$cgroup/cgroup.max.depth") -eq 7 ]]
}

@test "update refuses a schema that is none, and any where there is no class of service" {
	with_resctrl
	running
	refuses "option --mem-bw-schema: expected a single line that starts with MB:, found \"L3:0=f\"" \
		update --mem-bw-schema "L3:0=f" "$CT"
	refuses "the container has no class of service that could be changed" update --l3-cache-schema "L3:0=f" "$CT"
	refuses "the container has no class of service that could be changed" update --mem-bw-schema "MB:0=10" "$CT"
	as_before
}

@test "a class of service can be changed without a cgroup" {
	with_resctrl
	config '.linux.resources = null | .linux.intelRdt = {}'
	args sleep 1000
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	quietly update --l3-cache-schema "L3:0=f" "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=f"
	refuses "the container has no cgroup that could be limited" update --l3-cache-schema "L3:0=1" --pids-limit 5 "$CT"
	has_schemata "$CT" "MB:0=100;1=100" "L3:0=f"
}

@test "events tell what the processor divides, what the container has of it, and what it uses" {
	local counts
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=f;1=f", enableMonitoring: true}'
	running
	counts=$RESCTRL/$CT/mon_groups/$CT/mon_data/mon_L3_00
	mkdir -p "$counts"
	echo 4096 >"$counts/llc_occupancy"
	echo 18446744073709551615 >"$counts/mbm_total_bytes"
	detached events --stats "$CT"
	jq -e '.data.intel_rdt | keys == ["cmt_stats", "l3_cache_info", "l3_cache_schema", "l3_cache_schema_root", "mbm_stats",
		"mem_bw_info", "mem_bw_schema", "mem_bw_schema_root"]' <<<"$stdout"
	jq -e '.data.intel_rdt | .l3_cache_info.cbm_mask == "7ff" and .l3_cache_schema == "L3:0=f;1=f"
		and .mem_bw_schema_root == "MB:0=100;1=100" and .cmt_stats == [{llc_occupancy: 4096}]' <<<"$stdout"
	[[ $stdout == *'"mbm_stats":[{"mbm_total_bytes":18446744073709551615,"mbm_local_bytes":0}]'* ]]
}

@test "events of a container without intelRdt say nothing of the host's resctrl" {
	with_resctrl
	running
	[[ $(tare events --stats "$CT" | jq -c .data.intel_rdt) == "{}" ]]
}
