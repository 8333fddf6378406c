#!/usr/bin/env bash
# Expected: two jobs that leave the same metric, with a label each, in node_exporter's folder of text files both show
#   up; a HELP line is a comment. If a file is not taken, node_textfile_scrape_error says so.
# Observed: if only one of the files has a HELP line for the metric, or both have and the words differ, the series of
#   the file that is read second is left out. The answer is 200, node_textfile_scrape_error 0 and the collector's
#   success 1; only promhttp_metric_handler_errors_total rises, as of the next scrape. With the same HELP line in both,
#   or with none, both are there.
# Matters: "when the job last succeeded" of one job vanishes on the day when another job of the machine is given a
#   HELP line, or the same one in a newer wording. An alert that compares the time with now says nothing of a series
#   that is not there.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
exporter=
stop() { [[ -z $exporter ]] || kill "$exporter" 2>/dev/null || true; sleep 0.2; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq prometheus-node-exporter=1.5.0-1+b6 2>/dev/null || unavailable "the package, in this version"
dpkg-deb -x prometheus-node-exporter_*.deb root
mkdir folder
root/usr/bin/prometheus-node-exporter --version 2>&1 | sed -n 1p | cut -d '(' -f 1
root/usr/bin/prometheus-node-exporter --web.listen-address=127.0.0.1:18387 --collector.disable-defaults \
  --collector.textfile --collector.textfile.directory=folder >log 2>&1 &
exporter=$!
sleep 1
kill -0 "$exporter" 2>/dev/null || unavailable "port 18387: $(tail -n 1 log)"

scrape() {
  python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:18387/metrics").read().decode())'
}
file() {
  printf '%s# TYPE job_success_seconds gauge\njob_success_seconds{job="%s"} 1700000000\n' "$2" "$1" >"folder/$1.prom"
}
expect() {
  scrape >answer
  scrape >next
  local seen complaints
  seen=$(sed -n 's/^job_success_seconds{job="\(.*\)"}.*/\1/p' answer | paste -s -d ' ')
  complaints=$(sed -n -E 's/^node_(textfile_scrape_error|scrape_collector_success).* //p' answer | paste -s -d ' ')
  echo "$1: series of $seen; success and scrape_error: $complaints"
  [[ $seen == "$2" ]] || changed "$1 showed $2"
  [[ $complaints == "1 0" ]] || changed "the exporter said nothing of it"
}
file backup ''
file upload ''
expect "no HELP" "backup upload"
file upload $'# HELP job_success_seconds End of the last good run.\n'
expect "HELP in the second" "backup"
file upload ''
file backup $'# HELP job_success_seconds End of the last good run.\n'
expect "HELP in the first" "backup"
grep -q '^promhttp_metric_handler_errors_total{cause="gathering"} [1-9]' next || changed "the handler's counter rose"
file upload $'# HELP job_success_seconds When the last good run ended.\n'
expect "two wordings" "backup"
file upload $'# HELP job_success_seconds End of the last good run.\n'
expect "the same HELP in both" "backup upload"
echo "holds"
