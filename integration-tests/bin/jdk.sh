# shellcheck shell=bash
# To be sourced where fail is defined: sets jdk to the home of a JDK 25 or later.
jdk=
for home in "${HOSTMEM_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -n "$home" ] && [ -x "$home/bin/javac" ] &&
        grep -qE '^JAVA_VERSION="(2[5-9]|[3-9][0-9])' "$home/release" 2>/dev/null; then
        jdk=$(readlink -f "$home")
        break
    fi
done
[ -n "$jdk" ] ||
    fail "no JDK 25 or later found in HOSTMEM_JAVA_HOME, JAVA_HOME and /usr/lib/jvm: set HOSTMEM_JAVA_HOME to one"
