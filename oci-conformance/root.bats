# root: the root file system of the container.

load lib

@test "root: a configuration without it MUST generate an error" {
	config 'del(.root)'
	invalid
}

@test "root.path: a configuration without it MUST generate an error" {
	config 'del(.root.path)'
	invalid
}

@test "root.path: a relative path is relative to the bundle" {
	mkdir "$BUNDLE/below"
	mv "$ROOTFS" "$BUNDLE/below/root"
	config '.root.path = "below/root"'
	cd /
	prints hello echo hello
}

@test "root.path: an absolute path is where it says" {
	mv "$ROOTFS" "$WORK/elsewhere"
	config '.root.path = $path' --arg path "$WORK/elsewhere"
	prints hello echo hello
}

@test "root.path: a directory that is not there MUST generate an error" {
	config '.root.path = "nowhere"'
	invalid
}

@test "root.path: a file MUST generate an error" {
	echo >"$BUNDLE/file"
	config '.root.path = "file"'
	invalid
}

@test "root.path: the container sees it as /, and nothing above it" {
	echo inside >"$ROOTFS/marker"
	script 'cat /marker /../../marker; ls -d /../config.json 2>/dev/null'
	runs
	equal "$output" $'inside\ninside'
}

@test "root.readonly: true MUST make the root file system read-only inside" {
	config '.root.readonly = true'
	script 'touch /etc/new 2>/dev/null && echo written; echo x 2>/dev/null >>/etc/passwd && echo written; exit 0'
	prints ""
}

@test "root.readonly: true leaves the mounts as they are" {
	config '.root.readonly = true'
	script 'echo text >/shared/file && cat /shared/file'
	prints text
}

@test "root.readonly: true leaves the root file system writable outside" {
	config '.root.readonly = true'
	program sleep 1000
	must create
	touch "$ROOTFS/etc/new"
}

@test "root.readonly: false leaves it writable" {
	config '.root.readonly = false'
	script 'echo text >/etc/new && cat /etc/new'
	prints text
}

@test "root.readonly: without it the root file system is writable" {
	script 'echo text >/etc/new && cat /etc/new'
	prints text
}
