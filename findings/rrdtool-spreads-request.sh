#!/usr/bin/env bash
# Expected: a round-robin database with a step of an hour, fed with the number of requests whenever some came, has that
#   number in the hour of the update and 0, or nothing, in the others.
# Observed: RRDtool spreads the number evenly over all the time since the update before. A request at 09:20, ten hours
#   after the last one, becomes nearly 0.1 in each of these hours, whether it is given as an ABSOLUTE count or as a rise
#   of a COUNTER. If the last update is longer ago than the heartbeat, it counts in no hour. Only with an update of 0 at
#   the beginning of its hour the request stays in it.
# Matters: a service called once a day looks as if it were used a little in every hour: no hour is idle, the busiest is
#   any, and the total is right. The hours in which nothing happens have to be written, too, and on the hour.
set -euo pipefail
export LC_ALL=C TZ=UTC
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq rrdtool=1.7.2-4+b8 librrd8=1.7.2-4+b8 libdbi1=0.9.0-6 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
rrd() { root/usr/bin/rrdtool "$@"; }
rrd --version >version 2>&1 || unavailable "a library of RRDtool's: $(tail -n 1 version)"
sed -n 1p version | cut -d ' ' -f 1-2

at() { date -d "2025-01-$1" +%s; }
requests() { # name, kind of source, heartbeat, updates; prints and sets the requests of each hour from 23:00 to 12:00
  local name=$1 kind=$2 heartbeat=$3
  shift 3
  rm -f requests.rrd
  rrd create requests.rrd --start "$(at '05 22:00')" --step 3600 "DS:requests:$kind:$heartbeat:0:U" \
    RRA:AVERAGE:0.5:1:100
  rrd update requests.rrd "$@"
  seen=$(rrd fetch requests.rrd AVERAGE --start "$(at '05 23:00')" --end "$(at '06 11:00')" |
    awk '/^[0-9]+:/ { printf "%s%s", separator, $2 ~ /nan/ ? "-" : sprintf("%.2f", $2 * 3600); separator = " " }')
  echo "$name: $seen"
}
before=$(at '05 23:20')
request=$(at '06 09:20')
after=$(at '06 12:00')

requests "ABSOLUTE             " ABSOLUTE 86400 "$before:0" "$request:1" "$after:0"
[[ $seen == "0.07 0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.03 0.00 0.00" ]] ||
  changed "the request was spread over ten hours"
requests "COUNTER              " COUNTER 86400 "$before:7" "$request:8" "$after:8"
[[ $seen == *"0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.10 0.03 0.00 0.00" ]] ||
  changed "so was a rise of a counter"
requests "heartbeat of an hour " ABSOLUTE 3600 "$before:0" "$request:1" "$(at '06 10:00'):0" "$(at '06 11:00'):0"
[[ $seen != *0.[1-9]* && $seen != *1.00* ]] || changed "with a shorter heartbeat the request counted in no hour"
requests "0 at 09:00 and 10:00 " ABSOLUTE 86400 "$before:0" "$(at '06 09:00'):0" "$request:1" "$(at '06 10:00'):0"
[[ $seen == *"0.00 1.00 "* ]] || changed "between two updates on the hour the request was in its hour"
echo "holds"
