# Sourced by emulator/start and tests/run: installs Debian packages that are missing, builds the Release binary.
# Needs `root` (the project's folder) to be set.

say() { printf '\n== %s\n' "$*"; }

# ensure_packages LIST...: each LIST is a file of package names, one a line. Touches apt only if one is missing,
# so that it is quick, and works without a network, when everything is there.
ensure_packages() {
  local -a wanted missing=()
  mapfile -t wanted < <(cat "$@" | sort -u)
  local name
  for name in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$name")
  done
  ((${#missing[@]} == 0)) && return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local -a as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing and I am neither root nor have sudo. As root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq || echo "apt-get update failed; trying with the package lists that are here" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# make_python_site FOLDER: the boto3 that Python handlers import, as current as AWS's (setup/python-site.txt). Where there
# is no pip or no index, handlers get Debian's; a later start tries again.
make_python_site() {
  local folder=$1 wanted="$root/emulator/setup/python-site.txt"
  cmp -s "$wanted" "$folder/python-site.txt" && return 0
  python3 -m pip --version >/dev/null 2>&1 || return 0
  say "Installing the boto3 of Python handlers"
  rm -rf "$folder.new"
  if python3 -m pip install --quiet --disable-pip-version-check --no-input --retries 0 --timeout 5 --only-binary=:all: \
    --target "$folder.new" -r "$wanted" 2>/dev/null; then
    cp "$wanted" "$folder.new/"
    rm -rf "$folder"
    mv "$folder.new" "$folder"
  else
    rm -rf "$folder.new"
    echo "The package index can't be reached: handlers get Debian's boto3." >&2
  fi
}

# build_release BUILD_DIR [-DNAME=VALUE...] [TARGET...]: configures (Release, ninja, ccache when present) and builds;
# ninja shows the progress.
build_release() {
  local build=$1
  shift
  local -a settings=()
  while [[ ${1:-} == -D* ]]; do
    settings+=("$1")
    shift
  done
  say "Building $(realpath --relative-to="$PWD" "$build") (Release${settings[*]:+, ${settings[*]}})"
  local log="$build.configure.log"
  if ! cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release "${settings[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  rm -f "$log"
  ninja -C "$build" "$@"
}
