#!/usr/bin/env bats
# scripts/check-layers is fed small trees, each with one rule broken, and has to name the place and the rule.

setup()
{
	check="$BATS_TEST_DIRNAME/../../scripts/check-layers"
	tree=$BATS_TEST_TMPDIR/tree
	file src/base/error.h 'struct error;'
	file src/base/text.h 'int text_number(const char *text);'
	file src/plan/plan.h '#include "base/error.h"' '#include "ocispec.h"'
	file src/host/host.h '#include "plan/plan.h"' '#include "sync.h"'
	file src/init/init.h '#include "plan/plan.h"' '#include "hooks.h"'
	file src/sync.h '#include "base/error.h"'
	file src/hooks.h '#include "ocispec.h"' '#include "plan/plan.h"'
	file src/commands/commands.h '#include "host/host.h"'
	file src/commands/run.h 'int run_wait(void);'
	file src/main.c '#include "commands/commands.h"' '#include "base/error.h"'
	file libocispec/include/ocispec.h '#include "ocispec/types.h"'
	file libocispec/include/ocispec/types.h '#include <stdbool.h>'
}

# file PATH LINE...: writes a file of the tree.
file()
{
	mkdir -p "$tree/$(dirname "$1")"
	printf '%s\n' "${@:2}" >"$tree/$1"
}

# expect TEXT: the tree is refused, with TEXT as the one complaint.
expect()
{
	run "$check" "$tree"
	[ "$output" = "$1" ] || { printf 'wanted: %s\ngot: %s\n' "$1" "$output"; return 1; }
	[ "$status" -eq 1 ]
}

accept()
{
	run "$check" "$tree"
	[ -z "$output" ] || { echo "$output"; return 1; }
	[ "$status" -eq 0 ]
}

@test "a tree that keeps the rules passes without a word" {
	accept
}

@test "base has never heard of another room" {
	file src/base/error.c '' '#include "plan/plan.h"'
	expect "src/base/error.c:2: base may not include 'plan/plan.h'"
	file src/base/error.c '#include "ocispec.h"'
	expect "src/base/error.c:1: base may not include 'ocispec.h'"
}

@test "libocispec knows nothing of src" {
	file libocispec/src/reader.c '#include "base/error.h"'
	expect "libocispec/src/reader.c:1: libocispec may not include 'base/error.h'"
}

@test "plan includes neither host, init nor sync" {
	for header in host/host.h init/init.h sync.h hooks.h; do
		file src/plan/mounts.c "#include \"$header\""
		expect "src/plan/mounts.c:1: plan may not include '$header'"
	done
}

@test "sync includes base and nothing else" {
	file src/sync.c '#include "base/error.h"' '#include "sync.h"' '#include "plan/plan.h"'
	expect "src/sync.c:3: sync may not include 'plan/plan.h'"
}

@test "hooks include neither side" {
	for header in host/host.h init/init.h sync.h; do
		file src/hooks.c "#include \"$header\""
		expect "src/hooks.c:1: hooks may not include '$header'"
	done
}

@test "init does not include the host, and neither includes the commands" {
	file src/host/start.c '#include "commands/commands.h"'
	expect "src/host/start.c:1: host may not include 'commands/commands.h'"
	rm "$tree/src/host/start.c"
	file src/init/steps.c '#include "host/host.h"'
	expect "src/init/steps.c:1: init may not include 'host/host.h'"
	file src/init/steps.c '#include "ocispec.h"'
	expect "src/init/steps.c:1: init may not include 'ocispec.h'"
}

@test "of the host's rooms the verbs and those that spawn alone know init" {
	file src/host/spawn/spawn.h '#include "init/init.h"'
	file src/host/exec.c '#include "init/init.h"'
	accept
	file src/host/container/status.c '#include "init/init.h"'
	expect "src/host/container/status.c:1: host/container may not include 'init/init.h'"
}

