#!/usr/bin/env bats
# Completion of the command line: runs the functions as the shells do. tests/meta/docs.bats compares what they offer
# with --help.

load helpers

MADE=${TARE%/*}/docs/made/completions

# from_bash WORD...: what bash completes the last word to, one a line. Bash takes "=" for a word of its own.
from_bash()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	bash -uc '
		source "$0"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_tare "$1"
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"
	' "$MADE/tare.bash" "$TARE" "$@"
}

# from_fish LINE: what fish completes the last word of the line to, without the descriptions.
from_fish()
{
	# shellcheck disable=SC2016 # expanded by fish
	HOME=$DIR PATH=${TARE%/*}:$PATH fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$MADE/tare.fish" "$1" | cut -f 1
}

# signals_of_zsh PREFIX: the signals that zsh chooses from behind this beginning.
signals_of_zsh()
{
	# shellcheck disable=SC2016 # expanded by zsh
	zsh -fc '
		_arguments() { }
		_wanted() { print -rl -- $names }
		source $1
		PREFIX=$2
		_tare_with_sig
	' zsh "$MADE/_tare" "$1"
}

@test "an id is completed from the containers below the --root of the line" {
	create "$CT"
	[[ $(from_bash --root "$ROOT" kill '') == "$CT" ]]
	[[ $(from_bash --root = "$ROOT" --debug state "${CT:0:6}") == "$CT" ]]
	[[ -z $(from_bash --root "$ROOT" kill other) ]]
	[[ -z $(from_bash --root "$DIR" kill '') ]]
}

@test "fish completes an id from the containers below the --root of the line" {
	command -v fish >/dev/null || skip "there is no fish"
	create "$CT"
	[[ $(from_fish "tare --root $ROOT kill ") == "$CT" ]]
	[[ $(from_fish "tare --root=$ROOT delete -f ") == "$CT" ]]
}

@test "fish takes the file without a word, and completes words" {
	command -v fish >/dev/null || skip "there is no fish"
	run -0 from_fish "tare mounts "
	[[ $output == add$'\n'remove ]] || fail "$output"
	run -0 from_fish "tare help sta"
	[[ $output == start$'\n'state$'\n'stats ]] || fail "$output"
}

@test "the id of a container that is yet to be made is not completed" {
	create "$CT"
	[[ -z $(from_bash --root "$ROOT" create '') ]]
	[[ -z $(from_bash --root "$ROOT" run '') ]]
}

@test "commands, files, directories, signals and words are completed where they belong" {
	mkdir "$DIR/place"
	touch "$DIR/places.json"
	[[ $(from_bash sta) == start$'\n'state$'\n'stats ]]
	[[ $(from_bash create --bundle "$DIR/pl") == "$DIR/place" ]]
	[[ $(from_bash create --bundle = "$DIR/pl") == "$DIR/place" ]]
	[[ $(from_bash create -b "$DIR/pl") == "$DIR/place" ]]
	[[ $(from_bash create -f "$DIR/pl" | sort) == "$DIR/place"$'\n'"$DIR/places.json" ]]
	[[ $(from_bash list --format '') == table$'\n'json ]]
	[[ $(from_bash list --format =) == table$'\n'json ]]
	[[ $(from_bash --log-format j) == json ]]
	[[ $(from_bash kill "$CT" KI) == KILL ]]
	[[ $(from_bash kill --all "$CT" US) == USR1$'\n'USR2 ]]
	[[ -z $(from_bash kill "$CT" KILL '') ]]
	[[ $(from_bash help sta) == start$'\n'state$'\n'stats ]]
	[[ $(from_bash mounts '') == add$'\n'remove ]]
	[[ $(from_bash mounts r) == remove ]]
}

@test "signals are completed with the SIG that was typed, in each shell" {
	[[ $(from_bash kill "$CT" SIGK) == SIGKILL ]]
	[[ $(from_bash kill "$CT" SIGUS) == SIGUSR1$'\n'SIGUSR2 ]]
	[[ $(from_bash kill "$CT" '') != *SIG* ]]
	[[ -z $(from_bash kill "$CT" SIGSIG) ]]
	if command -v fish >/dev/null; then
		[[ $(from_fish "tare kill $CT SIGK") == SIGKILL ]]
		[[ $(from_fish "tare kill $CT KI") == KILL ]]
	fi
	if command -v zsh >/dev/null; then
		signals_of_zsh SIGK | grep -qx SIGKILL
		signals_of_zsh KI | grep -qx KILL
		[[ $(signals_of_zsh KI) != *SIG* ]]
		grep -q "^	'2:SIGNAL:_tare_with_sig'" "$MADE/_tare"
	fi
}

@test "options end at --, and the value of an option is no command" {
	[[ $(from_bash kill --a) == --all ]]
	[[ -z $(from_bash kill -- --a) ]]
	[[ $(from_bash ps --form) == --format ]]
	[[ -z $(from_bash ps "$CT" --form) ]]
	[[ $(from_bash --root create sta) == start$'\n'state$'\n'stats ]]
	[[ $(from_bash -root = create sta) == start$'\n'state$'\n'stats ]]
}
