#!/usr/bin/env bash
# Expected: "7D" means one thing in one library: a week before Wednesday 09:00 is the Wednesday before, 09:00; or, where
#   it stands for 168 hours, 10:00 if the clocks were put back in between.
# Observed: in pandas 3 offsets.Day(7) and shift(freq="7D") go by the calendar and come to 09:00; Timedelta("7D") and
#   rolling("7D") count 168 hours and come to 10:00. shift(freq="7D") refuses a series as a whole if one of its hours
#   comes to lie on the hour that the clocks repeat, or leave out; so each series of a year. Polars' "7d" goes by the
#   calendar in offset_by() and in rolling(), and refuses nothing.
# Matters: "same hour last week" and "requests of the last seven days" look at different hours for a week after each
#   change of clocks, in the same program, or after a move to another library. And a shift that worked on a summer's
#   data fails when autumn is in it.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 \
  tzdata==2026.6 >/dev/null 2>&1 || unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import pandas, polars

print("pandas", pandas.__version__, "Polars", polars.__version__)
zone = "Europe/Berlin"
moment = pandas.Timestamp("2025-10-29T09:00", tz=zone)
exact = polars.Series([moment.to_pydatetime()]).dt.convert_time_zone(zone)

def series(begin, end):
    """The hours of a time, and a series with the position of each."""
    hours = pandas.date_range(begin, end, freq="h", tz=zone)
    return hours, pandas.Series(range(len(hours)), index=hours)

hours, position = series("2025-10-20", "2025-11-05")
table = polars.DataFrame({"time": hours})
windows = table.rolling("time", period="7d", closed="both").agg(begin=polars.col("time").min())
ways = {
    "pandas, offsets.Day(7)": (moment - pandas.offsets.Day(7), 9),
    'pandas, shift(freq="7D")': (hours[position.shift(freq="7D")[moment]], 9),
    'pandas, Timedelta("7D")': (moment - pandas.Timedelta("7D"), 10),
    'pandas, rolling("7D")': (hours[int(position.rolling("7D", closed="both").min()[moment])], 10),
    'Polars, offset_by("-7d")': (exact.dt.offset_by("-7d")[0], 9),
    'Polars, rolling("7d")': (windows.row(by_predicate=polars.col("time") == exact[0])[1], 9),
}
print("a week before", moment)
for name, (seen, _) in ways.items():
    print(f"  {name:25} {seen}")
holds = all((seen.day, seen.hour) == (22, hour) for seen, hour in ways.values())

for season, begin, end in ("summer", "2025-05-01", "2025-09-01"), ("autumn", "2025-09-01", "2025-12-01"), (
        "spring", "2025-02-01", "2025-05-01"):
    hours, position = series(begin, end)
    try:
        position.shift(freq="7D")
        answer = "shifts"
    except ValueError as error:
        answer = f"refuses: {error}"
    print(f'{season}: shift(freq="7D") {answer}')
    polars.Series(hours).dt.offset_by("7d")
    holds = holds and answer.startswith("shifts" if season == "summer" else "refuses")
raise SystemExit(not holds)
P
echo "holds"
