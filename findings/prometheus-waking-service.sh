#!/usr/bin/env bash
# Expected: increase() over a counter counts the requests of a time, also over restarts, which it sees as resets.
# Observed: a service that is started for each request, serves it and stops again exports 1 every time. From 1 to 1 is
#   no reset and no rise, so three requests in three starts are an increase of 0. With 3, 1 and 2 requests it is 2
#   instead of 6: the count of the first start is missing, and of the last all but what exceeds the one before.
#   Neither changes() nor resets() tells the starts of the first service apart. A rise from 0 that was scraped counts.
# Matters: a service that sleeps most of the day is the one whose requests are counted as none, and an alert on
#   "no request since yesterday" by increase() fires although one came. Count the lines of its log, or keep the counter
#   in a process that does not stop.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq prometheus=2.42.0+ds-5+deb12u1 2>/dev/null || unavailable "the package, in this version"
dpkg-deb -x prometheus_*.deb root

# Scraped each minute; awake for ten minutes of each hour. "stale" is what Prometheus notes of a target that is gone.
cat >rules.yml <<'Y'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'requests_total{service="one each"}', values: '1x9 stale _x49 1x9 stale _x49 1x9 stale _x49' }
      - { series: 'requests_total{service="3, 1 and 2"}', values: '3x9 stale _x49 1x9 stale _x49 2x9 stale _x49' }
      - { series: 'requests_total{service="from 0"}', values: '0x1 1x7 stale _x49 0x1 1x7 stale _x49 0x1 1x7' }
    promql_expr_test:
      - expr: round(increase(requests_total[3h]))
        eval_time: 179m
        exp_samples:
          - { labels: '{service="one each"}', value: 0 }
          - { labels: '{service="3, 1 and 2"}', value: 2 }
          - { labels: '{service="from 0"}', value: 3 }
      - expr: changes(requests_total{service="one each"}[3h]) + resets(requests_total[3h])
        eval_time: 179m
        exp_samples:
          - { labels: '{service="one each"}', value: 0 }
Y
root/usr/bin/promtool --version | sed -n 1p
root/usr/bin/promtool test rules rules.yml || changed
sed -n 's/.*service="\(.*\)"}., value: \(.*\) }/\1: \2/p' rules.yml | sed -n 1,3p
echo "holds"
