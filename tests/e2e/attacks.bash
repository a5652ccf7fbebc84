# What the tests of attacks share: the directory "canary", which stands for the host, and a container that tries to get at it.
#
# shellcheck shell=bash disable=SC2034,SC2154

# Made before the first attack.
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

# The canary as it is: any change of a file, a mode, an owner, a name.
sing()
{
	find "$CANARY" -printf '%p %y %m %u %g %s %T@ %C@ %l\n' | sort
	cat "$CANARY/file" "$CANARY/core"
}

canary_sings()
{
	[[ $(sing) == "$SONG" ]] || fail "the host was touched:" "$(diff <(echo "$SONG") <(sing))"
}

# attacked ARG...: runs the container, with any result, and the host must be unchanged.
attacked()
{
	detached run --bundle "$BUNDLE" "$@" "$CT"
	[[ $status -ne 139 && $status -ne 134 ]] || fail "crashed: $output"
	canary_sings
}

# refused TEXT ARG...: it must not even start.
refused()
{
	local text=$1
	shift
	attacked "$@"
	[[ $status -eq 1 && -z $stdout && $stderr == *"$text"* ]] || fail "not refused with '$text': exit $status: $output"
}

# The bundle without anything mounted at or below PATHs.
without_mounts()
{
	local path
	for path; do
		config '.mounts |= map(select(.destination != $path and (.destination | startswith($path + "/") | not)))' \
			--arg path "$path"
	done
}

# Every capability that the runtime knows, for an attacker who lacks nothing.
all_capabilities()
{
	config '.process.capabilities |= map_values($caps) | .process.capabilities.ambient = []
		| .process.noNewPrivileges = false' --argjson caps "$("$TARE" features | jq -c .linux.capabilities)"
}