@test "the host's inner rooms include those below them, and no others" {
	local room other
	file src/host/spawn/spawn.h '#include "plan/plan.h"'
	file src/host/cgroup/cgroup.h '#include "plan/plan.h"'
	file src/host/resctrl/resctrl.h '#include "plan/plan.h"'
	file src/host/container/container.h '#include "host/cgroup/cgroup.h"' '#include "host/resctrl/resctrl.h"'
	file src/host/stats/stats.h '#include "host/cgroup/cgroup.h"' '#include "host/resctrl/resctrl.h"'
	file src/host/attach/attach.h '#include "host/container/container.h"'
	accept
	while read -r room other; do
		file "src/host/$room/$room.c" "#include \"host/$other\""
		expect "src/host/$room/$room.c:1: host/$room may not include 'host/$other'"
		rm "$tree/src/host/$room/$room.c"
	done <<-END
		cgroup container/container.h
		cgroup host.h
		resctrl cgroup/cgroup.h
		stats container/container.h
		container attach/attach.h
		container spawn/spawn.h
		spawn container/container.h
		attach spawn/spawn.h
		attach cgroup/cgroup.h
	END
}

@test "what create and delete do with a container's directory is no command's business" {
	file src/host/container/setup.h '#pragma once'
	file src/host/create.c '#include "host/container/setup.h"'
	accept
	file src/commands/run.c '#include "host/container/setup.h"'
	expect "src/commands/run.c:1: 'host/container/setup.h' is the own business of host/container"
}

@test "a header shows at most 40 functions" {
	file src/base/many.h '/* int in_a_comment(void); */' $'struct many {\n\tint (*member)(void);\n};' \
		"$(printf 'int shown_%d(int a,\n\tint b);\n' {1..40})"
	accept
	file src/base/many.h "$(printf 'int shown_%d(int a);\n' {1..41})"
	expect "src/base/many.h:1: the header shows 41 functions, the limit is 40"
}

@test "files that call each other in a circle are refused" {
	file src/base/fd.c $'int fd_open(void)\n{\n\treturn text_open();\n}'
	file src/base/text.c $'int text_open(void)\n{\n\treturn 0; /* fd_open() */\n}'
	accept
	file src/base/text.c $'static int again(void)\n{\n\treturn fd_open();\n}\n\nint text_open(void)\n{\n\treturn again();\n}'
	expect "src/base/fd.c:1: files call each other in a circle: src/base/fd.c -> src/base/text.c -> src/base/fd.c"
	# A name in a table is no call.
	file src/base/text.c $'int (*const openers[])(void) = {\n\tfd_open,\n};\n\nint text_open(void)\n{\n\treturn 0;\n}'
	accept
}

@test "a header of the same directory cannot hide its room" {
	file src/init/steps.c '#include "init.h"'
	accept
	file src/plan/dump.c '#include "../host/host.h"'
	expect "src/plan/dump.c:1: '../host/host.h' climbs: name it from src/"
}

@test "what the files of a room share among themselves is no other room's business" {
	file src/host/parts.h '#pragma once'
	file src/host/kill.c '#include "host/parts.h"'
	accept
	file src/commands/kill.c '#include "host/parts.h"'
	expect "src/commands/kill.c:1: 'host/parts.h' is the own business of host"
}

@test "an include in a comment or behind other text is no include" {
	file src/base/error.c '/*' '#include "plan/plan.h"' '*/' '// #include "plan/plan.h"'
	accept
}

@test "a command does not include another command" {
	file src/commands/run.c '#include "commands/commands.h"' '#include "commands/run.h"'
	accept
	file src/commands/create.c '#include "commands/run.h"'
	expect "src/commands/create.c:1: a command does not include another: 'commands/run.h'"
}

@test "main does not reach past the commands" {
	file src/main.c '#include "init/init.h"'
	expect "src/main.c:1: main may not include 'init/init.h'"
}

@test "what makes the man pages reads the tables, and nothing of how a container is made" {
	file docs/generate/page.c '#include "commands/commands.h"' '#include "host/host.h"'
	accept
	file docs/generate/page.c '#include "init/init.h"'
	expect "docs/generate/page.c:1: docs may not include 'init/init.h'"
}

@test "tools know libc alone" {
	file tools/tool.c '#include "base/error.h"'
	expect "tools/tool.c:1: tools may not include 'base/error.h'"
}

@test "the seccomp compiler is a room in the plan's, which knows nothing of the plan" {
	file src/plan/seccomp.c '#include "plan/seccomp/seccomp.h"'
	file src/plan/seccomp/seccomp.h '#include "base/error.h"'
	file src/plan/seccomp/search.c '#include "plan/seccomp/seccomp.h"'
	accept
	file src/plan/plan.h 'struct plan;'
	file src/plan/seccomp/search.c '#include "plan/plan.h"'
	expect "src/plan/seccomp/search.c:1: plan/seccomp may not include 'plan/plan.h'"
}

