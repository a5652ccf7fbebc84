# Completion of tare for fish.

# Prints the command of the line, "tare" before there is one, and which of its arguments the cursor is at.
function __tare_place
	set -l command tare
	set -l place 1
	set -l value no
	for word in (commandline -opc)[2..]
		if test $value = yes
			set value no
		else if string match -qr -- '^-.' $word
			contains -- "$command $word" $__tare_valued
			and set value yes
		else if test $command = tare
			set command $word
		else
			set place (math $place + 1)
		end
	end
	echo $command $place
end

function __tare_in
	string match -q -- "$argv *" (__tare_place)
end

function __tare_at
	test "$argv" = (__tare_place)
end

# The containers below the --root of the line.
function __tare_containers
	set -l words (string replace -r '^~/' "$HOME/" -- (commandline -opc))
	set -l root
	for i in (seq 2 (count $words))
		switch $words[$i]
			case --root
				set root --root $words[(math $i + 1)]
			case '--root=*'
				set root $words[$i]
		end
	end
	$words[1] $root list --quiet 2>/dev/null
end

# The names of signals, with the SIG for who has typed that.
function __tare_with_sig
	if string match -q 'SIG*' -- (commandline -ct)
		string replace -r '^' SIG -- $__tare_signals
	else
		printf '%s\n' $__tare_signals
	end
end

complete -c tare -f

# The tables that tare itself parses by.
@tables@
