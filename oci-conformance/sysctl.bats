# linux.sysctl: kernel parameters of the container's own namespaces.

load lib

@test "linux.sysctl: a parameter of the network namespace" {
	config '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "1000"}'
	prints 1000 cat /proc/sys/net/ipv4/ip_unprivileged_port_start
}

@test "linux.sysctl: a parameter of the ipc namespace" {
	config '.linux.sysctl = {"kernel.msgmax": "4096", "fs.mqueue.queues_max": "17"}'
	prints $'4096\n17' cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/queues_max
}

@test "linux.sysctl: a parameter of the uts namespace" {
	config '.linux.sysctl = {"kernel.domainname": "a.domain"}'
	prints a.domain cat /proc/sys/kernel/domainname
}

@test "linux.sysctl: the host keeps its own" {
	local before
	before=$(</proc/sys/kernel/msgmax)
	config '.linux.sysctl = {"kernel.msgmax": "4097"}'
	stays
	equal "$(</proc/sys/kernel/msgmax)" "$before"
}

@test "linux.sysctl: it is set before the program runs, also where /proc/sys is read-only" {
	config '.linux.sysctl = {"kernel.msgmax": "4096"} | .linux.readonlyPaths = ["/proc/sys"]'
	prints 4096 cat /proc/sys/kernel/msgmax
}

@test "linux.sysctl: a parameter that is not there MUST generate an error" {
	config '.linux.sysctl = {"net.no_such_thing": "1"}'
	invalid '.linux.sysctl = {"kernel.msgmax": "4096"}'
}

@test "linux.sysctl: a value that the kernel refuses MUST generate an error" {
	config '.linux.sysctl = {"kernel.msgmax": "many"}'
	invalid '.linux.sysctl = {"kernel.msgmax": "4096"}'
}

@test "linux.sysctl: a value that is not a string MUST generate an error" {
	config '.linux.sysctl = {"kernel.msgmax": 4096}'
	invalid '.linux.sysctl = {"kernel.msgmax": "4096"}'
}
