# Holds a text to the format of OpenMetrics 1.0, as far as gauges, counters and state sets go: prints what is wrong with a line,
# and exits with 1 if something was.
#
# usage: awk -f openmetrics.awk FILE

function wrong(why)
{
	print FILENAME ":" FNR ": " why ": " $0
	failed = 1
}

# Takes a label off the text in rest, which begins with its name. Sets label and value; false when it is none.
function take_label(    c, i)
{
	if (!match(rest, /^[a-zA-Z_][a-zA-Z0-9_]*="/))
		return 0
	label = substr(rest, 1, RLENGTH - 2)
	for (i = RLENGTH + 1; (c = substr(rest, i, 1)) != "\""; i++) {
		if (c == "")
			return 0
		if (c == "\\" && substr(rest, ++i, 1) !~ /^[\\"n]$/)
			return 0
	}
	value = substr(rest, RLENGTH + 1, i - RLENGTH - 1)
	rest = substr(rest, i + 1)
	return 1
}

# Takes "{...}" off the text in rest. Sets state to the value of the label that is called like the family.
function take_labels(    seen)
{
	state = ""
	if (substr(rest, 1, 1) != "{")
		return 1
	do {
		rest = substr(rest, 2)
		if (!take_label() || (label in seen) || label ~ /^__/)
			return 0
		seen[label]
		if (label == family)
			state = value
	} while (substr(rest, 1, 1) == ",")
	if (substr(rest, 1, 1) != "}")
		return 0
	rest = substr(rest, 2)
	return 1
}

function begin_family(name)
{
	if (name in families)
		wrong("the family was there before")
	if (name !~ /^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
		wrong("no name of a family")
	if (name ~ /_(total|created|count|sum|bucket|info|gcount|gsum)$/)
		wrong("the name of a family ends like that of a sample")
	families[name]
	family = name
	type = unit = help = ""
	samples = 0
}

ended { wrong("a line behind the end") }
$0 == "# EOF" { ended = 1; next }

/^# (TYPE|UNIT|HELP) / {
	if ($3 != family)
		begin_family($3)
	if (samples)
		wrong("a head behind samples")
	if ($2 == "TYPE") {
		if (type != "" || NF != 4 || $4 !~ /^(gauge|counter|stateset)$/)
			wrong("no type, or a second one")
		type = $4
	} else if ($2 == "UNIT") {
		if (unit != "" || NF != 4 || substr(family, length(family) - length($4)) != "_" $4)
			wrong("a unit with which the name does not end, or a second one")
		unit = $4
	} else {
		if (help != "" || NF < 4 || $0 ~ /["\\]/)
			wrong("no help, or a second one, or one with characters to be escaped")
		help = $0
	}
	next
}

{
	name = $0
	sub(/[{ ].*/, "", name)
	rest = substr($0, length(name) + 1)
	samples++
	if (type == "" || name != family (type == "counter" ? "_total" : "")) {
		wrong("a sample that is not of the family before it")
		next
	}
	if (!take_labels()) {
		wrong("no labels")
		next
	}
	key = substr($0, 1, length($0) - length(rest))
	if (key in keys)
		wrong("a sample that was there before")
	keys[key]
	if (type == "stateset" && (state == "" || rest !~ /^ [01]$/))
		wrong("no state")
	if (rest !~ /^ -?[0-9]+(\.[0-9]+)?$/ || (type == "counter" && rest ~ /-/))
		wrong("no value")
}

END {
	if (!ended) {
		print FILENAME ": no end"
		failed = 1
	}
	exit failed
}
