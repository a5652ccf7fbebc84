#!/usr/bin/env bats
# The man pages and the completions say what --help says: they are made from the same tables.

bats_require_minimum_version 1.5.0

setup()
{
	REPOSITORY=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	TARE=${TARE:-$REPOSITORY/build/debug/tare}
	MADE=${TARE%/*}/docs/made
	mapfile -t COMMANDS < <("$TARE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	((${#COMMANDS[@]} > 5))
	# Programs without an option table: their pages are whole.
	PROGRAMS=(tare-recvtty)
	# Pages of section 7, made from docs/*.md.
	TOPICS=(annotations errors features seccomp)
}

fail()
{
	printf '%s\n' "$@"
	return 1
}

need()
{
	command -v "$1" >/dev/null || skip "there is no $1"
}

# Each option that a help shows, in both of its forms, behind the command: "kill --all", and "tare --root". Where a command
# would stand, "--debug" lets tare itself be asked.
helped()
{
	local command
	for command in tare "${COMMANDS[@]}"; do
		echo "= $command"
		"$TARE" "${command/#tare/--debug}" --help
	done | awk '
		$1 == "=" { command = $2 }
		/^  (-[A-Za-z], |    )--[a-z]/ { for (i = 1; i <= 2 && $i ~ /^-/; i++) print command, substr($i, 1, index($i ",", ",") - 1) }
	' | sort
}

# same: standard input lists what the helps show, no more and no less.
same()
{
	diff <(sort) <(helped) || fail "< is what is listed, > is the help"
}

# Each option that the man pages describe, and each that the texts speak of.
described()
{
	awk '
		FNR == 1 { command = FILENAME; gsub(/^.*\/(tare-)?|\.1$/, "", command) }
		/^\.Sh / { options = /OPTIONS/ }
		options && /^\.It / { for (i = 2; i < NF; i++) if ($i == "Fl") print command, "-" $(i + 1) }
	' "$MADE"/man/*.1 | sed 's/\\//g'
}

mentioned()
{
	awk '
		FNR == 1 { command = FILENAME; gsub(/^.*\/|\.mdoc$/, "", command) }
		/^\.Fl (\\)?-[a-z]/ { print command, "-" $2 }
	' "$REPOSITORY"/docs/man/*.mdoc | sed 's/\\//g' | sort -u
}

@test "every command and program has a man page and a text for it, and no other is there" {
	diff <(printf '%s.1\n' tare "${COMMANDS[@]/#/tare-}" "${PROGRAMS[@]}" | sort) <(ls "$MADE/man" | sort)
	diff <(printf '%s.mdoc\n' tare "${COMMANDS[@]}" | sort) <(cd "$REPOSITORY/docs/man" && ls -- *.mdoc | sort)
	diff <(printf '%s.1\n' "${PROGRAMS[@]}" | sort) <(cd "$REPOSITORY/docs/man" && ls -- *.1 | sort)
}

@test "the man pages describe the options that there are, and no other" {
	described | same
}

@test "an option that the text of a man page speaks of is one of its command; that of tare speaks of all" {
	local unknown
	[[ $(mentioned) == *"create --pid-file"* ]]
	unknown=$(awk '
		NR == FNR { known[$1, $2] = known["tare", $2] = 1; next }
		!(($1, $2) in known) && $0 != "tare --name"
	' <(helped) <(mentioned))
	[[ -z $unknown ]] || fail "$unknown"
}

@test "a man page has the parts that a reader looks for, and refers to pages that are there" {
	local part name
	for part in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		name=$(grep -L "^\.Sh $part\$" "$MADE"/man/*.1) || true
		# It has none.
		[[ $part != OPTIONS ]] || name=${name#"$MADE/man/tare-recvtty.1"}
		[[ -z $name ]] || fail "there is no $part in" "$name"
	done
	for name in $(sed -n 's/^\.Xr \(tare[a-z-]*\) \([17]\).*/\1.\2/p' "$MADE"/man/*.1 "$MADE"/man7/*.7 | sort -u); do
		[[ -e $MADE/man/$name || -e $MADE/man7/$name ]] || fail "there is no $name"
	done
}

@test "mandoc has nothing against the man pages" {
	need mandoc
	run -0 mandoc -Tlint -W warning "$MADE"/man/*.1 "$MADE"/man7/*.7
	[[ -z $output ]]
}

# rendered PAGE: a page as man(1) shows it on a terminal of 80 columns, of which it leaves two free.
rendered()
{
	mandoc -Tascii -Owidth=78 "$1" | col -b -x
}

# literal PAGE: the lines of the page that are to be shown as they are: examples and what they print.
literal()
{
	sed -nE -e '/^\.Bd -literal/,/^\.Ed/ { /^\.(Bd|Ed)/d; p }' -e 's/^\.Dl //p' "$1" |
		sed -e 's/\\e/\\/g; s/\\(dq/"/g; s/\\-/-/g; s/\\&//g' -e "s/\\\\(aq/'/g" -e '/^$/d'
}

@test "on a terminal no page is wider than 80 columns, and no line of an example is broken" {
	local page line shown count=0
	need mandoc
	for page in "$MADE"/man/* "$MADE"/man7/*; do
		shown=$(rendered "$page")
		[[ -z $(awk 'length > 80' <<<"$shown") ]] || fail "${page##*/}" "$(awk 'length > 80' <<<"$shown")"
		[[ $shown != *'<?>'* ]] || fail "${page##*/} has characters that a terminal may lack" "$(grep -F '<?>' <<<"$shown")"
		shown=$(sed 's/^ *//' <<<"$shown")
		while IFS= read -r line; do
			grep -qxF -- "$line" <<<"$shown" || fail "${page##*/} breaks: $line"
			count=$((count + 1))
		done < <(literal "$page" | sed 's/^ *//')
	done
	((count > 30))
}

