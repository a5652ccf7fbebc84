# Sets what scripts/demo-probe found on the host (the first file) beside what it found in the container
# (the second): a line for each name, the container's values in full, the host's long lists cut short.
# Limits that are the same on both sides are only counted.

BEGIN {
	FS = "\t"
	width = 38
	longest_list = 7
}

FNR == 1 { side++ }

{
	row = $1 FS $2
	if (!(row in seen)) {
		seen[row] = 1
		rows[++row_count] = row
	}
	values[side, row, ++counts[side, row]] = $3
}

function cut(text)
{
	return length(text) < width ? text : substr(text, 1, width - 5) "..."
}

# The line of a list on the host's side: the last one that fits tells how many more there are.
function of_host(row, line,   count)
{
	count = counts[1, row]
	if (count > longest_list && line == longest_list)
		return "... and " count - longest_list + 1 " more"
	return line <= longest_list ? cut(values[1, row, line]) : ""
}

function of_container(row, line,   value)
{
	value = values[2, row, line]
	return row ~ /^namespaces/ && value == values[1, row, line] ? value ", shared" : value
}

function is_limit(topic) { return topic == "limits" }

function print_line(name, host, container,   text)
{
	text = sprintf("  %-26s %-38s %s", name, host, container)
	sub(/ +$/, "", text)
	print text
}

END {
	print_line("", "this machine", "the container")
	for (i = 1; i <= row_count; i++) {
		row = rows[i]
		split(row, part, FS)
		if (part[1] != topic) {
			if (is_limit(topic) && same)
				print_line(same " more", "are the same", "")
			topic = part[1]
			printf "\n%s\n", topic
		}
		if (is_limit(topic) && values[1, row, 1] == values[2, row, 1]) {
			same++
			continue
		}
		lines = counts[1, row] < longest_list ? counts[1, row] : longest_list
		if (counts[2, row] > lines)
			lines = counts[2, row]
		for (line = 1; line <= lines; line++)
			print_line(line == 1 ? part[2] : "", of_host(row, line), of_container(row, line))
	}
}
