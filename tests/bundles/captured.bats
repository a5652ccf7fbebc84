#!/usr/bin/env bats
# The configs that real managers write: each runs, and the container is what its config asks for.

load ../e2e/helpers

# Runs inside: a line for each fact that expected() may name.
# shellcheck disable=SC2016
PROBE='
echo "user $(id -u):$(id -g)"
echo "hostname $(hostname)"
sed -n "s/^NoNewPrivs:.\(.*\)/no new privileges \1/p; s/^Seccomp:.\(.*\)/seccomp \1/p; s/^Cap\(...\):.\(.*\)/Cap\1 \2/p" /proc/self/status
echo "oom score $(cat /proc/self/oom_score_adj)"
sed -n "s/^Max \(.*[a-z]\)  *\([0-9un][^ ]*\)  *\([0-9un][^ ]*\) .*/limit \1: \2 \3/p" /proc/self/limits
while read -r _ _ _ _ point options _; do
	echo "mount point $point"
	[ "$point" != / ] || echo "root ${options%%,*}"
	for option in $(echo "$options" | tr , " "); do echo "mount $point is $option"; done
done </proc/self/mountinfo
for device in $(find /dev -type c); do echo "device $device c"; done
for device in $(find /dev -type b); do echo "device $device b"; done
for name in net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range; do
	echo "sysctl $name $(tr "\t" " " <"/proc/sys/$(echo "$name" | tr . /)")"
done
for path in "$@"; do
	if [ -d "$path" ]; then ls -A "$path"; elif [ -e "$path" ]; then head -c 1 "$path"; fi | grep -q . || echo "masked $path"
done
'

# The names of the capabilities in a mask, sorted and on one line.
names_of()
{
	capsh --decode="$1" | sed 's/.*=//' | tr , '\n' | sort | paste -s -d ,
}

# Those that this machine can grant.
OURS=$(names_of "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)")

