#!/usr/bin/env bats
# A state directory that is damaged, or left from before a reboot: delete --force always ends and leaves nothing of the
# container, and no other process is ever signalled.

load inject

setup()
{
	fault_setup
	args sleep 1000
}

# The container runs, and its state is damaged by COMMAND, which gets the file.
damaged()
{
	running
	PID=$(state_of "$CT" .pid)
	FILE=$ROOT/$CT/state.json
	"$@" "$FILE"
}

# Whatever the damage: delete ends soon, and nothing is left.
ends_cleanly()
{
	status=0
	timeout 30 "$TARE" --root "$ROOT" delete --force "$CT" </dev/null >"$DIR/out" 2>&1 || status=$?
	[[ $status -eq 0 ]] || fail "$1: exit $status: $(<"$DIR/out")"
	wait_until gone "$PID" || fail "$1: the container lives on"
	nothing_remains || fail "$1:" "$(remains)"
}

cut_to()
{
	truncate --size="$1" "$2"
}

@test "a state file cut at any length" {
	local length size # a state file without its last byte, the line feed, is whole
	running
	size=$(stat -c %s "$ROOT/$CT/state.json")
	quietly delete --force "$CT"
	for length in 0 $(indices "$((size - 2))" 6) "$((size - 1))"; do
		damaged cut_to "$length"
		ends_cleanly "cut to $length of $size"
	done
}

# Turns over one bit of the byte at an offset.
flip()
{
	local byte
	byte=$(od -An -tu1 -j "$1" -N 1 "$3")
	printf "\\x$(printf %x $((byte ^ 1 << $2)))" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none
}

@test "a state file with a bit turned over" {
	local offset size
	running
	size=$(stat -c %s "$ROOT/$CT/state.json")
	quietly delete --force "$CT"
	for offset in $(indices $((size - 1)) 12); do
		damaged flip "$offset" $((offset % 7))
		status=0
		timeout 30 "$TARE" --root "$ROOT" delete --force "$CT" </dev/null >"$DIR/out" 2>&1 || status=$?
		# A refusal that leaves a state that it does not understand is right as well, if it says so.
		[[ $status -eq 0 || ($status -eq 1 && -s $DIR/out && -d $ROOT/$CT) ]] || fail "bit at $offset: $status: $(<"$DIR/out")"
		if [[ $status -eq 1 ]]; then
			echo '{' >"$FILE"
			quietly delete --force "$CT"
		fi
		wait_until gone "$PID" || fail "bit at $offset: forgotten while it runs"
		nothing_remains || fail "bit at $offset:" "$(remains)"
	done
}

replace()
{
	rm "$2"
	case $1 in
	fifo) mkfifo "$2" ;;
	directory) mkdir "$2" ;;
	tree) mkdir -p "$2/one/two" && touch "$2/one/two/file" "$2/file" ;;
	link) ln -s "$DIR/elsewhere" "$2" ;;
	loop) ln -s state.json "$2" ;;
	device) mknod "$2" c 1 5 ;;
	nothing) ;;
	esac
}

@test "a state file that has become something else is never waited for or followed" {
	local kind
	echo precious >"$DIR/elsewhere"
	for kind in fifo link loop device nothing directory tree; do
		damaged replace "$kind"
		ends_cleanly "$kind"
		[[ $(<"$DIR/elsewhere") == precious ]]
	done
}

@test "what is mounted in a state directory is not removed with it" {
	damaged replace tree
	mount -t tmpfs tmpfs "$FILE/one"
	echo precious >"$FILE/one/kept"
	refuses "cannot remove 'state.json' of the state of '$CT'" delete --force "$CT"
	[[ $(<"$FILE/one/kept") == precious ]]
	umount "$FILE/one"
	ends_cleanly "unmounted"
}

lose()
{
	rm -f "${@:1:$#-1}" "$ROOT/$CT/cgroup" "${@: -1}"
}

@test "without record and link the copy of config.json leads to the container's cgroup" {
	local path
	damaged lose
	ends_cleanly "no cgroupsPath"
	# The cgroup in the middle may have existed before the container.
	mkdir "/sys/fs/cgroup/$CT-given"
	for path in "/$CT-own" "$CT-given//below/"; do
		config '.linux.cgroupsPath = $path' --arg path "$path"
		damaged lose
		quietly delete --force "$CT"
		wait_until gone "$PID" || fail "$path: the container lives on"
		[[ $(remains) == "/sys/fs/cgroup/$CT-given/" ]] || fail "$path:" "$(remains)"
	done
	rmdir "/sys/fs/cgroup/$CT-given"
}

@test "nor is the cgroup touched that config.json names and another container has by now" {
	config '.linux.cgroupsPath = $path' --arg path "/$CT-shared"
	running "$CT" true
	wait_until has_status "$CT" stopped
	rmdir "/sys/fs/cgroup/$CT-shared"
	running "$CT-other"
	lose "$ROOT/$CT/state.json"
	quietly delete --force "$CT"
	[[ ! -e $ROOT/$CT ]]
	has_status "$CT-other" running
}

