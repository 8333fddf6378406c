#!/usr/bin/env bash
# Expected: in a report by GoAccess requests of the same moment stand in the same hour, whatever the offset
#   is with which each line writes its time; at least with --tz, which names the zone of the report.
# Observed: with the preset COMBINED each line counts in the hour that its digits say, its offset is read
#   over, and --tz changes nothing, without a word. Only a log format of one's own with %x, together with
#   --datetime-format and --tz, converts; %x and --datetime-format without --tz do not.
# Matters: a log that is merged from machines in two zones, or that has gone through a change of clocks, has
#   other hours in GoAccess than in a program that reads offsets; the total is the same in both.
set -euo pipefail
export LC_ALL=C TZ=UTC
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq goaccess=1:1.7-1 libmaxminddb0 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu

# A quarter past ten in UTC, three times.
cat >access.log <<'L'
192.0.2.1 - - [20/Oct/2025:10:15:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"
192.0.2.1 - - [20/Oct/2025:12:15:00 +0200] "GET /b HTTP/1.1" 200 5 "-" "curl/8"
192.0.2.1 - - [20/Oct/2025:19:15:00 +0900] "GET /c HTTP/1.1" 200 5 "-" "curl/8"
L
hours() {
  root/usr/bin/goaccess access.log --no-global-config --no-progress -o report.json "$@" >/dev/null 2>&1 ||
    unavailable "GoAccess does not run here"
  python3 -c 'import json
for hour in json.load(open("report.json"))["visit_time"]["data"]:
    print(hour["data"], hour["hits"]["count"], sep=":", end=" ")'
}
own=(--log-format='%h %^ %^[%x] "%r" %s %b "%R" "%u"' --datetime-format='%d/%b/%Y:%H:%M:%S %z')
preset=$(hours --log-format=COMBINED)
preset_utc=$(hours --log-format=COMBINED --tz=UTC)
own_plain=$(hours "${own[@]}")
own_utc=$(hours "${own[@]}" --tz=UTC)
echo "GoAccess 1.7, hours and requests of three lines of the same moment:"
printf '  %-34s %s\n' COMBINED "$preset" "COMBINED --tz=UTC" "$preset_utc" \
  "own format, --datetime-format" "$own_plain" "own format, --datetime-format --tz" "$own_utc"
digits="10:1 12:1 19:1 "
[[ $preset == "$digits" ]] || changed "COMBINED counted by the digits"
[[ $preset_utc == "$digits" ]] || changed "--tz did nothing with COMBINED"
[[ $own_plain == "$digits" ]] || changed "--datetime-format alone did not convert"
[[ $own_utc == "10:3 " ]] || changed "a format of one's own with --tz converted"
echo "holds"
