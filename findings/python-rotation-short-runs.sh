#!/usr/bin/env bash
# Expected: Python's TimedRotatingFileHandler(when="D") begins a new file a day after the last, also when the program
#   is started anew in between.
# Observed: when a program opens the log, the day begins with the log's last line. Started twenty hours after that, and
#   stopped after a line, it never rotates: sixty starts over fifty days leave one file with sixty lines, and
#   backupCount=7 removes none. when="H" does the same to starts closer than an hour. when="midnight" goes by the date.
# Matters: a service that is started for a request and sleeps again is never up for a day, so its log grows for ever and
#   keeps what should have gone after a week. In a test that leaves the program running it rotates as promised.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq {,lib}python3.11-minimal=3.11.2-6+deb12u9 libpython3.11-stdlib=3.11.2-6+deb12u9 2>/dev/null ||
  unavailable "Python, in this version"
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >starts.py <<'P'
import logging.handlers, os, pathlib, platform, sys

def lines(when, hours):
    """What sixty starts, so many hours apart, leave: the number of lines of each file."""
    log = pathlib.Path(f"{when}-{hours}", "access.log")
    log.parent.mkdir()
    for start in range(60):
        handler = logging.handlers.TimedRotatingFileHandler(log, when=when, backupCount=7)
        handler.emit(logging.makeLogRecord({"msg": f"request {start}"}))
        handler.close()
        # So many hours pass: the log was last written so long ago, and its older files have other names.
        written = log.stat().st_mtime - hours * 3600
        os.utime(log, (written, written))
        for old in log.parent.glob("access.log.*"):
            old.rename(log.parent / f"old-{start}")
    counts = [len(file.read_text().splitlines()) for file in log.parent.iterdir()]
    print(f'when="{when}", a start every {hours} hours: {len(counts)} files, the longest with {max(counts)} lines')
    return len(counts), max(counts)

print("Python", platform.python_version())
seen = [lines(*way) for way in (("D", 20), ("H", 0.5), ("D", 25), ("midnight", 25))]
sys.exit(seen != [(1, 60), (1, 60), (60, 1), (60, 1)])
P
PYTHONHOME=$work/root/usr root/usr/bin/python3.11 -S starts.py || changed
echo "holds"
