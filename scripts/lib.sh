# shellcheck shell=sh
# What ./reslab and scripts/test share: what is up to date, one set-up at a time, phases with their log, configure, build.
# Sourced with $root set to the repository's folder. $build/up-to-date.GOAL is a stamp: it exists only when that goal was
# built whole, it is as old as the start of that build, and it names what the build depended on besides the sources.

# shellcheck disable=SC2154 # root
build=$root/build/release
log=$root/build/setup.log
unset CDPATH

# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"
# shellcheck source=scripts/torch.sh
. "$root/scripts/torch.sh"

say() { printf 'reslab: %s\n' "$*" >&2; }

# What was wrong is the user's to mend: exit code 2, as the program has it.
stop() {
  say "$@"
  exit 2
}

# Clang 14 with the run-time libraries of its sanitizers and of libFuzzer.
has_sanitizers() { find "$(clang++-14 -print-runtime-dir 2>/dev/null)" -name 'libclang_rt.fuzzer*.a' 2>/dev/null | grep -q .; }

cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# ---- what is up to date ----

wishes() {
  printf '%s|%s|%s|%s|%s|%s' "$root" "${RESLAB_TORCH-}" "${CMAKE_PREFIX_PATH-}" "${CXX-}" "${CXXFLAGS-}" "${CPATH-}"
}

up_to_date() { # up_to_date program|tests
  stamp=$build/up-to-date.$1
  [ -r "$stamp" ] && [ -x "$build/bin/reslab" ] || return 1
  { IFS= read -r stamp_wishes && IFS= read -r stamp_torch && IFS= read -r stamp_lost; } <"$stamp" || return 1
  [ "$stamp_wishes" = "$(wishes)" ] && [ -e "$stamp_torch/$torch_config" ] || return 1
  # Something optional was missing then: is it there by now?
  [ -z "$stamp_lost" ] || [ "$stamp_lost" = "$(missing_packages optional)" ] || return 1
  set -- CMakeLists.txt CMakePresets.json cmake src apps recipes
  case $stamp in *.tests) set -- "$@" tests benchmarks ;; esac
  # A folder's own time tells of files added and removed.
  newer=$(cd "$root" && find "$@" -newer "$stamp" -print 2>/dev/null | head -n 1)
  [ -z "$newer" ]
}

# ---- one set-up at a time ----

lock() {
  mkdir -p "$root/build" 2>/dev/null || true
  [ -w "$root/build" ] ||
    stop "could not write $root/build: run as $(owner "%U"), who owns this folder, or clone it to a place of your own"
  exec 9>>"$root/build/.lock"
  if command -v flock >/dev/null; then
    flock -n 9 || {
      say "waiting for another set-up of $root to end"
      flock 9
    }
  else
    lock_link
  fi
}

# Without flock: a link made is a lock taken. It names its holder's process, which may be dead by now.
lock_link() {
  while ! ln -s $$ "$root/build/.lock-holder" 2>/dev/null; do
    holder=$(readlink "$root/build/.lock-holder" || echo $$)
    if kill -0 "$holder" 2>/dev/null; then
      sleep 1
    # Who renames a dead holder's link has it alone; should another's have come in between, it is put back.
    elif mv "$root/build/.lock-holder" "$root/build/.lock-dead-$$" 2>/dev/null; then
      [ "$(readlink "$root/build/.lock-dead-$$")" = "$holder" ] ||
        ln -s "$(readlink "$root/build/.lock-dead-$$")" "$root/build/.lock-holder" 2>/dev/null || true
      rm -f "$root/build/.lock-dead-$$"
    fi
  done
}

unlock() {
  exec 9>&-
  if [ "$(readlink "$root/build/.lock-holder")" = $$ ]; then rm -f "$root/build/.lock-holder"; fi
}

# ---- phases ----

