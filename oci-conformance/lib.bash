# lib.bash: what the tests share.
#
# A test sees one bundle ($BUNDLE, its rootfs a copy of busybox and the probe) and one id ($ID). It changes the
# configuration with jq, calls the operations of the specification by their names, and waits for events with a deadline.
# Nothing here knows a runtime: only the common command line, that is --root before the verb, create --bundle
# --pid-file, start, state, kill, delete and delete --force.
#
# shellcheck shell=bash

SECONDS_TO_WAIT=${SECONDS_TO_WAIT:-10}

setup_file() {
	[[ -n ${OCI_RUNTIME-} ]] || fail "run these tests with oci-conformance/run" || return
	chmod 755 "$BATS_RUN_TMPDIR" # as in run
}

setup() {
	WORK=$BATS_TEST_TMPDIR
	BUNDLE=$WORK/bundle
	ROOTFS=$BUNDLE/rootfs
	SHARED=$WORK/shared
	STATE=$WORK/state
	PROBE=$OCI_ROOTFS/bin/probe
	ID=test-$BATS_SUITE_TEST_NUMBER
	mkdir -m 777 "$SHARED"
	mkdir -m 755 "$STATE"
	make_bundle "$BUNDLE" "$ID"
	list_mounts MOUNTS_BEFORE
	look_for_orphans
	ORPHANS_BEFORE=$orphans
	asked_for # not earlier: teardown removes what was not there before
	slurp CONFIG "$BUNDLE/config.json"
}

# Skips a sentence that is newer than the runtime's version, or of a level that was not asked for. A configuration with a
# property that is newer than what all runtimes know has that version.
asked_for() {
	local id level since
	IFS=$'\t' read -r id level since < <(awk -F '\t' -v name="$BATS_TEST_DESCRIPTION" '$6 == name { print $1 "\t" $2 "\t" $3 }' \
		"$BATS_TEST_DIRNAME/rows") || fail "no row of the table 'rows' is for this test" || return
	[[ $OCI_LEVEL == all || $level == must || $level == "$OCI_LEVEL" ]] || skip "not asked for: $id is $level"
	! version_before "$OCI_SPEC" "$since" || skip "not of this version: $since brought it"
	[[ $BATS_TEST_DESCRIPTION != *" (1."*")" ]] || config '.ociVersion = $since' --arg since "$since"
}

# version_before ONE OTHER
version_before() {
	[[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]
}

# need_feature PATH VALUE [INVALID]: a runtime may leave out what its features document does not have: the value of this
# property, or the member of this list. Without the document, or the list in it, it is taken to have all. INVALID is a
# value that no list has, which a test uses as such.
need_feature() {
	local found
	[[ -n $2 && $2 != *"${3-none at all}" ]] || return 0
	found=$(runtime features 2>/dev/null </dev/null |
		jq -r --arg value "$2" "$1 | if type == \"array\" then index(\$value) != null elif . == null then true else tostring == \$value end" 2>/dev/null) ||
		return 0
	[[ $found != false ]] || skip "the features document does not have ${1##*.}: $2"
}

# Whatever happened: no process, mount or cgroup of this test meets the next one. That the runtime cleans up by itself
# is for the tests to prove, with nothing_left.
teardown() {
	local file
	[[ ${BATS_TEST_COMPLETED-} ]] || changes
	if compgen -G "$STATE/*" >/dev/null; then
		for file in "$WORK"/*.out; do
			file=${file##*/}
			runtime delete --force "${file%.out}" >/dev/null 2>&1 || true
		done
	fi
	if ! no_new_orphans; then
		# shellcheck disable=SC2086 # a list of numbers
		kill -KILL $new_orphans 2>/dev/null || true
	fi
	unmount_rest
	if ! cgroups_gone; then
		echo 1 >"$OCI_CGROUP/cgroup.kill"
		eventually cgroups_gone
	fi
}

