#!/usr/bin/env bats
# tare stats: what containers use, as a table, as JSON and for OpenMetrics. How files become numbers is in
# tests/unit/test_usage.c, how a table fits a terminal in test_usage_table.c. The tests on a machine that has the controllers
# hold the numbers to what containers do.

load helpers

# stats [OPTION...] [ID...]: in the background, into $DIR/stats; its pid is $follower.
stats()
{
	"$TARE" --root "$ROOT" stats "$@" >>"$DIR/stats" 2>"$DIR/stats.stderr" 3>&- &
	follower=$!
}

# shows FILTER: an object that was written is like that.
shows()
{
	# The last line may not be whole yet, which jq takes for an error behind the others.
	[[ $(jq --arg id "$CT" "select($1).id" "$DIR/stats" 2>/dev/null) ]]
}

# last_shows FILTER: the last object that was written is like that.
last_shows()
{
	tail -n 1 "$DIR/stats" | jq -e --arg id "$CT" "$1" >/dev/null 2>&1
}

# on_terminal STEP... -- ARG...: stats on a terminal (tests/lib/console.py). Puts what it showed into $DIR/screen.
on_terminal()
{
	local steps=()
	while [[ $1 != -- ]]; do
		steps+=("$1")
		shift
	done
	TERM=xterm python3 "$LIB/console.py" pty --resize 24x200 "${steps[@]}" -- "$TARE" --root "$ROOT" stats "${@:2}" >"$DIR/screen" 2>&1
}

# Sets table to the process of on_terminal in the background. Programs that start it have its command line behind theirs.
has_table()
{
	table=$(pgrep -f "^[^ ]*/$NAME --root $ROOT stats")
}

# What a terminal gets: no cursor and the second screen, the first one and a cursor again; the top; the end of a line.
BEGIN=$'\e[?1049h\e[?25l' END=$'\e[?25h\e[?1049l' TOP=$'\e[H' LINE_END=$'\e[K'

@test "stats writes an object of JSON for each container and look when its output is no terminal" {
	running "$CT"
	create "$CT-created"
	stats --interval 50ms
	wait_until shows '.id == $id + "-created" and .rates'
	kill "$follower"
	wait "$follower" || true
	head -n 2 "$DIR/stats" | jq -es --arg id "$CT" '
		[.[] | [.id, .status, has("rates")]] == [[$id, "running", false], [$id + "-created", "created", false]]'
	jq -es --arg id "$CT" '[.[3:4][] | .id, .status, (.rates | .interval_usec > 0 and .cpu_percent >= 0)] == [$id + "-created", "created", true]' \
		<(head -n 4 "$DIR/stats")
	head -n 1 "$DIR/stats" | jq -e '.cpu | .usage_usec > 0 and .usage_usec >= .system_usec'
	head -n 1 "$DIR/stats" | jq -e --argjson now "${EPOCHREALTIME/[.,]/}" '.time_usec | . < $now and . > $now - 600000000'
	[[ ! -s $DIR/stats.stderr ]] || fail "$(<"$DIR/stats.stderr")"
}

@test "stats ends when nobody reads it any more" {
	running "$CT"
	[[ $(tare stats --interval 1ms "$CT" | head -n 1 | jq -r .id) == "$CT" ]]
	# The teardown would find a process that is left.
}

@test "stats --once and --no-stream look twice and print the second look" {
	local option
	running "$CT"
	for option in --once --no-stream; do
		detached stats "$option" --interval 20ms
		[[ $status -eq 0 && -z $stderr ]] || fail "$output"
		jq -es '[length, .[0].rates.interval_usec >= 20000] == [1, true]' <<<"$stdout"
		detached stats "$option" --format table --interval 20ms
		[[ $status -eq 0 && -z $stderr && $(wc -l <<<"$stdout") -eq 2 ]] || fail "$output"
		[[ $stdout =~ ^ID\ +STATUS\ +CPU%\ .*$'\n'"$CT  running"\ +[0-9]+\.[0-9]\  ]] || fail "$output"
	done
}

