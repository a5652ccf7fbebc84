# Makes the data of the plot from time.tsv and spaced.tsv: a line a verb, a column (median, ms) for each contestant
# that was measured.

BEGIN {
	FS = "\t"
	contestants = split("floor tare crun runc", contestant, " ")
}

FILENAME ~ /spaced\.tsv$/ { sub(/\//, " spaced/", $1) }

{
	verb = $1
	sub(/\/.*/, "", verb)
	if (!(verb in seen)) {
		seen[verb] = 1
		order[++verbs] = verb
	}
	median[$1] = $3
	name = $1
	sub(/.*\//, "", name)
	present[name] = 1
}

END {
	printf "verb"
	for (j = 1; j <= contestants; j++)
		if (contestant[j] in present)
			printf "\t%s", contestant[j]
	printf "\n"
	for (i = 1; i <= verbs; i++) {
		printf "\"%s\"", order[i]
		for (j = 1; j <= contestants; j++) {
			name = order[i] "/" contestant[j]
			if (name in median)
				printf "\t%.3f", median[name] / 1000
		}
		printf "\n"
	}
}
