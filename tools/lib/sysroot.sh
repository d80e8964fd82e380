# Sourced by tools/firmware: a folder with Debian's arm64 C headers and libraries, made without touching the package
# system of this machine. A private apt configuration (its own lists, an empty status file) resolves the packages.

# The firmware's C libraries, as Debian's -dev packages; each one's shared libraries follow from its dependencies.
# tllist and pixman are here because fcft's and our own headers include theirs.
sysroot_headers=(
  libc6-dev linux-libc-dev libcrypt-dev
  libasound2-dev libdrm-dev libfcft-dev libgpiod-dev libjpeg62-turbo-dev libopus-dev libpixman-1-dev libpng-dev libspeexdsp-dev
  libssl-dev libtllist-dev libv4l-dev zlib1g-dev
)
# Raise it when the steps below change, so that folders made by older steps are made again.
sysroot_recipe=1

# sysroot_apt FOLDER COMMAND…: apt-get or apt-cache for arm64 with nothing of this machine's own state.
sysroot_apt() {
  local apt=$1 program=$2
  shift 2
  "$program" -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Acquire::Languages=none \
    -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources.list.d" \
    -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 "$@"
}

# machine_release: the codename of this machine's own Debian release.
machine_release() { (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}"); }

# sysroot_sources CODENAME FOLDER: the machine's own entries for this Debian release, whatever mirror they name. For a release that
# the machine does not know, the entries for its own, with the other name.
sysroot_sources() {
  local codename=$1 folder=$2 own
  copy_sources "$codename" "$folder" && return
  own=$(machine_release)
  copy_sources "$own" "$folder" || { echo "no apt source for Debian '$codename' on this machine"; return 1; }
  sed -i "s/\\b$own\\b/$codename/g" "$folder"/machine.*
}

# copy_sources CODENAME FOLDER: copies the entries that name this release, and leaves out other vendors' archives, which may hold
# nothing for arm64. Fails when there are none.
copy_sources() {
  local codename=$1 folder=$2 file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$file" ] || continue
    awk -v code="$codename" '
      $1 == "deb" { line = $0; gsub(/\[[^]]*\] */, "", line); split(line, word, " ")
        if (word[3] ~ "^" code "(-updates|-security)?/?$") print }' "$file" >>"$folder/machine.list"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    awk -v code="$codename" -v RS= -v ORS='\n\n' '
      { suites = ""; count = split($0, line, "\n")
        for (i = 1; i <= count; i++) if (line[i] ~ /^Suites:/) suites = substr(line[i], 8)
        if (suites ~ "(^| )" code "(-updates|-security)?/?( |$)") print }' "$file" >>"$folder/machine.sources"
  done
  find "$folder" -type f -empty -delete
  [ -n "$(ls "$folder")" ]
}

# sysroot_libraries APT: the packages of the shared libraries that the headers belong to.
sysroot_libraries() {
  sysroot_apt "$1" apt-cache depends --important "${sysroot_headers[@]}" |
    awk '$1 == "Depends:" && $2 ~ /^lib/ && $2 !~ /-dev|-bin$/ { print $2 }' | sort -u
}

# sysroot_make FOLDER CODENAME: resolves, downloads and unpacks into FOLDER, which appears only when it is complete.
sysroot_make() {
  local folder=$1 codename=$2 work=$1.making apt=$1.making/.apt compiler link target
  rm -rf "$work" && mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/sources.list.d" "$work/usr/lib" || return 1
  : >"$apt/status"
  sysroot_sources "$codename" "$apt/sources.list.d" || return 1
  sysroot_apt "$apt" apt-get -o Acquire::Retries=3 update || return 1

  # The compiler's own support files (crtbegin.o, libgcc.a) come with the release's default gcc.
  compiler=$(sysroot_apt "$apt" apt-cache depends gcc | awk '/Depends: gcc-[0-9]+$/ { sub("gcc-", "", $2); print $2; exit }')
  [ -n "$compiler" ] || { echo "cannot tell the default gcc of Debian '$codename'"; return 1; }
  local headers=("${sysroot_headers[@]}" "libgcc-$compiler-dev") libraries
  mapfile -t libraries < <(sysroot_libraries "$apt")
  (
    cd "$apt/archives" || exit 1
    sysroot_apt "$apt" apt-get -o Acquire::Retries=3 download "${headers[@]}" || exit 1
    sysroot_apt "$apt" apt-get -o Acquire::Retries=3 install --yes --no-install-recommends --download-only \
      "${libraries[@]}" libgcc-s1
  ) || return 1

  # Debian keeps /lib and /bin as links into /usr; the packages of Debian 12 still ship files under /lib.
  ln -s usr/lib "$work/lib" && ln -s usr/bin "$work/bin" && ln -s usr/sbin "$work/sbin" && mkdir -p "$work/usr/bin" "$work/usr/sbin"
  local package
  for package in "$apt"/archives/*.deb; do
    # Not --extract: it would replace the links made above by folders.
    dpkg-deb --fsys-tarfile "$package" | tar -C "$work" --no-same-owner --keep-directory-symlink -xf - || return 1
    dpkg-deb --show --showformat='${Package} ${Version} ${Architecture}\n' "$package" >>"$work/packages.txt"
  done
  [ -d "$work/usr/lib/aarch64-linux-gnu" ] && [ -L "$work/lib" ] || { echo "the packages did not unpack as expected"; return 1; }

  # An absolute link would point into this machine's own system.
  find "$work" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
    target=$(readlink "$link")
    ln -sfn "$(realpath --no-symlinks --canonicalize-missing --relative-to="$(dirname "$link")" "$work$target")" "$link"
  done
  rm -rf "$apt" "$work/usr/share/doc" "$work/usr/share/man" "$work/usr/share/locale"
  rm -rf "$folder" && mv "$work" "$folder"
}

# sysroot_ready LOG [CODENAME]: prints the folder, made first if there is none for this package list and Debian release (this machine's own).
sysroot_ready() {
  local log=$1 codename=${2:-$(machine_release)} cache key folder
  [ -n "$codename" ] || die "this machine's /etc/os-release names no Debian release"
  cache=${SOTTO_CACHE:-$HOME/.cache/sotto}
  key=$(printf '%s\n' "$sysroot_recipe" "$codename" "${sysroot_headers[@]}" | sha256sum | cut -c 1-12)
  folder=$cache/sysroot-arm64/$codename-$key
  mkdir -p "$cache/sysroot-arm64"
  if [ ! -r "$folder/packages.txt" ]; then
    # One maker at a time: two builds may start together.
    exec 8>"$cache/sysroot-arm64/lock" && flock 8
    if [ ! -r "$folder/packages.txt" ]; then
      step "downloading Debian's ($codename) arm64 headers and libraries" "$log" sysroot_make "$folder" "$codename" || return 1
    fi
    exec 8>&-
  fi
  printf '%s\n' "$folder"
}