@test "where nothing is left that names the processes they are not forgotten" {
	damaged lose "$ROOT/$CT/config.json"
	echo '{' >"$ROOT/$CT/config.json"
	refuses "nothing in the state of '$CT' tells which processes are its own" delete --force "$CT"
	! gone "$PID" || fail "the process was killed"
	kill -KILL "$PID"
	cp "$BUNDLE/config.json" "$ROOT/$CT"
	ends_cleanly "its config.json is back"
}

@test "a container without a cgroup is found by a link when its record is lost" {
	local damage
	needs_root "the option would be refused"
	args sleep 1000
	for damage in lost garbage; do
		detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
		PID=$(state_of "$CT" .pid)
		quietly start "$CT"
		rm "$ROOT/$CT/state.json"
		[[ $damage == lost ]] || echo '{' >"$ROOT/$CT/state.json"
		ends_cleanly "$damage"
	done
}

@test "the state of another container is not taken for one's own" {
	local taken file
	for taken in "state.json" "state.json cgroup"; do
		running "$CT-other"
		damaged true
		for file in $taken; do
			cp --no-dereference --remove-destination "$ROOT/$CT-other/$file" "$ROOT/$CT/$file"
		done
		refuses "the state of '$CT' cannot be read: it is that of container \"$CT-other\"" kill "$CT" KILL
		refuses "the state of '$CT' cannot be read" state "$CT"
		has_status "$CT-other" running
		quietly delete --force "$CT"
		wait_until gone "$PID" || fail "$taken: the container lives on"
		[[ ! -e $ROOT/$CT ]]
		has_status "$CT-other" running
		quietly delete --force "$CT-other"
		nothing_remains || fail "$taken:" "$(remains)"
	done
}

@test "nor that of another one without a cgroup" {
	local file id
	needs_root "the option would be refused"
	args sleep 1000
	for id in "$CT" "$CT-other"; do
		detached --cgroup-manager disabled create --pid-file "$DIR/$id" --bundle "$BUNDLE" "$id"
		quietly start "$id"
	done
	mv "$ROOT/$CT/init" "$DIR/init"
	for file in state.json init; do
		cp --no-dereference "$ROOT/$CT-other/$file" "$ROOT/$CT/"
	done
	refuses "nothing in the state of '$CT' tells which processes are its own" delete --force "$CT"
	! gone "$(<"$DIR/$CT")" || fail "the process was killed"
	mv "$DIR/init" "$ROOT/$CT/init"
	quietly delete --force "$CT"
	gone "$(<"$DIR/$CT")"
	has_status "$CT-other" running
}

@test "a directory that was renamed is not forgotten with the container that it is of" {
	running
	mv "$ROOT/$CT" "$ROOT/$CT-new"
	refuses "the state of '$CT-new' is that of container \"$CT\", which has no other" delete --force "$CT-new"
	mv "$ROOT/$CT-new" "$ROOT/$CT"
	has_status "$CT" running
	quietly delete --force "$CT"
}

@test "a link that contradicts the record is in nobody's way" {
	local target
	running "$CT-other"
	for target in "0:$CT@then:/elsewhere" "$(readlink "$ROOT/$CT-other/cgroup")" "nonsense"; do
		damaged true
		ln -sfT "$target" "$ROOT/$CT/cgroup"
		kill -KILL "$PID"
		wait_until has_status "$CT" stopped
		refuses "the state of container \"$CT\" is damaged: its link 'cgroup' says '$target'" delete "$CT"
		quietly delete --force "$CT"
		[[ ! -e $ROOT/$CT ]]
		has_status "$CT-other" running
	done
}

@test "after a reboot the container has stopped, and nothing is signalled" {
	running
	PID=$(state_of "$CT" .pid)
	sed -i 's/"bootId": "[^"]*"/"bootId": "00000000-0000-0000-0000-000000000000"/' "$ROOT/$CT/state.json"
	has_status "$CT" stopped
	[[ $(state_of "$CT" .pid) == 0 ]]
	refuses "container not running" kill "$CT" KILL
	! gone "$PID" || fail "the process was killed"
	quietly delete --force "$CT"
}

@test "a pid that has been given to another process is never signalled" {
	local start bystander
	running
	PID=$(state_of "$CT" .pid)
	# Ends by itself if the test fails.
	sleep 60 3>&- &
	bystander=$!
	# The record has the pid of the bystander, with the start time of the container's init.
	sed -i "s/\"pid\": $PID/\"pid\": $bystander/" "$ROOT/$CT/state.json"
	[[ $(jq .pid "$ROOT/$CT/state.json") == "$bystander" ]]
	start=$(cut -d ' ' -f 22 "/proc/$bystander/stat")
	[[ $(jq .startTime "$ROOT/$CT/state.json") != "$start" ]] ||
		sed -i "s/\"startTime\": $start/\"startTime\": 1/" "$ROOT/$CT/state.json"
	has_status "$CT" stopped
	refuses "container not running" kill "$CT" KILL
	quietly delete --force "$CT"
	! gone "$bystander" || fail "the bystander was killed"
	kill -KILL "$bystander"
	wait_until gone "$PID"
}
