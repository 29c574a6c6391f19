# shellcheck shell=bash
# Builds the lab's own kernel, for what Debian's kernels leave out: VFIO by character device and IOMMUFD, VFIO without
# an IOMMU, dumps of page tables, and a driver of our own. Sourced by the parts kernel-ISA.
#
# kernel-ISA in the cache has: vmlinuz, config, version, our modules, and source and build, as much of them as a module's
# build needs.

# Debian's suite whose kernel has every way into VFIO, and the package our driver was written for. The suite goes on to newer
# ones and keeps some older; they are taken when this one is gone.
KERNEL_SUITE=trixie-backports
KERNEL_SOURCE=linux-source-7.3

# kernel_names ISA: sets KERNEL_ARCH, KERNEL_CROSS and KERNEL_IMAGE, the kernel's names of things.
kernel_names() {
  case $1 in
    x86_64) KERNEL_ARCH=x86_64 KERNEL_CROSS='' KERNEL_IMAGE=arch/x86/boot/bzImage ;;
    aarch64) KERNEL_ARCH=arm64 KERNEL_CROSS=aarch64-linux-gnu- KERNEL_IMAGE=arch/arm64/boot/Image ;;
    *) die "no kernel for '$1'; there are: x86_64 aarch64" ;;
  esac
}

# kernel_make ISA TARGET…: make in that kernel's build folder, the same whoever builds it where; says little.
kernel_make() {
  local dir="$LAB_CACHE/kernel-$1"
  env -u MAKEFLAGS -u KBUILD_OUTPUT KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=hostmem \
    make -s -j"$(nproc)" -C "$dir/source" O="$dir/build" ARCH="$KERNEL_ARCH" CROSS_COMPILE="$KERNEL_CROSS" "${@:2}"
}

# kernel_image ISA: the kernel, built once for each configuration.
kernel_image() {
  local isa=$1 dir="$LAB_CACHE/kernel-$1" key package fragments=("$LAB_DIR/kernel/common.config" "$LAB_DIR/kernel/$1.config")
  kernel_names "$isa"
  key=$(stamp_key - "${fragments[@]}" <<<"$KERNEL_SUITE $KERNEL_SOURCE")
  if [ -z "${force:-}" ] && stamp_current "kernel-image-$isa" "$key"; then return; fi
  need make make; need gcc gcc; need flex flex; need bison bison; need bc bc; need perl perl; need xz xz-utils
  gcc -E -x c - </dev/null -include gelf.h >/dev/null 2>&1 || die "'gelf.h' is missing; install it: apt-get install libelf-dev"
  need "${KERNEL_CROSS}gcc" "gcc${KERNEL_CROSS:+-}${KERNEL_CROSS%-}"
  for package in $(kernel_sources); do
    rm -rf "$dir"
    if (fetch_packages "$KERNEL_SUITE" amd64 "$dir/package" "$package"); then break; fi
  done
  [ -d "$dir/package/usr/src" ] || die "no source of a kernel can be fetched from Debian $KERNEL_SUITE"
  mkdir -p "$dir/source" "$dir/build"
  say "unpacking the source of $package"
  xz -dc "$dir/package/usr/src/linux-source-"*.tar.xz |
    tar -x -C "$dir/source" --strip-components=1 --exclude-from="$LAB_DIR/kernel/unused" || die 'cannot unpack the source'
  rm -rf "$dir/package"
  cat "${fragments[@]}" >"$dir/wanted"
  kernel_make "$isa" KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig >"$dir/log" 2>&1 || kernel_failed "$dir/log"
  # It drops what it cannot satisfy without a word.
  ! grep -E '^CONFIG_' "$dir/wanted" | grep -vxFf "$dir/build/.config" >"$dir/missing" || die "not in this kernel: $(xargs <"$dir/missing")"
  say "building the kernel (some minutes); the log: $dir/log"
  kernel_make "$isa" "${KERNEL_IMAGE##*/}" modules >>"$dir/log" 2>&1 || kernel_failed "$dir/log"
  mv "$dir/build/$KERNEL_IMAGE" "$dir/vmlinuz"
  cp "$dir/build/.config" "$dir/config"
  cp "$dir/build/include/config/kernel.release" "$dir/version"
  kernel_trim "$dir"
  stamp_set "kernel-image-$isa" "$key"
}
kernel_failed() {
  tail -n 20 "$1" >&2
  die "the build failed; all of it is in $1"
}

# kernel_module ISA FOLDER: the module of that folder, built against that kernel.
kernel_module() {
  local dir="$LAB_CACHE/kernel-$1" name=${2##*/} log
  kernel_names "$1"
  log="$dir/$name.log"
  rm -rf "$dir/$name"
  cp -r "$2" "$dir/$name"
  kernel_make "$1" M="$dir/$name" modules >"$log" 2>&1 || kernel_failed "$log"
  mv "$dir/$name/"*.ko "$dir/"
  rm -rf "${dir:?}/$name"
}

# kernel_sources: the packages that have one, the best first.
kernel_sources() {
  apt_update "$KERNEL_SUITE" amd64 >&2
  lab_apt "$KERNEL_SUITE" amd64 apt-cache search --names-only '^linux-source-[0-9]' | cut -d' ' -f1 |
    awk -v best="$KERNEL_SOURCE" '{ print ($1 == best ? 1 : 0), $1 }' | sort -rV | cut -d' ' -f2
}

# kernel_trim DIR: keeps of source and build what a module is built with: headers, make files, scripts, host tools.
kernel_trim() {
  find "$1/build" -type f \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux*' -o -name '*.bin' -o -name '*.ko' \) \
    ! -path '*/scripts/*' ! -path '*/tools/*' -delete
  find "$1/source" -type f \( -name '*.c' -o -name '*.S' -o -name '*.rs' -o -name '*.dts*' -o -name '*.rst' \) ! -path '*/scripts/*' ! -path '*/tools/*' -delete
  find "$1/source/drivers" "$1/source/sound" "$1/source/fs" "$1/source/net" -type f -name '*.h' -delete
  find "$1" -type d -empty -delete
}
