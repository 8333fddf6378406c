#!/usr/bin/env bash
# Expected: the beginning of the hour of a moment that is known exactly is a matter of arithmetic, in the repeated hour
#   of autumn as on any day, and lies before the moment.
# Observed: DuckDB's date_trunc('hour', t) moves a request of the first 02:30 half an hour ahead, to the beginning of
#   the second 02:00, and so puts both hours in one; time_bucket of an hour does not. pandas' dt.floor("h") and
#   pyarrow's floor_temporal refuse the whole column with an error about an ambiguous time, though each value has its
#   offset; pandas' resample("h") does not. Polars' dt.truncate("1h") is right.
# Matters: two spellings of one query count the same column differently: in one of them an hour is idle, and the next
#   has the requests of both. And a job that has run all year fails on one night, and on later ones as long as its
#   window holds that night. Truncate in UTC, and convert after.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 \
  duckdb==2.0.1 tzdata==2026.6 >/dev/null 2>&1 || unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import duckdb, pandas, polars, pyarrow
import pyarrow.compute

print(*(f"{library.__name__} {library.__version__}" for library in (duckdb, pandas, pyarrow, polars)))
zone = "Europe/Berlin"
moments = pandas.Series(pandas.date_range("2025-10-25T23:30Z", periods=4, freq="h").tz_convert(zone))
print("moments, in UTC:", *(moment.tz_convert("UTC").strftime("%H:%M") for moment in moments))
connection = duckdb.connect()
connection.execute(f"SET timezone = '{zone}'")

def query(expression):
    rows = connection.execute(f"SELECT {expression}::TIMESTAMPTZ FROM moments ORDER BY t").fetchall()
    return [row[0] for row in rows]

moments_table = polars.DataFrame({"t": moments})
connection.register("moments", moments_table.to_arrow())
spellings = {
    "DuckDB date_trunc": lambda: query("date_trunc('hour', t)"),
    "DuckDB time_bucket": lambda: query("time_bucket(INTERVAL 1 HOUR, t)"),
    "pandas dt.floor": lambda: moments.dt.floor("h"),
    "pandas resample": lambda: pandas.Series(1, index=moments).resample("h").sum().index,
    "pyarrow floor_temporal": lambda: pyarrow.compute.floor_temporal(pyarrow.array(moments), unit="hour").to_pandas(),
    "Polars dt.truncate": lambda: moments_table["t"].dt.truncate("1h").to_list(),
}
right = "23:00 00:00 01:00 02:00"
expected = ["23:00 01:00 01:00 02:00", right, "refused", right, "refused", right]
seen = []
for name, spelling in spellings.items():
    try:
        seen.append(" ".join(pandas.Timestamp(hour).tz_convert("UTC").strftime("%H:%M") for hour in spelling()))
    except ValueError as error:
        assert "dst" in str(error) or "ambiguous" in str(error), error
        seen.append("refused")
    print(f"{name:23} {seen[-1]}")
raise SystemExit(seen != expected)
P
echo "holds"
