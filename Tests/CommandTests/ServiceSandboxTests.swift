import Testing
import harbinger

struct ServiceSandboxTests {
  private static let unit = """
    # /lib/systemd/system/harbinger.service
    [Unit]
    Description=x
    [Service]
    Type=notify
    ExecStart=-/usr/bin/harbinger run --config /etc/harbinger/harbinger.yaml
    ExecReload=/bin/kill -HUP $MAINPID
    Restart=on-failure
    DynamicUser=yes
    StateDirectory=harbinger
    RuntimeDirectory=harbinger
    RuntimeDirectoryMode=0755
    SystemCallFilter=@system-service \\
      setpriority
    ; no setting

    # /etc/systemd/system/harbinger.service.d/webhook.conf
    [Service]
    IPAddressDeny=
    LoadCredential=webhook-secret:/etc/harbinger/webhook-secret
    [Install]
    WantedBy=multi-user.target
    """

  /// Goal: the check runs in the daemon's sandbox, but without the settings of the daemon's life cycle: a runtime
  /// folder would be removed when the check ends.
  @Test func sandboxIsTheUnitsWithoutTheDaemon() throws {
    let sandbox = try #require(ServiceSandbox(unitText: Self.unit))
    #expect(sandbox.program == "/usr/bin/harbinger")
    #expect(sandbox.configPath == "/etc/harbinger/harbinger.yaml")
    #expect(
      sandbox.properties == [
        "DynamicUser=yes", "SystemCallFilter=@system-service  setpriority", "IPAddressDeny=",
        "LoadCredential=webhook-secret:/etc/harbinger/webhook-secret", "User=harbinger",
      ])
    // It is told where the daemon's folders are all the same.
    #expect(
      sandbox.environment == [
        "STATE_DIRECTORY=/var/lib/harbinger", "RUNTIME_DIRECTORY=/run/harbinger",
      ])
  }

  @Test func unitsOwnUserStays() throws {
    let unit = Self.unit.replacing("DynamicUser=yes", with: "User=logs")
    let sandbox = try #require(ServiceSandbox(unitText: unit))
    #expect(sandbox.properties.filter { $0.hasPrefix("User=") } == ["User=logs"])
  }

  @Test func otherProgramsHaveNoSandboxOfOurs() {
    #expect(ServiceSandbox(unitText: "[Service]\nExecStart=/bin/true\n") == nil)
    #expect(ServiceSandbox(unitText: "") == nil)
  }
}
