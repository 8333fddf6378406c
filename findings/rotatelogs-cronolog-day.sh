#!/usr/bin/env bash
# Expected: two programs that split a log by the template access.%Y-%m-%d begin a new file at midnight.
# Observed: rotatelogs computes in UTC without -l, cronolog in local time. In Kiritimati (UTC+14) they
#   write the same line, at the same moment, into files of different days for 14 hours of every day.
# Matters: the date in a file's name says neither which day its lines belong to nor in which zone; only the
#   time in the line does. A year or a zone guessed from the name is wrong on one of the two.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq apache2-utils=2.4.71-1~deb12u1 cronolog=1.6.2+rpk-3 libapr1 libaprutil1 \
  2>/dev/null || unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu

# Whatever the time of day, one of these two zones has another date than UTC.
differ=0
for zone in Pacific/Kiritimati Pacific/Pago_Pago; do
  export TZ=$zone
  local_day=$(date +%F)
  utc_day=$(date -u +%F)
  mkdir -p "$zone"
  echo line | root/usr/bin/rotatelogs "$zone/rotatelogs.%Y-%m-%d" 86400
  echo line | root/usr/bin/rotatelogs -l "$zone/rotatelogs-l.%Y-%m-%d" 86400
  echo line | root/usr/bin/cronolog "$zone/cronolog.%Y-%m-%d" || (($? == 3)) # 3: end of input
  echo "$zone, local day $local_day, UTC $utc_day:" "$zone"/*
  [[ -e $zone/rotatelogs.$utc_day ]] || changed "rotatelogs did not name its file by UTC"
  [[ -e $zone/rotatelogs-l.$local_day ]] || changed "rotatelogs -l did not name its file by local time"
  [[ -e $zone/cronolog.$local_day ]] || changed "cronolog did not name its file by local time"
  [[ $local_day == "$utc_day" ]] || differ=1
done
((differ)) || changed "no zone had another date than UTC"
echo "holds: apache2-utils 2.4.71 names by UTC, cronolog 1.6.2 by local time"
