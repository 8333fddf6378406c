import Alerts
import Host
import Settings
import Testing
import harbinger

/// Many actions at once, with real programs.
@Suite struct ActionRunnerTests {
  private func actions(_ count: Int, _ settings: ActionSettings) throws -> [AlertAction] {
    let kind = try #require(AlertKind.named("upcoming"))
    return (0..<count).flatMap { number in
      AlertAction.all(
        for: AlertPayload(kind.test(about: "web:\(number)", hour: 480_000), unit: nil), settings)
    }
  }

  private func runToTheEnd(
    _ runner: inout ActionRunner, _ settings: ActionSettings, _ poller: inout Poller<Void>
  ) throws {
    while runner.waitingCount + runner.runningCount > 0 {
      _ = runner.advance(
        settings, &poller, as: (), nowMicroseconds: WallClock.monotonicMicroseconds)
      if runner.runningCount > 0 { _ = try poller.wait(until: runner.deadline) }
    }
  }

  /// Goal: where all streams of a site raise an alert in the same hour, each is acted on.
  @Test func actionsOfAnHourAreAllDone() throws {
    var settings = ActionSettings()
    settings.exec = ["/bin/true"]
    var runner = ActionRunner()
    var poller = Poller<Void>()
    runner.add(try actions(400, settings))
    try runToTheEnd(&runner, settings, &poller)
    #expect(runner.doneCount == 400 && runner.droppedCount == 0 && runner.failedCount == 0)
  }

  /// Goal: a webhook whose receiver is away takes no newer alert's place. Method: it has failed once while as many wait as
  /// may, and one more comes; of those that wait in the end, none is a webhook.
  @Test func whatIsTriedAgainGivesWayToNewerAlerts() throws {
    let (webhook, exec) = (ActionSettings.webhookThatFails, ActionSettings.execThatTakesLong)
    var both = exec
    both.webhook = webhook.webhook
    var runner = ActionRunner()
    var poller = Poller<Void>()
    runner.add(try actions(1, webhook))
    runner.add(try actions(ActionRunner.waitingMax - 1, exec))
    func advance(_ settings: ActionSettings) -> [ActionRunner.Ended] {
      runner.advance(settings, &poller, as: (), nowMicroseconds: WallClock.monotonicMicroseconds)
    }
    _ = advance(both)
    while advance(both).isEmpty { _ = try poller.wait(until: runner.deadline) }
    runner.add(try actions(ActionRunner.waitingMax + 1 - runner.waitingCount, exec))
    #expect(runner.droppedCount == 1)
    _ = advance(webhook)
    #expect(runner.waitingCount == 0)
    // A process that nobody waits for would hold up the tests that run in processes of their own.
    try runToTheEnd(&runner, webhook, &poller)
  }

  /// Goal: settings that no longer name an action end those that wait for their turn, and nothing else.
  @Test func actionsThatAreNoLongerSetAreNotBegun() throws {
    var settings = ActionSettings()
    settings.exec = ["/bin/sleep", "0.2"]
    var runner = ActionRunner()
    var poller = Poller<Void>()
    runner.add(try actions(9, settings))
    _ = runner.advance(
      settings, &poller, as: (), nowMicroseconds: WallClock.monotonicMicroseconds)
    #expect(runner.runningCount == ActionRunner.atOnceMax)
    try runToTheEnd(&runner, ActionSettings(), &poller)
    #expect(runner.doneCount == ActionRunner.atOnceMax)
    #expect(runner.droppedCount == 9 - ActionRunner.atOnceMax)
  }
}

extension ActionSettings {
  fileprivate static var webhookThatFails: ActionSettings {
    var settings = ActionSettings()
    settings.webhook = "http://127.0.0.1:1/"
    return settings
  }

  fileprivate static var execThatTakesLong: ActionSettings {
    var settings = ActionSettings()
    settings.exec = ["/bin/sleep", "5"]
    return settings
  }
}
