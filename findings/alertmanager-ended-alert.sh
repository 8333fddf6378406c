#!/usr/bin/env bash
# Expected: an alert that Alertmanager's API answers with 200 reaches the receiver, as firing or, when it has an end,
#   as resolved.
# Observed: an alert with endsAt in the past is accepted with 200 and reaches nobody, in neither state, with
#   send_resolved on; nor is it listed. The same happens to one that ends before group_wait is over, 30 s by
#   default. "Resolved" is sent only of what was sent as firing. The counter alertmanager_alerts_received_total
#   rises, no other does.
# Matters: an event, such as a request at an hour without any, has its start and its end behind it when it is
#   reported, and both are known. A program that posts both sees 200 each time and alerts nobody. Leave endsAt out.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
manager=
stop() { [[ -z $manager ]] || kill "$manager" 2>/dev/null || true; sleep 0.5; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq prometheus-alertmanager=0.25.0-1+b4 2>/dev/null || unavailable "the package, in this version"
dpkg-deb -x prometheus-alertmanager_*.deb root

cat >settings.yml <<'Y'
route: { receiver: hook, group_by: ['...'], group_wait: 3s, group_interval: 1s }
receivers:
  - { name: hook, webhook_configs: [{ url: 'http://127.0.0.1:18385/', send_resolved: true }] }
Y
# The package's program looks for its templates in /usr/share; they are put there for it alone.
unshare --map-root-user --mount bash -c 'mount --bind root/usr/share /usr/share && exec "$@"' - \
  root/usr/bin/prometheus-alertmanager --config.file=settings.yml --storage.path=state \
  --web.listen-address=127.0.0.1:18386 --cluster.listen-address= >log 2>&1 &
manager=$!
sleep 2
kill -0 "$manager" 2>/dev/null || unavailable "Alertmanager does not start here: $(tail -n 1 log)"
root/usr/bin/prometheus-alertmanager --version 2>&1 | sed -n 1p | cut -d '(' -f 1

python3 - <<'P' || { (($? != 75)) || unavailable "port 18385"; changed; }
import datetime, http.server, json, threading, time, urllib.request

received = []

class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        received.extend((alert["labels"]["alertname"], alert["status"]) for alert in body["alerts"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

try:
    server = http.server.HTTPServer(("127.0.0.1", 18385), Hook)
except OSError:
    raise SystemExit(75)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = "http://127.0.0.1:18386"

def seconds(offset):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)).isoformat()

def post(name, **times):
    body = json.dumps([{"labels": {"alertname": name}, **times}]).encode()
    request = urllib.request.Request(address + "/api/v2/alerts", body, {"Content-Type": "application/json"})
    return urllib.request.urlopen(request).status

answers = {
    "without endsAt": post("without endsAt", startsAt=seconds(-3600)),
    "ended a minute ago": post("ended a minute ago", startsAt=seconds(-3600), endsAt=seconds(-60)),
    "lasts a second": post("lasts a second", startsAt=seconds(0), endsAt=seconds(1)),
    "lasts five": post("lasts five", startsAt=seconds(0), endsAt=seconds(5)),
}
time.sleep(8)
listed = [alert["labels"]["alertname"] for alert in json.load(urllib.request.urlopen(address + "/api/v2/alerts"))]
seen = {name: [status for alert, status in received if alert == name] for name in answers}
for name, status in answers.items():
    print(f"{name:19} answer {status}, receiver got: {', '.join(seen[name]) or 'nothing'}")
print("listed:", listed)
for line in urllib.request.urlopen(address + "/metrics").read().decode().splitlines():
    if line.startswith("alertmanager_alerts_received_total") and 'version="v2"' in line:
        print(line)
raise SystemExit(not (set(answers.values()) == {200} and listed == ["without endsAt"] and seen == {
    "without endsAt": ["firing"], "ended a minute ago": [], "lasts a second": [],
    "lasts five": ["firing", "resolved"]}))
P
echo "holds"
