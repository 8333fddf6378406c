#!/usr/bin/env bash
# Expected: tail -F, made for logs that are rotated, shows every line: when the name leads to a new file it has read
#   the old one to its end.
# Observed: when the name leads to a new file, tail leaves the old one for good. What the server still writes to that,
#   until it is told to open its log anew, is not shown, and no message says so: GNU tail only says that it follows the
#   new file. Busybox's tail does the same. Both end up at the end of the new file with all its lines.
# Matters: logrotate renames the log and creates a new one first, and signals the server afterwards, often after
#   seconds and after the logs of other services; a request that takes longer is written there, too. A pipe behind
#   tail -F loses these lines at each rotation, where a reader that stays with the renamed file has them.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
follower=
stop() { [[ -z $follower ]] || kill "$follower" 2>/dev/null || true; sleep 0.2; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq coreutils=9.1-1 busybox=1:1.35.0-4+deb12u1+b1 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
root/usr/bin/tail --version | sed -n 1p
root/bin/busybox | sed -n 1p | cut -d ' ' -f 1-2

follow() {
  : >access.log
  exec 3>>access.log
  "$@" -F access.log >shown 2>said 3>&- &
  follower=$!
  sleep 1.5
  echo before >&3
  sleep 1.5
  mv access.log access.log.1
  : >access.log
  # Until here logrotate; the server has not been told yet.
  for line in renamed-1 renamed-2 renamed-3; do
    sleep 1.2
    echo "$line" >&3
  done
  exec 3>>access.log
  echo new-1 >&3
  sleep 1.5
  echo new-2 >&3
  sleep 1.5
  kill "$follower"
  wait "$follower" 2>/dev/null || true
  follower=
  lines=$(paste -s -d ' ' shown)
  echo "$1 wrote: $lines"
  sed 's/^/  /' said
}
follow root/usr/bin/tail
[[ $lines == "before new-1 new-2" ]] || changed "GNU tail left out what was written to the renamed file"
! grep -q renamed said || changed "GNU tail did not say so"
follow root/bin/busybox tail
[[ $lines == "before new-1 new-2" ]] || changed "Busybox left out what was written to the renamed file"
echo "holds"
