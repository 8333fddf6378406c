#!/usr/bin/env bash
# Expected: PRAGMA auto_vacuum takes effect as long as the database has no table, in whatever order the pragmas
#   stand; otherwise it fails.
# Observed: after journal_mode=WAL, user_version or application_id it does nothing, without an error, though there
#   is no table: each of these writes the first page, and with it the header. Then incremental_vacuum succeeds and
#   frees nothing, and the file keeps its largest size. Before them, or after synchronous, which writes nothing, it
#   takes effect. PRAGMA auto_vacuum without a value says which; later only VACUUM brings it.
# Matters: WAL is what a library sets as it opens the file, before any statement of the program. A store that
#   deletes what is old looks as if it gave space back, and does not.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0 >/dev/null 2>&1 ||
  unavailable "the package, in this version"

cd "$work"
venv/bin/python - <<'P' || changed
import apsw, os

print("SQLite", apsw.sqlite_lib_version())
ok = True
for number, (before, effective) in enumerate({
    None: True, "synchronous=NORMAL": True,
    "journal_mode=WAL": False, "user_version=1": False, "application_id=1": False}.items()):
    database = apsw.Connection(f"{number}.db")

    def run(statement):
        return database.execute(statement).fetchall()

    if before:
        run("PRAGMA " + before)
    run("PRAGMA auto_vacuum=INCREMENTAL")
    mode = run("PRAGMA auto_vacuum")[0][0]
    run("CREATE TABLE hours (counts BLOB)")
    for _ in range(1_000):
        run("INSERT INTO hours VALUES (randomblob(1000))")
    run("DELETE FROM hours")
    run("PRAGMA incremental_vacuum")
    database.close()
    kilobytes = os.path.getsize(f"{number}.db") // 1024
    print(f"{before or 'nothing':18} before auto_vacuum=INCREMENTAL: mode {mode}, {kilobytes:4} kB after the deletion")
    ok &= (mode, kilobytes < 100) == ((2, True) if effective else (0, False))

database = apsw.Connection("2.db")
database.execute("PRAGMA auto_vacuum=INCREMENTAL")
kept = database.execute("PRAGMA auto_vacuum").fetchone()[0]
database.execute("VACUUM")
vacuumed = database.execute("PRAGMA auto_vacuum").fetchone()[0]
print(f"after journal_mode=WAL, set again: mode {kept}; and after VACUUM: mode {vacuumed}")
raise SystemExit(not (ok and (kept, vacuumed) == (0, 2)))
P
echo "holds"
