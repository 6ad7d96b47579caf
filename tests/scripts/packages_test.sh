#!/bin/sh
# `packages_test.sh REPOSITORY`: nothing is installed before it was said what, and how large it is. The apt-get here
# writes down what it is asked for, and behaves as the real one where no package is needed but those that were named:
# it asks nobody.
set -eu

root=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
events=$folder/events
log=$folder/setup.log
export events

mkdir "$folder/bin"
cat >"$folder/bin/apt-get" <<'END'
#!/bin/sh
counts='0 upgraded, 2 newly installed, 0 to remove and 3 not upgraded.'
case " $* " in
  *' update '*) ;;
  *' -s '* | *' --simulate '*) printf '%s\nInst one (1.0)\nConf one (1.0)\n' "$counts" ;;
  *' --print-uris '*)
    printf "%s\nNeed to get 13.2 kB of archives.\nAfter this operation, 67.6 kB of additional disk space will be used.\n'http://mirror/one.deb' one.deb 13172 \n" "$counts"
    ;;
  *) echo "installed: $*" >>"$events" ;;
esac
END
printf '#!/bin/sh\necho "  Candidate: 1.0"\n' >"$folder/bin/apt-cache"
chmod +x "$folder/bin/apt-get" "$folder/bin/apt-cache"
PATH=$folder/bin:$PATH

say() { printf 'said: %s\n' "$*" >>"$events"; }

# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"
# shellcheck disable=SC2034 # used by apt
as_root=

fail() {
  printf 'packages_test: %s\n' "$1" >&2
  cat "$2" >&2
  exit 1
}

: >"$events"
apt_install one two 2>"$folder/sizes"
[ "$(sed -n 1p "$events")" = 'said: installing by apt: one two' ] || fail 'something came before it was said what is installed:' "$events"
[ "$(grep -c '^installed: .* -y one two$' "$events")" = 1 ] || fail 'the packages were not installed once:' "$events"
printf '    %s\n' '0 upgraded, 2 newly installed, 0 to remove and 3 not upgraded.' 'Need to get 13.2 kB of archives.' \
  'After this operation, 67.6 kB of additional disk space will be used.' >"$folder/expected"
cmp "$folder/sizes" "$folder/expected" || fail 'the sizes were not said:' "$folder/sizes"
