#!/usr/bin/env bash
# Expected: `journalctl --since X --until Y` shows the entries of that time, and a match such as _HOSTNAME= only
#   narrows what it shows.
# Observed: in a file where systemd-journal-remote has put two machines' journals one after the other, the query
#   shows the entries of one machine and none of the other's, without a word. With a match on the other machine
#   they are there. Without --since all are there; --verify finds nothing wrong. The beginning is looked up by
#   bisection, as if a file were in order of time, and reading ends at the first entry after the end. journald
#   keeps that order, journal-remote does not: a machine that catches up breaks it.
# Matters: an export of "last night" from a central journal lacks whole machines and looks complete. Keep one
#   file for each machine, or read all and filter by the time of each entry.
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

# An entry every 20 minutes from 08:00 to 12:00 on each machine, in the journal's export format.
machine() { # name, digit of its identifiers, minutes after the full hour of its first entry
  local identifier begin count
  identifier=$(printf "$2%.0s" {1..32})
  begin=$(date -d "2025-10-09 08:$3:00" +%s)
  for count in {0..11}; do
    printf '%s\n' "__REALTIME_TIMESTAMP=$((begin + count * 1200))000000" \
      "__MONOTONIC_TIMESTAMP=$((count * 1200 + 60))000000" "_BOOT_ID=$identifier" "_MACHINE_ID=$identifier" \
      "_HOSTNAME=$1" "MESSAGE=$1:$(date -d "@$((begin + count * 1200))" +%H:%M)" ""
  done
}
machine alder a 00 >alder.export
machine birch b 05 >birch.export
root/lib/systemd/systemd-journal-remote --output="$work/central.journal" alder.export birch.export 2>/dev/null ||
  unavailable "systemd-journal-remote does not run here"
messages() { root/bin/journalctl --file="$work/central.journal" --quiet --output=cat "$@" | paste -s -d ' '; }

hour=(--since="2025-10-09 10:00:00" --until="2025-10-09 10:59:59")
both=$(messages "${hour[@]}")
birch=$(messages "${hour[@]}" _HOSTNAME=birch)
all=$(messages | tr ' ' '\n' | grep ':10:' | paste -s -d ' ')
root/bin/journalctl --version | sed -n 1p
echo "10:00 to 10:59:        $both"
echo "the same, birch only:  $birch"
echo "all, filtered by time: $all"
root/bin/journalctl --verify --quiet --file="$work/central.journal" || changed "--verify did not object to the file"
[[ $both == "alder:10:00 alder:10:20 alder:10:40" ]] || changed "the query showed alder's three entries only"
[[ $birch == "birch:10:05 birch:10:25 birch:10:45" ]] || changed "birch alone showed its three entries"
[[ $all == "$both $birch" ]] || changed "the file held six entries of that hour"
echo "holds"
