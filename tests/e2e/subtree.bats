#!/usr/bin/env bats
# A subtree of cgroups for the container: init lives in a cgroup below the container's own, and the container's root may make others
# beside it and enable controllers for them. It shows with any controller; in the machine there are all.

# bats file_tags=machine

load helpers

setup()
{
	base_setup
	annotate org.opencontainers.tare.cgroup.init init
	config '.mounts |= map(select(.destination != "/sys/fs/cgroup"))
		+ [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]'
}

teardown()
{
	delete_all "$ROOT"
	[[ ! -d ${there_before-} ]] || rmdir "$there_before"
	base_teardown
}

annotate()
{
	config '.annotations[$key] = $value' --arg key "$1" --arg value "$2"
}

# started [ARG...]: a running container. Sets own to its cgroup, in which nobody is.
started()
{
	running "$CT" "$@"
	init=$(state_of "$CT" .pid)
	own=$(cgroup_of "$init")
	own=${own%%"$CT"*}$CT${E2E_SYSTEMD:+.scope}
	[[ -d $own/init ]] || fail "there is no $own/init"
}

# sees [FILE] [OPTION...]: the cgroup of a process of exec, or what FILE says of another one.
sees()
{
	tare exec "${@:2}" "$CT" grep ^0: "${1:-/proc/self/cgroup}"
}

# What systemd or an engine does that finds itself in a container.
TAKE_OVER='
	set -e
	cd /sys/fs/cgroup
	mkdir service service/deeper
	for controller in $(cat cgroup.controllers); do
		echo "+$controller" >cgroup.subtree_control
		echo "+$controller" >service/cgroup.subtree_control
	done
	[ "$(cat service/deeper/cgroup.controllers)" = "$(cat cgroup.controllers)" ]
	echo $$ >service/deeper/cgroup.procs
	grep ^0: /proc/self/cgroup
	echo 3 >service/cgroup.max.descendants
	for limit in pids.max=1000 hugetlb.2MB.max=4194304 memory.high=400000000; do
		file=service/${limit%=*}
		[ ! -e $file ] || echo ${limit#*=} >$file
	done
'

takes_over()
{
	args sh -c "$TAKE_OVER"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "0::/service/deeper" ]] || fail "$output"
}

# bats test_tags=systemd
@test "init lives below the container's cgroup, which has no processes and hands down its controllers" {
	started
	[[ $(cgroup_of "$init") == "$own/init" && $(sees /proc/1/cgroup) == 0::/init ]]
	[[ -z $(<"$own/cgroup.procs") ]]
	[[ $(<"$own/cgroup.subtree_control") == "$(<"$own/cgroup.controllers")" ]]
	[[ $(<"$own/init/cgroup.procs") == "$init" ]]
	quietly delete --force "$CT"
	[[ ! -e $own ]]
}

@test "the container's root makes cgroups, enables controllers, moves itself and sets limits" {
	takes_over
}

# bats test_tags=systemd
@test "so does the root of a user namespace, who owns what delegation gives, and no limit of the container" {
	local file
	needs_root "each of these containers has a user namespace"
	in_user_namespace
	takes_over
	started
	for file in . init; do
		[[ $(stat -c %u "$own/$file"{,/cgroup.{procs,threads,subtree_control}} | uniq) == 100000 ]] ||
			fail "$(ls -ln "$own/$file")"
	done
	[[ $(stat -c %u "$own/cgroup.max.depth") == 0 ]]
}

# bats test_tags=systemd
@test "another name for the cgroup of init, and crun's annotation" {
	config 'del(.annotations)'
	annotate run.oci.delegate-cgroup payload
	running
	[[ $(cgroup_of "$(state_of "$CT" .pid)") == */payload ]]
	[[ $(sees) == 0::/payload ]]
	quietly delete --force "$CT"
	annotate org.opencontainers.tare.cgroup.init first
	running
	[[ $(sees) == 0::/first ]]
}

# bats test_tags=systemd
@test "exec starts in the cgroup of init, wherever that is, and follows init when it is gone" {
	started
	[[ $(<"$own/cgroup.controllers") ]] || skip "the cgroup v2 tree has no controllers here"
	[[ $(sees) == 0::/init ]]
	run -0 tare exec "$CT" sh -c 'cd /sys/fs/cgroup && mkdir moved && echo 1 >moved/cgroup.procs'
	[[ $(sees) == 0::/init && $(sees /proc/1/cgroup) == 0::/moved ]]
	rmdir "$own/init"
	[[ $(sees) == 0::/moved ]]
	tare exec "$CT" mkdir /sys/fs/cgroup/other
	[[ $(sees /proc/self/cgroup --cgroup other) == 0::/other ]]
}

