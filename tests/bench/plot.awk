# Makes the data of the plot from results.md: a line for each bar, with whose it is, its place (counted downwards), the
# median in milliseconds, and the verb at the first bar of each.

/^## / { verb = substr($0, 4) }

$1 == "|" && $2 ~ /^(floor|tare|crun|runc)$/ && verb != "" {
	if (verb != last) {
		place += last == "" ? 0 : 1
		last = verb
		name = verb
	}
	printf "%s\t%d\t%s\t%s\n", $2, -place++, $4, name
	name = ""
}
