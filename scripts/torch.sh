# shellcheck shell=sh
# Finds libtorch, in this order: RESLAB_TORCH=DIR|cpu|cuda, CMAKE_PREFIX_PATH, the Python wheel in .venv, where the CPU wheel
# is installed if there is none. Sourced by lib.sh. Sets torch_dir, torch_version_found and torch_origin.
# Never fetches a CUDA build (gigabytes) unless RESLAB_TORCH=cuda asks for it.

torch_wanted=2.13.0
torch_least=2.11
torch_config=share/cmake/Torch/TorchConfig.cmake
cpu_index=https://download.pytorch.org/whl/cpu

find_torch() {
  torch_dir=
  case ${RESLAB_TORCH-} in
    '')
      torch_in_prefix_path && return
      torch_in_venv || {
        install_cpu_wheel
        torch_in_venv || stop "the wheel is installed, but $root/.venv holds no whole libtorch; log: $log"
      }
      ;;
    cpu)
      if torch_in_venv && torch_is_cpu; then return; fi
      install_cpu_wheel
      torch_in_venv || stop "the wheel is installed, but $root/.venv holds no whole libtorch; log: $log"
      ;;
    cuda) find_cuda_torch ;;
    *)
      for candidate in "$RESLAB_TORCH" "$RESLAB_TORCH/torch" "$RESLAB_TORCH/libtorch" "$RESLAB_TORCH/../../.."; do
        use_torch "$candidate" "RESLAB_TORCH" && return
      done
      stop "RESLAB_TORCH=$RESLAB_TORCH: no $torch_config of version $torch_least or newer there. Allowed: a folder of libtorch, cpu, cuda"
      ;;
  esac
}

# Takes DIR if a libtorch that is new enough lies there.
use_torch() { # use_torch DIR ORIGIN
  [ -e "$1/$torch_config" ] || return 1
  version=$(sed -n 's/^set(PACKAGE_VERSION "\([^"]*\)").*/\1/p' "$1/${torch_config%.cmake}Version.cmake" 2>/dev/null)
  awk -v is="$version" -v least="$torch_least" 'BEGIN {
    split(is, a, "."); split(least, b, "."); exit !(a[1] > b[1] || a[1] == b[1] && a[2] >= b[2]) }' || {
    say "passing over libtorch $version in $1: version $torch_least or newer is needed"
    return 1
  }
  torch_dir=$(cd "$1" && pwd -P)
  torch_version_found=$version
  torch_origin=$2
}

torch_is_cpu() {
  for cuda_library in "$torch_dir"/lib/libtorch_cuda*; do [ ! -e "$cuda_library" ] || return 1; done
}

