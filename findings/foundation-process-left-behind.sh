#!/usr/bin/env bash
# Expected: Foundation's `Process.waitUntilExit()` on Linux returns when the child has ended, as waitpid does, whatever
#   the child has started and left behind; at least if what is left has no part in its standard streams.
# Observed: the end of a child is seen by a socket that the child inherits under a number above 2. What it leaves
#   behind inherits it too, and the wait lasts until that has ended as well; `isRunning` says true for as long. Where the
#   child closes all numbers above 2 before it starts the other, the wait ends with the child.
# Matters: a program that has a service started by a command (podman run --detach, pg_ctl start, ssh-agent) waits for the
#   service to end, and a time limit that ends the child ends nothing.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

command -v swiftc >/dev/null || unavailable "there is no swiftc in PATH"
version=$(swiftc --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >main.swift <<'S'
import Foundation

/// Runs a script of the shell, and says how many seconds the wait and the child itself took.
func wait(for script: String) throws -> (wait: Double, child: Double) {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/bash")
  process.arguments = ["-c", script + "; date +%s.%N >ended"]
  let begin = Date()
  try process.run()
  process.waitUntilExit()
  let waited = Date().timeIntervalSince(begin)
  let ended = try String(contentsOfFile: "ended", encoding: .utf8)
  return (waited, Double(ended.dropLast())! - begin.timeIntervalSince1970)
}

let left = "sleep 4 </dev/null >/dev/null 2>&1 &"
let closing = "for f in /proc/$$/fd/*; do n=${f##*/}; ((n < 3)) || eval \"exec $n>&-\"; done; "
for script in ["true", left + " true", closing + left + " true"] {
  let seconds = try wait(for: script)
  print(seconds.wait < 2 ? "short" : "long", seconds.child < 2 ? "short" : "long")
}
S
swiftc -O main.swift -o wait 2>errors || unavailable "it does not compile: $(head -n 1 errors)"
seen=$(./wait | tr '\n' ';')
echo "Swift $version, wait and child: nothing left; a sleep of 4 s left; the same, all numbers closed first: $seen"
[[ $seen == "short short;long short;short short;" ]] || changed "expected short short;long short;short short;"