# Prints the facts that the container of a config has to report. Capabilities that the machine cannot grant are ignored with a
# warning; what root has is what the bounding set and the inheritable one allow, what others have is ambient (capabilities(7)).
expected()
{
	# shellcheck disable=SC2016 # a program for jq
	jq --raw-output --arg ours "$OURS" '
		def granted: (. // [] | map(ascii_downcase)) as $asked | $ours / "," | map(select(IN($asked[]))) | sort | join(",");
		# 2^64-1, as far as jq can tell.
		def limit: if . > 18446744073709000000 then "unlimited" else . end;
		# As /proc/PID/limits has it; a type that is not here is an error.
		def limit_name: { RLIMIT_NOFILE: "open files", RLIMIT_NPROC: "processes", RLIMIT_CORE: "core file size",
			RLIMIT_MEMLOCK: "locked memory", RLIMIT_NICE: "nice priority" }[.type] // error("unknown \(.type)");
		(.process.user.uid == 0) as $root |
		"user \(.process.user.uid):\(.process.user.gid)",
		"hostname \(.hostname // empty)",
		"no new privileges \(if .process.noNewPrivileges then 1 else 0 end)",
		"seccomp \(if .linux.seccomp then 2 else 0 end)",
		"root \(if .root.readonly then "ro" else "rw" end)",
		(.mounts[].destination | "mount point \(.)"),
		(.linux.devices // [] | .[] | "device \(.path) \(.type)"),
		(.linux.sysctl // {} | to_entries[] | "sysctl \(.key) \(.value)"),
		(.linux.maskedPaths // [] | .[] | "masked \(.)"),
		(.mounts[] | .destination as $point | (.options // []) as $options
			| ("ro", "nosuid", "nodev", "noexec", "noatime") | select(IN($options[])) | "mount \($point) is \(.)"),
		(.process.oomScoreAdj // empty | "oom score \(.)"),
		(.process.rlimits // [] | .[] | "limit \(limit_name): \(.soft | limit) \(.hard | limit)"),
		(.process.capabilities as $sets
			| ($sets | if $root then (.bounding // []) + (.inheritable // []) else .ambient // [] end) as $has
			| "CapBnd \($sets.bounding | granted)", "CapInh \($sets.inheritable | granted)", "CapAmb \($sets.ambient | granted)",
				"CapPrm \($has | granted)", "CapEff \($has | granted)")' "$1"
}

# runs_as_asked NAME: one captured config, from bundle to comparison.
runs_as_asked()
{
	local captured=$BATS_TEST_DIRNAME/$1.json bundle=$DIR/$1 masked set mask command
	mapfile -t masked < <(jq --raw-output '.linux.maskedPaths // [] | .[]' "$captured")
	"$REPOSITORY/tests/bundles/localize" --cgroups-path "/$CT-$1" --env "E2E=$CT" --env PATH=/bin \
		"$captured" "$bundle" -- /bin/sh -c "$PROBE" sh "${masked[@]}" 2>>"$DIR/changes"
	command=("$TARE" --root "$ROOT" run --bundle "$bundle" "$CT-$1")
	if [[ $(jq .process.terminal "$captured") == true ]]; then
		command=(script --quiet --return --command "${command[*]@Q}" /dev/null)
	fi
	"${command[@]}" </dev/null >"$bundle/out" 2>"$bundle/err" || fail "exit $?" "$(<"$bundle/err")" || return
	# A terminal ends its lines with CR, and shows the NUL that script types when its own input ends.
	sed 's/\r$//; s/\^@//' "$bundle/out" >"$bundle/facts"
	while read -r set mask; do
		echo "$set $(names_of "$mask")"
	done < <(grep ^Cap "$bundle/out" | tr -d '\r') >>"$bundle/facts"
	expected "$bundle/config.json" | sort -u >"$bundle/expected"
	comm -23 "$bundle/expected" <(sort -u "$bundle/facts") >"$bundle/missing"
	[[ ! -s $bundle/missing ]] || fail "not found in the container:" "$(<"$bundle/missing")" || return
	rm -rf --one-file-system "$bundle"
}

# All configs that a manager of one version wrote.
all_run_as_asked()
{
	local config failures=''
	# A container in a user namespace has to find its root file system.
	chmod a+x "$BATS_RUN_TMPDIR" "$DIR"
	for config in "$BATS_TEST_DIRNAME"/$1; do
		config=$(basename "$config" .json)
		runs_as_asked "$config" >"$DIR/why" 2>&1 || failures+="$config: $(<"$DIR/why")"$'\n'
	done
	[[ -z $failures ]] || fail "$failures"
	# What was not asked for here.
	sed -n -E 's/^localize: (dropped .*(controller|oomScoreAdj)|lowered )/# \1/p' "$DIR/changes" | sort | uniq -c |
		sed -E 's/^ *([0-9]+) # /# \1 times: /' >&3
}

@test "what podman 4.3 writes runs as it asks" {
	all_run_as_asked 'podman-4.3-*.json'
}

@test "what podman 5.4 writes runs as it asks" {
	all_run_as_asked 'podman-5.4-*.json'
}

@test "what podman 5.8 writes runs as it asks" {
	all_run_as_asked 'podman-5.8-*.json'
}

@test "what docker 20.10 writes runs as it asks" {
	all_run_as_asked 'docker-20.10-*.json'
}

@test "what docker 26.1 writes runs as it asks" {
	all_run_as_asked 'docker-26.1-*.json'
}

@test "what docker 28.5 writes runs as it asks" {
	all_run_as_asked 'docker-28.5-*.json'
}

@test "what containerd 1.6 writes runs as it asks" {
	all_run_as_asked 'containerd-1.6-*.json'
}

@test "what containerd 1.7 writes runs as it asks" {
	all_run_as_asked 'containerd-1.7-*.json'
}

@test "what containerd 2.1 writes runs as it asks" {
	all_run_as_asked 'containerd-2.1-*.json'
}

@test "every captured config belongs to a manager that is tested, and names no machine" {
	local config
	for config in "$BATS_TEST_DIRNAME"/*.json; do
		config=$(basename "$config")
		grep -qF "'${config%"${config#*-*-}"}*.json'" "$BATS_TEST_FILENAME" || fail "$config is not tested"
	done
	for config in $(grep -ohE '\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b' "$BATS_TEST_DIRNAME"/*.json | tr -d - | sort -u); do
		[[ -z ${config//${config:0:1}/} ]] || fail "the id $config is of some machine"
	done
}