@test "among all containers a new one appears, and one that was deleted drops out" {
	running "$CT"
	stats --format json --interval 50ms
	wait_until shows '.id == $id'
	running "$CT-new"
	wait_until shows '.id == $id + "-new" and .status == "running" and .rates'
	quietly delete --force "$CT-new"
	wait_until last_shows '.id == $id'
	# A container of the same name is another one: its first look has no rates.
	running "$CT-new"
	wait_until last_shows '.id == $id + "-new" and .rates'
	# Also when it comes between two looks.
	kill -STOP "$follower"
	quietly delete --force "$CT-new"
	running "$CT-new"
	: >"$DIR/stats"
	kill -CONT "$follower"
	wait_until last_shows '.id == $id + "-new" and .rates'
	kill "$follower"
	wait "$follower" || true
	jq -es --arg id "$CT-new" '[.[] | select(.id == $id)][0] | .status == "running" and .cpu and (has("rates") | not)' \
		"$DIR/stats" >/dev/null || fail "$(head -n 2 "$DIR/stats")"
	[[ ! -s $DIR/stats.stderr ]] || fail "$(<"$DIR/stats.stderr")"
}

@test "stats of all containers goes on without one" {
	stats --format json --interval 50ms
	running "$CT"
	wait_until shows '.id == $id and .rates'
	quietly delete --force "$CT"
	running "$CT-other"
	wait_until shows '.id == $id + "-other" and .rates'
	kill "$follower"
	wait "$follower" || true
}

@test "stats of named containers ends when none of them runs any more" {
	running "$CT"
	running "$CT-other"
	stats --interval 50ms "$CT" "$CT-other"
	wait_until shows '.id == $id and .rates'
	quietly kill "$CT" KILL
	wait_until shows '.id == $id and .status == "stopped" and .unavailable == "the container is not running"'
	[[ -e /proc/$follower ]]
	quietly delete --force "$CT-other"
	wait "$follower" || fail "$?: $(<"$DIR/stats.stderr")"
	[[ ! -s $DIR/stats.stderr ]] || fail "$(<"$DIR/stats.stderr")"
}

@test "stats of created and paused containers has numbers" {
	create "$CT"
	[[ $(tare stats --once --interval 1ms "$CT" | jq -r '[.status, .cpu.usage_usec > 0] | join(" ")') == "created true" ]]
	quietly start "$CT"
	running "$CT-paused"
	quietly pause "$CT-paused"
	[[ $(tare stats --once --interval 1ms "$CT-paused" | jq -r '[.status, .cpu.usage_usec > 0] | join(" ")') == "paused true" ]]
	quietly resume "$CT-paused"
}

@test "a stopped container has a row that says so, and is an error when it is named alone" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	refuses "container with id $CT is not running" stats "$CT"
	refuses "container with id $CT is not running" stats --once --format table "$CT" "$CT"
	running "$CT-other"
	detached stats --once --interval 1ms --format table
	[[ $status -eq 0 && $stdout == *$'\n'"$CT        stopped  the container is not running"$'\n'* ]] || fail "$output"
	detached stats --once --interval 1ms "$CT-other" "$CT"
	[[ $status -eq 0 ]]
	[[ $(jq -r '[.id, .status, .unavailable, has("cpu")] | join(" ")' <<<"$stdout") == \
		"$CT stopped the container is not running false"$'\n'"$CT-other running  true" ]] || fail "$stdout"
}

@test "a container without a cgroup of its own has a row that says so, and is an error when it is named alone" {
	config '.linux.resources = null'
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	refuses "the container has no cgroup of its own" stats "$CT"
	detached stats --once --interval 1ms
	[[ $status -eq 0 && $(jq -r .unavailable <<<"$stdout") == "the container has no cgroup of its own" ]] || fail "$output"
	detached stats --format openmetrics
	[[ $status -eq 0 && $stdout == *"tare_container_status{id=\"$CT\",tare_container_status=\"created\"} 1"* ]] || fail "$output"
}

@test "a container that is not there, and options that make no sense, are refused" {
	local interval
	running "$CT"
	refuses "container does not exist: $CT-other" stats "$CT" "$CT-other"
	refuses "invalid container ID format" stats "$CT" a/b
	for interval in 0 0s 5 -5s x 1m30; do
		refuses "option --interval: expected a duration such as 1s or 500ms, found '$interval'" stats "--interval=$interval" "$CT"
	done
	refuses "option --format: expected table, json or openmetrics, found 'xml'" stats --format xml
	refuses "option --interval: expected none with --format openmetrics" stats --format openmetrics --interval 1s
}

