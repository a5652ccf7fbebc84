#!/usr/bin/env bats
# The command line: help, and what is refused.

load helpers

COMMANDS="create start run exec state kill delete list ps pause resume update events mounts spec seccomp features help"

# The long options that the help of a command lists, each at the head of a line, perhaps behind its short form.
options_of()
{
	"$TARE" "$@" --help | sed -nE 's/^ *(-[A-Za-z],? +)?(--[a-z][a-z0-9-]*).*/\2/p' | sort -u
}

@test "--help lists the commands and the global options, on stdout" {
	local word
	run -0 --separate-stderr "$TARE" --help
	[[ -z $stderr ]]
	for word in $COMMANDS --root --log --log-format --debug --version --help; do
		grep -qE -- "(^|[ ,])$word([ ,=]|\$)" <<<"$output" || fail "no $word"
	done
	[[ $("$TARE" -h) == "$output" ]]
}

@test "without a command the help is shown" {
	run "$TARE"
	[[ $output == *create* && $output == *delete* ]]
}

@test "help shows what --help shows, of the program and of each command" {
	local command
	[[ $(tare help) == "$("$TARE" --help)" ]]
	for command in $COMMANDS; do
		run -0 --separate-stderr tare help "$command"
		[[ -z $stderr && $output == "$(tare "$command" --help)" ]] || fail "$command: $output" "$stderr"
	done
	detached help nonsense
	[[ $status -eq 1 && $stderr == *"unknown command 'nonsense'"* ]]
	detached help checkpoint
	[[ $status -eq 1 && $stderr == *"checkpoint is not supported"* ]]
	detached help create start
	[[ $status -eq 1 && $stderr == *"help: unexpected argument 'start'"* ]]
}

@test "each command has a help, on stdout, that needs no id and no state directory" {
	local command expected
	for command in $COMMANDS; do
		run -0 --separate-stderr tare "$command" --help
		[[ -z $stderr && $output == *"$command"* ]] || fail "$command: $output" "$stderr"
		expected=$output
		run -0 tare "$command" -h
		[[ $output == "$expected" ]]
	done
	[[ ! -e $ROOT ]]
}

@test "the help of a command lists its options" {
	local command options option
	while read -r command options; do
		for option in $options; do
			options_of "$command" | grep -qx -- "--$option" || fail "$command --help has no --$option"
		done
	done <<-END
		create bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds help
		run bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds detach keep no-subreaper help
		start help
		exec process detach tty console-socket pid-file pidfd-socket cwd env user additional-gids cap no-new-privs apparmor process-label cgroup ignore-paused preserve-fds help
		state help
		kill all regex help
		delete force regex help
		list format quiet help
		ps format help
		pause help
		resume help
		update resources blkio-weight cpu-burst cpu-idle cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-share help
		update cpuset-cpus cpuset-mems kernel-memory kernel-memory-tcp memory memory-reservation memory-swap pids-limit
		update l3-cache-schema mem-bw-schema
		events interval stats help
		spec bundle config rootless help
		seccomp bundle config call arch args disassemble format help
		features help
		help help
	END
}

@test "no help is wider than a terminal, and no option runs into its text" {
	local command lines
	for command in '' $COMMANDS; do
		lines=$("$TARE" ${command:+"$command"} --help)
		[[ -z $(awk 'length > 80' <<<"$lines") ]] || fail "$(awk 'length > 80' <<<"$lines")"
		# An option, its value if it has one, and the text in its column, two blanks away or on the line below.
		lines=$(sed -n '/^Options:/,/^$/p' <<<"$lines" | grep -vE \
			-e '^  (-[A-Za-z],|   ) --[a-z0-9-]+( [^ ]+)?  +[^ ]' -e '^  (-[A-Za-z],|   ) --[a-z0-9-]+( [^ ]+)?$' \
			-e '^ {33}[^ ]' -e '^(Options:)?$') || true
		[[ -z $lines ]] || fail "$lines"
	done
	"$TARE" --help | grep -A1 -- '--log-level error|warning|debug$' | tail -n 1 | grep -qE '^ {33}what goes into the log'
}

