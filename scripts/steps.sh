# shellcheck shell=bash
# What .ci/run and scripts/check-all share: steps that are timed, and go on after a failure. Sourced in the repository's folder.

# shellcheck source=scripts/lib.sh
root=$PWD && . scripts/lib.sh
failed=()
times=()
tests_log=$(mktemp)
trap 'rm -f "$tests_log"' EXIT

step() { # step COMMAND…
  local began=$SECONDS
  printf '\n== %s (after %d s)\n' "$*" "$SECONDS"
  "$@" || failed+=("$*")
  times+=("$(printf '%5d s  %s' $((SECONDS - began)) "$*")")
}

install_tools() {
  mkdir -p "$build"
  local wanted=()
  [[ -x $(command -v clang-format-14) ]] || wanted+=(clang-format-14)
  [[ -x $(command -v clang-tidy) ]] || wanted+=(clang-tidy)
  [[ -x $(command -v shellcheck) ]] || wanted+=(shellcheck)
  # bench_loader is built only where google-benchmark is, and clang-tidy reads what is built.
  [[ -e /usr/include/benchmark/benchmark.h ]] || wanted+=(libbenchmark-dev)
  has_sanitizers || wanted+=(clang-14 libclang-rt-14-dev)
  [[ ${#wanted[@]} -eq 0 ]] || { find_root_command && apt_install "${wanted[@]}"; }
}

# shellcheck disable=SC2266 # a pipe is meant
tests() { ./scripts/test "$@" 2>&1 | tee "$tests_log"; }

# Every script that says it is one for a shell.
shell_scripts() {
  git ls-files --cached --others --exclude-standard | while read -r file; do
    if head -n 1 "$file" 2>/dev/null | grep -qE '^#!.*\b(ba)?sh$'; then printf '%s\n' "$file"; fi
  done | xargs shellcheck --external-sources --check-sourced
}

end_of_steps() {
  printf '\n== %d s in all\n' "$SECONDS"
  printf '%s\n' "${times[@]}"
  grep -qE '^[0-9]+% tests passed' "$tests_log" || failed+=('tests: no summary of ctest')
  for what in "${failed[@]}"; do echo "FAILED: $what"; done
  grep -E '^[0-9]+% tests passed' "$tests_log"
  [[ ${#failed[@]} -eq 0 ]]
}
