# linux.intelRdt: classes of service of the caches and the memory bandwidth.

load lib

# need_resctrl: mounted, with a processor that has something to divide; the tests make their own groups there
need_resctrl() {
	RESCTRL=$(findmnt --noheadings --first-only --output TARGET --types resctrl) ||
		skip "no resctrl file system is mounted"
	[[ -d $RESCTRL/info ]] || skip "this processor has no classes of service"
}

# in_group GROUP: the container process is in it
in_group() {
	grep -qx "$(pid_of)" "$RESCTRL/$1/tasks" || fail "$(pid_of) is not in '$1'"
}

# intel_rdt OBJECT [JQ OPTION]...
intel_rdt() {
	local object=$1
	shift
	need_feature .linux.intelRdt.enabled true
	config ".linux.intelRdt = $object" "$@"
}

@test "linux.intelRdt: without a resctrl file system it MUST generate an error" {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "a resctrl file system is mounted"
	intel_rdt '{closID: "a-class", l3CacheSchema: "L3:0=f"}'
	invalid
	intel_rdt '{}'
	invalid
}

@test "linux.intelRdt: when it is not set nothing of resctrl MUST be changed" {
	local before
	need_resctrl
	before=$(ls "$RESCTRL"; cat "$RESCTRL/schemata")
	must create
	equal "$(ls "$RESCTRL"; cat "$RESCTRL/schemata")" "$before"
}

@test "linux.intelRdt.closID: without it the id of the container MUST be used, and the group goes with the container" {
	need_resctrl
	intel_rdt '{}'
	must create
	in_group "$ID"
	must operation delete --force "$ID"
	[[ ! -e $RESCTRL/$ID ]] || fail "the group is left"
}

@test "linux.intelRdt.closID: a group that is there MUST be used and stays (1.3.0)" {
	need_resctrl
	mkdir "$RESCTRL/of-$ID"
	intel_rdt "{closID: \"of-$ID\"}"
	create
	in_group "of-$ID"
	operation delete --force "$ID"
	rmdir "$RESCTRL/of-$ID"
}

@test "linux.intelRdt.closID: / is the default group (1.3.0)" {
	need_resctrl
	intel_rdt '{closID: "/"}'
	must create
	in_group .
}

@test "linux.intelRdt.closID: a group that is not there MUST generate an error when no schema is set" {
	need_resctrl
	intel_rdt "{closID: \"of-$ID\"}"
	invalid
}

@test "linux.intelRdt.schemata: each is a line of the group (1.3.0)" {
	local line
	need_resctrl
	line=$(head -n 1 "$RESCTRL/schemata")
	line=${line#"${line%%[! ]*}"}
	intel_rdt '{schemata: [$line]}' --arg line "$line"
	must create
	grep -qF "$line" "$RESCTRL/$ID/schemata"
}

@test "linux.intelRdt.memBwSchema: one that does not start with MB: MUST generate an error" {
	need_resctrl
	intel_rdt '{memBwSchema: "L3:0=f"}'
	invalid
}

@test "linux.intelRdt.enableMonitoring: the container MUST have a monitoring group of its own (1.3.0)" {
	need_resctrl
	[[ -d $RESCTRL/mon_groups ]] || skip "this processor cannot monitor"
	intel_rdt '{enableMonitoring: true}'
	must create
	[[ -d $RESCTRL/$ID/mon_groups/$ID ]] || fail "there is none"
	must operation delete --force "$ID"
	[[ ! -e $RESCTRL/$ID ]] || fail "the group is left"
}
