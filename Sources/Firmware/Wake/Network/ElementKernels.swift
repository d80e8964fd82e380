import Units

/// The arithmetic of steps that work value by value, or gather values. Places were checked by the planner.
extension NetworkMemory {
  func run(_ step: PairStep) {
    var target = step.to
    for first in 0..<step.shape[0] {
      for second in 0..<step.shape[1] {
        for third in 0..<step.shape[2] {
          var a = step.a + first * step.aStrides[0] + second * step.aStrides[1] + third * step.aStrides[2]
          var b = step.b + first * step.bStrides[0] + second * step.bStrides[1] + third * step.bStrides[2]
          for _ in 0..<step.shape[3] {
            let left = wide[step.tables &+ 128 &+ Int(values[a])]
            let right = wide[step.tables &+ 384 &+ Int(values[b])]
            let joined = step.kind == .sum ? left &+ right : left &* right
            values[target] = Self.bounded(step.multiplier.twiceRounded(joined), step.output)
            a &+= step.aStrides[3]
            b &+= step.bStrides[3]
            target &+= 1
          }
        }
      }
    }
  }

  func run(_ step: PoolStep) {
    var target = step.to
    for row in 0..<step.down.count {
      let rows = step.down.range(row)
      for column in 0..<step.across.count {
        let columns = step.across.range(column)
        for channel in 0..<step.channels {
          values[target] = gathered(step, rows, columns, channel)
          target &+= 1
        }
      }
    }
  }

  private func gathered(_ step: PoolStep, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int) -> Int8 {
    var sum: Int32 = 0
    var largest = Int8.min
    for row in rows {
      for column in columns {
        let value = values[step.from + (row * step.across.size + column) * step.channels + channel]
        sum &+= Int32(value)
        largest = max(largest, value)
      }
    }
    let count = Int32(rows.count * columns.count)
    // Halves go away from zero.
    let mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count
    let result = step.isMaximum ? Int32(largest) : mean
    return Int8(truncatingIfNeeded: min(max(result, Int32(step.output.smallest)), Int32(step.output.largest)))
  }

  func run(_ step: MeanStep) {
    var target = step.to
    for first in 0..<step.kept[0] {
      for second in 0..<step.kept[1] {
        for third in 0..<step.kept[2] {
          for fourth in 0..<step.kept[3] {
            let place =
              step.from + first * step.strides[0] + second * step.strides[1] + third * step.strides[2]
              + fourth * step.strides[3]
            values[target] = Self.bounded(step.multiplier.twiceRounded(sum(step, from: place) &- step.offset), step.output)
            target &+= 1
          }
        }
      }
    }
  }

  private func sum(_ step: MeanStep, from: Int) -> Int32 {
    var sum: Int32 = 0
    for first in 0..<step.gathered[0] {
      for second in 0..<step.gathered[1] {
        for third in 0..<step.gathered[2] {
          var place = from + first * step.strides[0] + second * step.strides[1] + third * step.strides[2]
          for _ in 0..<step.gathered[3] {
            sum &+= Int32(values[place])
            place &+= step.strides[3]
          }
        }
      }
    }
    return sum
  }

  @inline(__always)
  private static func bounded(_ value: Int32, _ output: OutputStage) -> Int8 {
    Int8(truncatingIfNeeded: min(max(value &+ output.zeroPoint, Int32(output.smallest)), Int32(output.largest)))
  }
}
