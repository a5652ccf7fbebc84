# The features document.

load lib

SEMVER='^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$'

# feature FILTER: a part of the document, as text
feature() {
	jq -r ".$1" "$WORK/features"
}

features() {
	operation features
	printf '%s\n' "$output" >"$WORK/features"
}

# older VERSION: than this is the newest version that the runtime knows. What follows - or + does not count.
older() {
	local newest
	newest=$(feature ociVersionMax)
	newest=${newest%%[-+]*}
	[[ $newest != "$1" && $(printf '%s\n' "$newest" "$1" | sort -V | head -n 1) == "$newest" ]]
}

@test "features: it is one JSON object" {
	must features
	equal "$(jq -r type "$WORK/features")" object
}

@test "features.ociVersionMin: it is REQUIRED, and a version" {
	must features
	[[ $(feature ociVersionMin) =~ $SEMVER ]] || fail "found: $(feature ociVersionMin)"
}

@test "features.ociVersionMax: it is REQUIRED, and a version" {
	must features
	[[ $(feature ociVersionMax) =~ $SEMVER ]] || fail "found: $(feature ociVersionMax)"
}

@test "features.ociVersionMax: it MUST NOT be less than ociVersionMin" {
	local min max
	must features
	min=$(feature ociVersionMin)
	max=$(feature ociVersionMax)
	[[ $min =~ $SEMVER && $max =~ $SEMVER ]] || fail "found: '$min' and '$max'"
	equal "$(printf '%s\n' "$min" "$max" | sort -V | tail -n 1)" "$max"
}

@test "features.ociVersionMin: it MUST be accepted as the ociVersion of config.json" {
	must features
	config '.ociVersion = $version' --arg version "$(feature ociVersionMin)"
	prints hello echo hello
}

@test "features.ociVersionMax: it MUST be accepted as the ociVersion of config.json" {
	must features
	config '.ociVersion = $version' --arg version "$(feature ociVersionMax)"
	prints hello echo hello
}

@test "features: it MUST NOT have properties that are newer than ociVersionMax" {
	must features
	if older 1.2.0; then
		equal "$(feature 'potentiallyUnsafeConfigAnnotations, .linux.mountExtensions')" $'null\nnull'
	fi
	if older 1.3.0; then
		equal "$(feature 'linux.intelRdt.schemata, .linux.intelRdt.monitoring, .linux.netDevices, .linux.memoryPolicy')" \
			$'null\nnull\nnull\nnull'
	fi
}

@test "features.hooks: what is listed are the kinds of hooks" {
	must features
	[[ $(feature hooks) != null ]] || skip "the document does not have it"
	equal "$(feature 'hooks - ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] | length')" 0
}

@test "features.linux.namespaces: what is listed are the types of namespaces" {
	must features
	[[ $(feature linux.namespaces) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.namespaces - ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"] | length')" 0
}

@test "features.linux.capabilities: what is listed has the name of a capability" {
	must features
	[[ $(feature linux.capabilities) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.capabilities | map(select(test("^CAP_[A-Z_]+$") | not)) | length')" 0
}

@test "features.linux.seccomp: supportedFlags are part of knownFlags" {
	must features
	[[ $(feature linux.seccomp.supportedFlags) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.seccomp | (.supportedFlags - .knownFlags) | length')" 0
}

@test "features.linux.seccomp: what is listed has the names of config.json" {
	must features
	[[ $(feature linux.seccomp.actions) != null ]] || skip "the document does not have it"
	equal "$(feature 'linux.seccomp | [(.actions[] | select(startswith("SCMP_ACT_") | not)),
		(.operators[] | select(startswith("SCMP_CMP_") | not)), (.archs // [] | .[] | select(startswith("SCMP_ARCH_") | not))] | length')" 0
}

@test "features: the properties have the types that the specification gives them" {
	must features
	equal "$(feature '| [
		(.hooks, .mountOptions, .linux.namespaces, .linux.capabilities, .potentiallyUnsafeConfigAnnotations |
			. == null or (type == "array" and all(.[]; type == "string"))),
		(.linux.cgroup // {} | .v1, .v2, .systemd, .systemdUser, .rdma | . == null or type == "boolean"),
		(.linux | .seccomp, .apparmor, .selinux, .intelRdt, .netDevices | .enabled? | . == null or type == "boolean"),
		(.annotations // {} | type == "object" and all(.[]; type == "string"))
	] | all')" true
}