@test "a container whose state is damaged is left out, with one warning" {
	running "$CT"
	mkdir -p "$ROOT/$CT-damaged"
	echo '{' >"$ROOT/$CT-damaged/state.json"
	stats --format json --interval 50ms
	wait_until shows '.id == $id and .rates'
	kill "$follower"
	wait "$follower" || true
	rm -r "$ROOT/$CT-damaged"
	[[ $(wc -l <"$DIR/stats.stderr") -eq 1 && $(<"$DIR/stats.stderr") == *"'$CT-damaged' is not shown: "* ]] || fail "$(<"$DIR/stats.stderr")"
	run ! grep damaged "$DIR/stats"
}

@test "the files of a cgroup are opened once, and nothing is executed" {
	local looks
	running "$CT"
	traceable strace -o "$DIR/calls" -e trace=openat,pread64,clone,clone3,fork,vfork,execve,connect \
		"$TARE" --root "$ROOT" stats --interval 1ms "$CT" 3>&- | head -n 5 >"$DIR/stats"
	sed -i '1,/"cpu.stat"/d' "$DIR/calls"
	run ! grep -E '^[0-9 ]*(clone3?|v?fork|execve)\(|"cpu.stat"' "$DIR/calls"
	# The gate of the container tells its status.
	run ! grep -vE '^[0-9 ]*(connect\(.*AF_UNIX.*gate|openat|pread64|[-+])' "$DIR/calls"
	looks=$(grep -c '"usage_usec ' "$DIR/calls")
	((looks >= 5)) || fail "$looks looks"
}

# ---- OpenMetrics ----

# is_openmetrics: what is in $DIR/metrics is well formed.
is_openmetrics()
{
	awk -f "$LIB/openmetrics.awk" "$DIR/metrics" || fail "$(<"$DIR/metrics")"
	[[ -z $(tail -c 1 "$DIR/metrics") ]]
}

@test "the metrics of all containers are a text of OpenMetrics" {
	running "$CT"
	create "$CT-created"
	tare stats --format openmetrics >"$DIR/metrics"
	is_openmetrics
	grep -q "^tare_container_status{id=\"$CT\",tare_container_status=\"running\"} 1\$" "$DIR/metrics"
	grep -q "^tare_container_status{id=\"$CT-created\",tare_container_status=\"created\"} 1\$" "$DIR/metrics"
	grep -qE "^tare_container_cpu_usage_seconds_total\{id=\"$CT-created\"\} 0\.[0-9]{6}\$" "$DIR/metrics"
	delete_all "$ROOT"
	[[ $(tare stats --format openmetrics) == "# EOF" ]]
}

# Else the test above would pass with a text that no monitoring system takes.
@test "the check of OpenMetrics finds what is wrong" {
	local good wrong
	good=$'# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Time.\na_seconds_total{id="x"} 1.5\n# TYPE b gauge\nb{id="\\"\\\\\\n"} -1\n# EOF\n'
	printf %s "$good" >"$DIR/metrics"
	is_openmetrics
	for wrong in 's/# EOF//' '$a b{id="z"} 1' 's/_total//' 's/^b.*/&\n&/' 's/b{id/c{id/' 's/seconds$/bytes/' 's/1\.5/1.5.5/' \
		's/ -1/ /' 's/counter/counters/' 's/id="x"/id=x/' 's/id="x"/id="x",id="y"/' 's/\\n"/\\t"/' '/TYPE a/d' \
		'/HELP/{p;}' 's/1\.5/-1.5/' '/^a_seconds/{p;s/x/y/;p;s/^.*/# UNIT a_seconds seconds/}' 's/TYPE b/TYPE b_total/' \
		'/^b/{p;s/.*/# TYPE a_seconds counter/}' 's/"x"}/"x"/' '2{s/.*//}'; do
		sed "$wrong" <<<"${good%$'\n'}" >"$DIR/metrics"
		! awk -f "$LIB/openmetrics.awk" "$DIR/metrics" >/dev/null || fail "nothing is found after $wrong" "$(<"$DIR/metrics")"
	done
}

# ---- on a terminal ----

