# shellcheck shell=bash
# What the observers' scripts share (source it after lib.sh): names of ISAs, this machine's JDK 25, qemu-user, the
# observers, and the programs in Java.

# Debian's name of an ISA.
debian_arch() {
  case $1 in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    ppc64le) echo ppc64el ;;
    riscv64) echo riscv64 ;;
    *) die "no ISA '$1'; there are: x86_64 aarch64 ppc64le riscv64" ;;
  esac
}

# host_jdk: the home of a JDK 25 on this machine: JAVA25_HOME, JAVA_HOME if it is one, the java of the path, /usr/lib/jvm.
host_jdk() {
  local home
  for home in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" "$(readlink -f "$(command -v java)" | sed 's:/bin/java$::')" /usr/lib/jvm/*; do
    if [ -x "$home/bin/javac" ] && grep -qs '^JAVA_VERSION="25[."]' "$home/release"; then
      printf '%s\n' "$home"
      return
    fi
  done
  die 'no JDK 25 on this machine; set JAVA25_HOME, or install one under /usr/lib/jvm'
}

# qemu_user VERSION ISA: prints, word by word, the command of that emulator. 7 is Debian bookworm's 7.2 with its own C
# library (started through its own loader, so that it runs on any host); 10 is trixie's, static, without plugins.
qemu_user() {
  local root="$LAB_CACHE/qemu-user-$1"
  [ -x "$root/usr/bin/qemu-$2" ] || die "qemu-user $1 for $2 is missing; run: $LAB_DIR/prepare $(qemu_user_part "$1" "$2")"
  if [ "$1" = 7 ]; then
    printf '%s\n' "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu"
  fi
  printf '%s\n' "$root/usr/bin/qemu-$2"
}
qemu_user_part() { if [ "$1" = 10 ]; then echo user-qemu10; else echo "user-$2"; fi; }

# qemu_user_install VERSION: fetches that qemu-user, once, and keeps the four emulators of it that are used.
qemu_user_install() {
  local root="$LAB_CACHE/qemu-user-$1" key="format $LAB_FORMAT"
  stamp_current "qemu-user-$1" "$key" && return
  rm -rf "$root"
  if [ "$1" = 7 ]; then fetch_closure bookworm amd64 "$root" qemu-user qemu-user-binfmt-
  else fetch_packages trixie amd64 "$root" qemu-user; fi
  find "$root/usr/bin" -name 'qemu-*' ! -name qemu-x86_64 ! -name qemu-aarch64 ! -name qemu-ppc64le ! -name qemu-riscv64 -delete
  rm -rf "$root/usr/share"
  stamp_set "qemu-user-$1" "$key"
}

# compiled SOURCE OPTION…: compiles a C file of the lab, once per content, and prints the result's path.
compiled() {
  local source=$1 out
  shift
  out="$LAB_CACHE/compiled/$(basename "$source" .c)-$({ echo "$*"; cat "$source"; } | sha256sum | cut -c1-16)"
  if [ ! -f "$out" ]; then
    need gcc gcc
    mkdir -p "${out%/*}"
    gcc -O2 -Wall -Wextra -Wno-unused-parameter "$@" -o "$out.$$" "$source" >&2 || die "cannot compile $source"
    mv "$out.$$" "$out"
  fi
  printf '%s\n' "$out"
}
plugin_file() { compiled "$LAB_DIR/plugin/memlog.c" -fPIC -shared; }
tracer_file() { compiled "$LAB_DIR/tracer/memtrap.c"; }

# programs: sets classes, the folder of the lab's Java programs, and library, the path of all that they need. Maven builds
# both first, unless they are newer than their sources.
programs() {
  classes="$LAB_DIR/target/classes"
  if programs_stale; then
    mkdir -p "$LAB_DIR/target"
    (
      flock 9
      ! programs_stale || { say 'building the programs' && cd "$LAB_REPO" &&
        mvn -q -B -ntp -pl integration-tests/lab -am -DskipTests process-classes >&2; }
    ) 9>"$LAB_DIR/target/lock" || die "cannot build the lab's programs"
  fi
  library=$(cat "$LAB_DIR/target/class-path")
}
programs_stale() {
  local built="$LAB_DIR/target/class-path"
  [ -z "${HOSTMEM_NO_BUILD:-}" ] || return 1
  [ ! -f "$built" ] ||
    [ -n "$(find "$LAB_REPO"/pom.xml "$LAB_REPO"/{api,arch-*,vfio,integration-tests/lab}/{pom.xml,src/main} -newer "$built" -print -quit)" ]
}

# user_part ISA: what the parts user-ISA install.
user_part() {
  qemu_user_install 7
  if [ "$1" = x86_64 ]; then say "JDK 25: $(host_jdk)"; else jdk_root "$(debian_arch "$1")" >/dev/null; fi
  plugin_file >/dev/null
}

# tier_flags TIER: what makes java run compiled methods in that tier (int, c1, c2) and nowhere else, and -Dwarm, the
# number of warm-up calls that it takes. Also name the classes to compile (-XX:CompileCommand=compileonly,A*::*): compiling
# all the rest takes two thirds of the time of a run in c2. Callees are inlined all the same.
tier_flags() {
  case $1 in
    int) echo -Xint -Dwarm=1 ;;
    c1) echo -Xbatch -XX:TieredStopAtLevel=1 -Dwarm=1000 ;;
    c2) echo -Xbatch -XX:-TieredCompilation -XX:CompileThreshold=1000 -Dwarm=2500 ;;
    *) die "no tier '$1'; there are: int c1 c2" ;;
  esac
}
