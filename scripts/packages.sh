# shellcheck shell=sh
# What must be installed: a table, what of it is missing, and its installation by apt. Sourced by lib.sh.
# A thing counts as there when it can be used, whoever installed it; the package names are Debian's and Ubuntu's.

# kind, package, the check that it is there, and for what (optional: what is lost without)
package_table() {
  cat <<'END'
build g++ command:c++ the C++20 compiler
build cmake cmake:3.25 builds
build ninja-build command:ninja builds
build pkg-config command:pkg-config finds libraries
build libcli11-dev header:CLI/CLI.hpp the command line
build libtomlplusplus-dev header:toml++/toml.h recipes
build nlohmann-json3-dev header:nlohmann/json.hpp safetensors
build libprotozero-dev header:protozero/pbf_builder.hpp event files for TensorBoard
build libcurl4-openssl-dev header:curl/curl.h downloads
build libarchive-dev header:archive.h unpacks data sets
build python3 command:python3 installs libtorch
build python3-venv python:ensurepip installs libtorch
build ca-certificates certificates: downloads
build git command:git names the commit of a run
test libgtest-dev header:gtest/gtest.h tests
test librapidcheck-dev header:rapidcheck.h tests
optional libspng-dev header:spng.h PNG pictures, and with them `data show` and CIFAR-10 from its second source
optional libjpeg-dev header:jpeglib.h JPEG pictures: photographs can be neither read nor shown small in reports
optional libwebp-dev header:webp/decode.h WebP pictures can't be read
optional libtiff-dev header:tiffio.h TIFF pictures can't be read
optional libhwy-dev header:hwy/highway.h kernels of our own: without them training takes about twice as long
optional gnuplot-nox command:gnuplot plots
optional libjs-chart.js file:/usr/share/javascript/chart.js/chart.min.js curves that answer to the pointer in reports
END
}

is_there() { # is_there CHECK
  case $1 in
    command:*) command -v "${1#*:}" >/dev/null ;;
    file:*) [ -e "${1#*:}" ] ;;
    header:*)
      printf '#if !__has_include(<%s>)\n#error\n#endif\n' "${1#*:}" | "${CXX:-c++}" -E -x c++ - >/dev/null 2>&1
      ;;
    cmake:*)
      cmake --version 2>/dev/null | awk -v least="${1#*:}" 'NR == 1 {
        split($3, is, "."); split(least, want, ".")
        exit !(is[1] > want[1] || is[1] == want[1] && is[2] >= want[2]) }' && command -v cmake >/dev/null
      ;;
    python:*) python3 -c "import ${1#*:}" >/dev/null 2>&1 ;;
    certificates:) [ -n "${SSL_CERT_FILE-}" ] || [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki ] || [ -e /etc/ssl/cert.pem ] ;;
  esac
}

missing_packages() { # missing_packages KIND…: their names, space-separated
  package_table | while read -r kind package check _; do
    case " $* " in *" $kind "*) is_there "$check" || printf '%s ' "$package" ;; esac
  done
}

explain_packages() { # explain_packages PACKAGE…: one line each
  package_table | while read -r _ package _ purpose; do
    case " $* " in *" $package "*) printf '    %-22s %s\n' "$package" "$purpose" >&2 ;; esac
  done
}

ensure_packages() { # ensure_packages program|tests
  kinds=build
  [ "$1" = program ] || kinds='build test'
  # shellcheck disable=SC2086 # words
  required=$(missing_packages $kinds)
  optional=$(missing_packages optional)
  [ -n "$required$optional" ] || return 0
  if command -v apt-get >/dev/null && find_root_command; then
    # shellcheck disable=SC2086 # words
    apt_install $required $optional || say "apt could not install everything (log: $log)"
  fi
  # shellcheck disable=SC2086 # words
  required=$(missing_packages $kinds)
  optional=$(missing_packages optional)
  if [ -n "$optional" ]; then
    say 'going on without these optional packages; lost without them:'
    # shellcheck disable=SC2086 # words
    explain_packages $optional
  fi
  [ -n "$required" ] || return 0
  say 'these are needed and missing, by the names of Debian and Ubuntu:'
  # shellcheck disable=SC2086 # words
  explain_packages $required
  if command -v apt-get >/dev/null; then
    stop "to install them: sudo apt-get install $required$optional"
  fi
  stop 'install them the way of this system and start again (headers in unusual places: name those in CPATH)'
}

# Sets as_root to what runs a command as root: nothing, sudo without a question, or sudo with one on a terminal.
find_root_command() {
  as_root=
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || return 1
  as_root='sudo -n'
  sudo -n true 2>/dev/null && return 0
  as_root=sudo
  [ -t 0 ] && [ -t 2 ]
}

apt() { # apt ARGUMENTS…: apt-get as root, silent and without questions
  # shellcheck disable=SC2086 # words
  $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o DPkg::Lock::Timeout=300 "$@" 9>&-
}

apt_install() { # apt_install PACKAGE…
  unknown=$(apt_unknown "$@")
  if [ -n "$unknown" ]; then
    say 'fetching the list of packages (apt-get update)'
    apt update >>"$log" 2>&1 || true
    unknown=$(apt_unknown "$@")
  fi
  wanted=
  for package in "$@"; do
    case " $unknown" in *" $package "*) ;; *) wanted="$wanted $package" ;; esac
  done
  [ -n "$wanted" ] || return 1
  # shellcheck disable=SC2086 # words
  plan=$(apt_plan $wanted)
  say "installing by apt:$wanted"
  [ -z "$plan" ] || printf '%s\n' "$plan" >&2
  # shellcheck disable=SC2086 # words
  apt install --no-install-recommends -y $wanted >>"$log" 2>&1 </dev/null && return 0
  # Lists of yesterday name files that are no longer there.
  apt update >>"$log" 2>&1 || true
  # shellcheck disable=SC2086 # words
  apt install --no-install-recommends -y $wanted >>"$log" 2>&1 </dev/null
}

# Both install nothing in any case. (`--assume-no` does, at once, where no package is needed but those that were named.)
apt_plan() { # apt_plan PACKAGE…: how many packages that makes, by a simulation, which tells no sizes, and how large they are
  apt install --no-install-recommends -s "$@" 2>/dev/null </dev/null | sed -n '/newly installed/s/^ */    /p'
  apt install --no-install-recommends --print-uris "$@" 2>/dev/null </dev/null |
    sed -n -E '/Need to get|After this operation|Download size|Space needed/s/^ */    /p'
}

apt_unknown() { # apt_unknown PACKAGE…: those that apt has no version of
  for package in "$@"; do
    apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || printf '%s ' "$package"
  done
}
