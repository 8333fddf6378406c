internal import CNeuralKernels

/// Everything a training call touches, in one aligned allocation: no step allocates.
///
/// Pointers are made here, bounded by the shape, and stay here; the other unsafe code is the way into
/// arrays, in `Inference` and `Examples`. Each tensor begins on a cache line, so the network's
/// parameters are copied in and out.
struct TrainingMemory: ~Copyable {
  typealias Values = UnsafeMutablePointer<Float>

  /// A layer's places: its tensors within `weights`, `gradients` and the moments, and its input.
  struct Place {
    let layer: Layer
    let weightOffset: Int
    let biasOffset: Int
    /// `[layer.inputs][32]`.
    let activations: Values
  }

  /// One layer's weights or its biases, within the same four.
  struct Tensor {
    let offset: Int
    let count: Int
    /// Weights decay, biases do not.
    let isDecaying: Bool
  }

  private let arena: Values
  /// Floats of all tensors, each rounded up to a cache line.
  let tensorSpace: Int
  let places: [Place]
  let tensors: [Tensor]

  let weights: Values
  let firstMoments: Values
  let secondMoments: Values
  let gradients: Values
  /// What clipping leaves of each tensor's gradient.
  let clipFactors: Values
  /// Weights and moments that last gave a finite loss and gradient: three times `tensorSpace`.
  private let kept: Values

  /// `[32]`: the chunk's logits, their gradients, labels and weights.
  let logits: Values
  let logitGradients: Values
  let labels: Values
  let exampleWeights: Values
  /// `[widest][32]`, twice: the gradients of two neighbouring layers' activations.
  private let deltas: (Values, Values)
  private let transposed: Values

  init(shape: NetworkShape) {
    func roundedUp(_ count: Int) -> Int { (count + 15) / 16 * 16 }
    let layers = shape.layers
    let tensorSpace = layers.reduce(0) {
      $0 + roundedUp($1.weightCount) + roundedUp($1.outputs)
    }
    let activationSpace = layers.reduce(0) { $0 + $1.inputs * chunkRows }
    let widestSpace = roundedUp(shape.widest) * chunkRows
    let total =
      7 * tensorSpace + activationSpace + 4 * chunkRows + 3 * widestSpace
      + roundedUp(2 * layers.count)
    let arena = UnsafeMutableRawPointer.allocate(byteCount: 4 * total, alignment: 64)
      .initializeMemory(as: Float.self, repeating: 0, count: total)

    var end = arena
    func take(_ count: Int) -> Values {
      defer { end += count }
      return end
    }
    self.arena = arena
    self.tensorSpace = tensorSpace
    weights = take(tensorSpace)
    firstMoments = take(tensorSpace)
    secondMoments = take(tensorSpace)
    gradients = take(tensorSpace)
    kept = take(3 * tensorSpace)
    logits = take(chunkRows)
    logitGradients = take(chunkRows)
    labels = take(chunkRows)
    exampleWeights = take(chunkRows)
    deltas = (take(widestSpace), take(widestSpace))
    transposed = take(widestSpace)
    clipFactors = take(roundedUp(2 * layers.count))
    var offset = 0
    places = layers.map { layer in
      let biasOffset = offset + roundedUp(layer.weightCount)
      defer { offset = biasOffset + roundedUp(layer.outputs) }
      return Place(
        layer: layer, weightOffset: offset, biasOffset: biasOffset,
        activations: take(layer.inputs * chunkRows))
    }
    tensors = places.flatMap { place in
      [
        Tensor(offset: place.weightOffset, count: place.layer.weightCount, isDecaying: true),
        Tensor(offset: place.biasOffset, count: place.layer.outputs, isDecaying: false),
      ]
    }
  }

  deinit { arena.deallocate() }
}

// MARK: In and out

extension TrainingMemory {
  func load(_ network: Network) { copy(network.parameters, to: weights) }

  func load(_ moments: AdamMoments) {
    copy(moments.first, to: firstMoments)
    copy(moments.second, to: secondMoments)
  }

  func store(into network: inout Network) { copy(weights, to: &network.parameters) }

  func store(into moments: inout AdamMoments) {
    copy(firstMoments, to: &moments.first)
    copy(secondMoments, to: &moments.second)
  }

