# The plot of results.svg. Give it data (a file of plot.awk), contestants (its columns) and image (a file) with -e.

set terminal svg size 1100,480 font "sans-serif,13" background "#ffffff"
set output image
set datafile separator tab
set datafile columnheaders
set title "median of one invocation, milliseconds (logarithmic)"
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set logscale y
set yrange [0.1:*]
set ytics nomirror
set xtics nomirror rotate by -25
set grid ytics linecolor "#dddddd"
set border 3
set key outside right top
colour(name) = name eq "floor" ? 0x9e9e9e : name eq "tare" ? 0x2e7d32 : name eq "crun" ? 0x1565c0 : 0xef6c00
plot for [i = 1:words(contestants)] data using (column(i + 1)):xtic(1) title word(contestants, i) \
     linecolor rgb colour(word(contestants, i))
