#!/usr/bin/env bash
# Expected: a crontab line means the same days to every library that reads crontab lines, so a job that one
#   of them starts can be watched by another that is given the same line.
# Observed: "0 9 * * 1" is Mondays for croniter and cronsim, and Tuesdays for APScheduler's from_crontab,
#   which counts weekdays from Monday = 0 there, too. With a day of the month and a weekday, "0 9 1 * mon",
#   the first two take either, as cron does; APScheduler takes only days that are both, which are months
#   apart. With "*/10" for the day of the month croniter takes either and cronsim, after Debian's cron, both.
# Matters: a watcher such as healthchecks (cronsim) calls a job of APScheduler late each week that was never
#   due, and a weekly habit in a log need not be on the day that the line in the repository says.
set -euo pipefail
export LC_ALL=C TZ=UTC
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check croniter==7.0.0 cronsim==2.7 apscheduler==3.11.3 >/dev/null 2>&1 ||
  unavailable "the Python packages, in these versions"

days() {
  venv/bin/python - "$1" "$2" <<'P'
import sys
from datetime import datetime, timedelta, timezone

library, line = sys.argv[1:]
now = datetime(2026, 1, 1, tzinfo=timezone.utc)
if library == "croniter":
    from croniter import croniter
    schedule = croniter(line, now)
    following = lambda: schedule.get_next(datetime)
elif library == "cronsim":
    from cronsim import CronSim
    schedule = CronSim(line, now)
    following = lambda: next(schedule)
else:
    from apscheduler.triggers.cron import CronTrigger
    schedule, last = CronTrigger.from_crontab(line, timezone=timezone.utc), [None, now]

    def following():
        last[0] = schedule.get_next_fire_time(last[0], last[1])
        last[1] = last[0] + timedelta(seconds=1)
        return last[0]

print(", ".join(following().strftime("%a %m-%d") for _ in range(3)))
P
}
expect() {
  local found
  found=$(days "$1" "$2")
  printf '%-14s %-12s %s\n' "$2" "$1" "$found"
  [[ $found == "$3" ]] || changed "$1 took '$2' for $3"
}
echo "croniter 7.0.0, cronsim 2.7, APScheduler 3.11.3: the first three from 2026-01-01 on"
expect croniter '0 9 * * 1' 'Mon 01-05, Mon 01-12, Mon 01-19'
expect cronsim '0 9 * * 1' 'Mon 01-05, Mon 01-12, Mon 01-19'
expect apscheduler '0 9 * * 1' 'Tue 01-06, Tue 01-13, Tue 01-20'
expect croniter '0 9 1 * mon' 'Thu 01-01, Mon 01-05, Mon 01-12'
expect cronsim '0 9 1 * mon' 'Thu 01-01, Mon 01-05, Mon 01-12'
expect apscheduler '0 9 1 * mon' 'Mon 06-01, Mon 02-01, Mon 03-01'
expect croniter '0 9 */10 * mon' 'Thu 01-01, Mon 01-05, Sun 01-11'
expect cronsim '0 9 */10 * mon' 'Mon 05-11, Mon 06-01, Mon 08-31'
echo "holds"
