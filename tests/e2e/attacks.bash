# Shared by the tests of attacks: the directory "canary", which stands for the host's files, and a container whose
# image, config or processes attack them.
#
# shellcheck shell=bash disable=SC2034,SC2154

# Makes the canary, before the first attack.
make_canary()
{
	CANARY=$DIR/canary
	mkdir "$CANARY"
	mkdir -m 700 "$CANARY/private"
	(umask 077; echo precious >"$CANARY/file")
	ln -s /etc/passwd "$CANARY/ptmx"
	echo core >"$CANARY/core"
	SONG=$(sing)
}

# Prints the canary's files, so that a change of a file, a mode, an owner or a name shows.
sing()
{
	find "$CANARY" -printf '%p %y %m %u %g %s %T@ %C@ %l\n' | sort
	cat "$CANARY/file" "$CANARY/core"
}

canary_sings()
{
	[[ $(sing) == "$SONG" ]] || fail "the host was touched:" "$(diff <(echo "$SONG") <(sing))"
}

# attacked ARG...: runs the container, with success or without, and fails unless the canary is unchanged.
attacked()
{
	detached run --bundle "$BUNDLE" "$@" "$CT"
	[[ $status -ne 139 && $status -ne 134 ]] || fail "crashed: $output"
	canary_sings
}

# refused TEXT ARG...: fails unless the runtime refuses to start the container and says TEXT.
refused()
{
	local text=$1
	shift
	attacked "$@"
	[[ $status -eq 1 && -z $stdout && $stderr == *"$text"* ]] || fail "not refused with '$text': exit $status: $output"
}

# Removes the mounts at and below PATHs from the bundle.
without_mounts()
{
	local path
	for path; do
		config '.mounts |= map(select(.destination != $path and (.destination | startswith($path + "/") | not)))' \
			--arg path "$path"
	done
}

# Gives the container every capability that the runtime knows, so that a defence cannot be a capability that the
# attacker lacks.
all_capabilities()
{
	config '.process.capabilities |= map_values($caps) | .process.capabilities.ambient = []
		| .process.noNewPrivileges = false' --argjson caps "$("$TARE" features | jq -c .linux.capabilities)"
}
