#!/usr/bin/env bash
# Expected: a REAL column, above all of a STRICT table with CHECK (p BETWEEN 0 AND 1), keeps a NaN or refuses it.
# Observed: SQLite stores NULL instead. The CHECK passes, since NULL is not false; avg() and every other
#   aggregate leave the row out; NOT NULL refuses it, with a message about a missing value. Infinity is
#   stored, and refused by the CHECK.
# Matters: a forecaster that went NaN scores better, since its failures leave the mean. A column of
#   probabilities needs NOT NULL besides CHECK, and its complaint means NaN as well as "no value".
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0 >/dev/null 2>&1 ||
  unavailable "the package, in this version"

"$work/venv/bin/python" - <<'P' || changed
import apsw, math

print("SQLite", apsw.sqlite_lib_version())
database = apsw.Connection(":memory:")
database.execute("CREATE TABLE loss (nats REAL CHECK (nats BETWEEN 0 AND 100)) STRICT")
database.execute("CREATE TABLE strictest (nats REAL NOT NULL CHECK (nats BETWEEN 0 AND 100)) STRICT")
database.executemany("INSERT INTO loss VALUES (?)", [(0.25,), (0.75,), (math.nan,)])
rows = list(database.execute("SELECT nats, typeof(nats) FROM loss"))
mean = database.execute("SELECT avg(nats) FROM loss").fetchone()[0]
print("stored:", rows, "mean:", mean)

def refusal(table, value):
    try:
        database.execute(f"INSERT INTO {table} VALUES (?)", (value,))
        return "accepted"
    except apsw.ConstraintError as error:
        return str(error)

infinity, missing = refusal("loss", math.inf), refusal("strictest", math.nan)
print("infinity:", infinity)
print("NaN, NOT NULL:", missing)
holds = rows[2] == (None, "null") and mean == 0.5 and "CHECK" in infinity and "NOT NULL" in missing
raise SystemExit(not holds)
P
echo "holds"
