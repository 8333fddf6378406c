#!/usr/bin/env bash
# Expected: a report on an access log counts every well-formed line of it, in the hour of its time.
# Observed: webalizer counts a line older than the one before it in the newest hour, not its own, and
#   leaves out one that is more than an hour older, as "ignored", the word it also uses for what the
#   settings exclude. With FoldSeqErr, off by default, it counts that one in the newest hour, too.
# Matters: Apache writes a line when a request ends and stamps it with when it began, so long uploads are
#   such lines. An hourly count from webalizer differs from one that puts each line in the hour of its own
#   time, and both are right about the log.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq webalizer=2.23.08-3.3 libgeoip1 libdb5.3 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu

cat >access.log <<'L'
192.0.2.1 - - [20/Oct/2025:10:59:59 +0000] "GET /a HTTP/1.1" 200 5
192.0.2.1 - - [20/Oct/2025:12:00:01 +0000] "GET /b HTTP/1.1" 200 5
192.0.2.1 - - [20/Oct/2025:11:30:00 +0000] "PUT /half-an-hour HTTP/1.1" 200 5
192.0.2.1 - - [20/Oct/2025:10:59:58 +0000] "PUT /more-than-an-hour HTTP/1.1" 200 5
192.0.2.1 - - [20/Oct/2025:12:00:05 +0000] "GET /c HTTP/1.1" 200 5
L
records() { root/usr/bin/webalizer -o "$1" "${@:2}" access.log 2>&1 | sed -n 's/ in .*//; /^[0-9]* records/p'; }
hits() { # of an hour, from the page's table of hours
  python3 -c 'import re, sys
page = open(sys.argv[1], encoding="latin-1").read().split("Hourly Statistics")[-1]
print(re.search("<B>" + sys.argv[2] + "</B>.*?\n.*?<B>.*?<B>(.*?)</B>", page, re.S)[1])' "$1/usage_202510.html" "$2"
}
mkdir default folded
default=$(records default)
folded=$(records folded -f)
echo "webalizer 2.23.08 on 5 lines: $default; with FoldSeqErr: $folded"
for report in default folded; do
  echo "$report: $(hits $report 10) at 10 o'clock, $(hits $report 11) at 11, $(hits $report 12) at 12; the log has 2, 1, 2"
done
[[ $default == "5 records (1 ignored)" ]] || changed "it was 5 records (1 ignored)"
[[ $folded == "5 records" ]] || changed "with FoldSeqErr it was 5 records"
[[ $(hits default 10),$(hits default 11),$(hits default 12) == 1,0,3 ]] || changed "it counted 1, 0, 3"
[[ $(hits folded 10),$(hits folded 11),$(hits folded 12) == 1,0,4 ]] || changed "with FoldSeqErr it counted 1, 0, 4"
echo "holds"
