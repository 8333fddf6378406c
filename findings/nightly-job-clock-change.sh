#!/usr/bin/env bash
# Expected: a job set for 02:30 every night runs once a night, also when the clocks change.
# Observed: in spring, when 02:30 does not exist, a systemd timer leaves the night out, croniter says 03:00
#   and APScheduler 03:30. In autumn, when it comes twice, systemd runs it once, the other two twice.
# Matters: a nightly request that fails to come once a year, or comes twice, or half an hour late, is no
#   fault of the one who sends it; an alert on that night has to allow for it.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq systemd=252.39-1~deb12u2 2>/dev/null || unavailable "systemd, in this version"
dpkg-deb -x systemd_*.deb root
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check croniter==7.0.0 apscheduler==3.11.3 tzdata==2026.6 >/dev/null 2>&1 ||
  unavailable "the Python packages, in these versions"

timer() {
  TZ=UTC LD_LIBRARY_PATH=root/lib/x86_64-linux-gnu/systemd:root/usr/lib/x86_64-linux-gnu/systemd \
    SYSTEMD_COLORS=0 root/usr/bin/systemd-analyze calendar --base-time "$1 12:00 UTC" --iterations 3 \
    '*-*-* 02:30:00 Europe/Berlin' |
    sed -n 's/.*\(Next elapse\|Iter\. #.\): ... \(.*\) UTC/\2/p' | cut -c 6-16 | paste -s -d ,
}
library() {
  venv/bin/python - "$1" "$2" <<'P'
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

zone = ZoneInfo("Europe/Berlin")
start = datetime.fromisoformat(sys.argv[2] + "T12:00:00+00:00")
if sys.argv[1] == "croniter":
    from croniter import croniter
    schedule = croniter("30 2 * * *", start.astimezone(zone))
    times = [schedule.get_next(datetime) for _ in range(3)]
else:
    from apscheduler.triggers.cron import CronTrigger
    schedule, times, now = CronTrigger.from_crontab("30 2 * * *", timezone=zone), [], start
    for _ in range(3):
        times.append(schedule.get_next_fire_time(times[-1] if times else None, now.astimezone(zone)))
        now = times[-1].astimezone(timezone.utc) + timedelta(seconds=1)
print(",".join(time.astimezone(timezone.utc).strftime("%m-%d %H:%M") for time in times))
P
}
expect() {
  echo "$1 from $2, in UTC: $3"
  [[ $3 == "$4" ]] || changed "$1 from $2 was $4"
}
echo "$(root/usr/bin/systemd-analyze --version 2>/dev/null | head -n 1), croniter 7.0.0, APScheduler 3.11.3"
expect systemd 2025-03-29 "$(timer 2025-03-29)" '03-31 00:30,04-01 00:30,04-02 00:30'
expect croniter 2025-03-29 "$(library croniter 2025-03-29)" '03-30 01:00,03-31 00:30,04-01 00:30'
expect APScheduler 2025-03-29 "$(library apscheduler 2025-03-29)" '03-30 01:30,03-31 00:30,04-01 00:30'
expect systemd 2025-10-25 "$(timer 2025-10-25)" '10-26 00:30,10-27 01:30,10-28 01:30'
expect croniter 2025-10-25 "$(library croniter 2025-10-25)" '10-26 00:30,10-26 01:30,10-27 01:30'
expect APScheduler 2025-10-25 "$(library apscheduler 2025-10-25)" '10-26 00:30,10-26 01:30,10-27 01:30'
echo "holds"
