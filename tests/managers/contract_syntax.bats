#!/usr/bin/env bats
# The command lines of container managers, each in the form in which they write it: it is taken, and has its effect.

# stdout, stderr and status are set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

# each FUNCTION: once for each line of the standard input, whose words are the arguments. @ stands for the container's ID.
each()
{
	local line words lines
	mapfile -t lines
	for line in "${lines[@]}"; do
		read -ra words <<<"${line//@/$CT}"
		echo "${words[*]}"
		"$1" "${words[@]}"
	done
}

# The container is made, and it goes, with these words between.
made_by()
{
	detached "$@" "$CT"
	[[ $status -eq 0 && -z $output ]] || fail "$status: $output"
	[[ ! -e $DIR/pid || $(<"$DIR/pid") == "$(state_of "$CT" .pid)" ]]
	[[ $* != *pid-file* || -e $DIR/pid ]]
	rm -f "$DIR/pid"
	quietly delete --force "$CT"
}

@test "global options: both forms, any order, twice, and those of other versions of go-runc" {
	args sleep 1000
	each made_by <<-END
		--log=$DIR/log --log-format=json create --bundle $BUNDLE
		--log $DIR/log --log-format json create --bundle $BUNDLE
		--debug --log $DIR/log create --bundle $BUNDLE
		--debug --log $DIR/log --log-format json --criu /usr/bin/criu create --bundle $BUNDLE
		--rootless=false create --bundle $BUNDLE
		--rootless=auto create --bundle $BUNDLE
		--root=$ROOT --root=$ROOT create --bundle $BUNDLE
		--root=$ROOT --log=$DIR/log --root=$ROOT --log=$DIR/log create --bundle $BUNDLE
	END
	grep -q '"level":"debug"' "$DIR/log"
}

@test "global options of crun, as Podman and conmon-rs write them" {
	each made_by <<-END
		--cgroup-manager disabled create --bundle $BUNDLE
		--cgroup-manager=cgroupfs create --bundle $BUNDLE
		--log=file:$DIR/other --log-level=debug create --bundle $BUNDLE
		--log=file:$DIR/other --log-level=warning create --bundle $BUNDLE
		--log-level=error create --bundle $BUNDLE
	END
	written "$DIR/other"
	[[ ! -e $DIR/file: ]]
}

@test "create and run: each option, before the ID in any order" {
	args sleep 1000
	each made_by <<-END
		create --bundle $BUNDLE
		create --bundle=$BUNDLE --pid-file=$DIR/pid
		create -b $BUNDLE --pid-file $DIR/pid
		create --pid-file $DIR/pid --no-pivot --bundle $BUNDLE
		create --no-new-keyring --bundle $BUNDLE --pid-file $DIR/pid --no-pivot
		create --preserve-fds 0 -b $BUNDLE
		run --detach --bundle $BUNDLE --pid-file $DIR/pid
		run -d -b $BUNDLE --no-pivot
	END
	args true
	each made_by <<<"run --bundle $BUNDLE --keep"
}

@test "create: --pidfd-socket of go-runc 1.2" {
	listen_for_pidfd
	each made_by <<<"create --bundle $BUNDLE --pidfd-socket $DIR/pidfd --pid-file $DIR/pid"
	wait "$listener"
	written "$DIR/told"
}

# The words of an exec, and " = ", and what it prints.
exec_prints()
{
	local line="$*"
	IFS=' ' read -ra words <<<"${line% = *}"
	run -0 --separate-stderr tare exec "${words[@]}" </dev/null
	[[ -z $stderr && $output == "${line#* = }" ]] || fail "$output" "$stderr"
}

@test "exec: each option, and what stands behind the ID is the program's, dashes too" {
	running "$CT"
	echo '{"cwd": "/etc", "args": ["pwd"], "env": ["PATH=/bin"]}' >"$DIR/process.json"
	each exec_prints <<-END
		--process $DIR/process.json @ = /etc
		-p $DIR/process.json @ = /etc
		--process=$DIR/process.json @ = /etc
		--cwd /bin @ pwd = /bin
		--cwd=/bin @ pwd = /bin
		--env A=1 @ sh -c env|grep\${IFS}^A= = A=1
		-e A=1 -e A=2 @ sh -c env|grep\${IFS}^A= = A=2
		--user 3:4 @ id -g = 4
		-u 3 @ id -u = 3
		--user 3:4 --additional-gids 5 @ id -G = 4 5
		-u 3:4 -g 5 -g 6 @ id -G = 4 5 6
		--cap CAP_CHOWN --cap CAP_FOWNER @ echo y = y
		-c CAP_CHOWN @ echo y = y
		--no-new-privs @ grep -c NoNewPrivs:.1 /proc/self/status = 1
		--ignore-paused @ echo x = x
		--preserve-fds 0 @ echo x = x
		@ echo -d --detach -- -t = -d --detach -- -t
		@ echo --help = --help
	END
	quietly exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	quietly exec -d --pid-file="$DIR/pid" --process "$DIR/process.json" "$CT"
	[[ $(<"$DIR/pid") =~ ^[0-9]+$ ]]
	listen_for_console "$DIR/socket" --wait /dev/pts/
	echo '{"cwd": "/", "args": ["tty"], "env": ["PATH=/bin"], "terminal": true}' >"$DIR/process.json"
	quietly exec --tty --process "$DIR/process.json" --detach --console-socket "$DIR/socket" "$CT"
	heard_all
	listen_for_console "$DIR/socket2" --wait /dev/pts/
	quietly exec -t -d --console-socket="$DIR/socket2" "$CT" tty
	heard_all
}