# topic NAME: the page of section 7 without its line breaks, and without bold and italics.
topic()
{
	mandoc -Tascii -Owidth=78 "$MADE/man7/tare-$1.7" | col -b -x | tr -s ' \n' ' '
}

@test "the pages of section 7 are there, and tare(1) names each" {
	local name
	diff <(printf 'tare-%s.7\n' "${TOPICS[@]}") <(ls "$MADE/man7")
	for name in "${TOPICS[@]}"; do
		grep -qE "^\.Xr tare-$name 7( ,)?\$" "$MADE/man/tare.1" || fail "tare(1) does not name tare-$name(7)"
		grep -qx "\.Nm tare-$name" "$MADE/man7/tare-$name.7"
		[[ $(sed -n '/^\.Sh SEE ALSO$/,$p' "$MADE/man7/tare-$name.7") == $'.Sh SEE ALSO\n.Xr tare 1' ]]
	done
}

# first_cells FILE: the first cells of the tables of a file in docs/, as text. What stands above a line of dashes is a title.
first_cells()
{
	awk '
		/^\|---/ { row = 1; next }
		!/^\|/ { row = 0 }
		row { gsub(/\\\|/, "\001"); sub(/^\| */, ""); sub(/ *\|.*/, ""); gsub("\001", "|"); gsub(/`/, ""); print }
	' "$REPOSITORY/docs/$1.md"
}

@test "a page of section 7 has each row of the tables that it is made from: each error code, annotation and feature" {
	local name page cell count=0
	need mandoc
	for name in "${TOPICS[@]}"; do
		page=$(grep '^\.It' "$MADE/man7/tare-$name.7" | sed -e 's/^\.It *//' -e 's/\\f[BIR]//g' -e 's/\\&//g; s/\\-/-/g; s/\\(dq/"/g; s/\\e/\\/g' \
			-e "s/\\\\(aq/'/g; s/\\\\(ti/~/g; s/\\\\(ha/^/g")
		while IFS= read -r cell; do
			grep -qxF -- "$cell" <<<"$page" || fail "tare-$name(7) lacks: $cell"
			count=$((count + 1))
		done < <(first_cells "$name" | sed -E 's/\[([^][]*)\]\([^)]*\)/\1/g')
	done
	((count > 500))
	[[ $(topic errors) == *' hook-timeout what happened: a hook took longer than its timeout. what helps: the timeout in object. '* ]]
	[[ $(topic annotations) == *' run.oci.pidfd_receiver An absolute path: like --pidfd-socket. '* ]]
	[[ $(topic seccomp) == *' ioctl with TIOCSCTTY with process.terminal. '* ]]
	# Tests are for who changes the program.
	[[ $(topic features) == *' G3: wrong values of known properties are errors tare: yes. runc: yes. crun: no. '* ]]
	[[ $(topic features) != *'oci-conformance/lifecycle.bats'* ]]
}

# makes_of PAGE: what the four pages are when docs/seccomp.md is standard input.
makes_of()
{
	local docs=$BATS_TEST_TMPDIR/docs made=$BATS_TEST_TMPDIR/made
	[[ -d $docs ]] || cp -r "$REPOSITORY/docs" "$docs"
	mkdir -p "$made"
	cat >"$docs/seccomp.md"
	"${TARE%/*}/docs/generate/generate" "$docs" "$made" 'July 1, 2026' || return 1
	sed '1,/^\.Sh DESCRIPTION/d; /^\.Sh SEE ALSO/,$d' "$made/man7/tare-seccomp.7"
}

@test "what Markdown says becomes mdoc, and nothing in it is taken for a macro" {
	diff - <(makes_of <<'END'
# Title

First, with `a -b \c`, *emphasis* and a [link](errors.md); 2 * 3. Next
sentence, [far](https://example.org).
.Dd is no macro, \*nor this*.

## No "Pp" here

* one
  more
* two

1. first

```
.literal 'x' \ -y
  deeper
```

| a | b | test |
|---|---|---|
| Em \| `--all` | | t |
| x | y | t |
END
	) <<'END'
First, with \fBa \-b \ec\fR, \fIemphasis\fR and a link; 2 * 3.
Next sentence, far (https://example.org).
\&.Dd is no macro, *nor this*.
.Ss \&No \&\(dqPp\(dq \&here
.Bl -bullet
.It
one more
.It
two
.El
.Bl -enum
.It
first
.El
.Bd -literal -offset indent
\&.literal \(aqx\(aq \e \-y
  deeper
.Ed
.Bl -tag -width Ds
.It \&Em \&| \fB\&\-\-all\fR
.It \&x
b: y.
.El
END
}

@test "Markdown that is not whole is a failure of the build that says where" {
	run -1 makes_of <<<'no title'
	[[ $output == *"docs/seccomp.md: expected a title '# ...' in line 1"* ]]
	run -1 makes_of <<<$'# T\n\n```sh\nx'
	[[ $output == *"docs/seccomp.md: the table or the code that begins with '\`\`\`sh' is not whole"* ]]
	run -1 makes_of <<<$'# T\n\n| a | b |\n| c | d |'
	[[ $output == *"docs/seccomp.md: the table or the code that begins with '| a | b |' is not whole"* ]]
}

@test "a command without a text is a failure of the build that says what to do" {
	local generate=${TARE%/*}/docs/generate/generate docs=$BATS_TEST_TMPDIR/docs
	cp -r "$REPOSITORY/docs" "$docs"
	mkdir "$BATS_TEST_TMPDIR/made"
	rm "$docs/man/kill.mdoc"
	run -1 "$generate" "$docs" "$BATS_TEST_TMPDIR/made" 'July 1, 2026'
	[[ $output == *"the command 'kill' has no text for its man page: docs/man/README.md tells what it needs"* ]]
	echo 'It kills.' >"$docs/man/kill.mdoc"
	run -1 "$generate" "$docs" "$BATS_TEST_TMPDIR/made" 'July 1, 2026'
	[[ $output == *"docs/man/kill.mdoc: expected '.Sh DESCRIPTION' in line 1"* ]]
}

@test "bash offers the options that there are, and no other" {
	# shellcheck disable=SC2016 # expanded by the inner shell
	bash -uc '
		source "$0"
		for command; do
			COMP_WORDS=(tare "${command/#tare/--debug}" -)
			COMP_CWORD=2
			_tare tare
			printf "$command %s\n" "${COMPREPLY[@]}"
		done
	' "$MADE/completions/tare.bash" tare "${COMMANDS[@]}" | same
}

@test "fish offers the options that there are, and no other" {
	need fish
	# shellcheck disable=SC2016 # expanded by fish
	HOME=$BATS_TEST_TMPDIR PATH=${TARE%/*}:$PATH fish --no-config -c '
		source $argv[1]
		for command in $argv[2..]
			complete -C "tare "(string replace -r "^tare\$" -- --debug $command)" -" | string replace -r "^" "$command "
		end
	' "$MADE/completions/tare.fish" tare "${COMMANDS[@]}" | cut -f 1 | same
}

@test "zsh knows the options that there are, and no other" {
	need zsh
	zsh -n "$MADE/completions/_tare"
	# shellcheck disable=SC2016 # expanded by zsh
	zsh -fc '
		_arguments() { }
		source $1
		for command in $argv[2,-1]; do
			table=_tare_arguments_$command
			print -rl -- $command\ ${^${(P)table}}
		done
	' zsh "$MADE/completions/_tare" tare "${COMMANDS[@]}" | sed -nE 's/ (\([^)]*\)|\*)?(-[A-Za-z0-9-]+)(\[|=).*/ \2/p' | same
}

@test "the completion for bash is one that shellcheck likes" {
	shellcheck --severity=warning "$MADE/completions/tare.bash"
}

@test "what is made is installed where every user, man and the shells look for it" {
	local prefix=$BATS_TEST_TMPDIR/usr
	cmake --install "${TARE%/*}" --prefix "$prefix" >/dev/null
	[[ -x $prefix/bin/tare && -x $prefix/bin/tare-recvtty && ! -e $prefix/sbin ]]
	diff -r "$MADE/man" "$prefix/share/man/man1"
	diff -r "$MADE/man7" "$prefix/share/man/man7"
	cmp "$MADE/completions/tare.bash" "$prefix/share/bash-completion/completions/tare"
	cmp "$MADE/completions/_tare" "$prefix/share/zsh/site-functions/_tare"
	cmp "$MADE/completions/tare.fish" "$prefix/share/fish/vendor_completions.d/tare.fish"
	cmp "$REPOSITORY/docs/cookbook.md" "$prefix/share/doc/tare/cookbook.md"
}

# fish 4 does not look into /usr/local/share when XDG_DATA_DIRS is unset.
@test "installed into /usr/local, the completion is where each fish looks, and nothing else leaves the prefix" {
	local where=$BATS_TEST_TMPDIR/root
	DESTDIR=$where cmake --install "${TARE%/*}" --prefix /usr/local >/dev/null
	[[ $(cd "$where" && find . -type f ! -path './usr/local/*') == ./etc/fish/completions/tare.fish ]]
	cmp "$MADE/completions/tare.fish" "$where/etc/fish/completions/tare.fish"
	grep -qx /etc/fish/completions/tare.fish "${TARE%/*}/install_manifest.txt"
	need fish
	run -0 env -u XDG_DATA_DIRS HOME="$BATS_TEST_TMPDIR" fish -c 'string join \n $fish_complete_path'
	[[ $'\n'$output$'\n' == *$'\n/etc/fish/completions\n'* ]]
}
