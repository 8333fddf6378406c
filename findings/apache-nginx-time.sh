#!/usr/bin/env bash
# Expected: the time of an access log line means the same in Apache's and nginx's common format, and an
#   access log is in order of its times.
# Observed: Apache writes when the request began, nginx when it ended, and both write the line at the end.
#   So one slow request has two times, and in Apache's log it stands behind quicker ones that began later.
# Matters: a long upload counts in another hour when the server in front changes, and "the newest time in
#   the file" does not mean that nothing older follows.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
stop() { for pid in "$work"/*.pid; do [[ -e $pid ]] && kill "$(<"$pid")"; done; sleep 0.5; rm -rf "$work"; }
trap stop EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq apache2-bin=2.4.71-1~deb12u1 nginx=1.22.1-9+deb12u11 libapr1 libaprutil1 \
  2>/dev/null || unavailable "the packages, in these versions"
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
mkdir www temporary
echo hello >www/index.html

cat >apache.conf <<C
ServerRoot "$work"
ServerName localhost
Listen 127.0.0.1:18381
PidFile $work/apache.pid
ErrorLog $work/apache.errors
LoadModule mpm_event_module root/usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module root/usr/lib/apache2/modules/mod_authz_core.so
DocumentRoot "$work/www"
CustomLog $work/apache.log "%t %U%q"
C
cat >nginx.conf <<C
pid $work/nginx.pid;
error_log $work/nginx.errors;
events {}
http {
  log_format short '[\$time_local] \$request_uri';
  access_log $work/nginx.log short;
  client_body_temp_path temporary; proxy_temp_path temporary; fastcgi_temp_path temporary;
  uwsgi_temp_path temporary; scgi_temp_path temporary;
  server { listen 127.0.0.1:18382; root $work/www; }
}
C
root/usr/sbin/apache2 -v | head -n 1
root/usr/sbin/nginx -v
root/usr/sbin/apache2 -f "$work/apache.conf" || unavailable "port 18381"
root/usr/sbin/nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.errors" || unavailable "port 18382"
sleep 1

# A client on a slow line: it sends the rest of its header three seconds later. Another is served meanwhile.
python3 - <<'P'
import socket, time
ports = (18381, 18382)
slow = [socket.create_connection(("127.0.0.1", port)) for port in ports]
for client in slow:
    client.sendall(b"GET /?slow HTTP/1.1\r\nHost: localhost\r\n")
time.sleep(1.5)
for port in ports:
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"GET /?quick HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    client.recv(1000)
time.sleep(1.5)
for client in slow:
    client.sendall(b"Connection: close\r\n\r\n")
    client.recv(1000)
time.sleep(0.5)
P
tail -n +1 apache.log nginx.log

seconds() { date -d "$(sed -n "s|^\[\([^:]*\):\([^]]*\)\] /?$2\$|\1 \2|p" "$1" | tr / -)" +%s; }
apache=$(($(seconds apache.log quick) - $(seconds apache.log slow)))
nginx=$(($(seconds nginx.log quick) - $(seconds nginx.log slow)))
[[ $(tail -n 1 apache.log) == */\?slow ]] || changed "Apache no longer writes the slow request last"
[[ $(tail -n 1 nginx.log) == */\?slow ]] || changed "nginx no longer writes the slow request last"
((apache >= 1)) || changed "Apache's slow request is not earlier than the quick one: $apache s"
((nginx <= -1)) || changed "nginx's slow request is not later than the quick one: $nginx s"
echo "holds: the slow request is $apache s before the quick one in Apache's log, $((-nginx)) s after it in nginx's"
