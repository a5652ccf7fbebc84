# The plot of results.svg. Give it data (a file of plot.awk) and image (a file) with -e. The axis begins at 0 and is linear:
# a bar that is 60 times as long stands for 60 times the time.

set terminal svg size 1000,900 font "sans-serif,13" background "#ffffff"
set output image
set datafile separator tab
set title offset -16 "Median time of one invocation, in milliseconds (shorter is better)"
set style fill solid 0.9 noborder
stats data using 3 nooutput
set xrange [0:STATS_max * 1.08] # with room for its number
stats data using 2 name "PLACE" nooutput
set yrange [PLACE_min - 1:1.5]
set border 1
set xtics nomirror
unset ytics
set lmargin 36
set grid xtics linecolor "#dddddd"
set key inside right center
who = "floor tare crun runc"
meaning(name) = name eq "floor" ? "floor: the kernel's part of the work alone" : name
colour(name) = name eq "floor" ? 0x9e9e9e : name eq "tare" ? 0x2e7d32 : name eq "crun" ? 0x1565c0 : 0xef6c00
# The bars have the names of the verbs at their first; the second plot writes the numbers behind them.
plot for [name in who] data using (0):(strcol(1) eq name ? $2 : NaN):(0):3:($2 - 0.45):($2 + 0.45) with boxxyerror \
     title meaning(name) linecolor rgb colour(name), \
     data using (0):($2 - 0.5):(strcol(4)) with labels right offset -1,0 notitle, \
     data using 3:2:(sprintf("%.2f", $3)) with labels left offset 0.5,0 font ",11" notitle