# Runs a command with its output in the log; where it fails, says so with the log's last lines.
logged() { # logged WHAT COMMAND…
  logged_what=$1
  shift
  printf '\n== %s: %s\n' "$logged_what" "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null || {
    logged_status=$?
    log_tail
    say "could not finish: $logged_what (status $logged_status). Everything it said: $log"
    return "$logged_status"
  }
}

log_tail() { tail -n 25 "$log" | sed 's/^/  | /' >&2; }

set_up() { # set_up program|tests
  goal=$1
  lock
  trap leave EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # Another set-up may have done it while this one waited.
  up_to_date "$goal" || bring_up_to_date
  leave
  trap - EXIT INT TERM
}

leave() {
  give_to_owner
  unlock
}

bring_up_to_date() {
  began=$(date +%s)
  rm -f "$build/up-to-date.$goal"
  : >"$log"
  ensure_packages "$goal"
  find_torch
  [ "$goal" != tests ] || ensure_pytorch
  configure
  compile
  say "ready after $(($(date +%s) - began)) s"
}

# ---- configure and build ----

configure() {
  # Tests are configured wherever they can be built, so that the two commands don't undo each other's configuration.
  with_tests=OFF
  [ -n "$(missing_packages test)" ] || with_tests=ON
  lost=$(missing_packages optional)
  configuration="$(wishes)|$torch_dir|$with_tests|$lost"
  if [ -e "$build/build.ninja" ] && [ "$(cat "$build/configuration" 2>/dev/null)" = "$configuration" ]; then return; fi
  say "configuring, with libtorch $torch_version_found in $torch_dir ($torch_origin)"
  # What an earlier configuration found of libtorch lies in the cache and must not be mixed with another's.
  fresh=
  [ ! -e "$build/CMakeCache.txt" ] || fresh=--fresh
  rm -f "$build/configuration" "$build"/up-to-date.*
  (cd "$root" && logged "configuring" cmake --preset release ${fresh:+"$fresh"} "-DTorch_DIR=$torch_dir/${torch_config%/*}" \
    "-DRESLAB_TESTS=$with_tests" "-DRESLAB_BENCHMARKS=$with_tests") || exit 70
  printf '%s\n' "$configuration" >"$build/configuration"
}

compile() {
  say "building (minutes on the first use, seconds later; log: $log)"
  target=reslab
  [ "$goal" = program ] || target=all
  rm -f "$build/up-to-date.program" "$build/stamp.new"
  printf '%s\n%s\n%s\n' "$(wishes)" "$torch_dir" "$lost" >"$build/stamp.new"
  if [ -t 2 ]; then
    compile_with_counter || compile_failed
  else
    logged "building" cmake --build "$build" --target "$target" || exit 70
  fi
  [ "$goal" = program ] || cp -p "$build/stamp.new" "$build/up-to-date.tests"
  mv "$build/stamp.new" "$build/up-to-date.program"
}

# On a terminal ninja's count of steps is shown in place.
compile_with_counter() {
  rm -f "$build/build-failed"
  { cmake --build "$build" --target "$target" 2>&1 </dev/null || : >"$build/build-failed"; } |
    while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      case $line in '['*/*']'*) printf '\r  %s \r' "${line%%']'*}]" >&2 ;; esac
    done
  printf '\r                    \r' >&2
  [ ! -e "$build/build-failed" ]
}

compile_failed() {
  log_tail
  say "could not finish: building. Everything it said: $log"
  exit 70
}

# ---- owners ----

owner() { # owner FORMAT: whose the repository is
  stat -c "$1" "$root" 2>/dev/null || echo '?'
}

# Under sudo everything made here belongs to whom the repository belongs, who will want to build without sudo.
give_to_owner() {
  [ "$(id -u)" -eq 0 ] || return 0
  case $(owner %u) in 0 | '?') return 0 ;; esac
  chown -R "$(owner %u:%g)" "$root/build"
  [ -L "$root/.venv" ] || [ ! -d "$root/.venv" ] || chown -R "$(owner %u:%g)" "$root/.venv"
}