@test "on a terminal there is a table that is kept up to date, and stays when the key q ends it" {
	local screen
	running "$CT"
	on_terminal --wait "$BEGIN" --wait "$TOP" --wait "$CT  running     -" --wait "$TOP" --wait "$CT  running  " --type q -- --interval 20ms ||
		fail "$?" "$(cat -v "$DIR/screen")"
	screen=$(<"$DIR/screen")
	[[ $screen == *"$BEGIN"*"$TOP"ID*"$END"ID*$'\n'"$CT  running  "* && $screen != *"$END"*"$BEGIN"* ]] || fail "$(cat -v "$DIR/screen")"
}

@test "an interrupt ends the table, which is no failure, and the terminal is as it was" {
	local screen
	running "$CT"
	on_terminal --wait "$CT" --type $'\003' -- --interval 1h "$CT" || fail "$?" "$(cat -v "$DIR/screen")"
	on_terminal --wait "$CT" --signal INT -- --interval 1h || fail "$?" "$(cat -v "$DIR/screen")"
	screen=$(<"$DIR/screen")
	[[ $screen == *"$END"ID* ]] || fail "$(cat -v "$DIR/screen")"
}

@test "the table ends by a signal that ends programs, and gives the terminal back before" {
	local screen
	running "$CT"
	status=0
	on_terminal --wait "$CT" --signal TERM -- --interval 1h || status=$?
	screen=$(<"$DIR/screen")
	[[ $status -eq 143 && $screen == *"$END"* ]] || fail "$status" "$(cat -v "$DIR/screen")"
}

@test "the table ends with its containers" {
	local screen player table
	running "$CT"
	on_terminal -- --interval 20ms "$CT" &
	player=$!
	wait_until has_table
	wait_until has_open "$table" "*/tare-$CT/cpu.stat"
	quietly kill "$CT" KILL
	wait "$player" || fail "$(cat -v "$DIR/screen")"
	screen=$(<"$DIR/screen")
	[[ $screen == *"$BEGIN"*"$CT  running"*"$END"ID*"$CT  stopped  the container is not running"* ]] || fail "$(cat -v "$DIR/screen")"
}

@test "the table follows the size of the terminal" {
	running "$CT"
	on_terminal --wait "IO-PSI$LINE_END" --resize 24x40 --wait "CPU%$LINE_END" --resize 1x200 --wait "$TOP" --wait "IO-PSI$LINE_END"$'\e[J' \
		--type q -- --interval 1h || fail "$?" "$(cat -v "$DIR/screen")"
}

# on_terminal_of_shell SCRIPT STEP...: the script of a shell with job control, on a terminal; "$@" of it is the table.
on_terminal_of_shell()
{
	TERM=xterm python3 "$LIB/console.py" pty --resize 24x200 "${@:2}" -- \
		bash -mc "$1" shell "$TARE" --root "$ROOT" stats --interval 1h >"$DIR/screen" 2>&1
}

@test "a table that the user stops gives the terminal back, and is drawn again when it goes on" {
	running "$CT"
	# 148: stopped by SIGTSTP.
	on_terminal_of_shell '"$@"; echo "table: $?"; fg' --wait "$BEGIN" --wait "$CT" --type $'\032' --wait "$END" --wait 'table: 148' \
		--wait "$BEGIN" --wait "$CT" --type q || fail "$?" "$(cat -v "$DIR/screen")"
}

