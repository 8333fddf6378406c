#!/usr/bin/env bash
# Expected: in journalctl's JSON the field MESSAGE is the line that a program wrote, a string like any other, and
#   --output=cat prints the same.
# Observed: it has four types. A line with a colour, with a carriage return at its end or with a byte that is no UTF-8
#   is an array of numbers. A line that with "MESSAGE=" has 4096 bytes or more is null, unless --all is given. A field
#   that an entry has twice is an array of strings, or of a string and an array of numbers. For such an entry
#   --output=cat shows the first MESSAGE only, and --output=short the last; a line that is null is whole in both.
# Matters: a reader of the JSON that takes strings, and passes over what is none, loses requests with a long address
#   and all lines of a program that colours its log; another one ends at the first of them. With --output=cat
#   everything looks right.
set -euo pipefail
export LC_ALL=C TZ=UTC
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq systemd=252.39-1~deb12u2 systemd-journal-remote=252.39-1~deb12u2 libmicrohttpd12 \
  2>/dev/null || unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu/systemd:$work/root/usr/lib/x86_64-linux-gnu/systemd
export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$work/root/usr/lib/x86_64-linux-gnu

minute=0
entry() { # the fields MESSAGE of an entry, in the journal's export format
  local message
  printf '%s\n' "__REALTIME_TIMESTAMP=$((1760000000 + 60 * minute))000000" \
    "__MONOTONIC_TIMESTAMP=$((60 * ++minute))000000" "_BOOT_ID=$(printf 'a%.0s' {1..32})" _HOSTNAME=alder
  for message; do printf 'MESSAGE=%s\n' "$message"; done
  echo
}
long() { printf "GET /%0$(($1 - 17))d 200" 0; } # of as many bytes, with "MESSAGE=", as the argument says
{
  entry "GET /plain 200"
  entry $'\e[32mGET\e[0m /colour 200'
  entry $'GET /return 200\r'
  entry $'GET /latin-\xe4 200'
  entry "GET /utf-8-ä 200"
  entry "$(long 4095)"
  entry "$(long 4096)"
  entry "GET /first 200" "GET /second 200"
  entry "GET /first 200" $'\e[32mGET\e[0m /second 200'
} >entries
root/lib/systemd/systemd-journal-remote --output="$work/web.journal" entries 2>/dev/null ||
  unavailable "systemd-journal-remote does not run here"
journal() { root/bin/journalctl --file="$work/web.journal" --quiet --no-pager "$@"; }

root/bin/journalctl --version | sed -n 1p
types() {
  journal --output=json "$@" | python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)["MESSAGE"]
    inner = {type(part).__name__: None for part in message} if isinstance(message, list) else ()
    print(type(message).__name__, *inner)'
}
journal --output=cat | cut -c 1-40 | cat -v >cat.lines
types >seen
paste -d '\t' seen cat.lines
diff seen - <<'T' || changed "these are the types"
str
list int
list int
list int
str
str
NoneType
list str
list str list
T
[[ $(types --all | sed -n 7p) == str ]] || changed "with --all the long line was a string"
[[ $(journal --output=cat | sed -n 7p | wc -c) == 4089 ]] || changed "cat showed it whole"
[[ $(sed -n 8p cat.lines) == "GET /first 200" ]] || changed "cat showed the first of two"
last=$(journal --output=short | sed -n 8p)
echo "the entry with two, --output=short: $last"
[[ $last == *"GET /second 200" && $last != *first* ]] || changed "short showed the last of two"
echo "holds"