@test "each option that the help of a command lists is taken by it" {
	local command option
	# spec writes to the current directory.
	cd "$DIR"
	for command in $COMMANDS; do
		for option in $(options_of "$command"); do
			[[ $option != --help && $option != --version ]] || continue
			detached "$command" "$option"
			[[ $output != *"nknown"* && $output != *"not defined"* ]] || fail "$command $option: $output"
		done
	done
}

@test "an unknown option is an error that names it" {
	local command
	for command in $COMMANDS; do
		detached "$command" --nonsense "$CT"
		[[ $status -ne 0 && $stderr == *nonsense* ]] || fail "$command --nonsense: $status: $output"
		detached "$command" -Z "$CT"
		[[ $status -ne 0 && $stderr == *Z* ]] || fail "$command -Z: $status: $output"
		detached "$command" --nonsense=value "$CT"
		[[ $status -ne 0 && $stderr == *nonsense* ]] || fail "$command --nonsense=value: $status: $output"
	done
	detached --nonsense
	[[ $status -ne 0 && $stderr == *nonsense* ]]
	detached --nonsense state "$CT"
	[[ $status -ne 0 && $stderr == *nonsense* ]]
}

@test "an unknown command is an error that names it" {
	detached nonsense
	[[ $status -ne 0 && $stderr == *nonsense* ]]
}

# says TEXT ARG...: all that the command says.
says()
{
	detached "${@:2}"
	[[ $status -ne 0 && $output == "$1" ]] || fail "wanted: $1" "got:    $output"
}

@test "a command and an option with a slip are told what was meant, by whom it is that speaks" {
	says "tare: unknown command 'crate': did you mean 'create'?" crate --bundle "$BUNDLE" "$CT"
	says "tare: unknown command 'lst': did you mean 'list'?" help lst
	says "tare: unknown command 'nonsense'" nonsense
	says "tare: unknown option '--log-fromat': did you mean '--log-format'?" --log-fromat json list
	says "tare: create: unknown option '--bundel': did you mean '--bundle'?" create --bundel "$BUNDLE" "$CT"
	says "tare: create: unknown option '--pid-fil=x': did you mean '--pid-file'?" create --pid-fil=x "$CT"
	says "tare: list: unknown option '--nonsense'" list --nonsense
	says "tare: list: unexpected argument 'x'" list x
	says "tare: state: missing argument: expected ID" state
	says "tare: option --log-format: expected text or json, found 'jsno'" --log-format jsno list
}

@test "an option of another command is an error that names it" {
	detached state --force "$CT"
	[[ $status -ne 0 && $stderr == *force* ]]
	detached delete --all "$CT"
	[[ $status -ne 0 && $stderr == *all* ]]
}

@test "an option that lacks its value is an error that names it" {
	detached create --bundle
	[[ $status -ne 0 && $stderr == *bundle* ]]
	detached create "--bundle=" "$CT"
	[[ $status -ne 0 ]]
	detached --root
	[[ $status -ne 0 && $stderr == *root* ]]
}

@test "a value for an option that takes none is an error that names it" {
	detached delete --force=yes "$CT"
	[[ $status -ne 0 && $stderr == *force* ]]
}

@test "global options stand before the command, in both forms, and may be repeated" {
	create "$CT"
	[[ $("$TARE" --root="$ROOT" --root "$ROOT" --log-format=json --log-format json state "$CT" | jq -r .id) == "$CT" ]]
	[[ $("$TARE" --root /nowhere --root "$ROOT" state "$CT" | jq -r .id) == "$CT" ]]
}

@test "the last of an option given twice counts" {
	quietly create --bundle /nowhere --bundle "$BUNDLE" "$CT"
	has_status "$CT" created
}

@test "an id after -- is an id" {
	create "$CT"
	run -0 tare state -- "$CT"
	run -0 tare delete -- "$CT"
}

@test "--usage is help, too, and --criu is taken for old managers" {
	[[ $("$TARE" --usage) == "$("$TARE" --help)" ]]
	[[ $("$TARE" kill --usage) == "$("$TARE" kill --help)" ]]
	run -0 tare --criu /usr/sbin/criu list -q
	[[ -z $output ]]
}

