#!/usr/bin/env bash
# Expected: "access_log FILE combined buffer=32k" saves write calls on a busy server; on an idle one a line is in the
#   file after a moment, as with other buffered logs.
# Observed: a line stays in the memory of nginx until 32 KiB of others follow it, some hundred requests, until nginx is
#   told to open its logs anew, or until it ends. "gzip" does the same without the word buffer. Only flush=1s besides
#   brings it soon. On opening anew the line goes to the file that was renamed before, not to the new one.
# Matters: for a service with a request a day the log is always empty when somebody looks after the request; what reads
#   it gets the lines at the next rotation, days late and all together, or after weeks if nothing rotates. An alert on a
#   request that did not come then comes for each that did. The times in the lines are right.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
server=
stop() { [[ -z $server ]] || kill "$server" 2>/dev/null || true; sleep 0.5; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq "nginx=1.22.1*" 2>/dev/null || unavailable "the package, in this version"
dpkg-deb -x nginx_*.deb root
root/usr/sbin/nginx -v 2>&1 || unavailable "a library of nginx's"
mkdir logs temporary
chmod 777 logs temporary
cat >nginx.conf <<C
user root;
daemon off;
worker_processes 1;
pid $work/pid;
error_log $work/errors;
events {}
http {
  client_body_temp_path temporary/1; proxy_temp_path temporary/2; fastcgi_temp_path temporary/3;
  uwsgi_temp_path temporary/4; scgi_temp_path temporary/5;
  server {
    listen 127.0.0.1:18388;
    location /plain { access_log logs/plain; return 200; }
    location /buffer { access_log logs/buffer combined buffer=32k; return 200; }
    location /gzip { access_log logs/gzip combined gzip; return 200; }
    location /flush { access_log logs/flush combined buffer=32k flush=1s; return 200; }
  }
}
C
root/usr/sbin/nginx -p "$work" -c nginx.conf 2>/dev/null &
server=$!
sleep 1
kill -0 "$server" 2>/dev/null || unavailable "nginx does not start here: $(tail -n 1 errors)"

python3 - <<'P'
import urllib.request
for place in "plain", "buffer", "gzip", "flush":
    urllib.request.urlopen("http://127.0.0.1:18388/" + place).read()
P
files() { # sets the files in logs that have a line
  seen=$(find logs -type f -size +0 -printf '%f\n' | sort | paste -s -d ' ')
  echo "$1: $seen"
}
sleep 10
files "with a line 10 s after the requests"
[[ $seen == "flush plain" ]] || changed "the buffered lines were not there"
mv logs/buffer logs/buffer.1
kill -USR1 "$server"
sleep 1
files "after renaming buffer and USR1     "
[[ $seen == "buffer.1 flush gzip plain" ]] || changed "the lines went to the renamed file"
[[ $(zcat <logs/gzip | wc -l) == 1 && $(wc -l <logs/buffer.1) == 1 ]] || changed "each had one line"

for requests in 200 400; do
  python3 - <<'P'
import urllib.request
for _ in range(200):
    urllib.request.urlopen("http://127.0.0.1:18388/buffer").read()
P
  echo "lines in the new one after $requests   : $(wc -l <logs/buffer)"
done
lines=$(wc -l <logs/buffer)
((lines > 200 && lines < 400)) || changed "a full buffer was written, and what came after it was not"
echo "holds"