@test "a table that goes on in the background draws nothing until it has the terminal" {
	local screen
	running "$CT"
	# 150: stopped by SIGTTOU.
	on_terminal_of_shell '"$@"; bg; wait %1; echo "table: $?"; fg' --wait "$BEGIN" --wait "$CT" --type $'\032' --wait "$END" \
		--wait 'table: 150' --wait "$BEGIN" --wait "$CT" --type q || fail "$?" "$(cat -v "$DIR/screen")"
	screen=$(<"$DIR/screen")
	screen=${screen%%'table: 150'*}
	[[ ${screen##*"$END"} != *$'\e'* ]] || fail "$(cat -v "$DIR/screen")"
}

# That of console.py is the only process of its session, as the program of ssh -t is.
@test "a table without a shell that could continue it does not stop" {
	running "$CT"
	on_terminal --wait "$BEGIN" --wait "$CT" --type $'\032' --wait "$END" --wait "$BEGIN" --wait "$CT" --type q -- --interval 1h ||
		fail "$?" "$(cat -v "$DIR/screen")"
	on_terminal --wait "$BEGIN" --wait "$CT" --signal TSTP --wait "$END" --wait "$BEGIN" --wait "$CT" --type q -- --interval 1h ||
		fail "$?" "$(cat -v "$DIR/screen")"
}

@test "on a terminal without a second screen tables follow one another" {
	running "$CT"
	status=0
	TERM=dumb python3 "$LIB/console.py" pty --resize 24x200 --wait "$CT" --wait $'\n\r\nID ' --wait "$CT" --signal TERM -- \
		"$TARE" --root "$ROOT" stats --interval 20ms >"$DIR/screen" 2>&1 || status=$?
	[[ $status -eq 143 && $(<"$DIR/screen") != *$'\e'* ]] || fail "$status" "$(cat -v "$DIR/screen")"
}

@test "stats --once on a terminal is one table of its width" {
	running "$CT"
	TERM=xterm python3 "$LIB/console.py" pty --resize 24x60 -- "$TARE" --root "$ROOT" stats --once --interval 1ms >"$DIR/screen" 2>&1
	[[ $(wc -l <"$DIR/screen") -eq 2 && $(wc -L <"$DIR/screen") -le 60 && $(<"$DIR/screen") != *$'\e'* ]] || fail "$(cat -v "$DIR/screen")"
	[[ $(<"$DIR/screen") == *" CPU%"*"running "* && $(<"$DIR/screen") != *IO-PSI* ]] || fail "$(cat -v "$DIR/screen")"
}

# ---- on a machine with the controllers ----

# need_controllers NAME...
need_controllers()
{
	local controllers controller
	controllers=$(<"$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers")
	for controller; do
		[[ " $controllers " == *" $controller "* ]] || skip "the cgroup v2 tree has no $controller controller here"
	done
}

# of FILE [KEY]: a number of the container's cgroup.
of()
{
	awk -v key="${2-}" 'key == "" { print } $1 == key { print $2 }' "$(cgroup_of "$(state_of "$CT" .pid)")/$1"
}

# bats test_tags=machine
@test "a loop with a quarter of a processor uses 25 per cent, and is throttled in each period" {
	need_controllers cpu
	config '.linux.resources.cpu = {quota: 25000, period: 100000}'
	running "$CT" sh -c 'while :; do :; done'
	stats --interval 1s "$CT"
	# A machine that is busy may give less for a while, and never more than a period's worth beside it.
	wait_until shows '.rates.cpu_percent >= 20 and .rates.cpu_percent <= 30 and .rates.throttled_percent >= 50'
	kill "$follower"
	wait "$follower" || true
	[[ -z $(jq 'select(.rates.cpu_percent > 36)' "$DIR/stats") ]] || fail "$(<"$DIR/stats")"
	tail -n 1 "$DIR/stats" | jq -e '.cpu | .quota_usec == 25000 and .period_usec == 100000 and .throttled_periods > 0 and
		.throttled_usec > 0 and .periods >= .throttled_periods and .psi.some.total_usec > 0'
	detached stats --once --format table "$CT"
	awk 'NR == 2 && $3 > 15 && $3 < 36 && $4 > 50 { good = 1 } END { exit !good }' <<<"$stdout" || fail "$stdout"
	tare stats --format openmetrics >"$DIR/metrics"
	is_openmetrics
	grep -q "^tare_container_cpu_limit_processors{id=\"$CT\"} 0.250000\$" "$DIR/metrics"
}

# bats test_tags=machine,systemd
@test "memory in a tmpfs, tasks and limits are what they are" {
	need_controllers memory pids
	config '.linux.resources.memory = {limit: 134217728, swap: 134217728} | .linux.resources.pids.limit = 20 | .root.readonly = false |
		.mounts += [{destination: "/fill", type: "tmpfs", source: "tmpfs"}]'
	running "$CT" sh -c 'head -c 32m /dev/zero >/fill/file; sleep 1000 & sleep 1000 & sleep 1000 & : >/done; wait'
	wait_until test -e "$BUNDLE/rootfs/done"
	detached stats --once --interval 1ms "$CT"
	# The kernel adds up the counters of its processors once there is enough to add.
	jq -e '.memory | .stat.shmem_bytes >= 32505856 and .stat.shmem_bytes <= 34603008 and .current_bytes >= 33554432 and
		.current_bytes < 67108864 and .peak_bytes >= .current_bytes and .limit_bytes == 134217728 and .swap.limit_bytes == 0 and
		.events.oom_kill == 0 and .stat.pgfault > 0 and has("high_bytes") == false' <<<"$stdout" || fail "$stdout"
	jq -e '.pids | .current == 4 and .limit == 20 and .limit_hits == 0' <<<"$stdout" || fail "$stdout"
	detached stats --once --interval 1ms --format table "$CT"
	[[ $stdout =~ \ [34][0-9]\.[0-9]M/128\.0M\  && $stdout =~ \ 4/20\  ]] || fail "$stdout"
	tare stats --format openmetrics >"$DIR/metrics"
	is_openmetrics
	grep -q "^tare_container_pids{id=\"$CT\"} 4\$" "$DIR/metrics"
	grep -q "^tare_container_memory_limit_bytes{id=\"$CT\"} 134217728\$" "$DIR/metrics"
}

# bats test_tags=machine,systemd
@test "an OOM kill is counted" {
	local kills
	need_controllers memory
	config '.linux.resources.memory = {limit: 20971520, swap: 20971520} | .root.readonly = false'
	running "$CT" sh -c 'head -c 64m /dev/zero | tail >/dev/null & wait; : >/done; sleep 1000'
	SECONDS_TO_WAIT=200 wait_until test -e "$BUNDLE/rootfs/done"
	kills=$(of memory.events oom_kill)
	((kills >= 1))
	detached stats --once --interval 1ms "$CT"
	jq -e --argjson kills "$kills" --argjson max "$(of memory.events max)" \
		'.memory.events | .oom_kill == $kills and .max == $max and .max >= 1' <<<"$stdout" || fail "$stdout"
	detached stats --once --interval 1ms --format table "$CT"
	[[ $(sed -n 2p <<<"$stdout" | awk '{ print $8 }') == "$kills" ]] || fail "$stdout"
	tare stats --format openmetrics >"$DIR/metrics"
	is_openmetrics
	grep -q "^tare_container_memory_events_total{id=\"$CT\",event=\"oom_kill\"} $kills\$" "$DIR/metrics"
}

# bats test_tags=machine,systemd
@test "what is read from a disk is counted for the disk" {
	local number
	need_controllers io
	[[ -b /dev/vdb ]] || skip "there is no second disk here"
	number=$(lsblk -dno MAJ:MIN /dev/vdb | tr -d ' ')
	config '($number | split(":") | map(tonumber)) as [$major, $minor] | .root.readonly = false |
		.linux.devices += [{path: "/dev/vdb", type: "b", major: $major, minor: $minor}] |
		.linux.resources.devices += [{allow: true, type: "b", major: $major, minor: $minor, access: "r"}] |
		.linux.resources.blockIO.throttleReadBpsDevice = [{major: $major, minor: $minor, rate: 1073741824}]' --arg number "$number"
	mkfifo -m 666 "$BUNDLE/rootfs/go"
	running "$CT" sh -c 'read -r x </go; dd if=/dev/vdb of=/dev/null bs=1M count=8 iflag=direct; : >/done; sleep 1000'
	stats --interval 1s "$CT"
	wait_until shows '.rates.read_bytes_per_second == 0'
	echo >"$BUNDLE/rootfs/go"
	wait_until test -e "$BUNDLE/rootfs/done"
	wait_until shows '.rates.read_bytes_per_second > 0'
	kill "$follower"
	wait "$follower" || true
	detached stats --once --interval 1ms "$CT"
	jq -e --arg number "$number" '.io.devices[] | select("\(.major):\(.minor)" == $number) | .read_bytes == 8388608 and .reads > 0 and
		.written_bytes == 0' <<<"$stdout" || fail "$stdout"
	tare stats --format openmetrics >"$DIR/metrics"
	is_openmetrics
	grep -q "^tare_container_io_read_bytes_total{id=\"$CT\",device=\"$number\"} 8388608\$" "$DIR/metrics"
}
