# shellcheck shell=bash
# What the lab's scripts share: where things are kept, an apt of the lab's own, unpacking, and stamps.
#
# Source it: . "$(dirname "$0")/lib.sh". Nothing here installs anything on the machine: packages are downloaded by
# apt, which checks them against the archive's signature with the machine's own keyrings, and are unpacked into the
# cache folder. No function needs root.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_REPO=$(cd "$LAB_DIR/../.." && pwd)
LAB_CACHE=${HOSTMEM_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hostmem-lab}
# Raise when a change in this file makes what earlier runs have prepared wrong.
LAB_FORMAT=1

say() { printf '%s: %s\n' "${LAB_NAME:-${0##*/}}" "$*" >&2; }
die() { say "$*"; exit 1; }

# need COMMAND PACKAGE: fails with the package to install when a command is not there.
need() { command -v "$1" >/dev/null || die "'$1' is missing; install it: apt-get install $2"; }

# human BYTES
human() { numfmt --to=si --suffix=B --format=%.1f "$1"; }

# ---------------------------------------------------------------------------------------------- stamps

# stamp_key FILE…: a key that changes when a file does.
stamp_key() { { echo "$LAB_FORMAT"; cat "$@"; } | sha256sum | cut -c1-16; }
# part_key PART: of its file, and of the files and folders beside "parts" that it names in PART_FILES.
part_key() {
  local files
  mapfile -t files < <(PART_FILES=() && . "$LAB_DIR/parts/$1" && cd "$LAB_DIR" && find "parts/$1" "${PART_FILES[@]}" -type f -printf "$LAB_DIR/%p\n" | LC_ALL=C sort)
  stamp_key "${files[@]}"
}
# stamp_current NAME KEY: true when NAME was finished with this key.
stamp_current() { [ "$(cat "$LAB_CACHE/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp_set() { mkdir -p "$LAB_CACHE/stamps" && printf '%s\n' "$2" >"$LAB_CACHE/stamps/$1"; }

# ------------------------------------------------------------------------------------------------- apt

# debian_archive: the Debian archive this machine itself uses. It carries every suite.
debian_archive() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' |
    awk -v want="$codename" '$1 == want && !found { print $2; found = 1 }' | grep . ||
    die "apt on this machine has no source for its own Debian suite '$codename'; the lab takes the archive's place from it"
}

# apt_config SUITE ARCH: writes (once) an apt configuration of the lab's own and prints its file name. It has its own
# lists and an empty status, so that it sees nothing of what the machine has installed, and the other way round.
apt_config() {
  local dir="$LAB_CACHE/apt/$1-$2"
  local conf="$dir/apt.conf"
  if [ ! -f "$conf" ]; then
    need apt-get apt
    mkdir -p "$dir/lists/partial" "$LAB_CACHE/archives/partial" "$dir/sources.list.d"
    : >"$dir/status"
    local archive
    archive=$(debian_archive) || return 1
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$archive" "$1" >"$dir/sources.list"
    cat >"$conf.new" <<END
APT::Architecture "$2";
APT::Architectures "$2";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::State::extended_states "$dir/extended_states";
Dir::Cache "$dir";
Dir::Cache::archives "$LAB_CACHE/archives";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "$dir/sources.list.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "$dir";
Debug::NoLocking "true";
END
    mv "$conf.new" "$conf"
  fi
  printf '%s\n' "$conf"
}

# lab_apt SUITE ARCH TOOL ARGUMENT…: apt-get or apt-cache with that configuration.
lab_apt() {
  local conf
  conf=$(apt_config "$1" "$2") || return 1
  shift 2
  "$1" -qq -c "$conf" "${@:2}"
}

# apt_update SUITE ARCH: fetches the package list, at most once an hour.
# An archive's mirror can serve lists that do not match its signed index, for days when it is behind on an
# architecture few ask for; then the same release under its other name, "stable", is tried.
apt_update() {
  local conf dir name
  conf=$(apt_config "$1" "$2") || return 1
  dir=${conf%/*}
  [ -n "$(find "$dir/updated" -mmin -60 2>/dev/null)" ] && return 0
  for name in "$1" stable; do
    say "package list of Debian $name, $2"
    sed -i "s/ [^ ]* main\$/ $name main/" "$dir/sources.list"
    if lab_apt "$1" "$2" apt-get update >&2 && grep -qsx "Codename: $1" "$dir"/lists/*Release; then
      touch "$dir/updated"
      return 0
    fi
  done
  die "cannot fetch the package list of Debian $1 for $2"
}

# kernel_packages SUITE ARCH FLAVOUR: the kernel images of a flavour (amd64, arm64, …), the newest first. A suite keeps the one
# before the newest for a while, which a mirror may still have when it has the newest only in its lists.
kernel_packages() {
  apt_update "$1" "$2" >&2
  lab_apt "$1" "$2" apt-cache search --names-only "^linux-image-[0-9][^-]*-$3\$" | cut -d' ' -f1 | sort -rV | grep .
}

# fetch_packages SUITE ARCH ROOT PACKAGE…: fetches exactly these and unpacks them into ROOT.
# fetch_closure  SUITE ARCH ROOT PACKAGE…: the same with all they depend on. "PACKAGE-" keeps one out.
# What is in the archives folder already is not fetched again, so an interrupted run goes on where it stopped.
fetch_packages() { fetch_and_unpack exact "$@"; }
fetch_closure() { fetch_and_unpack closure "$@"; }
fetch_and_unpack() {
  local how=$1 suite=$2 arch=$3 root=$4 list file size total=0 missing=0
  local -a debs=() get
  shift 4
  if [ "$how" = exact ]; then get=(download); else get=(install --download-only --yes); fi
  apt_update "$suite" "$arch"
  mkdir -p "$LAB_CACHE/archives"
  # With no archives folder apt lists the whole set, also what has been fetched before.
  list=$(cd / && lab_apt "$suite" "$arch" apt-get -o Dir::Cache::archives=/nonexistent "${get[@]}" --print-uris "$@") ||
    die "apt cannot resolve $* ($suite, $arch)"
  while read -r _ file size _; do
    debs+=("$LAB_CACHE/archives/$file")
    [ "$(stat -c %s "$LAB_CACHE/archives/$file" 2>/dev/null)" = "$size" ] || { total=$((total + size)) missing=$((missing + 1)); }
  done <<<"$list"
  if [ "$missing" -gt 0 ]; then
    say "fetching $missing package(s) of $suite/$arch, $(human "$total"), into $LAB_CACHE/archives"
    (cd "$LAB_CACHE/archives" && lab_apt "$suite" "$arch" apt-get "${get[@]}" "$@" >/dev/null) ||
      die "fetching $* failed; run this again to go on"
  fi
  say "unpacking ${#debs[@]} package(s) into $root"
  unpack "$root" "${debs[@]}"
}

# unpack ROOT DEB…: into a root with merged /usr, absolute symbolic links made relative, so that it also works
# from outside (as a sysroot).
unpack() {
  local root=$1 deb d link
  shift
  mkdir -p "$root"
  for deb in "$@"; do dpkg-deb --extract "$deb" "$root" || die "cannot unpack $deb"; done
  for d in bin sbin lib lib64; do
    if [ -d "$root/$d" ] && [ ! -L "$root/$d" ]; then
      mkdir -p "$root/usr/$d" && cp -a "$root/$d/." "$root/usr/$d/" && rm -rf "${root:?}/$d"
    fi
    if [ -d "$root/usr/$d" ] && [ ! -L "$root/$d" ]; then ln -s "usr/$d" "$root/$d"; fi
  done
  find "$root" -type l -lname '/*' -printf '%p\t%l\n' | while IFS=$'\t' read -r link d; do
    ln -srfn "$root$d" "$link"
  done
}

# jdk_root ARCH: a root with Debian's JDK 25 of that architecture (arm64, ppc64el, riscv64) and the libraries it
# needs, good for qemu-user's -L and as the root of a guest. Prints its path; java is in jdk_home of it.
# From trixie; from forky when this machine's archive cannot serve trixie for ARCH with a list that fits trixie's
# signature (a mirror that is behind for the less common architectures). The JDK is the same release in both.
jdk_root() {
  local arch=$1 root="$LAB_CACHE/jdk-$1" key="format $LAB_FORMAT, openjdk-25" suite
  if ! stamp_current "jdk-$arch" "$key"; then
    for suite in trixie forky; do
      rm -rf "$root"
      if (fetch_packages "$suite" "$arch" "$root" openjdk-25-jre-headless libc6 libstdc++6 zlib1g libgcc-s1) >&2; then break; fi
      say "no JDK 25 for $arch from Debian $suite"
    done
    [ -x "$(jdk_home "$arch")/bin/java" ] || die "no java in $root"
    stamp_set "jdk-$arch" "$key"
  fi
  printf '%s\n' "$root"
}
jdk_home() { printf '%s\n' "$LAB_CACHE/jdk-$1/usr/lib/jvm/java-25-openjdk-$1"; }

# ----------------------------------------------------------------------------------------------- guests

# guest_boot ISA ARCH FLAVOUR [IOMMU_MODULE]: what a guest of this ISA boots from, in boot-ISA of the cache: vmlinuz, and tree, the
# start of an initramfs with static busybox and bash and, in the order to load them, the modules vfio-pci and 9p need.
guest_boot() {
  local isa=$1 arch=$2 boot="$LAB_CACHE/boot-$1" kernel
  local tmp="$boot/unpacked" box="$LAB_CACHE/tools/bin/busybox"
  [ -x "$box" ] || fetch_packages trixie amd64 "$LAB_CACHE/tools" busybox-static
  for kernel in $(kernel_packages trixie "$arch" "$3"); do
    rm -rf "$boot"
    if (fetch_packages trixie "$arch" "$tmp" "$kernel" busybox-static bash-static); then break; fi
  done
  [ -d "$tmp/boot" ] || die "no kernel of the flavour $3 can be fetched"
  mkdir -p "$boot/tree/bin" "$boot/tree/mods"
  cp "$tmp"/boot/vmlinu[xz]-* "$boot/vmlinuz"
  cp "$tmp"/boot/config-* "$boot/config"
  cp "$tmp/bin/busybox" "$boot/tree/bin/busybox"
  cp "$tmp/bin/bash-static" "$boot/tree/bin/bash"
  printf '%s\n' "$kernel" >"$boot/kernel"
  guest_modules "$tmp"/lib/modules/* "$box" "$boot/tree/mods" \
    virtio_pci virtio_console 9pnet_virtio 9p "${4:-vfio_iommu_type1}" vfio-pci
  rm -rf "$tmp"
}

# guest_modules KERNEL_DIR BUSYBOX TO NAME…: copies modules and, before each, those it depends on, as TO/NN-NAME.ko.
# The package has no modules.dep (it is made when installed), so each module's own list is read.
guest_modules() {
  local dir=$1 box=$2 to=$3 name file pattern
  shift 3
  for name in "$@"; do
    pattern="${name//[_-]/[_-]}.ko"
    if compgen -G "$to/[0-9][0-9]-$pattern" >/dev/null || grep -q "/$pattern\$" "$dir/modules.builtin"; then continue; fi
    file=$(find "$dir/kernel" -name "$pattern.xz" | head -1 | grep .) || die "the kernel has no module $name"
    "$box" unxz -c "$file" >"$to/next.ko"
    # shellcheck disable=SC2046 # a list of names
    guest_modules "$dir" "$box" "$to" $(tr '\0' '\n' <"$to/next.ko" | sed -n 's/^depends=//p' | tr ',' ' ')
    "$box" unxz -c "$file" >"$to/$(printf %02d "$(find "$to" -name '[0-9]*' | wc -l)")-$name.ko"
  done
  rm -f "$to/next.ko"
}

# find_jdk25: the home of a JDK 25 of this machine.
find_jdk25() {
  local home
  for home in "${HOSTMEM_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if [ -x "$home/bin/java" ] && grep -qs '^JAVA_VERSION="25' "$home/release"; then
      printf '%s\n' "$home"
      return
    fi
  done
  die 'no JDK 25 found; set HOSTMEM_JAVA_HOME to one'
}