torch_in_prefix_path() {
  rest=${CMAKE_PREFIX_PATH-}:
  while [ -n "$rest" ]; do
    entry=${rest%%[:;]*}
    rest=${rest#*[:;]}
    [ -n "$entry" ] || continue
    use_torch "$entry" CMAKE_PREFIX_PATH && return
  done
  return 1
}

# RECORD is the last file that pip writes: without it the wheel isn't whole.
torch_in_venv() {
  for record in "$root"/.venv/lib/python3.*/site-packages/torch-*.dist-info/RECORD "$root"/.venv/libtorch/torch-*.dist-info/RECORD; do
    [ -e "$record" ] || continue
    use_torch "${record%/*/RECORD}/torch" "the Python wheel in .venv" && return
  done
  return 1
}

# ---- installing the CPU wheel ----

pip() { "$root/.venv/bin/python" -m pip --disable-pip-version-check --no-input "$@" >>"$log" 2>&1 </dev/null 9>&-; }

make_venv() {
  "$root/.venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    logged 'making .venv' python3 -m venv --clear "$root/.venv" || exit 2
}

install_cpu_wheel() {
  make_venv
  say "installing libtorch: PyTorch $torch_wanted for CPU into .venv (about 200 MB to fetch, 1 GB on disk)"
  # The local version +cpu can't be met by a CUDA build.
  pip install "torch==$torch_wanted+cpu" numpy && return
  pip install --index-url "$cpu_index" "torch==$torch_wanted+cpu" numpy && return
  unpack_other_python "" && return
  unpack_other_python "--index-url=$cpu_index" && return
  install_unlabelled_wheel
}

# libtorch doesn't depend on Python's version: a wheel for another one will do, for libtorch alone.
unpack_other_python() { # unpack_other_python INDEX_OPTION
  for python in 3.11 3.12 3.13 3.14 3.10; do
    rm -rf "$root/.venv/libtorch.new"
    pip install ${1:+"$1"} --target "$root/.venv/libtorch.new" --no-deps --only-binary=:all: --python-version "$python" \
      --platform "manylinux_2_28_$(uname -m)" "torch==$torch_wanted+cpu" || continue
    rm -rf "$root/.venv/libtorch"
    mv "$root/.venv/libtorch.new" "$root/.venv/libtorch"
    say "this system's Python has no such wheel: took libtorch alone out of the one for Python $python"
    # A test reads our files from Python.
    pip install numpy || say "could not install numpy, which a test needs; everything that pip said: $log"
    return
  done
  rm -rf "$root/.venv/libtorch.new"
  return 1
}

# Some platforms (macOS) know only one build, without a label. It is resolved first: it may turn out to be a CUDA build.
install_unlabelled_wheel() {
  resolve_wheel "torch>=$torch_least" || {
    log_tail
    stop "found no PyTorch wheel for this system, neither on the configured index nor on $cpu_index. Everything that pip said: $log
  What to do: mend the network or pip's configuration; or get libtorch $torch_least or newer and start with RESLAB_TORCH=its folder"
  }
  [ "$wheel_kind" = cpu ] || stop "only a CUDA build of PyTorch is to be had here: $wheel_size to fetch; nothing was installed.
  What to do: RESLAB_TORCH=cuda $0 … to install it; or RESLAB_TORCH=DIR with libtorch in DIR; or an index that has torch==$torch_wanted+cpu"
  pip install "torch>=$torch_least" numpy || {
    log_tail
    stop "could not install PyTorch; everything that pip said: $log"
  }
}

# Asks pip what it would install, without installing it; sets wheel_kind and wheel_size.
resolve_wheel() { # resolve_wheel REQUIREMENT
  pip install --dry-run --ignore-installed --report "$root/build/wheels.json" "$1" || return 1
  resolved=$("$root/.venv/bin/python" "$root/scripts/wheel_sizes.py" "$root/build/wheels.json") || return 1
  wheel_kind=${resolved%% *}
  wheel_size=${resolved#* }
}

# ---- CUDA ----

find_cuda_torch() {
  command -v nvcc >/dev/null || [ -x /usr/local/cuda/bin/nvcc ] ||
    stop "RESLAB_TORCH=cuda: libtorch's CMake files need the CUDA toolkit (nvcc), which isn't here. Install it, or leave RESLAB_TORCH out for the CPU"
  torch_in_prefix_path && ! torch_is_cpu && return
  torch_in_venv && ! torch_is_cpu && return
  system_torch=$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null || true)
  use_torch "$system_torch" "the system's Python" && ! torch_is_cpu && return
  make_venv
  wheel_kind=none
  resolve_wheel "torch==$torch_wanted" || true
  [ "$wheel_kind" = cuda ] || {
    log_tail
    stop "RESLAB_TORCH=cuda: found no CUDA build of PyTorch $torch_wanted on the configured index; everything that pip said: $log"
  }
  say "installing libtorch: PyTorch $torch_wanted for CUDA into .venv ($wheel_size to fetch)"
  pip install --force-reinstall "torch==$torch_wanted" numpy || {
    log_tail
    stop "could not install PyTorch; everything that pip said: $log"
  }
  torch_in_venv || stop "the wheel is installed, but $root/.venv holds no whole libtorch; log: $log"
}

# ---- PyTorch itself, for tests ----

has_pytorch() { "$root/.venv/bin/python" -c 'import torch, numpy' >/dev/null 2>&1; }

ensure_pytorch() {
  has_pytorch || [ -d "$root/.venv/libtorch" ] || install_cpu_wheel
}
