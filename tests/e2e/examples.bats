#!/usr/bin/env bats
# The examples of the manual pages, taken from the pages as a reader sees them and run as they stand there, all lines of a page
# in one shell. /srv is a file system of this test, with the bundle /srv/web; "web" is a container that runs unless the page
# is to make it. A page that is not named here is one that the last test misses.

load helpers
load documents

MADE=${TARE%/*}/docs/made

setup()
{
	base_setup
	command -v mandoc >/dev/null || skip "there is no mandoc"
	as_a_reader
	mkdir /srv/data "$BUNDLE/rootfs/data"
	args sleep 1000
	cp -a "$BUNDLE" /srv/web
}

teardown()
{
	reader_leaves /run/web.pid
	base_teardown
}

# The container of the examples, created or running.
web_created()
{
	"$TARE" create --bundle /srv/web web </dev/null >"$DIR/stdout" 2>"$DIR/stderr"
}

web()
{
	web_created
	"$TARE" start web
}

# examples PAGE [NAME]: what stands under EXAMPLES, unindented.
examples()
{
	mandoc -Tascii -Owidth=78 "$MADE/man/$1.1" | col -b -x | sed -n '/^EXAMPLES/,/^[A-Z]/ { s/^           //p }'
}

# script PAGE: the examples as a shell reads them. What "cat FILE" shows in a page is what the file has to hold.
script()
{
	examples "$1" | awk -v here="$PWD" '
		/^[#$] / {
			file = ""
			line = substr($0, 3)
			print line
			more = line ~ /[|\\]$/
			if (line ~ /^cat [^ |]+$/)
				file = here "/" substr(line, 5)
			next
		}
		more { print; more = /[|\\]$/; next }
		file != "" && NF { print >file; next }
		NF { print "an example has a line that is neither a command nor what cat shows: " $0 >"/dev/stderr"; exit 1 }
	' >"$DIR/script"
	[[ -s $DIR/script ]] || fail "$1 has no examples"
}

# example PAGE: runs them all, with a standard input that does not end. Sets output; fails when one of them fails.
example()
{
	script "$1"
	shown
}

# on_a_terminal PAGE STEP...: runs them on a terminal, where somebody does these steps.
on_a_terminal()
{
	script "$1"
	run -0 python3 "$LIB/console.py" pty "${@:2}" -- bash -eo pipefail "$DIR/script"
}

# status_of NAME: of a container in the state directory that tare has when nothing else is said.
status_of()
{
	"$TARE" state "$1" | jq -r .status
}

# has_lines FILE COUNT
has_lines()
{
	(($(wc -l <"$1") >= $2))
}

@test "every page has its examples run here" {
	local page
	for page in "$MADE"/man/*.1; do
		page=${page##*/}
		grep -qF "@test \"${page%.1}(1)" "$BATS_TEST_FILENAME" || fail "nobody runs the examples of ${page%.1}"
	done
}

@test "tare(1): a bundle from nothing and a shell in it, then the steps of its life" {
	# The second half is for a configuration without a terminal, as it says.
	script tare
	sed '/^tare create/,$d' "$DIR/script" >"$DIR/first"
	sed '1,/^tare run/d' "$DIR/script" >"$DIR/second"
	run -0 python3 "$LIB/console.py" pty --wait '# ' --type $'echo I am $$; exit\r' -- bash -e "$DIR/first"
	[[ $output == *"I am 1"* ]] || fail "$output"
	jq '.process.terminal = false' bundle/config.json >new && mv new bundle/config.json
	bash -e "$DIR/second" <> <(:) >"$DIR/shown" 2>&1 3>&- || fail "$(<"$DIR/shown")"
	[[ $(jq -r .status "$DIR/shown") == running && ! -e /run/tare/hello ]]
}

@test "tare-create(1)" {
	example tare-create
	[[ -z $output && $("$TARE" state web | jq .pid) == "$(</run/web.pid)" ]]
}

@test "tare-delete(1)" {
	web
	example tare-delete
	[[ -z $output && ! -e /run/tare/web ]]
}

# Whether a process listens at the socket: the socket has its name before listen(2).
listens_at()
{
	grep -q ": [0-9A-F]* [0-9A-F]* 00010000 .* $1\$" /proc/net/unix
}

# In two terminals; then with a file instead of the first one.
@test "tare-recvtty(1)" {
	local receiver
	ln -s "${TARE%/*}/tare-recvtty" "$DIR/bin/tare-recvtty"
	script tare-recvtty
	sed -n 1p "$DIR/script" >"$DIR/first"
	sed '1d; $d' "$DIR/script" >"$DIR/second"
	rm /srv/web/config.json
	python3 "$LIB/console.py" pty --wait '# ' --type $'echo I am $$; exit\r' -- bash -e "$DIR/first" >"$DIR/shown" 2>&1 3>&- &
	receiver=$!
	wait_until listens_at /run/web.tty
	bash -e "$DIR/second" </dev/null >"$DIR/stdout" 2>&1 3>&- || fail "$(<"$DIR/stdout")"
	wait "$receiver" || fail "$(<"$DIR/shown")"
	grep -q "I am 1" "$DIR/shown"
	"$TARE" delete --force web
	jq '.process.args = ["echo", "for the record"]' /srv/web/config.json >new && mv new /srv/web/config.json
	sed -n '$p' "$DIR/script" >"$DIR/first"
	bash -e "$DIR/first" 3>&-
	wait_until listens_at /run/web.tty
	sed 1d "$DIR/second" >"$DIR/third"
	bash -e "$DIR/third" </dev/null >"$DIR/stdout" 2>&1 3>&- || fail "$(<"$DIR/stdout")"
	wait_until grep -q "for the record" web.log
}

