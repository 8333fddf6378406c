#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Adam, with decoupled weight decay and three ways to clip the gradient.
///
/// Clips apply in the order value, norm per tensor, global norm; a tensor is one layer's weights or
/// its biases. The clips follow Keras and TensorFlow: a gradient of norm n above the limit c is
/// multiplied by c / n (PyTorch: by c / (n + 1e-6)).
///
/// - Source: Kingma and Ba, "Adam", ICLR 2015; Loshchilov and Hutter, "Decoupled weight decay
///   regularization", ICLR 2019.
package struct Adam: Hashable, Sendable {
  /// Where epsilon stands: the frameworks differ.
  package enum EpsilonPlacement: String, Sendable {
    /// rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε): Keras, and the paper's end of section 2.
    case beforeCorrection
    /// rate · m̂ / (√v̂ + ε): PyTorch, Optax, and the paper's algorithm 1.
    case afterCorrection
  }

  /// Of a step, before the bias correction and `Learner.caution`.
  package var learningRate: Float = 0.001
  package var beta1: Float = 0.9
  package var beta2: Float = 0.999
  package var epsilon: Float = 1e-7
  package var epsilonPlacement = EpsilonPlacement.beforeCorrection
  /// Each step takes rate × decay of every weight off it; biases are left alone.
  package var weightDecay: Float = 0
  /// The largest magnitude of one element of the gradient; nil: not clipped. So are those below.
  package var clipValue: Float?
  /// The largest norm of one tensor's gradient.
  package var clipNormPerTensor: Float?
  /// The largest norm of the whole gradient.
  package var clipNorm: Float?

  package init() {}
}

/// What Adam remembers: moving averages of the gradient and of its square.
package struct AdamMoments: Equatable, Sendable {
  /// `[parameterCount]`, in the order of the network's parameters.
  package internal(set) var first: [Float]
  /// `[parameterCount]`, not below zero.
  package internal(set) var second: [Float]
  /// Steps taken so far.
  package internal(set) var step: Int

  package init(parameterCount: Int) {
    first = [Float](repeating: 0, count: parameterCount)
    second = first
    step = 0
  }

  package init(first: [Float], second: [Float], step: Int) {
    precondition(first.count == second.count, "one second moment for each first")
    precondition(step >= 0, "steps are counted from zero")
    self.first = first
    self.second = second
    self.step = step
  }

  package var isFinite: Bool {
    first.allSatisfy(\.isFinite) && second.allSatisfy { $0.isFinite && $0 >= 0 }
  }
}

extension Adam {
  /// The constants of step `step` (from 1): step size and the epsilon that goes with it.
  func stepSize(atStep step: Int, rate: Float) -> (size: Float, epsilon: Float) {
    let correction1 = 1 - pow(Double(beta1), Double(step))
    let root2 = (1 - pow(Double(beta2), Double(step))).squareRoot()
    let size = Float(Double(rate) * root2 / correction1)
    switch epsilonPlacement {
    case .beforeCorrection: return (size, epsilon)
    case .afterCorrection: return (size, Float(Double(epsilon) * root2))
    }
  }
}