# changes: what the test has changed in the configuration that it began with, in the language of jq, for the report
changes() {
	# shellcheck disable=SC2016 # a program of jq
	jq -r -n --argjson a "${CONFIG-null}" --slurpfile b "$BUNDLE/config.json" '
		def name: map(if type == "number" then "[\(.)]" elif test("^[A-Za-z_][A-Za-z0-9_]*$") then ".\(.)" else "[\(tojson)]" end) | add // ".";
		def changes($path; $a; $b):
			if $a == $b then empty
			elif ($a | type) == "object" and ($b | type) == "object" then
				($a + $b | keys[]) as $key |
				if $b | has($key) then changes($path + [$key]; $a[$key]; $b[$key]) else "del(\($path + [$key] | name))" end
			elif ($a | type) == "array" and ($b | type) == "array" and ($a | length) > 0 and $b[:$a | length] == $a then
				"\($path | name) += \($b[$a | length:] | tojson)"
			else "\($path | name) = \($b | tojson)" end;
		"config: " + ([changes([]; $a; $b[0])] | map(gsub($work; "DIR")) | join(" | "))' \
		--arg work "$(sed 's/[.[\]*^$()+?{}|\\]/\\&/g' <<<"$WORK")" 2>/dev/null || true
}

# list_mounts NAME: the mounts of this namespace in the variable, a line each. The last column is left out, the options of
# the file system: anybody may change those wherever else it is mounted.
list_mounts() {
	local -n list_mounts_text=$1
	local lines
	mapfile -t lines </proc/self/mountinfo
	printf -v list_mounts_text '%s\n' "${lines[@]% *}"
	list_mounts_text=${list_mounts_text%$'\n'}
}

