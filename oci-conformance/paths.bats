# linux.maskedPaths and linux.readonlyPaths.

load lib

@test "linux.maskedPaths: a file can no longer be read" {
	echo secret >"$ROOTFS/opt/file"
	config '.linux.maskedPaths = ["/opt/file"]'
	script 'cat /opt/file 2>/dev/null; exit 0'
	prints ""
}

@test "linux.maskedPaths: a directory no longer shows what is in it" {
	mkdir "$ROOTFS/opt/dir"
	echo secret >"$ROOTFS/opt/dir/file"
	config '.linux.maskedPaths = ["/opt/dir"]'
	script 'ls -A /opt/dir; cat /opt/dir/file 2>/dev/null; exit 0'
	prints ""
}

@test "linux.maskedPaths: a masked directory cannot be written" {
	mkdir "$ROOTFS/opt/dir"
	config '.linux.maskedPaths = ["/opt/dir"]'
	script 'touch /opt/dir/new 2>/dev/null && echo written; exit 0'
	prints ""
}

@test "linux.maskedPaths: files of /proc can be masked" {
	config '.linux.maskedPaths = ["/proc/version", "/proc/tty"]'
	script 'cat /proc/version; ls -A /proc/tty'
	prints ""
}

@test "linux.maskedPaths: the file system outside stays as it is" {
	echo secret >"$ROOTFS/opt/file"
	config '.linux.maskedPaths = ["/opt/file"]'
	runs true
	equal "$(<"$ROOTFS/opt/file")" secret
}

@test "linux.maskedPaths: what is not there does not matter" {
	config '.linux.maskedPaths = ["/nowhere", "/proc/no-such-file"]'
	prints hello echo hello
	[[ ! -e $ROOTFS/nowhere ]]
}

@test "linux.maskedPaths: a relative path MUST generate an error" {
	config '.linux.maskedPaths = ["opt"]'
	invalid '.linux.maskedPaths = ["/opt"]'
}

@test "linux.readonlyPaths: a directory can no longer be written" {
	mkdir "$ROOTFS/opt/dir"
	echo text >"$ROOTFS/opt/dir/file"
	config '.linux.readonlyPaths = ["/opt/dir"]'
	script 'cat /opt/dir/file; touch /opt/dir/new 2>/dev/null && echo written; echo x 2>/dev/null >/opt/dir/file; cat /opt/dir/file'
	prints $'text\ntext'
}

@test "linux.readonlyPaths: a file can no longer be written" {
	echo text >"$ROOTFS/opt/file"
	config '.linux.readonlyPaths = ["/opt/file"]'
	script 'echo x 2>/dev/null >/opt/file; cat /opt/file'
	prints text
}

@test "linux.readonlyPaths: files of /proc can be made read-only" {
	config '.linux.readonlyPaths = ["/proc/sys"]'
	script 'echo new 2>/dev/null >/proc/sys/kernel/domainname && echo written; exit 0'
	prints ""
}

@test "linux.readonlyPaths: what is beside it stays writable" {
	mkdir "$ROOTFS/opt/dir"
	config '.linux.readonlyPaths = ["/opt/dir"]'
	script 'touch /opt/new && echo written'
	prints written
}

@test "linux.readonlyPaths: what is not there does not matter" {
	config '.linux.readonlyPaths = ["/nowhere", "/proc/no-such-file"]'
	prints hello echo hello
	[[ ! -e $ROOTFS/nowhere ]]
}

@test "linux.readonlyPaths: a relative path MUST generate an error" {
	config '.linux.readonlyPaths = ["opt"]'
	invalid '.linux.readonlyPaths = ["/opt"]'
}
