# Completion of tare for bash.
# shellcheck shell=bash

# The tables that tare itself parses by: the options of a command, and what may stand behind an option or in a place.
@tables@

# Completes the current word from a list of offers: words, and <file>, <directory>, <container> and
# <signal>, which has its SIG for who has typed that.
_tare_offer()
{
	local offer
	for offer in $1; do
		case $offer in
		'<file>')
			compopt -o filenames 2>/dev/null
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current")
			;;
		'<directory>')
			compopt -o filenames 2>/dev/null
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$current")
			;;
		'<container>')
			_tare_offer "$("${program/#~\//$HOME/}" "${root[@]}" list --quiet 2>/dev/null)"
			;;
		'<signal>')
			if [[ $current == SIG* ]]; then
				_tare_offer "${_tare_signals// / SIG}"
			else
				_tare_offer "$_tare_signals"
			fi
			;;
		"$current"*)
			COMPREPLY+=("$offer")
			;;
		esac
	done
}

# Bash splits a line at "=" too: "--root=x" is three words, and two while there is no x.
_tare()
{
	local program=$1 current=${COMP_WORDS[COMP_CWORD]} command=tare place=1 option='' options=yes root=() word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ $word == '=' ]]; then
			# The next word is a value, be it that of a flag.
			option=${option:-=}
		elif [[ -n $option ]]; then
			[[ $command$option != tare--root ]] || root=(--root "${word/#~\//$HOME/}")
			option=
		elif [[ -n $options && $word == -- ]]; then
			options=
		elif [[ -n $options && $word == -?* ]]; then
			[[ $word != -[!-]?* ]] || word=-$word
			[[ -z ${_tare_offers[$command $word]+is} ]] || option=$word
		elif [[ $command == tare ]]; then
			command=$word
			options=yes
		else
			place=$((place + 1))
			[[ -z ${_tare_options_first[$command]-} ]] || options=
		fi
	done
	COMPREPLY=()
	[[ $current != '=' ]] || current=
	if [[ -n $option ]]; then
		_tare_offer "${_tare_offers[$command $option]-}"
	elif [[ -n $options && $current == -* ]]; then
		_tare_offer "${_tare_options[$command]-}"
	else
		_tare_offer "${_tare_offers[$command $place]-${_tare_offers[$command *]-}}"
	fi
}

complete -F _tare tare
