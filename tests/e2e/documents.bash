# What the tests share that run what a document shows, as a reader would: with tare in PATH, with the state directory that tare
# has when nothing else is said, and with /srv, a file system of the test.
#
# shellcheck shell=bash disable=SC2034

# Goes to the directory in which a reader works. For setup, after base_setup.
as_a_reader()
{
	[[ ! ${E2E_USER-} ]] || skip "the examples are for root"
	[[ $(</proc/self/cgroup) == *0::/session* ]] || skip "the names in the examples want a machine of their own: run by pure-v2"
	mount -t tmpfs -o mode=755 tmpfs /srv
	READER=here
	mkdir "$DIR/bin" /srv/here
	ln -s "$TARE" "$DIR/bin/tare"
	PATH=$DIR/bin:$PATH
	cd /srv/here || return
}

# reader_leaves [FILE...]: for teardown, before base_teardown. Undoes as_a_reader, and deletes these files and all
# containers that are left. After a skip it changes nothing, since /run may then be that of the machine.
reader_leaves()
{
	[[ ${READER-} ]] || return 0
	cd /
	delete_all /run/tare
	rm -rf /run/tare "$@"
	# A process that has just ended may hold it for a moment.
	wait_until umount --quiet /srv
}

# shown [COMMAND...]: the script of the test ($DIR/script), run by COMMAND if there is one, with a standard input that does not
# end. Sets output; fails when one of its commands fails.
shown()
{
	status=0
	"$@" bash -eo pipefail "$DIR/script" <> <(:) >"$DIR/shown" 2>&1 3>&- || status=$?
	output=$(<"$DIR/shown")
	[[ $status -eq 0 ]] || fail "exit $status" "$(<"$DIR/script")" "$output"
}

# needs CONTROLLER...: skips the test where one of them is missing.
needs()
{
	local controller
	for controller; do
		grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || skip "the cgroup v2 tree has no $controller controller here"
	done
}