  private func copy(_ values: [Float], to tensors: Values) {
    values.withUnsafeBufferPointer { values in
      for place in places {
        let layer = place.layer
        (tensors + place.weightOffset)
          .update(from: values.baseAddress! + layer.offset, count: layer.weightCount)
        (tensors + place.biasOffset)
          .update(from: values.baseAddress! + layer.biasOffset, count: layer.outputs)
      }
    }
  }

  private func copy(_ tensors: Values, to values: inout [Float]) {
    values.withUnsafeMutableBufferPointer { values in
      for place in places {
        let layer = place.layer
        (values.baseAddress! + layer.offset)
          .update(from: tensors + place.weightOffset, count: layer.weightCount)
        (values.baseAddress! + layer.biasOffset)
          .update(from: tensors + place.biasOffset, count: layer.outputs)
      }
    }
  }

  /// Remembers weights and moments as good.
  func keep() { kept.update(from: weights, count: 3 * tensorSpace) }

  /// Goes back to what was last good.
  func restore() { weights.update(from: kept, count: 3 * tensorSpace) }
}

// MARK: Forward and backward

extension TrainingMemory {
  /// Up to 32 examples of a batch into the first layer's input, `labels` and `exampleWeights`.
  func gather(_ batch: Examples, _ positions: Range<Int>, _ kernels: neural_kernels) {
    let input = places[0]
    let rows =
      batch.order == nil
      ? batch.rows + positions.lowerBound * input.layer.inputs : batch.rows
    let upcomingCount = batch.count + batch.upcomingCount - positions.upperBound
    kernels.gather(
      rows, input.layer.inputs, batch.order.map { $0 + positions.lowerBound }, positions.count,
      min(chunkRows, upcomingCount), input.activations)
    for (slot, position) in positions.enumerated() {
      let index = batch.index(position)
      labels[slot] = batch.labels[index]
      exampleWeights[slot] = batch.weights?[index] ?? 1
    }
  }

  /// Gathered rows through all layers to `logits`; the activations stay for the way back.
  func forward(_ kernels: neural_kernels, dropout: Dropout? = nil) {
    for index in places.indices {
      let place = places[index]
      let isLast = index == places.count - 1
      let output = isLast ? logits : places[index + 1].activations
      kernels.forward(
        place.layer.inputs, place.layer.outputs, weights + place.weightOffset,
        weights + place.biasOffset, place.activations, output, isLast ? 0 : 1)
      if let dropout, !isLast {
        kernels.dropout(
          output, place.layer.outputs * chunkRows, dropout.seed(ofLayer: index),
          dropout.threshold, dropout.scale)
      }
    }
  }

  /// From `logitGradients` back to the gradients of all weights, stored or added.
  func backward(_ kernels: neural_kernels, accumulating: Bool, dropout: Dropout? = nil) {
    var delta = logitGradients
    for index in places.indices.reversed() {
      let place = places[index]
      let (inputs, outputs) = (place.layer.inputs, place.layer.outputs)
      kernels.backward_weights(
        inputs, outputs, place.activations, delta, transposed, gradients + place.weightOffset,
        gradients + place.biasOffset, accumulating ? 1 : 0)
      guard index > 0 else { return }
      let next = delta == deltas.0 ? deltas.1 : deltas.0
      kernels.backward_inputs(
        inputs, outputs, weights + place.weightOffset, delta, place.activations,
        dropout?.scale ?? 1, next)
      delta = next
    }
  }

  /// Calls `body` with the logit's gradient for each input of up to 32 rows.
  func inputGradients(
    of rows: UnsafePointer<Float>, count: Int, _ kernels: neural_kernels,
    _ body: (_ row: Int, _ input: Int, _ gradient: Float) -> Void
  ) {
    kernels.gather(rows, places[0].layer.inputs, nil, count, 0, places[0].activations)
    forward(kernels)
    logitGradients.update(repeating: 1, count: chunkRows)
    var delta = logitGradients
    for index in places.indices.reversed() {
      let place = places[index]
      let next = delta == deltas.0 ? deltas.1 : deltas.0
      kernels.backward_inputs(
        place.layer.inputs, place.layer.outputs, weights + place.weightOffset, delta,
        index > 0 ? place.activations : nil, 1, next)
      delta = next
    }
    for input in 0..<places[0].layer.inputs {
      for row in 0..<count { body(row, input, delta[input * chunkRows + row]) }
    }
  }
}
