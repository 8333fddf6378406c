#!/usr/bin/env bash
# Expected: 02:30 on the day when summer time ends exists twice; a library takes the first, or refuses.
# Observed: zoneinfo, dateutil and arrow take the first pass, pytz the second. pendulum takes the second
#   when it parses a text and the first when it is given a datetime; pandas refuses the text and takes the
#   first of the datetime. pandas' "infer" needs every hour to be seen twice: with one request in the
#   repeated hour it refuses, and times that merely go back it takes for the change.
# Matters: local stamps without an offset put the same log's requests into different hours in different
#   tools, so counts of that day are no evidence against either; in sparse logs "infer" fails on exactly
#   those days.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pytz==2026.6 python-dateutil==4.0.0 \
  pendulum==3.3.0 arrow==1.4.0 pandas==3.1.1 tzdata==2026.6 >/dev/null 2>&1 || unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import zoneinfo
from datetime import datetime
from importlib.metadata import version
import arrow, dateutil, dateutil.tz, pandas, pendulum, pytz

zone, text = "Europe/Berlin", "2025-10-26 02:30:00"
naive = datetime.fromisoformat(text)
ok = True

def check(name, expected, compute):
    global ok
    try:
        offset = compute().utcoffset().total_seconds()
        seen = {7200: "first", 3600: "second"}[offset]
    except ValueError:
        seen = "refused"
    ok &= seen == expected
    print(f"{name:36} {seen}" + ("" if seen == expected else f", was {expected}"))

def infer(*times):
    index = pandas.DatetimeIndex([f"2025-10-26 {time}" for time in times])
    return index.tz_localize(zone, ambiguous="infer")[1]

check("zoneinfo", "first", lambda: naive.replace(tzinfo=zoneinfo.ZoneInfo(zone)))
check(f"dateutil {dateutil.__version__}", "first", lambda: naive.replace(tzinfo=dateutil.tz.gettz(zone)))
check(f"arrow {arrow.__version__}", "first", lambda: arrow.get(text, tzinfo=zone))
check(f"pytz {pytz.__version__}, localize", "second", lambda: pytz.timezone(zone).localize(naive))
check(f"pendulum {version('pendulum')}, parse", "second", lambda: pendulum.parse(text, tz=zone))
check("pendulum, instance of a datetime", "first", lambda: pendulum.instance(naive, tz=zone))
check(f"pandas {pandas.__version__}, text", "refused", lambda: pandas.Timestamp(text, tz=zone))
check("pandas, datetime", "first", lambda: pandas.Timestamp(naive, tz=zone))
check("pandas infer, one request", "refused", lambda: infer("01:10", "02:30", "03:10"))
check("pandas infer, times go back", "second", lambda: infer("02:50", "02:10", "03:10"))
raise SystemExit(not ok)
P
echo "holds"