# ends_by WORD...: a running container ends by these words.
ends_by()
{
	running "$CT" sh -c 'trap exit 15; trap exit 64; sleep 1000 & wait'
	# The highest bit is that of signal 64.
	wait_until grep -q '^SigCgt:.[89a-f]' "/proc/$(state_of "$CT" .pid)/status"
	quietly "$@"
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
}

@test "kill and delete: each form" {
	each ends_by <<-END
		kill @
		kill @ 15
		kill @ 9
		kill @ SIGKILL
		kill @ KILL
		kill @ TERM
		kill @ SIGTERM
		kill --all @ 9
		kill -a @ KILL
		kill --all @ SIGKILL
		kill @ 64
	END
	running "$CT"
	quietly delete --force "$CT"
	running "$CT"
	quietly delete -f "$CT"
	quietly delete --force "$CT"
}

# prints PATTERN WORD...
prints()
{
	local pattern=$1
	shift
	detached "$@"
	[[ $status -eq 0 && -z $stderr && $stdout =~ $pattern ]] || fail "$* : $status" "$output"
}

@test "list, state, ps, features, version and events: each form" {
	local pid
	cd "$DIR"
	running "$CT"
	pid=$(state_of "$CT" .pid)
	prints "^$CT\$" list -q
	prints "^$CT\$" list --quiet
	prints '^\[\{' list --format=json
	prints '^\[\{' list -f json
	prints '^ID  ' list
	prints "\"id\": \"$CT\"" state "$CT"
	prints "^\[$pid\]\$" ps --format json "$CT"
	prints "^\[$pid\]\$" ps -f json "$CT"
	prints "^UID .* $pid " ps --format table "$CT"
	prints "^UID .* $pid " ps "$CT"
	prints "^UID .* $pid " ps "$CT" -ef
	prints "PID.*$pid" ps --format table "$CT" -e -o pid,args
	prints '"ociVersionMax"' features
	prints "^$NAME version" --version
	prints "^$NAME version" -v
	quietly spec
	[[ -s config.json ]]
	prints '^\{"type":"stats",' events --stats "$CT"
	quietly pause "$CT"
	quietly resume "$CT"
	timeout 60 "$TARE" --root "$ROOT" events --interval=5s "$CT" >"$DIR/events" 3>&- &
	wait_until grep -q '"type":"stats"' "$DIR/events"
	quietly kill "$CT" KILL
	wait $!
}

@test "update: each form that gives limits, and each option of runc" {
	local form cgroup
	running "$CT"
	echo '{"unified": {"cgroup.max.depth": "7"}}' >"$DIR/limits.json"
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	for form in "--resources $DIR/limits.json" "--resources=$DIR/limits.json" "-r $DIR/limits.json" "--resources -" \
		"--resources=-" "-r -"; do
		echo 9 >"$cgroup/cgroup.max.depth"
		# shellcheck disable=SC2086 # two words
		tare update $form "$CT" <"$DIR/limits.json" >"$DIR/out" 2>&1
		[[ ! -s $DIR/out && $(<"$cgroup/cgroup.max.depth") == 7 ]]
	done
	# What cgroup v2 has not, and what this machine has no controller for, is an error that says so, never one of the syntax.
	for form in --memory=100000000 --memory-reservation=100000000 --memory-swap=200000000 --cpu-quota=50000 \
		--cpu-period=100000 --cpu-share=512 --cpu-burst=1000 --cpu-idle=0 --cpuset-cpus=0 --cpuset-mems=0 --blkio-weight=500 \
		--pids-limit=50 --kernel-memory=1 --kernel-memory-tcp=1 --cpu-rt-period=1 --cpu-rt-runtime=1 \
		--l3-cache-schema=L3:0=f --mem-bw-schema=MB:0=50; do
		detached update "$form" "$CT"
		[[ $stderr != *"unknown option"* && $stderr != *"not defined"* ]] || fail "$stderr"
	done
}

@test "checkpoint and restore, which are not there, say so by the exit status of their help" {
	run ! tare checkpoint --help
	run ! tare restore --lsm-mount-context
	running "$CT"
	run ! tare checkpoint --image-path "$DIR/image" --work-path "$DIR/work" --tcp-established --leave-running "$CT"
	has_status "$CT" running
	run ! tare restore --image-path "$DIR/image" --detach --pid-file "$DIR/pid" -no-subreaper --bundle "$BUNDLE" "$CT-2"
	[[ ! -e $DIR/pid && ! -e $DIR/image ]]
}

@test "an unknown option fails and is named, wherever it stands" {
	running "$CT"
	refuses invalidflag --invalidflag list
	refuses invalidflag --invalidflag=x create --bundle "$BUNDLE" "$CT-2"
	refuses invalidflag create --invalidflag --bundle "$BUNDLE" "$CT-2"
	refuses invalidflag delete --invalidflag "$CT"
	detached exec --invalidflag "$CT" true
	[[ $status -ne 0 && $stderr == *invalidflag* ]]
}
