@main
struct Harbinger {
  static func main() {}
}