# events runs until the container ends.
@test "tare-events(1)" {
	local pid
	web
	script tare-events
	# jq writes lines at once on a terminal only. What stdbuf loads for that comes before a sanitizer.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 stdbuf -oL bash -eo pipefail "$DIR/script" >"$DIR/shown" 2>&1 3>&- &
	pid=$!
	wait_until has_lines "$DIR/shown" 2 || fail "$(<"$DIR/shown")"
	"$TARE" kill web KILL
	wait "$pid"
	# Without the controller there is no such number.
	[[ -z $(grep -vxE '[0-9]+|null' "$DIR/shown") ]] || fail "$(<"$DIR/shown")"
	! grep -qw memory /sys/fs/cgroup/cgroup.controllers || [[ $(<"$DIR/shown") != *null* ]]
}

@test "tare-exec(1)" {
	web
	on_a_terminal tare-exec --wait '# ' --type $'echo it is $((6 * 7)); exit\r'
	[[ $output == *"it is 42"* && $output == *"uid=1000 gid=1000"* ]] || fail "$output"
}

@test "tare-features(1)" {
	example tare-features
	grep -qx rbind <<<"$output"
}

@test "tare-help(1)" {
	example tare-help
	[[ $output == *"tare create [OPTION...] NEW-ID"* ]]
}

@test "tare-kill(1)" {
	web
	example tare-kill
	wait_until stopped
}

stopped()
{
	[[ $(status_of web) == stopped ]]
}

@test "tare-list(1): nothing has stopped, and one of two has" {
	web
	example tare-list
	[[ -z $output && $(status_of web) == running ]] || fail "$output"
	cp -a /srv/web /srv/other
	"$TARE" create --bundle /srv/other other </dev/null >"$DIR/stdout" 2>"$DIR/stderr"
	"$TARE" kill web KILL
	wait_until stopped
	example tare-list
	[[ $("$TARE" list --quiet) == other ]]
}

@test "tare-mounts(1)" {
	web
	example tare-mounts
	[[ -z $("$TARE" exec web grep -w /data /proc/mounts) ]]
}

@test "tare-pause(1)" {
	web
	echo kept >/srv/web/rootfs/data/file
	example tare-pause
	[[ $(<backup/file) == kept && $(status_of web) == running ]]
}

@test "tare-ps(1)" {
	web
	example tare-ps
	[[ $output == *"sleep 1000"* ]]
}

@test "tare-resume(1)" {
	web
	"$TARE" pause web
	example tare-resume
	[[ $(status_of web) == running ]]
}

@test "tare-run(1)" {
	cd /srv/web
	jq '.process.args = ["sh", "-c", "exit 3"]' config.json >new
	mv new config.json
	script tare-run
	run -0 bash "$DIR/script"
	[[ $output == 3 ]] || fail "$output"
}

@test "tare-seccomp(1)" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["clone"], action: "SCMP_ACT_ERRNO",
			args: [{index: 0, value: 268435456, valueTwo: 268435456, op: "SCMP_CMP_MASKED_EQ"}]},
			{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	cp "$BUNDLE/config.json" /srv/web
	web
	cd /srv/web
	example tare-seccomp
	[[ $output == *clone*SCMP_ACT_ERRNO*acct* ]] || fail "$output"
}

@test "tare-spec(1)" {
	rm /srv/web/config.json
	example tare-spec
	jq -e '.process.args == ["httpd"] and .process.terminal == false and .ociVersion' /srv/web/config.json
}

@test "tare-start(1)" {
	web_created
	example tare-start
	[[ -z $output && $(status_of web) == running ]]
}

@test "tare-state(1)" {
	web
	example tare-state
	[[ $output == running ]]
}

@test "tare-stats(1)" {
	web
	TERM=xterm on_a_terminal tare-stats --wait "web  running" --type q
	[[ $'\n'$output == *$'\n'*$'\t'web* ]] || fail "$output"
	[[ $(tail -n 1 /srv/tare.txt) == "# EOF" && $(</srv/tare.txt) == *'tare_container_cpu_usage_seconds_total{id="web"} '* ]]
}

# bats test_tags=machine
@test "tare-update(1)" {
	needs cpu memory
	web
	example tare-update
	[[ -z $output && $("$TARE" exec web cat /sys/fs/cgroup/{cpu.max,memory.max,memory.high}) == $'50000 100000\n268435456\n419430400' ]]
}
