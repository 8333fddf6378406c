/// The quotient rounded towards minus infinity, for a positive divisor.
@inlinable @inline(__always)
package func floorDivide<T: SignedInteger & FixedWidthInteger>(_ dividend: T, _ divisor: T) -> T {
  let quotient = dividend / divisor
  return quotient * divisor > dividend ? quotient - 1 : quotient
}

/// The remainder of `floorDivide`, in 0 ..< divisor.
@inlinable @inline(__always)
package func floorModulo<T: SignedInteger & FixedWidthInteger>(_ dividend: T, _ divisor: T) -> T {
  let remainder = dividend % divisor
  return remainder < 0 ? remainder + divisor : remainder
}
