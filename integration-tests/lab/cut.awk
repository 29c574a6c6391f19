# Cuts a log of OBSERVERS.md into operations and prints one line each, "NUMBER<TAB>ACCESSES", in the notation of the
# design: S32@4 is one 4-byte store at offset 4 of the device region, L a load, X an atomic read-modify-write; what goes
# to RAM has "ram:" before it, anything else in the window "lost:". With -v runs=1, equal neighbours are drawn together:
# 4xS8@0 are four byte stores ascending from 0, 4xS8@3- are four descending from 3. Last a line "outside<TAB>N": accesses
# to the device or RAM between operations.
#
#   awk -v isa=aarch64 -f cut.awk LOG

function hex(s,   i, v) {
  v = 0
  for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
  return v
}

function place(o) {
  if (o < region) return sprintf("@%d", o)
  if (o >= ram && o < ram + region) return sprintf("@ram+%d", o - ram)
  return sprintf("@lost+%x", o)
}

function write(kind, o, bytes) {
  if (runs && count && kind == rk && bytes == rb && (count == 1 ? o == ro + bytes || o == ro - bytes : o == ro + rs)) {
    if (count == 1) rs = o - ro
    ro = o; count++
    return
  }
  write_run()
  rk = kind; rb = bytes; ro = first = o; count = 1
}

function write_run() {
  if (!count) return
  line = line (line == "" ? "" : " ") (count > 1 ? count "x" : "") rk (8 * rb) place(first) (count > 1 && rs < 0 ? "-" : "")
  count = 0
}

# An ldp or stp of aarch64 is two accesses; its rows have been joined to one, as those of a 16-byte register are.
function is_pair(pc,   c) { c = code[pc]; return isa == "aarch64" && substr(c, 7, 2) ~ /^[26ae][89cd]$/ }

function write_access() {
  if (kind == "") return
  if (is_pair(at)) { write(kind, offset, bytes / 2); write(kind, offset + bytes / 2, bytes / 2) }
  else write(kind, offset, bytes)
  kind = ""
}

BEGIN { region = 1048576; ram = 134217728; marks = 251658240; test = -1; split("", code) }

$1 == "P" { code[$2] = $3; next }
$1 == "E" { ended = 1; next }
$1 !~ /^[SLXslx]$/ { next }
{
  o = hex($2)
  if (o >= marks) {
    n = int((o - marks) / 2)
    write_access(); write_run()
    if ((o - marks) % 2 == 0) { if (test >= 0) wrong("begins inside " test); test = n; line = "" }
    else { if (test != n) wrong("ends, but " test " was begun"); print n "\t" line; test = -1 }
    next
  }
  if (test < 0) { outside++; next }
  k = toupper($1)
  # Lower case: a further row of the execution of an instruction whose row came before. Joined when it is one piece.
  if ($1 != k && k == kind && $5 == tid && $4 == at && (o == offset + bytes || o + $3 == offset)) {
    if (o < offset) offset = o
    bytes += $3
    next
  }
  write_access()
  kind = k; offset = o; bytes = $3; at = $4; tid = $5
}

function wrong(what) { print "cut: test " n " " what > "/dev/stderr"; bad = 1 }

END {
  print "outside\t" outside + 0
  if (test >= 0) { n = test; wrong("never ends") }
  if (!ended) { print "cut: the log does not end with E: the run was cut off" > "/dev/stderr"; bad = 1 }
  exit bad
}
