#!/usr/bin/env bash
# Expected: a library that counts requests by the hour either lists idle hours, with a count of 0, or does not.
# Observed: pandas lists them when it groups by Grouper(freq="h"), and no longer when it groups by the stream as well:
#   then a stream has only its active hours; with the stream as a categorical, those in which any stream was active.
#   groupby("stream") with resample("h") after it lists all hours between the first and the last request of each.
#   Polars' group_by_dynamic(every="1h") lists none.
# Matters: the share of active hours, the base rate of a forecast, is 1.0 in one spelling and a few percent in another,
#   for the same log, and the step from one stream to several changes it. A model then has hours with requests only to
#   learn from, and shift(24) is not the day before.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 \
  >/dev/null 2>&1 || unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import pandas, polars

print("pandas", pandas.__version__, "Polars", polars.__version__)
requests = pandas.DataFrame({
    "time": pandas.to_datetime(["2025-01-01T00:10", "2025-01-01T09:50", "2025-01-01T04:20", "2025-01-01T05:40"]),
    "stream": ["a", "a", "b", "b"]})
of_a = requests[requests.stream == "a"]
hour = pandas.Grouper(key="time", freq="h")
table = polars.from_pandas(requests).sort("time")

spellings = {
    "pandas, Grouper, one stream": of_a.groupby(hour).size(),
    "pandas, stream and Grouper": requests.groupby(["stream", hour]).size()["a"],
    "pandas, categorical stream and Grouper":
        requests.astype({"stream": "category"}).groupby(["stream", hour], observed=False).size()["a"],
    "pandas, stream, then resample": requests.set_index("time").groupby("stream").resample("h").size()["a"],
    "Polars, group_by_dynamic, one stream":
        polars.from_pandas(of_a).group_by_dynamic("time", every="1h").agg(polars.len())["len"],
    "Polars, group_by_dynamic by stream":
        table.group_by_dynamic("time", every="1h", group_by="stream").agg(polars.len()).filter(stream="a")["len"],
}
seen = {}
for name, counts in spellings.items():
    seen[name] = (sum(count > 0 for count in counts), len(counts))
    print(f"{name:39} {seen[name][0]} of {seen[name][1]} hours active")
raise SystemExit(list(seen.values()) != [(2, 10), (2, 2), (2, 4), (2, 10), (2, 2), (2, 2)])
P
echo "holds"
