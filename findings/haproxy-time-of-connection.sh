#!/usr/bin/env bash
# Expected: %t in HAProxy's log-format is the time of the request, as in Apache's.
# Observed: it is when the connection was accepted, and for each further request on the connection when the one before
#   had been answered; so is %T, the same in another form. A request stands in the log with the time at which its
#   client fell silent. %tr is when the request came; "option httplog" has that.
# Matters: an agent that keeps its connection and asks every ten minutes is logged ten minutes early, and its request of
#   09:00, which woke a service, in the hour before. The lines are in order and look right.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
proxy=
stop() { [[ -z $proxy ]] || kill "$proxy" 2>/dev/null || true; sleep 0.2; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 2>/dev/null ||
  unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
cat >haproxy.cfg <<'C'
global
  log stdout format raw local0
defaults
  mode http
  log global
  timeout connect 10s
  timeout client 1h
  timeout server 10s
listen proxy
  bind 127.0.0.1:18388
  log-format "%HP|%t|%T|%tr"
  http-request return status 200 content-type text/plain string ok
C
root/usr/sbin/haproxy -v | sed -n 1p
root/usr/sbin/haproxy -f haproxy.cfg >log 2>errors &
proxy=$!
sleep 1
kill -0 "$proxy" 2>/dev/null || unavailable "port 18388: $(tail -n 1 errors)"

python3 - <<'P' || changed
import datetime, http.client, pathlib, time

def request(connection, path):
    connection.request("GET", path)
    connection.getresponse().read()

connection = http.client.HTTPConnection("127.0.0.1", 18388)
connection.connect()
time.sleep(4)
sent = []
for path in "/first", "/second", "/third":
    sent.append(time.time())
    request(connection, path)
    time.sleep(4)
time.sleep(0.5)

def seconds(text):
    form = "%d/%b/%Y:%H:%M:%S" + (".%f" if "." in text else " %z")
    moment = datetime.datetime.strptime(text, form)
    return (moment if moment.tzinfo else moment.astimezone()).timestamp()

seen = []
for line, moment in zip(pathlib.Path("log").read_text().splitlines(), sent):
    path, *times = line.split("|")
    late = [round(seconds(text) - moment) for text in times]
    print(f"{path}: %t {late[0]} s, %T {late[1]} s, %tr {late[2]} s from when it was sent")
    seen.append(late)
raise SystemExit(not (len(seen) == 3 and all(
    abs(late[0] + 4) <= 1 and abs(late[1] + 4) <= 1 and abs(late[2]) <= 1 for late in seen)))
P
echo "holds"
