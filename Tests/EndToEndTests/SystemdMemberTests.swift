import Foundation
import TestSupport
import Testing

/// A member of a group as a service: what systemd sees of it and of its processes, and what they see of it.
@Suite(
  .enabled(
    if: SystemdTestbed.isAvailable && KafkaCluster.isPossible,
    "needs root, ../shared/systemd-testbed and librdkafka1"),
  .serialized)
struct SystemdMemberTests {
  private let machine: SystemdTestbed
  private let cluster = KafkaCluster()

  /// With the drop-ins of the examples.
  init() throws {
    machine = try SystemdTestbed(network: "host")
    for topic in ["access", "states"] { cluster.makeTopic(topic, partitions: 2) }
    for partition in 0..<2 {
      let lines = try DaemonBed().sampleLines(days: 3, seed: partition + 1)
      cluster.write(lines, to: "access", partition: Int32(partition))
    }
    try machine.shell("\(Checkout.root.path)/deploy/install --binary \(SystemdTestbed.binary)")
    try machine.write(
      """
      sources:
        - name: shop
          kafka: { brokers: [\(cluster.brokers.joined(separator: ", "))], topic: access, state_topic: states, \
      session.timeout.ms: '3000', heartbeat.interval.ms: '500' }
          key: '{path}'

      """, to: SystemdTestbed.settingsFile)
    let folder = "/etc/systemd/system/harbinger.service.d"
    let dropIns = ["kafka.conf", "member.conf"].map { Example($0).url.path }
    try machine.shell("mkdir -p \(folder) && cp \(dropIns.joined(separator: " ")) \(folder)")
    try machine.configureUnit("WatchdogSec=6s\nTimeoutAbortSec=1s")
    try machine.shell("systemctl start harbinger")
    try holdsBoth()
  }

  private func holdsBoth() throws {
    try machine.eventually(
      "systemctl show -P StatusText harbinger | grep -q '^partitions 0, 1 of access'"
        + " && (($(systemctl show -P TasksCurrent harbinger) > 2))"
        + " && test -s /run/harbinger/partition-1/status.json")
  }

  private func count(_ text: String) throws -> Int {
    let journal = "journalctl --sync; journalctl -q -o cat -u harbinger"
    return Int(try machine.shell("(\(journal)) | grep -c '\(text)' || true")) ?? 0
  }

  @Test func memberIsReloadedWatchedAndStopped() throws {
    try machine.shell("systemctl reload harbinger")
    #expect(try count("Settings reloaded") == 3)

    // A process that hangs is ended by the member; the other one and the member go on.
    let main = try machine.shell("systemctl show -P MainPID harbinger")
    let child = try machine.shell("pgrep -P \(main) -f 'partition 0'")
    try machine.shell("kill -STOP \(child)")
    try machine.eventually("! kill -0 \(child) 2>/dev/null")
    #expect(try count("does not answer") == 1)
    #expect(try machine.shell("systemctl show -P MainPID harbinger") == main)

    // A member that hangs is ended by systemd, and its processes with it.
    let others = try machine.shell("pgrep -P \(main)").split(separator: "\n").joined(separator: " ")
    try machine.shell("kill -STOP \(main)")
    try machine.eventually("test $(systemctl show -P NRestarts harbinger) = 1")
    #expect(try machine.attempt("kill -0 \(others)").status != 0)
    try holdsBoth()

    try machine.shell("systemctl stop harbinger")
    #expect(try count("A partition is handed over") == 2)
    #expect(try machine.shell("systemctl show -P Result harbinger") == "success")
  }
}
