#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The logistic function, 1 / (1 + exp(−z)), without overflow: 0 or 1 at the infinities.
package func sigmoid(_ z: Double) -> Double {
  let e = exp(-z.magnitude)
  return z < 0 ? e / (1 + e) : 1 / (1 + e)
}

/// The inverse of `sigmoid`: log(p / (1 − p)), infinite at 0 and 1.
package func logit(_ probability: Double) -> Double {
  log(probability / (1 - probability))
}

/// The entropy of an event of this probability, in nats; the probability is neither 0 nor 1.
package func entropy(_ probability: Double) -> Double {
  -probability * log(probability) - (1 - probability) * log(1 - probability)
}

/// log(1 + exp(z)), without overflow.
package func softplus(_ z: Double) -> Double {
  max(z, 0) + log1p(exp(-z.magnitude))
}
