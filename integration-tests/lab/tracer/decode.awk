# Reads the list of codes, their disassembly (each at 32 bytes of its own) and memtrap's raw log; see "decode".

function hex(s,   i, v) {
  v = 0
  for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
  return v
}

# The bytes that the low ones of a mask stand for. A mask with holes cannot be written in this format: it is refused.
function masked(mask, lane,   i, d, n, over) {
  n = over = 0
  for (i = length(mask); i >= 1; i--) {
    d = hex(substr(mask, i, 1))
    if (over && d) fail("a mask with holes: " mask)
    if (d == 15) n += 4
    else {
      if (d == 7) n += 3; else if (d == 3) n += 2; else if (d == 1) n += 1; else if (d) fail("a mask with holes: " mask)
      over = 1
    }
  }
  return n * lane
}

function fail(why) {
  print "decode: " why > "/dev/stderr"
  failed = 1
  exit 1
}

# What the instruction with this text does: sets width, lane, and kind: L, S, X (atomic read-modify-write), "+" (a load and
# a store of one operand), "movs" or "movdir" (a load of one operand and a store to another).
function understand(text,   name, operands, n, op, i, at) {
  width = 0; lane = 1; kind = ""
  sub(/[ \t]*#.*/, "", text)
  locked = text ~ /^lock /
  sub(/^((lock|rep|repz|repnz|data16|notrack|rex[.A-Z]*) +)+/, "", text)
  name = text; sub(/[ \t].*/, "", name)
  operands = text; sub(/^[^ \t]+[ \t]*/, "", operands)
  if (match(operands, /[A-Z]+ (PTR|BCST)/)) {
    width = substr(operands, RSTART, RLENGTH); sub(/ .*/, "", width)
    width = width in SIZE ? SIZE[width] : 0
  }
  if (name ~ /^movdir64b/ || name ~ /^enqcmd/) { width = 64; kind = "movdir"; return }
  if (name ~ /^movs[bwdq]?$/ && operands ~ /\[[er]si\]/) { kind = "movs"; return }
  if (!width && operands ~ /zmm[0-9]/) width = 64
  if (!width && operands ~ /ymm[0-9]/) width = 32
  if (!width && operands ~ /xmm[0-9]/) width = 16
  if (name ~ /8$/) lane = 1
  else if (name ~ /16$/) lane = 2
  else if (name ~ /(32|ps)$/) lane = 4
  else if (name ~ /(64|pd)$/) lane = 8
  at = index(operands, "[")
  first = at && substr(operands, 1, at) !~ /,/
  if (locked || (name ~ /^xchg/ && at)) kind = "X"
  else if (!first) kind = "L"
  else if (name ~ /^(cmp|test|push|call|jmp|bt|prefetch|mul|imul|div|idiv|fld|fild|ldmxcsr|vldmxcsr|ucomis|comis)/ && name !~ /^cmpxchg/ && name !~ /^bt[src]/) kind = "L"
  else if (name ~ /^(v?mov|set|stos|v?pextr|v?extract|vpcompress|vcompress|vpmov|fst|fist|stmxcsr|vstmxcsr|pop|v?maskmov|vpmaskmov|fnst)/) kind = "S"
  else kind = "+"
}

BEGIN {
  SIZE["BYTE"] = 1; SIZE["WORD"] = 2; SIZE["DWORD"] = 4; SIZE["QWORD"] = 8
  SIZE["XMMWORD"] = SIZE["OWORD"] = 16; SIZE["TBYTE"] = 10; SIZE["YMMWORD"] = 32; SIZE["ZMMWORD"] = 64
}

FILENAME == ARGV[1] { code[FNR - 1] = $1; next }

FILENAME == ARGV[2] {
  if (!match($0, /^ *[0-9a-f]+:\t/)) next
  at = hex(substr($1, 1, length($1) - 1))
  if (at % 32) next
  split($0, part, "\t")
  c = code[at / 32]
  bytes = part[2]
  gsub(/ /, "", bytes)
  instruction[c] = bytes
  understand(part[3])
  if (!width) width_unknown[c] = part[3]
  WIDTH[c] = width; LANE[c] = lane; KIND[c] = kind
  next
}

held != "" && $1 != "t" { print "S" held; held = "" }
/^#/ { sub(/^# memtrap/, "# memlog"); print; next }
$1 == "E" { ended = 1; print; next }
$1 == "T" || $1 == "t" {
  offset = $2; tid = $3; pc = $4; c = $5; rdi = $6; mask = $7
  if (!(c in instruction)) fail("no instruction in " c)
  if (c in width_unknown) fail("no width in " width_unknown[c])
  if (shown[pc] != c) { shown[pc] = c; print "P " pc " " instruction[c] }
  width = mask == "-" ? WIDTH[c] : masked(mask, LANE[c])
  rest = " " offset " " width " " pc " " tid
  if (KIND[c] == "+") { print "L" rest; print "s" rest; next }
  if (KIND[c] == "movs") k = offset == rdi ? "S" : "L"
  # Of movdir64b the CPU looks at the source first; if one operand only is in the window, that is the destination.
  else if (KIND[c] == "movdir") { if ($1 == "T") { held = rest; next }; print "L" held; held = ""; k = "S" }
  else k = KIND[c]
  print ($1 == "t" ? tolower(k) : k) rest
}
END { if (!failed && !ended) { print "decode: the raw log does not end with E: the run was cut off" > "/dev/stderr"; exit 1 } }
