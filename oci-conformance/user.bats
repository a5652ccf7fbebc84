# process.user: who the program is.

load lib

@test "process.user.uid and gid: the program has them" {
	config '.process.user = {uid: 1234, gid: 5678}'
	prints $'1234\n5678' sh -c 'id -u; id -g'
}

@test "process.user.uid and gid: files that it makes belong to them" {
	config '.process.user = {uid: 1234, gid: 5678}'
	runs touch /shared/file
	equal "$(stat -c %u:%g "$SHARED/file")" 1234:5678
}

@test "process.user.uid and gid: real, effective, saved and file system ids are the same" {
	config '.process.user = {uid: 1234, gid: 5678}'
	script 'grep -E "^(Uid|Gid):" /proc/self/status | tr -s "\t" " "'
	prints $'Uid: 1234 1234 1234 1234\nGid: 5678 5678 5678 5678'
}

# absent FIELD: the user has no such id. FIELD is its line of /proc/PID/status.
absent()
{
	create
	if [[ $status -eq 0 ]]; then
		equal "$(awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(pid_of)/status")" 0
		deviation "it is 0, as in the documents of programs that leave zeros out"
	fi
	startable
}

@test "process.user.uid: a user without it MUST generate an error" {
	config '.process.user = {gid: 1000}'
	absent Uid
}

@test "process.user.gid: a user without it MUST generate an error" {
	config '.process.user = {uid: 1000}'
	absent Gid
}

@test "process.user.additionalGids: they are added to the process" {
	config '.process.user.additionalGids = [300, 4294967294, 20]'
	runs grep ^Groups: /proc/self/status
	for group in 20 300 4294967294; do
		[[ $output =~ [[:space:]]$group([[:space:]]|$) ]] || fail "$group is not in $output"
	done
}

@test "process.user.additionalGids: they give the access of the group" {
	mkdir -m 770 "$SHARED/of-the-group"
	chgrp 4321 "$SHARED/of-the-group"
	config '.process.user = {uid: 1234, gid: 5678, additionalGids: [4321]}'
	script 'cd /shared/of-the-group && touch file && echo written'
	prints written
}

@test "process.user.umask: the program has it" {
	config '.process.user.umask = 23'
	prints 0027 probe umask
}

@test "process.user.umask: zero is a mask, too" {
	config '.process.user.umask = 0'
	prints 0000 probe umask
}

# The sentence has its "should" in small letters.
@test "process.user.umask: without it the program has the mask of the runtime's caller" {
	umask 0027
	runs probe umask
	[[ $output != 0022 ]] || deviation "it is 0022 whoever calls, as runc has always had it"
	equal "$output" 0027
}

@test "process.user.username: it belongs to another platform and is ignored" {
	config '.process.user.username = "nobody"'
	prints 0 id -u
}
