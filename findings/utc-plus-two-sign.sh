#!/usr/bin/env bash
# Expected: a program that knows "UTC+2" takes it for two hours ahead of UTC, as people write it, or for two hours
#   behind, as POSIX has it for the variable TZ; one library has one opinion.
# Observed: date takes it for ahead in a text, date -d "12:00 UTC+2", and for behind in TZ=UTC+2. dateutil does the
#   opposite: ahead for the zone gettz("UTC+2"), behind in a text. pandas takes "UTC+2" in a text for behind and
#   "UTC+02:00" for ahead; as a zone it knows the second only, as ahead. DuckDB's zone 'UTC+2' is ahead. In the
#   zone database "Etc/GMT+2" is behind everywhere. "+02:00" means ahead where it is known; in TZ it is UTC, unsaid.
# Matters: stamps without an offset, read with the zone that the other machine's settings name, come to lie four hours
#   off: a habit at 09:00 is one at 13:00. Nothing fails. Name a place, or write an offset without letters.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq coreutils=9.1-1 2>/dev/null || unavailable "coreutils, in this version"
dpkg-deb -x coreutils_*.deb root
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 duckdb==2.0.1 tzdata==2026.6 \
  python-dateutil==4.0.0 >/dev/null 2>&1 || unavailable "the packages, in these versions"
root/bin/date --version | sed -n 1p

TZ=UTC "$work/venv/bin/python" - <<'P' || changed
import dateutil, dateutil.parser, dateutil.tz, duckdb, pandas, subprocess
from datetime import datetime, timezone

print("dateutil", dateutil.__version__, "pandas", pandas.__version__, "DuckDB", duckdb.__version__)
noon = datetime(2025, 1, 15, 12)

def date(text, zone):
    answer = subprocess.run(["root/bin/date", "-d", text, "+%s"], env={"TZ": zone}, capture_output=True, text=True)
    return datetime.fromtimestamp(int(answer.stdout), timezone.utc)

readers = {
    "date -d, in the text": lambda zone: date(f"{noon} {zone}", "UTC"),
    "date -d, in TZ": lambda zone: date(str(noon), zone),
    "dateutil, parse": lambda zone: dateutil.parser.parse(f"{noon} {zone}"),
    "dateutil, gettz": lambda zone: noon.replace(tzinfo=dateutil.tz.gettz(zone)),
    "pandas, to_datetime": lambda zone: pandas.to_datetime(f"{noon} {zone}"),
    "pandas, tz_localize": lambda zone: pandas.Timestamp(noon).tz_localize(zone),
    "DuckDB, timezone()": lambda zone: datetime.fromtimestamp(
        duckdb.sql(f"SELECT epoch(timezone('{zone}', TIMESTAMP '{noon}'))").fetchall()[0][0], timezone.utc),
}

def ahead(reader, zone):
    try:
        moment = reader(zone)
    except Exception:
        return "refused"
    if moment.tzinfo is None:
        return "no zone"
    return f"{(noon.replace(tzinfo=timezone.utc) - moment).total_seconds() / 3600:+.0f}"

zones = ["UTC+2", "UTC+02:00", "Etc/GMT+2", "+02:00"]
print(f"{'hours ahead of UTC':21}", *(f"{zone:10}" for zone in zones))
seen = {}
for name, reader in readers.items():
    seen[name] = [ahead(reader, zone) for zone in zones]
    print(f"{name:21}", *(f"{answer:10}" for answer in seen[name]))
raise SystemExit(seen != {
    "date -d, in the text": ["+2", "+2", "refused", "+2"],
    "date -d, in TZ": ["-2", "-2", "-2", "+0"],
    "dateutil, parse": ["-2", "-2", "refused", "+2"],
    "dateutil, gettz": ["+2", "+2", "-2", "no zone"],
    "pandas, to_datetime": ["-2", "+2", "refused", "+2"],
    "pandas, tz_localize": ["refused", "+2", "-2", "+2"],
    "DuckDB, timezone()": ["+2", "+2", "-2", "refused"],
})
P
echo "holds"
