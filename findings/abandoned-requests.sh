#!/usr/bin/env bash
# Expected: a request whose client hangs up before the end looks alike in the logs of web servers, and not like one
#   that was answered; its status has three digits.
# Observed: of a client that gave up waiting for the answer nginx writes 499 and no byte, while Apache and HAProxy
#   write 200 and all bytes, as for one that was answered. Of an upload that broke off nginx and Apache write 400,
#   which also means a malformed request, and HAProxy -1 in the place of the status.
# Matters: a filter on 2xx counts requests behind Apache and HAProxy that nobody got an answer to, and leaves them
#   out behind nginx; a client that retries counts twice. An expression with [0-9]{3} for the status passes over
#   exactly the long uploads that failed, as if nobody had tried.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
stop() { for pid in "$work"/*.pid; do [[ ! -e $pid ]] || kill "$(<"$pid")" 2>/dev/null || true; done; sleep 0.5; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq apache2-bin=2.4.71-1~deb12u1 nginx=1.22.1-9+deb12u11 haproxy=2.6.12-1+deb12u4 libapr1 libaprutil1 \
  liblua5.3-0 libopentracing1 libopentracing-c-wrapper0 2>/dev/null || unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu

cat >apache.conf <<C
ServerRoot "$work/root/usr/lib/apache2/modules"
ServerName localhost
Listen 127.0.0.1:18391
PidFile $work/apache.pid
ErrorLog $work/apache.errors
LoadModule mpm_event_module mod_mpm_event.so
LoadModule authz_core_module mod_authz_core.so
LoadModule proxy_module mod_proxy.so
LoadModule proxy_http_module mod_proxy_http.so
ProxyPass "/" "http://127.0.0.1:18390/"
CustomLog $work/apache.log "%U %>s %B"
C
cat >nginx.conf <<C
pid $work/nginx.pid;
error_log $work/nginx.errors;
events {}
http {
  log_format short '\$uri \$status \$body_bytes_sent';
  access_log $work/nginx.log short;
  client_body_temp_path temporary; proxy_temp_path temporary; fastcgi_temp_path temporary;
  uwsgi_temp_path temporary; scgi_temp_path temporary;
  server { listen 127.0.0.1:18392; location / { proxy_pass http://127.0.0.1:18390; } }
}
C
cat >haproxy.cfg <<C
global
  log stdout format raw local0
defaults
  mode http
  log global
  log-format "%HP %ST %B"
  timeout connect 5s
  timeout client 10s
  timeout server 10s
listen proxy
  bind 127.0.0.1:18393
  server slow 127.0.0.1:18390
C
cat >backend.py <<'P'
# Answers after two seconds, if the request's body is complete.
import http.server, time

class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        if len(self.rfile.read(length)) == length:
            time.sleep(2)
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\n")

    do_POST = do_GET

http.server.ThreadingHTTPServer(("127.0.0.1", 18390), Slow).serve_forever()
P
python3 backend.py >/dev/null 2>&1 &
echo $! >backend.pid
root/usr/sbin/haproxy -v | sed -n 1p
root/usr/sbin/nginx -v
root/usr/sbin/apache2 -v | sed -n 1p
root/usr/sbin/haproxy -f haproxy.cfg >haproxy.log 2>haproxy.errors &
echo $! >haproxy.pid
root/usr/sbin/apache2 -f "$work/apache.conf" || unavailable "port 18391"
root/usr/sbin/nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.errors" || unavailable "port 18392"
sleep 1
kill -0 "$(<backend.pid)" 2>/dev/null || unavailable "port 18390"
kill -0 "$(<haproxy.pid)" 2>/dev/null || unavailable "port 18393: $(tail -n 1 haproxy.errors)"

python3 - <<'P'
import socket, time

def begin(port, line, rest):
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{rest}".encode())
    return client

for port in (18391, 18392, 18393):
    answered = begin(port, "GET /answered", "\r\n")
    waiting = begin(port, "GET /gave-up-waiting", "\r\n")
    upload = begin(port, "POST /upload-broken-off", "Content-Length: 1000\r\n\r\nbegin")
    time.sleep(0.5)
    waiting.close()
    upload.close()
    while answered.recv(1000):
        pass
time.sleep(1)
P
for server in nginx apache haproxy; do
  sort "$server.log" | sed "s/^/$server: /"
done
expect() {
  [[ $(grep "^/$2 " "$1.log") == "/$2 $3" ]] || changed "$1 wrote $3 for $2"
}
expect nginx answered "200 3"
expect nginx gave-up-waiting "499 0"
expect nginx upload-broken-off "400 0"
expect apache answered "200 3"
expect apache gave-up-waiting "200 3"
grep -q "^/upload-broken-off 400 " apache.log || changed "Apache wrote 400 for upload-broken-off"
grep -q "^/answered 200 " haproxy.log || changed "HAProxy wrote 200 for answered"
expect haproxy gave-up-waiting "$(sed -n 's|^/answered ||p' haproxy.log)"
expect haproxy upload-broken-off "-1 0"
echo "holds"
