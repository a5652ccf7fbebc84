#!/usr/bin/env bats
# The texts of errors that managers match on, and that they show to their users: one table of them.

# stderr and status are set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

# The table: the state of the container, the exit status, the text, and the command. NAME is the runtime's, @ the
# container's ID, ... any text. Behind "create" there is a filter for the configuration, behind "exec" the whole command line.
rows()
{
	cat <<-'END'
		none     1  NAME create failed: unable to start container process: ...exec: "nope": executable file not found in $PATH | create .process.args = ["nope"]
		none     1  NAME create failed: unable to start container process: ...exec: "/nope": stat /nope: no such file or directory | create .process.args = ["/nope"]
		none     1  NAME create failed: unable to start container process: ...exec: "./bin/nope": stat ./bin/nope: no such file or directory | create .process.args = ["./bin/nope"]
		none     1  NAME create failed: unable to start container process: ...exec: "/etc": permission denied | create .process.args = ["/etc"]
		none     1  NAME create failed: unable to start container process: ...exec: "/bin/noexec": permission denied | create .process.args = ["/bin/noexec"]
		none     1  NAME create failed: ...error mounting "/missing" to rootfs at "/m": ...no such file or directory | create .mounts += [{destination: "/m", source: "/missing", type: "bind", options: ["bind"]}]
		none     1  NAME create failed: ...error mounting "/etc/passwd" to rootfs at "/etc": ...not a directory | create .mounts += [{destination: "/etc", source: "/etc/passwd", type: "bind", options: ["bind"]}]
		none     1  NAME create failed: ...error mounting "/etc" to rootfs at "/etc/passwd": ...not a directory | create .mounts += [{destination: "/etc/passwd", source: "/etc", type: "bind", options: ["bind"]}]
		none     1  ...invalid container ID format... | state a/b
		none     1  container does not exist... | state @
		none     1  container does not exist... | start @
		none     1  container does not exist... | kill @
		none     1  container does not exist... | kill --all @ 9
		none     1  container does not exist... | delete @
		none     1  container does not exist... | pause @
		none     1  container does not exist... | resume @
		none     1  container does not exist... | ps --format json @
		none     1  container does not exist... | events --stats @
		none     1  container does not exist... | update --memory 100000000 @
		none   255  exec failed: container does not exist... | exec @ true
		created  1  NAME create failed: container with given ID already exists... | create .
		created  1  container not paused | resume @
		running  1  NAME create failed: container with given ID already exists... | create .
		running  1  cannot start an already running container | start @
		running  1  cannot delete container @ that is not stopped: running | delete @
		running  1  container not paused | resume @
		running 255 exec failed: unable to start container process: exec: "nope": executable file not found in $PATH | exec @ nope
		running 255 exec failed: unable to start container process: exec: "nope": executable file not found in $PATH | exec --detach --pid-file PIDFILE @ nope
		running 255 exec failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory | exec @ /nope
		running 255 exec failed: unable to start container process: exec: "/etc": permission denied | exec @ /etc
		running 255 exec failed: unable to start container process: exec: "/bin/noexec": permission denied | exec --detach --pid-file PIDFILE @ /bin/noexec
		running 255 exec failed: unable to start container process: chdir to cwd ("/x") set in config.json failed: no such file or directory | exec --cwd /x @ true
		running 255 exec failed: unable to start container process: chdir to cwd ("/etc/passwd") set in config.json failed: not a directory | exec --cwd /etc/passwd @ true
		paused   1  container not running | pause @
		paused 255  exec failed: cannot exec in a paused container (use --ignore-paused to override) | exec @ true
		paused   1  cannot start a ...paused... | start @
		stopped  1  cannot start a container that has stopped | start @
		stopped  1  container not running | kill @
		stopped  1  container not running | kill @ 0
		stopped  1  container not running | pause @
		stopped  1  container not paused | resume @
		stopped  1  container with id @ is not running | events --stats @
		stopped 255 exec failed: cannot exec in a stopped container | exec @ true
		stopped  1  NAME create failed: container with given ID already exists... | create .
		stopped  1  container not running | update --memory 100000000 @
	END
}

# bring_to STATE
bring_to()
{
	case $1 in
		created) args sleep 1000 && create "$CT" ;;
		running) quietly start "$CT" ;;
		paused) quietly pause "$CT" ;;
		stopped)
			quietly resume "$CT"
			quietly kill "$CT" KILL
			wait_until has_status "$CT" stopped
			;;
	esac
}

# says STATUS PATTERN ARG...: the command fails so, says so on stderr and alike in the log, and writes no pid file.
says()
{
	local wanted=$1 pattern=$2 message
	shift 2
	detached --log "$DIR/log" --log-format json "$@"
	message=$(jq -r 'select(.level == "error").msg' "$DIR/log")
	# shellcheck disable=SC2053 # a pattern
	[[ $status -eq $wanted && -z $stdout && $stderr == "$message" && $stderr == $pattern ]] ||
		echo "$*: wanted $wanted and: $pattern" $'\n'"  got $status, stdout '$stdout' and: $stderr"
	[[ $(grep -c '"level":"error"' "$DIR/log") -eq 1 && ! -e $DIR/pid ]] || echo "$*: log: $(<"$DIR/log")"
	rm -f "$DIR/log"
}

# row STATUS TEXT COMMAND
row()
{
	local pattern=${2//NAME/$NAME} command=${3//@/$CT} words
	printf -v pattern %q "${pattern//@/$CT}"
	pattern=${pattern//.../*}
	command=${command//PIDFILE/$DIR/pid}
	if [[ $command == "create "* ]]; then
		config "${command#create }"
		says "$1" "$pattern" create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
		cp "$DIR/config.json" "$BUNDLE"
	else
		read -ra words <<<"$command"
		says "$1" "$pattern" "${words[@]}"
	fi
}

@test "each text that managers match on, in each state of the container" {
	local state code text command now=none wrong count=0
	echo nothing >"$BUNDLE/rootfs/bin/noexec"
	cp "$BUNDLE/config.json" "$DIR"
	wrong=$(
		while read -r state code text; do
			command=${text#* | }
			[[ $state == "$now" ]] || bring_to "$state"
			now=$state
			row "$code" "${text%% | *}" "$command"
		done < <(rows)
	)
	[[ -z $wrong ]] || fail "$wrong"
	count=$(rows | wc -l)
	((count > 40))
}

# Docker makes exit status 127 of "no such file or directory", and 126 of "permission denied"; Podman 126 of that.
@test "a lack of permission is told as nothing else, and a limit that cannot be set as neither" {
	config '.process.user = {uid: 7, gid: 7} | .process.args = ["/bin/private"]'
	cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/bin/private"
	chmod 700 "$BUNDLE/rootfs/bin/private"
	refuses 'exec: "/bin/private": permission denied' create --bundle "$BUNDLE" "$CT"
	[[ $stderr != *"no such file"* ]]
	chmod 755 "$BUNDLE/rootfs/bin/private"
	config '.linux.resources.unified = {"nocontroller.max": "1"}'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *nocontroller* ]] || fail "$output"
	[[ ! $stderr =~ "no such file"|"not a directory"|"not found"|"permission denied"|"not permitted" ]] || fail "$output"
}
