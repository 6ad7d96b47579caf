#!/bin/sh
# `paired_seeds_test.sh REPOSITORY PROGRAM PYTHON`: equal sides differ by nothing, unequal ones are told apart, what is in the file isn't trained
# again, and the test set isn't opened.
set -eu

root=$1 program=$2 python=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$root/tests/data_samples/cifar10" "$folder/data"
# Nobody may read these: a test image more would be noticed.
head -c 614600 /dev/zero >"$folder/data/test_batch.bin"
short='--epochs 1 --batch-size 50 --set model.width=4 --precision fp32 --threads 1'

compare() { # compare CSV OPTIONS-OF-B SEEDS
  "$python" -B "$root/benchmarks/paired_seeds" --a "$program train-is-not-a-recipe" --b x --csv /dev/null --seeds 1 --names a,a >/dev/null 2>&1 && return 1
  "$python" -B "$root/benchmarks/paired_seeds" --a "$program original $short" --b "$program original $short $2" --csv "$1" --seeds "$3" \
    --holdout 50 --data "$folder/data"
}

fail() {
  printf 'paired_seeds_test: %s\n' "$1" >&2
  cat "$2" >&2
  exit 1
}

compare "$folder/equal.csv" '' 1-2 >"$folder/equal"
grep -q '^2 pairs of a and b$' "$folder/equal" || fail 'no two pairs:' "$folder/equal"
[ "$(grep -c 'difference +0.0000 ± 0.0000' "$folder/equal")" = 4 ] || fail 'the same side twice differs:' "$folder/equal"
[ "$(wc -l <"$folder/equal.csv")" = 5 ] || fail 'not a row a training:' "$folder/equal.csv"

compare "$folder/equal.csv" '' 1-2 >"$folder/again"
! grep -q ' seed ' "$folder/again" || fail 'trained again:' "$folder/again"

compare "$folder/other.csv" '--lr 0.0001' 1 >"$folder/other"
grep -q '^loss .*difference +0.0000 ' "$folder/other" && fail 'another learning rate makes no difference:' "$folder/other"
exit 0