# bats test_tags=systemd
@test "ps, pause, update, kill and delete are for all of the subtree" {
	started sh -c "$TAKE_OVER"'
		sleep 1000 &
		mkdir /sys/fs/cgroup/beside
		sh -c "echo \$\$ >/sys/fs/cgroup/beside/cgroup.procs; exec sleep 1001" &
		wait'
	wait_until has_processes 3
	quietly pause "$CT"
	has_status "$CT" paused
	grep -q 'frozen 1' "$own/beside/cgroup.events"
	quietly resume "$CT"
	echo '{"unified": {"cgroup.max.descendants": "50"}}' >"$DIR/resources.json"
	quietly update --resources "$DIR/resources.json" "$CT"
	[[ $(<"$own/cgroup.max.descendants") == 50 ]]
	quietly kill --all "$CT" KILL
	wait_until has_nobody
	quietly delete "$CT"
	[[ ! -e $own ]]
}

# systemd removes the cgroup of a unit when nobody is left.
has_nobody()
{
	grep -q 'populated 0' "$own/cgroup.events" 2>/dev/null || [[ ${E2E_SYSTEMD-} && ! -e $own ]]
}

has_processes()
{
	[[ $(tare ps --format json "$CT" | jq length) -eq $1 ]]
}

# A delete that went down from the top for each of them would take more than twenty seconds, and minutes where it is emulated.
@test "a thousand cgroups in one another are deleted" {
	local began took
	started sh -c 'cd /sys/fs/cgroup && for i in $(seq 1000); do mkdir d && cd d || exit; done; sleep 1000 & echo $! >cgroup.procs; wait'
	wait_until has_processes 2
	SECONDS_TO_WAIT=200 wait_until grep -q 'nr_descendants 1001' "$own/cgroup.stat"
	began=${EPOCHREALTIME/[.,]/}
	quietly delete --force "$CT"
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
	echo "# a thousand nested cgroups are deleted in $took milliseconds" >&3
	[[ ! -e $own && $took -lt 15000 ]]
}

@test "a cgroup that was there before stays, empty and without controllers for others, and can be used again" {
	needs_root "the path is at the root of the tree"
	there_before=$(findmnt -nfo TARGET -t cgroup2)/$CT
	mkdir "$there_before"
	config '.linux.cgroupsPath = "/" + $ct' --arg ct "$CT"
	takes_over
	quietly delete --force "$CT"
	[[ -z $(find "$there_before" -mindepth 1 -type d) && -z $(<"$there_before/cgroup.subtree_control") ]]
	config 'del(.annotations)'
	running
	[[ $(cgroup_of "$(state_of "$CT" .pid)") == "$there_before" ]]
}

@test "where the container could not use it, the annotation is an error, and crun's a warning" {
	config '.mounts |= map(if .destination == "/sys/fs/cgroup" then .options += ["ro"] else . end)'
	refuses 'annotations["org.opencontainers.tare.cgroup.init"]: needs a new cgroup namespace, and a writable cgroup mount at /sys/fs/cgroup' \
		create --bundle "$BUNDLE" "$CT"
	config 'del(.annotations)'
	annotate run.oci.delegate-cgroup payload
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $stderr == *"run.oci.delegate-cgroup: ignored without"* ]] || fail "$output"
	[[ $(cgroup_of "$(state_of "$CT" .pid)") != */payload ]]
}

@test "a cgroup with others below it is not taken for a subtree, and loses none of them" {
	local cgroup
	cgroup=$(findmnt -nfo TARGET -t cgroup2)/$CT-given
	mkdir -p "$cgroup/another"
	config '.annotations["org.opencontainers.tare.cgroup.init"] = "init" | .linux.cgroupsPath = $path' --arg path "/$CT-given"
	refuses "has cgroups below it, or controllers for them" create --bundle "$BUNDLE" "$CT"
	[[ -d $cgroup/another ]]
	rmdir "$cgroup/another" "$cgroup"
}
