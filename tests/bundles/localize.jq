# The edits of `localize`: takes a captured config whose long numbers are strings "@NUMBER", and gives lines of
# a word and what it is about:
#
#	say TEXT       a thing that had to change
#	stand-in PATH  what the config binds and the manager is not here to make
#	owner UID:GID  root in the container's user namespace, if it has one
#	config JSON    the config for this machine
#
# $bundle       the absolute path of the bundle
# $cgroups_path where the container's cgroup is to be
# $controllers  the cgroup controllers of this machine, a space between them
# $limits       the hard resource limits of this process, a line for each; empty if it may raise them
# $oom_score    the oom_score_adj of this process; empty if it may lower it
# $env          additions to the environment, a line for each
# and the positional arguments are what the container runs; none for what the config says.

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
	| change($limiting != [] and ($controllers / " " | index($controller) | not);
		reduce $limiting[] as $key (.; del(.linux.resources[$member][$key]))
			| if .linux.resources[$member] == {} then del(.linux.resources[$member]) else . end;
		"dropped \($limiting | join(", ")) of \($member): this machine has no cgroup controller \($controller)");

def resources:
	resource("memory"; "memory") | resource("cpu"; "cpu") | resource("pids"; "pids") | resource("blockIO"; "io");

# { "RLIMIT_NOFILE": 1024, ... } of lines "NOFILE 1024", without the unlimited ones.
def hard_limits:
	$limits / "\n" | map(split(" ") | select(.[1] and .[1] != "unlimited") | { "RLIMIT_\(.[0])": .[1] | tonumber }) | add // {};

# A long number is above every limit that is one.
def above($limit): $limit != null and (type == "string" or . > $limit);

def rlimits:
	hard_limits as $hard
	| (.config.process.rlimits // [] | map(select($hard[.type] as $limit | .hard | above($limit)).type)) as $high
	| change($high != [];
		.process.rlimits |= map($hard[.type] as $limit
			| if .hard | above($limit) then .hard = $limit else . end
			| if .soft | above($limit) then .soft = $limit else . end);
		"lowered \($high | join(", ")) to the hard limit of this process");

def oom_score:
	change($oom_score != "" and .process.oomScoreAdj != null and .process.oomScoreAdj < ($oom_score | tonumber);
		del(.process.oomScoreAdj); "dropped oomScoreAdj, which is below that of this process");

def environment:
	if $env == "" then . else .config.process.env += $env / "\n" end;

# An init stays in front of what it runs: ["/sbin/docker-init", "--", ...].
def arguments:
	if $ARGS.positional == [] then . else
		.config.process.args |= (index("--") as $dashes | if $dashes then .[:$dashes + 1] else [] end) + $ARGS.positional
	end;

def root_of: (. // [])[] | select(.containerID == 0).hostID;

{ config: ., said: [] }
| paths | namespaces | hooks | cgroup | resources | rlimits | oom_score | environment | arguments
| (.said[] | "say \(.)"),
  (.config.mounts | map(.source // "" | select(startswith($bundle + "/"))) | unique[] | "stand-in \(.)"),
  (.config.linux | "owner \(.uidMappings | root_of):\(.gidMappings | root_of)"),
  "config \(.config | tojson)"
