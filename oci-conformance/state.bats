# The state document and the annotations that it carries.

load lib

@test "state: it is one JSON object" {
	must create
	must state
	equal "$(jq -r type <<<"$output")" object
}

@test "state.ociVersion: it MUST be a version of the specification in the form of SemVer" {
	must create
	output=$(state_of ociVersion)
	[[ $output =~ ^1\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$ ]] || fail "found: $output"
}

@test "state.id: it is the id of the container" {
	must create
	equal "$(state_of id)" "$ID"
}

@test "state.pid: it is the container process while the container is created" {
	must create
	equal "$(state_of 'pid | tojson')" "$(pid_of)"
}

@test "state.pid: it is the container process while the container is running" {
	stays
	equal "$(state_of 'pid | tojson')" "$(pid_of)"
}

@test "state.bundle: it MUST be the absolute path of the bundle" {
	must create
	equal "$(state_of bundle)" "$BUNDLE"
}

@test "state.bundle: it MUST be absolute when create was given a relative path" {
	cd "$WORK"
	status=0
	runtime create --bundle bundle "$ID" </dev/null >"$WORK/$ID.out" 2>&1 || status=$?
	equal "$status" 0
	cd /
	equal "$(state_of bundle)" "$BUNDLE"
}

@test "state.annotations: they are those of config.json" {
	config '.annotations = {"com.example.one": "1", "com.example.empty": ""}'
	must create
	equal "$(state_of 'annotations["com.example.one"]')" 1
	equal "$(state_of 'annotations["com.example.empty"] | tojson')" '""'
}

@test "state.annotations: without any they are absent or empty" {
	must create
	equal "$(state_of 'annotations // {} | tojson')" '{}'
}

@test "annotations: an empty key MUST generate an error" {
	config '.annotations = {"": "value"}'
	invalid '.annotations = {"com.example.key": "value"}'
}

@test "annotations: a value that is not a string MUST generate an error" {
	config '.annotations = {"com.example.key": 1}'
	invalid '.annotations = {"com.example.key": "value"}'
}

@test "annotations: unknown keys MUST be ignored" {
	config '.annotations = {"com.example.unknown": "value", "org.opencontainers.unknown": "value"}'
	prints hello echo hello
}

@test "create --pid-file: it holds the pid of the container process" {
	must create
	equal "$(<"$WORK/$ID.pid")" "$(state_of pid)"
}

@test "create --pid-file: a failed create leaves none" {
	config '.mounts += [{destination: "/opt", type: "no-such-fs", source: "none"}]'
	refused create
	[[ ! -s $WORK/$ID.pid ]]
	control
}

@test "ociVersion: a minor version up to the runtime's own MUST be accepted" {
	config '.ociVersion = "1.0.0"'
	prints hello echo hello
}

@test "ociVersion: a configuration without it MUST generate an error" {
	config 'del(.ociVersion)'
	invalid
}

@test "ociVersion: a text that is not SemVer 2.0 MUST generate an error" {
	local version
	for version in latest 1 1.0 01.0.0 ""; do
		config '.ociVersion = $version' --arg version "$version"
		invalid
	done
}

@test "ociVersion: a major version that no runtime supports MUST generate an error" {
	config '.ociVersion = "99.0.0"'
	invalid
}
