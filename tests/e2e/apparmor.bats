#!/usr/bin/env bats
# process.apparmorProfile and exec --apparmor, with profiles that the kernel has. exec.bats has the refusal of a profile
# that it does not have; security.bats has images that try to lead the label elsewhere.

# bats file_tags=machine

load helpers

setup()
{
	base_setup
	needs_root "only root loads profiles"
	[[ -e /sys/kernel/security/apparmor/profiles ]] || skip "this kernel does not run AppArmor"
	command -v apparmor_parser >/dev/null || skip "there is no apparmor_parser (package apparmor)"
	config '.root.readonly = false'
}

teardown()
{
	local name
	delete_all "$ROOT"
	[[ ! -e $DIR/profiles ]] || while read -r name; do
		printf %s "$name" >/sys/kernel/security/apparmor/.remove
	done <"$DIR/profiles"
	wait_until nothing_left || fail "left behind:" "$(leftovers)"
}

# profile NAME FILE: loads a profile that allows everything but writing to FILE.
profile()
{
	apparmor_parser --quiet --skip-cache --replace <<-END
		profile $1 flags=(attach_disconnected, mediate_deleted) {
			file,
			capability,
			mount,
			network,
			ptrace,
			signal,
			unix,
			deny $2 w,
		}
	END
	echo "$1" >>"$DIR/profiles"
}

# What a program in the container finds out about its profile: the name, and which of two files it may write.
shows='cat /proc/self/attr/apparmor/current; for file in one two; do 2>/dev/null >/$file && echo $file; done; true'

@test "the program is under the profile, from its first instruction and not before" {
	profile "$CT" /one
	config '.process.apparmorProfile = $ct' --arg ct "$CT"
	args sh -c "$shows"
	create "$CT"
	[[ $(<"/proc/$(state_of "$CT" .pid)/attr/apparmor/current") == unconfined ]]
	run -0 tare run --bundle "$BUNDLE" "$CT-run"
	[[ $output == "$CT (enforce)"$'\n'two ]] || fail "$output"
}

@test "the profile holds in a user namespace, without new privileges and without capabilities, too" {
	profile "$CT" /one
	config '.process.apparmorProfile = $ct | .process.noNewPrivileges = true | .process.capabilities = {}
		| .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = .linux.uidMappings' --arg ct "$CT"
	give_files "$BUNDLE/rootfs" 100000
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$DIR" 2>/dev/null || true
	args sh -c "$shows"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == "$CT (enforce)"$'\n'two ]] || fail "$output"
}

@test "exec is under the container's profile, or the one it is given" {
	profile "$CT" /one
	profile "$CT-other" /two
	config '.process.apparmorProfile = $ct' --arg ct "$CT"
	running
	run -0 tare exec "$CT" sh -c "$shows"
	[[ $output == "$CT (enforce)"$'\n'two ]] || fail "$output"
	run -0 tare exec --apparmor "$CT-other" "$CT" sh -c "$shows"
	[[ $output == "$CT-other (enforce)"$'\n'one ]] || fail "$output"
}

@test "a profile that the kernel does not have fails the create, which says so and leaves nothing" {
	config '.process.apparmorProfile = "e2e-none"'
	refuses "process.apparmorProfile 'e2e-none' cannot be applied: cannot write 'exec e2e-none'" create --bundle "$BUNDLE" "$CT"
	[[ $output == *": no such file or directory"* ]] || fail "$output"
	nothing_left
}
