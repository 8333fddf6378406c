#!/usr/bin/env bash
# Expected: with "daily" and "maxage 30" no rotated log older than 30 days is left, as logrotate runs each day.
# Observed: with "notifempty" besides, the old logs of a service without requests stay for as long as none comes: age is
#   looked at only when the log is rotated, and an empty one is not. "size 1M" does the same to a log that grows slowly.
#   With the first request after half a year all go at once.
# Matters: addresses in access logs are kept past the promised time for just those services that are hardly used, and
#   nobody sees an error. What reads rotated logs to learn from them finds half a year one day, and nothing on the next.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq logrotate=3.21.0-1 2>/dev/null || unavailable "logrotate, in this version"
dpkg-deb -x logrotate_*.deb root
root/usr/sbin/logrotate --version 2>&1 | sed -n 1p

run() {
  printf 'logrotate state -- version 2\n"%s/access.log" %s\n' "$work" "$(date -d '2 days ago' +%Y-%-m-%-d-0:0:0)" >state
  printf '%s/access.log {\n daily\n rotate 400\n maxage 30\n %s\n}\n' "$work" "$1" >settings
  chmod 640 state
  root/usr/sbin/logrotate --state state settings || changed "logrotate succeeded"
}
old_logs() {
  for days in 60 120 180; do
    echo "192.0.2.1" >"access.log.$((days / 60))"
    touch -d "$days days ago" "access.log.$((days / 60))"
  done
}
expect() {
  left=$(find . -name 'access.log.*' -mtime +30 | wc -l)
  echo "$1: of 3 logs of 60 to 180 days $left are left"
  [[ $left == "$2" ]] || changed "$2 were left"
}
old_logs
: >access.log
run notifempty
expect "notifempty, no request" 3
echo "192.0.2.1" >access.log
run "size 1M"
expect "size 1M, one request" 3
run notifempty
expect "notifempty, one request" 0
rm -f access.log.*
old_logs
: >access.log
run ifempty
expect "ifempty, no request" 0
echo "holds"
