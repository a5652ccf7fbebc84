#!/usr/bin/env bats
# tare ps: the processes of a container.

load helpers

# A container of three processes, one of them in a cgroup below its own.
three()
{
	running "$CT" sh -c 'sleep 1001 & sleep 1002 & wait'
	wait_until has_processes 3
}

has_processes()
{
	[[ $(tare ps --format json "$CT" | jq length) -eq $1 ]]
}

@test "ps prints the host's pids of all processes as JSON" {
	local expected
	three
	expected=$(pgrep -P "$(state_of "$CT" .pid)" | sort -n | jq -sc ". + [$(state_of "$CT" .pid)] | sort")
	[[ $(tare ps --format json "$CT") == "$expected" ]]
	[[ $(tare ps -f json "$CT") == "$expected" ]]
	[[ $(tare ps --format=json "$CT") == "$expected" ]]
}

@test "ps shows the host's ps -ef of the container's processes alone" {
	local lines
	three
	detached ps "$CT"
	[[ $status -eq 0 && -z $stderr ]]
	mapfile -t lines <<<"$stdout"
	[[ ${#lines[@]} -eq 4 ]] || fail "$stdout"
	[[ ${lines[0]} == "$(ps -ef | head -n 1)" ]]
	[[ $stdout == *"sleep 1001"* && $stdout == *"sleep 1002"* ]]
	# The times in the other columns go on.
	[[ $(tare ps --format table "$CT" | awk '{ print $2 }') == "$(awk '{ print $2 }' <<<"$stdout")" ]]
}

@test "words behind the id go to the host's ps, even when they begin with a dash" {
	local pid
	three
	pid=$(state_of "$CT" .pid)
	[[ $(tare ps "$CT" -e -o ppid,pid,args | grep -c "^ *$pid  *[0-9]* sleep 100[12]\$") -eq 2 ]]
	[[ $(tare ps "$CT" axo pid,comm | wc -l) -eq 4 ]]
}

@test "a -- behind the id is none of those words" {
	three
	[[ $(tare ps "$CT" -- -e -o pid,args | grep -c 'sleep 100[12]$') -eq 2 ]]
	[[ $(tare ps "$CT" -- axo pid,comm | wc -l) -eq 4 ]]
}

@test "a table without pids is refused, and a ps that fails" {
	running
	refuses "ps was asked for no column PID" ps "$CT" -e -o args
	refuses "ps failed with exit status 1: error: " ps "$CT" --nonsense
	run -1 env PATH=/none "$TARE" --root "$ROOT" ps "$CT"
	[[ $output == *'cannot run ps, which the table is made by: executable file not found in $PATH'* ]] || fail "$output"
}

@test "ps finds what the container has put into cgroups of its own" {
	local cgroup
	three
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	mkdir -p "$cgroup/one/two"
	pgrep -P "$(state_of "$CT" .pid)" | tail -n 1 >"$cgroup/one/two/cgroup.procs"
	has_processes 3
}

@test "a created container has one process, a stopped one none" {
	args sleep 1000
	create "$CT"
	[[ $(tare ps --format json "$CT") == "[$(state_of "$CT" .pid)]" ]]
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	[[ $(tare ps --format json "$CT") == "[]" ]]
	[[ $(tare ps "$CT") == "$(ps -ef | head -n 1)" ]]
}

@test "ps refuses an unknown container, another format, and words for JSON" {
	refuses "container does not exist" ps "$CT"
	refuses "option --format: expected table or json, found 'xml'" ps --format xml "$CT"
	refuses "unexpected argument '-ef'" ps --format json "$CT" -ef
}

@test "a container without a cgroup of its own cannot be asked" {
	config '.linux.resources = null'
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	refuses "the container has no cgroup that would tell all its processes" ps --format json "$CT"
}