unmount_rest() {
	local mounts id parent device root point
	list_mounts mounts
	while [[ $mounts != "$MOUNTS_BEFORE" ]]; do
		# shellcheck disable=SC2034 # the columns before the one that is wanted
		read -r id parent device root point _ <<<"${mounts##*$'\n'}"
		[[ $point == "$WORK"/* ]] || fail "a mount is left on '$point'" || return
		umount --lazy "$point"
		list_mounts mounts
	done
}

cgroups_gone() {
	compgen -G "$OCI_CGROUP/*/" >/dev/null || return 0
	find "$OCI_CGROUP" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
}

# slurp NAME FILE: the text of the file, without its last newlines, in the variable
slurp() {
	local -n slurp_text=$1
	IFS= read -rd '' slurp_text <"$2" || true
	while [[ $slurp_text == *$'\n' ]]; do
		slurp_text=${slurp_text%$'\n'}
	done
}

# --- the bundle -------------------------------------------------------------------------------------------------------

# make_bundle DIR ID: its cgroup has the name of the id, and /shared inside is $SHARED outside.
make_bundle() {
	local text
	mkdir "$1"
	cp -a "$OCI_ROOTFS" "$1/rootfs"
	slurp text "$BATS_TEST_DIRNAME/base.json"
	text=${text/@CGROUP@/${OCI_CGROUP#/sys/fs/cgroup}/$2}
	printf '%s\n' "${text/@SHARED@/$SHARED}" >"$1/config.json"
}

# config FILTER [JQ OPTION]...: edits config.json of $BUNDLE
config() {
	local filter=$1 text
	shift
	text=$(jq "$filter" "$BUNDLE/config.json" "$@")
	printf '%s\n' "$text" >"$BUNDLE/config.json"
}

# program ARG...: what the container runs
program() {
	config '.process.args = $ARGS.positional' --args -- "$@"
}

# script TEXT: the same, as a shell script
script() {
	program sh -c "$1"
}

# capability NAME...: gives the program these beside its own
capability() {
	config '.process.capabilities |= map_values(. + $ARGS.positional)' --args -- "$@"
}

# without_namespace TYPE
without_namespace() {
	config '.linux.namespaces |= map(select(.type != $type))' --arg type "$1"
}

# mount_at DESTINATION TYPE SOURCE [OPTION]...: one more mount
mount_at() {
	config '.mounts += [$ARGS.positional | {destination: .[0], type: .[1], source: .[2], options: .[3:]}]' --args -- "$@"
}

# hook KIND TEXT [JQ]: adds a hook that runs TEXT as a shell script; JQ edits its entry. The script finds the directory
# that container and host share as $S. Only startContainer lives and runs inside.
hook() {
	local kind=$1 shared=$SHARED name
	hooks=$((${hooks-0} + 1))
	name=$kind-$hooks
	if [[ $kind == startContainer ]]; then
		shared=/shared
	fi
	printf '#!/bin/sh\nS=%s\n%s\n' "$shared" "$2" >"$SHARED/$name"
	chmod 755 "$SHARED/$name"
	config ".hooks[\$kind] += [{path: \$path} | ${3:-.}]" --arg kind "$kind" --arg path "$shared/$name"
}

# --- the operations ---------------------------------------------------------------------------------------------------

# Descriptor 3 belongs to bats; a runtime that does not answer must not stop the rest.
runtime() {
	timeout --foreground --kill-after 1 "$((2 * SECONDS_TO_WAIT))" "$OCI_RUNTIME" --root "$STATE" "$@" 3>&-
}

# operation VERB ARG...: sets status, output and error
operation() {
	status=0
	runtime "$@" </dev/null >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	slurp output "$WORK/stdout"
	slurp error "$WORK/stderr"
}

# create [ID] [OPTION]...: what the container prints is in $WORK/ID.out, and its process in $WORK/ID.pid
create() {
	local id=${1-$ID} printed
	shift || true
	status=0
	runtime create --bundle "$BUNDLE" --pid-file "$WORK/$id.pid" "$@" "$id" \
		</dev/null >"$WORK/$id.out" 2>"$WORK/$id.err" || status=$?
	slurp error "$WORK/$id.err"
	slurp printed "$WORK/$id.out"
	error+=$printed
	if [[ $status -eq 0 && ! -s $WORK/$id.pid ]]; then
		status=1
		error="create succeeded and wrote no pid file"
	fi
}

start() {
	operation start "${1-$ID}"
}

state() {
	operation state "${1-$ID}"
}

# send SIGNAL [ID]
send() {
	operation kill "${2-$ID}" "$1"
}

delete() {
	operation delete "${1-$ID}"
}

# must OPERATION...: it succeeds
must() {
	"$@"
	[[ $status -eq 0 ]] || fail "$* failed with status $status: $error"
}

# refused OPERATION...: it generates an error
refused() {
	"$@"
	[[ $status -ne 0 ]] || fail "$* was accepted" || return
	[[ $status -ne 124 && $status -ne 137 ]] || fail "$* did not end" || return
	[[ $status -ne 134 && $status -ne 139 ]] || fail "$* crashed with status $status"
}

# deviation TEXT: the sentence is broken on purpose, in the way that every known runtime breaks it, because managers
# depend on that. The report lists these apart.
deviation() {
	skip "deviation: $1"
}

# A test stops at the first command that fails, but not inside of "if", "!" or "||": helpers return by themselves.
fail() {
	printf '%s\n' "$@"
	return 1
}

# --- what can be seen -------------------------------------------------------------------------------------------------

pid_of() {
	printf '%s' "$(<"$WORK/${1-$ID}.pid")"
}

# state_of FILTER [ID]: a part of the state document, as text
state_of() {
	must state "${2-$ID}" && jq -r ".$1" <<<"$output"
}

# is STATUS [ID]
is() {
	must state "${2-$ID}" || return
	[[ $output =~ \"status\":\ *\"([a-z]*)\" ]] || fail "no status: $output" || return
	[[ ${BASH_REMATCH[1]} == "$1" ]] || fail "the container should be $1 and is ${BASH_REMATCH[1]}"
}

# log EXPECTED: what the hooks and the program have written to the shared log, in this order
log() {
	local found
	found=$(paste -sd ' ' "$SHARED/log" 2>/dev/null) || true
	equal "$found" "$1"
}

# mounted PATH: how the created container sees the topmost mount there, in mount_type, mount_flags (its own and those
# of its file system, as ",rw,nosuid,...,") and mount_peers (shared:N, master:N, unbindable)
mounted() {
	local line
	line=$(awk -v path="$1" '$5 == path' "/proc/$(pid_of)/mountinfo" | tail -n 1)
	[[ -n $line ]] || fail "nothing is mounted on $1" || return
	read -r _ _ _ _ _ mount_flags mount_peers <<<"${line%% - *}"
	read -r mount_type _ line <<<"${line##* - }"
	mount_flags=,$mount_flags,$line,
}

# has FLAG..., lacks FLAG...: of the mount that was looked at
has() {
	local flag
	for flag in "$@"; do
		[[ $mount_flags == *",$flag,"* ]] || fail "the mount lacks $flag: $mount_flags" || return
	done
}

lacks() {
	local flag
	for flag in "$@"; do
		[[ $mount_flags != *",$flag,"* ]] || fail "the mount has $flag: $mount_flags" || return
	done
}

# equal FOUND EXPECTED
equal() {
	[[ $1 == "$2" ]] || fail "expected: $2" "   found: $1"
}

# eventually COMMAND...: waits until it succeeds, fails at the deadline
eventually() {
	local deadline=$((SECONDS + SECONDS_TO_WAIT))
	until "$@"; do
		((SECONDS < deadline)) || fail "in vain: $*" || return
		sleep 0.01
	done
}

# said TEXT [ID]: the container has printed this line
said() {
	grep -qxF -- "$1" "$WORK/${2-$ID}.out"
}

# ended [ID]: waits for the end of the container process
ended() {
	"$PROBE" wait "$SECONDS_TO_WAIT" "$(pid_of "$@")"
}

# runs [PROGRAM...]: creates and starts the container, waits for its end; output is what it printed
runs() {
	[[ $# -eq 0 ]] || program "$@"
	must create && must start && ended || return
	slurp output "$WORK/$ID.out"
}

# prints EXPECTED [PROGRAM...]
prints() {
	local expected=$1
	shift
	runs "$@" || return
	[[ $output == "$expected" ]] || fail "expected: $expected" "   found: $output" "   error: $(<"$WORK/$ID.err")"
}

# stays: creates and starts a container that waits for a signal
stays() {
	program sleep 1000
	must create && must start
}

# A refusal says nothing of a runtime that refuses everything. So what is said of a faulty bundle counts only when the same
# bundle without the fault is accepted. The FILTER of the helpers below takes the fault out of config.json; where none is
# given, the configuration is the one that the test began with.

# invalid [FILTER [JQ OPTION]...]: create generates an error, and there is no container
invalid() {
	refused create && refused state && control "$@"
}

# undone [FILTER [JQ OPTION]...]: create generates an error, and nothing of the attempt stays behind
undone() {
	refused create && nothing_left && control "$@"
}

# fails [FILTER [JQ OPTION]...]: create generates an error, or start does: what belongs to the program may be looked at
# only there
fails() {
	create
	if [[ $status -eq 0 ]]; then
		refused start || return
		operation delete --force "$ID"
	else
		refused state || return
	fi
	startable "$@"
}

# control [FILTER [JQ OPTION]...]: the bundle without the fault is accepted by create, or nothing can be observed
control() {
	without_fault "" "$@"
}

# startable [FILTER [JQ OPTION]...]: and by start
startable() {
	without_fault start "$@"
}

# Another id and another cgroup: what a failed create has left behind does not matter here.
without_fault() {
	local start=$1 faulty bundle=$BUNDLE
	shift
	BUNDLE=$WORK/bundle
	slurp faulty "$BUNDLE/config.json" 2>/dev/null || true
	(($# > 0)) || printf '%s\n' "$CONFIG" >"$BUNDLE/config.json"
	(($# == 0)) || config "$@"
	config 'if .linux.cgroupsPath then .linux.cgroupsPath += "-control" else . end'
	able create control
	[[ -z $start ]] || able start control
	operation delete --force control
	printf '%s\n' "$faulty" >"$BUNDLE/config.json"
	BUNDLE=$bundle
}

# able COMMAND...: this much a runtime has to be able to do before its refusals say something
able() {
	"$@" && [[ $status -eq 0 ]] || skip "without the fault it fails, too: $* ${error//$'\n'/ }"
}

# The processes whose parent has gone, as " PID PID ... ": process 1 of this namespace adopts them.
look_for_orphans() {
	local file text
	orphans=' '
	for file in /proc/[0-9]*/stat; do
		{ read -r text <"$file"; } 2>/dev/null || continue
		[[ ${text##*) } != [!Z]' 1 '* ]] || orphans+="${text%% *} "
	done
}

no_new_orphans() {
	local pid
	new_orphans=
	look_for_orphans
	for pid in $orphans; do
		[[ $ORPHANS_BEFORE == *" $pid "* ]] || new_orphans+="$pid "
	done
	[[ -z $new_orphans ]]
}

# nothing_left [ID]: no process, mount, cgroup or state of the container
nothing_left() {
	local id=${1-$ID} left
	refused state "$id" || return
	left=$(find "$STATE" -mindepth 1 -name "*$id*")
	[[ -z $left ]] || fail "files are left in the state directory:" "$left" || return
	[[ ! -e $OCI_CGROUP/$id ]] || fail "its cgroup is left, with the processes: $(<"$OCI_CGROUP/$id/cgroup.procs")" || return
	list_mounts left
	[[ $left == "$MOUNTS_BEFORE" ]] || fail "the mounts differ:" "$(diff <(echo "$MOUNTS_BEFORE") <(echo "$left"))" || return
	eventually no_new_orphans || fail "processes are left: $new_orphans"
}
