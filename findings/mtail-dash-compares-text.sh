#!/usr/bin/env bash
# Expected: mtail's "$bytes > 1000" compares numbers, whatever the pattern that found $bytes also admits; where it finds
#   no number, such as the "-" that Apache writes for no bytes, it complains or takes it for 0.
# Observed: the pattern decides. With (\d+) numbers are compared, and with ([\d-]+), which also finds the "-". With
#   (\d+|-), which finds the same, or (\S+) the same line of the program compares texts, letter by letter: 900 and 5 are
#   more than 1000. No warning. int($bytes) compares numbers, and where there is none the line counts in neither branch.
# Matters: a counter of slow or large answers is wrong from the day on when somebody makes the pattern take the lines
#   that it passed over, and wrong on lines that it took before. The number of all lines is right.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export TMPDIR=$work # mtail leaves logs of its own there
apt-get download -qq mtail=3.0.0~rc50-1+b6 2>/dev/null || unavailable "the package, in this version"
dpkg-deb -x mtail_*.deb root
root/usr/bin/mtail --version | cut -d ' ' -f 1-3

for bytes in 900 12000 5 -; do
  printf '203.0.113.7 - - [01/Jan/2025:09:00:00 +0000] "GET /report HTTP/1.1" 200 %s\n' "$bytes"
done >access.log
larger() { # pattern of the bytes, condition; prints and sets how many lines mtail takes for larger
  cat >count.mtail <<M
counter larger
counter others
/ (?P<status>\\d{3}) (?P<bytes>$1)\$/ {
  $2 {
    larger++
  } else {
    others++
  }
}
M
  root/usr/bin/mtail --one_shot --one_shot_format=prometheus --progs count.mtail --logs access.log >metrics 2>said ||
    unavailable "mtail does not run here: $(tail -n 1 said)"
  seen=$(sed -n -E 's/^(larger|others)\{.*\} /\1 /p' metrics | paste -s -d ' ')
  printf '%-8s %-18s %s\n' "$1" "$2" "$seen"
}
for pattern in '\d+' '[\d-]+'; do
  larger "$pattern" "\$bytes > 1000"
  [[ $seen == "larger 1 others 2" ]] || changed "with $pattern numbers were compared"
done
for pattern in '\d+|-' '\S+'; do
  larger "$pattern" "\$bytes > 1000"
  [[ $seen == "larger 3 others 1" ]] || changed "with $pattern texts were compared"
  larger "$pattern" "int(\$bytes) > 1000"
  [[ $seen == "larger 1 others 2" ]] || changed "int() made them numbers"
done
echo "holds"
