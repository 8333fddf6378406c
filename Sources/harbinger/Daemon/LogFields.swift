import Alerts
import Arithmetic
import Forecasting
import Host
import Monitoring
import Reporting
import Settings

typealias Field = JournalMessage.Field

extension TrainingReport {
  /// The numbers by which a network was adopted or not.
  var fields: [Field] {
    var fields = [
      Field("HARBINGER_RUN", number),
      Field("HARBINGER_VERDICT", verdict.rawValue),
      Field("HARBINGER_ROWS", rowCount),
      Field("HARBINGER_EPOCHS", epochs.count),
      Field("HARBINGER_SECONDS", Decimals.digits(durationSeconds)),
    ]
    if let before = logLossBefore {
      fields.append(Field("HARBINGER_LOG_LOSS_BEFORE", Decimals.digits(before)))
    }
    if let after = logLossAfter {
      fields.append(Field("HARBINGER_LOG_LOSS_AFTER", Decimals.digits(after)))
    }
    return fields
  }
}

extension SettingsFile {
  /// Which program works, and by which settings.
  var fields: [Field] {
    [Field("HARBINGER_VERSION", Version.text), Field("HARBINGER_SETTINGS", path)]
  }
}

extension Changes {
  /// How much is committed.
  var fields: [Field] {
    [
      Field("HARBINGER_REQUESTS", counts.values.reduce(0, +)),
      Field("HARBINGER_FORECASTS", forecasts.count), Field("HARBINGER_ALERTS", alerts.count),
    ]
  }
}
