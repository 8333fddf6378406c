#!/usr/bin/env bash
# Expected: TAI64N labels, such as svlogd and multilog write, count TAI seconds, which since 2017 are 37
#   ahead of UTC; a reader that follows the definition subtracts the leap seconds.
# Observed: svlogd and tai64n add a constant 10 (TAI - UTC of 1970) to the system's clock and know of no
#   leap second. Subtracting 37 gives times 27 s early; subtracting nothing gives them 10 s late.
# Matters: lines near the end of an hour count in the wrong hour, and an old line looks like one of the
#   future.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq runit=2.1.2-54 daemontools=1:0.76-8.1 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done

mkdir log
before=$(date +%s)
echo line | root/usr/bin/svlogd -t log 2>/dev/null
echo line | root/usr/bin/tai64n >daemontools
after=$(date +%s)

for file in log/current daemontools; do
  label=$(cut -c 2-25 "$file")
  seconds=$((16#${label:0:16} - 16#4000000000000000))
  echo "$file: @$label is $seconds; the clock said $before to $after"
  ((seconds - 10 >= before && seconds - 10 <= after)) ||
    changed "$file: the label is $((seconds - after)) s ahead of the clock, not 10"
done
echo "holds: runit 2.1.2 and daemontools 0.76 write 10 s ahead of UTC"
