# Makes the tables of results.md from the four outputs of race: time.tsv, spaced.tsv, memory.tsv, calls.tsv.

BEGIN {
	FS = "\t"
	contestants = split("floor tare crun runc", contestant, " ")
	title["run"] = "run"
	title["run-spaced"] = "run, one every 50 ms"
	title["run-true"] = "run, payload busybox true"
	title["run-seccomp"] = "run, with a seccomp profile"
	title["create"] = "create"
	title["start"] = "start"
	title["state"] = "state"
	title["exec"] = "exec of true in a running container"
	title["kill"] = "kill"
	title["delete"] = "delete, of a stopped container"
	title["delete-force"] = "delete --force, of a running container"
	title["cycle"] = "create + start + delete"
}

FNR == 1 {
	kind = FILENAME
	sub(/.*\//, "", kind)
	sub(/\.tsv$/, "", kind)
}

kind == "time" || kind == "spaced" {
	name = $1
	if (kind == "spaced")
		sub(/\//, "-spaced/", name)
	verb = name
	sub(/\/.*/, "", verb)
	if (!(verb in seen)) {
		seen[verb] = 1
		order[++verbs] = verb
	}
	median[name] = $3
	minimum[name] = $4
}

kind == "memory" { memory[$1] = $5 }
kind == "calls" { calls[$1] = $3 }

function ratio(name, base) {
	return base in median ? sprintf("%.2f", median[name] / median[base]) : "-"
}

function row(verb, who,    name, measured) {
	name = verb "/" who
	if (!(name in median))
		return
	# The largest process of run-true and exec would be the payload.
	measured = name in memory && verb != "run-true" && verb != "exec" ? sprintf("%d", memory[name]) : "-"
	printf "| %s | %.2f | %.2f | %s | %s | %s | %s | %s |\n", who, median[name] / 1000, minimum[name] / 1000,
		ratio(name, verb "/floor"), ratio(name, verb "/crun"), ratio(name, verb "/runc"),
		measured, name in calls ? sprintf("%d", calls[name]) : "-"
}

function goal(verb, base, most,    name, value) {
	name = verb "/tare"
	if (!(name in median) || !((verb "/" base) in median))
		return
	value = median[name] / median[verb "/" base]
	printf "| %s | at most %.2f of %s | %.2f | %s |\n", title[verb], most, base, value, value <= most ? "kept" : "missed"
}

END {
	for (i = 1; i <= verbs; i++) {
		verb = order[i]
		printf "## %s\n\n", title[verb]
		print "| | median, ms | minimum, ms | to the floor | to crun | to runc | peak memory, KiB | system calls |"
		print "|---|---:|---:|---:|---:|---:|---:|---:|"
		for (j = 1; j <= contestants; j++)
			row(verb, contestant[j])
		print ""
	}
	for (name in median)
		if (name ~ /\/tare$/)
			with_tare = 1
	if (!with_tare)
		exit
	print "## Goals\n"
	print "| | goal, median | measured | |"
	print "|---|---|---:|---|"
	goal("run", "crun", 0.5)
	goal("run", "runc", 0.15)
	goal("run-seccomp", "crun", 0.5)
	goal("create", "crun", 0.5)
	goal("create", "runc", 0.15)
	goal("start", "crun", 0.4)
	goal("state", "crun", 0.4)
	goal("exec", "crun", 0.4)
	goal("kill", "crun", 0.4)
	goal("delete", "crun", 0.4)
	goal("delete-force", "crun", 0.2)
	for (i = 1; i <= verbs; i++) {
		name = order[i]
		if (name == "run-true" || name == "exec" || !((name "/tare") in memory) || !((name "/crun") in memory))
			continue
		value = memory[name "/tare"] / memory[name "/crun"]
		printf "| %s, peak memory | at most 1.00 of crun | %.2f | %s |\n", title[name], value, value <= 1 ? "kept" : "missed"
	}
}
