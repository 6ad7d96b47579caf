# Test accuracy by epoch: the seed's log, its program in PyTorch, and reslab's. From the repository's root:
#   gnuplot results/original-curves.gp
set datafile separator ','
set terminal pngcairo size 1400,800 font 'Sans,20' linewidth 2
set output 'results/original-curves.png'
set xlabel 'epoch'
set ylabel 'test accuracy (%)'
set key bottom right spacing 1.2
set grid lc rgb '#dddddd'
set border 3
set tics nomirror out
set xrange [1:24]
set yrange [35:100]
plot 'results/original-seed-log.csv' using 1:($7/100) skip 1 with linespoints lc rgb '#999999' pt 7 ps 0.6 title "the seed's log", \
     'results/original-pytorch.csv' using 1:($5/100) with linespoints lc rgb '#D55E00' pt 7 ps 0.6 title 'its program in PyTorch (seed 0)', \
     'results/original-seed0-epochs.csv' using 1:($7/100) skip 1 with linespoints lc rgb '#0072B2' pt 7 ps 0.6 title 'reslab (seed 0)'