@test "a room that the plan does not have is refused" {
	file src/util/list.h 'struct list;'
	expect "src/util/list.h:1: there is no room 'util' in the plan of the tree"
}

@test "each foreign library has its one file" {
	file libocispec/src/reader.c '#include <yajl/yajl_parse.h>'
	file src/plan/seccomp/calls.c '#include <seccomp.h>' '#include <linux/seccomp.h>'
	file src/plan/capabilities.c '#include <sys/capability.h>'
	accept
}

@test "a foreign library outside its file is refused" {
	local header library files
	while IFS='|' read -r header library files; do
		file src/base/log.c "#include <$header>"
		expect "src/base/log.c:1: $library belongs to $files"
	done <<-END
		yajl/yajl_gen.h|yajl|libocispec/src/reader.c
		seccomp.h|libseccomp|src/plan/seccomp/calls.c
		sys/capability.h|libcap|src/plan/capabilities.c and tests/unit/test_capabilities.c
	END
}

@test "banned calls are refused wherever they stand" {
	local call
	for call in strcpy strcat sprintf vsprintf strtok alloca system select atoi strtol realpath getpwnam getpwuid_r \
		getgrgid initgroups syscall popen; do
		file src/host/state.c '' "	x = $call (a, b);"
		run "$check" "$tree"
		[ "$status" -eq 1 ] && [[ $output == "src/host/state.c:2: $call() "* ]] || { echo "$call: $output"; return 1; }
	done
}

@test "what only looks like a banned call is let through" {
	file src/host/state.c 'snprintf(a, b, c); mount_select(a); ops->system(a); getgroups(0, NULL); /* strcpy(a) */' \
		'"system(x)"; // atoi(x)' "c = '\"'; use(\"sprintf(\"); select_one();"
	accept
}

@test "syscall() stands in base/syscall.h, strtoull() in base/text.c" {
	file src/base/syscall.h 'return syscall(SYS_x);'
	file src/base/text.c 'return strtoull(text, &end, 10);'
	accept
}

@test "O_CREAT needs O_EXCL or a reason" {
	file src/host/state.c 'a();' 'fd = open(name, O_WRONLY | O_CREAT |' 'O_CLOEXEC, 0600); b(O_EXCL);'
	expect "src/host/state.c:2: O_CREAT without O_EXCL, and no comment '/* O_CREAT: why */' on the line or above it"
	file src/host/state.c 'fd = open(name, O_CREAT /* O_CREAT: */, 0600);'
	expect "src/host/state.c:1: O_CREAT without O_EXCL, and no comment '/* O_CREAT: why */' on the line or above it"
	file src/host/state.c 'fd = open(name, O_WRONLY | O_CREAT |' 'O_EXCL, 0600);'
	accept
	file src/host/state.c 'fd = open(name, O_CREAT, 0600); /* O_CREAT: the log is appended to */'
	accept
	file src/host/state.c '/* O_CREAT: the log is appended to */' 'fd = open(name, O_CREAT, 0600);'
	accept
}

@test "a file over 600 lines is refused" {
	local body
	mapfile -t body < <(yes '/* */' | head -n 601)
	file src/base/log.c "${body[@]:1}"
	accept
	file src/base/log.c "${body[@]}"
	expect "src/base/log.c:601: the file has 601 lines, the limit is 600"
}

@test "a function over 80 lines is refused" {
	local body
	mapfile -t body < <(yes $'\tx();' | head -n 81)
	file src/base/log.c 'int f(void)' '{' "${body[@]:1}" '}'
	accept
	file src/base/log.c 'int f(void)' '{' "${body[@]}" '}' 'int g(void)' '{' '}'
	expect "src/base/log.c:2: the function has 81 lines, the limit is 80"
}

@test "all complaints come at once, in the order of files and lines" {
	file src/base/log.c '#include "sync.h"' 'system(x);'
	file src/base/fd.c 'atoi(x);'
	run "$check" "$tree"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == src/base/fd.c:1:* && ${lines[1]} == src/base/log.c:1:* && ${lines[2]} == src/base/log.c:2:* ]]
}

@test "a tree without C files is an error, not a pass" {
	run "$check" "$BATS_TEST_TMPDIR"
	[ "$status" -eq 2 ]
	[[ $output == *"no C files"* ]]
}
