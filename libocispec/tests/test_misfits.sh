#!/bin/sh
# A row whose kind does not fit its member does not compile: each case of misfits.c is given to the compiler.
# usage: test_misfits.sh COMPILER
set -eu

here=$(dirname "$0")
compiler=${1:-cc}
last=$(sed -n 's/^#elif CASE == //p' "$here/misfits.c" | tail -n 1)
failed=0

compiles() {
	"$compiler" -std=gnu17 -w -fsyntax-only -I "$here/../include" -D CASE="$1" "$here/misfits.c" 2>/dev/null
}

if compiles 0; then
	echo "ok 1 - rows that fit compile"
else
	echo "not ok 1 - rows that fit compile"
	failed=1
fi
n=1
while [ "$n" -le "$last" ]; do
	what=$(sed -n "/^#elif CASE == $n\$/{n;s/[^\"]*\"//;s/\".*//;p;}" "$here/misfits.c")
	if compiles "$n"; then
		echo "not ok $((n + 1)) - $what does not compile"
		failed=1
	else
		echo "ok $((n + 1)) - ${what:-?} does not compile"
	fi
	n=$((n + 1))
done
echo "1..$((last + 1))"
exit "$failed"
