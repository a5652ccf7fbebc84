# The edits of `localize`: takes a captured config whose long numbers are strings "@NUMBER", and gives
# { config, said }: the config for this machine and a line for each thing that had to change.
#
# $bundle       the absolute path of the bundle
# $cgroups_path where the container's cgroup is to be
# $controllers  the cgroup controllers of this machine
# $limits       the hard resource limits of this process by name, null if it may raise them
# $oom_score    the oom_score_adj of this process, null if it may lower it
# $args         the arguments to run, [] for those of the config

def here: if startswith("/bundle/") then $bundle + ltrimstr("/bundle") else . end;

def say($text): .said += [$text];

# Applies a change to the config and reports it, if there is anything to change.
def change(condition; update; $text):
	if (.config | condition) then (.config |= update) | say($text) else . end;

def paths:
	.config.root.path |= here
	| .config.mounts |= map(if .source then .source |= here else . end);

# The managers' namespaces are gone: the container gets new ones.
def namespaces:
	(.config.linux.namespaces // [] | map(select(.path).type)) as $joined
	| change($joined != []; .linux.namespaces |= map(del(.path)); "new namespaces instead of joined ones: \($joined | join(", "))");

def hooks:
	change(.hooks; del(.hooks); "dropped the hooks, which call the manager's own program");

def cgroup:
	change(.linux.cgroupsPath; .linux.cgroupsPath = $cgroups_path; "cgroupsPath is \($cgroups_path)");

# Drops what would set a limit; members that set none are a part of what managers write and stay.
def resource($member; $controller):
	(.config.linux.resources[$member] // {} | to_entries | map(select(.value | type == "number" and . != 0).key)) as $limiting
	| change($limiting != [] and ($controllers | index($controller) | not);
		reduce $limiting[] as $key (.; del(.linux.resources[$member][$key]))
			| if .linux.resources[$member] == {} then del(.linux.resources[$member]) else . end;
		"dropped \($limiting | join(", ")) of \($member): this machine has no cgroup controller \($controller)");

def resources:
	resource("memory"; "memory") | resource("cpu"; "cpu") | resource("pids"; "pids") | resource("blockIO"; "io");

def above($limit): $limit != null and (if type == "string" then true else . > $limit end);

def rlimits:
	if $limits == null then . else
		(.config.process.rlimits // [] | map(select($limits[.type] as $limit | .hard | above($limit)).type)) as $high
		| reduce (.config.process.rlimits // [] | keys[]) as $i (.;
			.config.process.rlimits[$i] |= ($limits[.type] as $limit
				| if .hard | above($limit) then .hard = $limit else . end
				| if .soft | above($limit) then .soft = $limit else . end))
		| if $high != [] then say("lowered \($high | join(", ")) to the hard limit of this process") else . end
	end;

def oom_score:
	change($oom_score != null and .process.oomScoreAdj != null and .process.oomScoreAdj < $oom_score;
		del(.process.oomScoreAdj); "dropped oomScoreAdj, which is below that of this process");

# An init stays in front of what it runs: ["/sbin/docker-init", "--", ...].
def arguments:
	if $args == [] then . else
		.config.process.args |= (index("--") as $dashes | (if $dashes == null then [] else .[:$dashes + 1] end) + $args)
	end;

{ config: ., said: [] }
| paths | namespaces | hooks | cgroup | resources | rlimits | oom_score | arguments
