import Arithmetic

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The loss of the question: cross-entropy with a penalty on missed active hours, per example.
///
/// With z a logit, y its label in 0…1 and w the penalty, an example costs
/// w·y·softplus(−z) + (1 − y)·softplus(z); the loss is the mean over the batch, each example
/// multiplied by its own weight where weights are given (divided by the number of examples, not
/// by the sum of the weights). From logits it neither overflows nor takes a logarithm of zero.
package struct PenalizedLoss: Hashable, Sendable {
  /// w above zero; 1 is plain cross-entropy.
  package let penalty: Float

  package init(penalty: Float) {
    precondition(penalty > 0 && penalty.isFinite, "a penalty is above zero")
    self.penalty = penalty
  }

  /// The penalised network's own output, sigmoid(z).
  package func score(logit: Float) -> Double {
    sigmoid(Double(logit))
  }

  /// The probability with the penalty taken back out: sigmoid(z − ln w).
  ///
  /// - Source: Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
  package func probability(logit: Float) -> Double {
    sigmoid(Double(logit) - log(Double(penalty)))
  }

  /// The logit at which the network starts, for labels that are active with `probability`.
  package func logit(probability: Double) -> Float {
    Float(log(Double(penalty)) + log(probability) - log1p(-probability))
  }

  /// The loss of one example, in nats; `label` is 0 or 1.
  package func loss(logit: Float, label: Float) -> Double {
    let z = Double(logit)
    let active = Double(penalty) * Double(label) * softplus(-z)
    return active + (1 - Double(label)) * softplus(z)
  }

  /// The mean over the examples; 0 if there are none.
  package func mean(logits: [Float], labels: [Float], weights: [Float]? = nil) -> Double {
    precondition(logits.count == labels.count, "one label for each logit")
    precondition(weights.map { $0.count == labels.count } ?? true, "one weight for each label")
    var sum = 0.0
    for index in logits.indices {
      let weight = weights.map { Double($0[index]) } ?? 1
      sum += weight * loss(logit: logits[index], label: labels[index])
    }
    return logits.isEmpty ? 0 : sum / Double(logits.count)
  }
}