@test "checkpoint and restore say that they are not supported, whatever they are asked" {
	local command
	for command in checkpoint restore; do
		refuses "$command is not supported, since tare is built without CRIU" "$command" --help
		refuses "$command is not supported" "$command" "$CT"
	done
	# Podman calls it this way to find out whether the command exists: the answer must not be that the value is
	# missing.
	refuses "restore is not supported" restore --lsm-mount-context
	[[ $stderr != *argument* ]]
}

# Their lines as go-runc, conmon and Podman write them, between them with every option that runc or crun has.
@test "checkpoint and restore as managers call them: said to the log, nothing is touched" {
	local options
	running
	while read -ra options; do
		rm -f "$DIR/log"
		refuses "${options[0]} is not supported" --log "$DIR/log" --log-format json "${options[@]}" "$CT"
		[[ $(jq -r '.level + " " + .code + " " + .msg' "$DIR/log") == "error not-supported ${options[0]} is not supported"* ]]
		[[ ! -e $DIR/image && ! -e $DIR/pid ]] || fail "${options[*]}"
	done <<-END
		checkpoint --image-path $DIR/image --work-path $DIR/image --leave-running
		checkpoint --tcp-established --tcp-skip-in-flight --ext-unix-sk --shell-job --file-locks --link-remap
		checkpoint --parent-path ../parent --pre-dump --auto-dedup --image-path $DIR/image
		checkpoint --lazy-pages --page-server 127.0.0.1:9 --status-fd 1
		checkpoint --manage-cgroups-mode soft --empty-ns network --network-lock nftables
		restore --image-path $DIR/image --work-path $DIR/image --detach --bundle $BUNDLE --console-socket $DIR/s --pid-file $DIR/pid
		restore -d -b $BUNDLE --no-pivot -no-subreaper --manage-cgroups-mode=ignore --auto-dedup --lazy-pages
		restore --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --link-remap --empty-ns network
		restore --lsm-profile selinux:label --lsm-mount-context context
	END
	has_status "$CT" running
}

@test "without its program the systemd driver is refused by name where a cgroup would be made, in each way to ask for it" {
	local -a options
	while read -ra options; do
		refuses "the systemd cgroup driver needs the program '/nowhere/tare-systemd'" \
			--systemd-helper /nowhere/tare-systemd "${options[@]}" create --bundle "$BUNDLE" "$CT"
		refuses "the systemd cgroup driver needs the program" \
			"${options[@]}" --systemd-helper=/nowhere/tare-systemd run --bundle "$BUNDLE" "$CT"
	done <<-END
		--systemd-cgroup
		--systemd-cgroup=true
		-systemd-cgroup
		--cgroup-manager systemd
		--cgroup-manager=systemd
		--cgroup-manager cgroupfs --systemd-cgroup
	END
	[[ ! -e $ROOT/$CT ]]
	quietly --systemd-cgroup=false create --bundle "$BUNDLE" "$CT"
	# Managers give this option with each command. Commands for a container that exists go by what that container
	# has.
	run -0 tare --systemd-cgroup state "$CT"
	quietly --systemd-cgroup --root="$ROOT" --systemd-cgroup kill "$CT" KILL
	quietly --cgroup-manager systemd delete --force "$CT"
	# Podman says both where no cgroup is to be made.
	quietly --systemd-cgroup --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	tare --systemd-helper /nowhere/tare-systemd features |
		jq -e '.linux.cgroup | .systemd == false and .systemdUser == false'
	tare --systemd-helper /bin/true features | jq -e '.linux.cgroup | .systemd and .systemdUser'
}

@test "a word that a global option does not have is an error, whatever the command" {
	refuses "option --cgroup-manager: expected cgroupfs, systemd or disabled, found 'none'" --cgroup-manager none list
	refuses "option --rootless: expected true, false or auto, found 'yes'" --rootless=yes list
}

@test "a name that stands for another handler than containers is refused" {
	local name
	for name in krun crun-wasm; do
		ln -s "$TARE" "$DIR/$name"
		run -1 --separate-stderr "$DIR/$name" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
		[[ $stderr == *"called as '$name': other handlers than containers are not supported"* ]]
	done
	ln -s "$TARE" "$DIR/crun"
	run -0 "$DIR/crun" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
}
