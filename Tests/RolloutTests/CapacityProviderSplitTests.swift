import Model
import Rollout
import Testing

@Suite("Tasks over capacity providers (ECS semantics, section 20)")
struct CapacityProviderSplitTests {
    /// Shares in short: `a1b2` a weight of 1 and a base of 2.
    static func shares(_ picture: String) -> [CapacityProviderShare] {
        picture.split(separator: " ").map { word in
            let numbers = word.dropFirst().split(separator: "b", omittingEmptySubsequences: false)
            return CapacityProviderShare(
                provider: String(word.prefix(1)), weight: Int(numbers[0]) ?? 0,
                base: numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
        }
    }

    static func next(_ shares: String, _ tasks: String, _ count: Int) -> String {
        var split = CapacityProviderSplit(
            Self.shares(shares), having: tasks.map { $0 == "-" ? nil : String($0) })
        return (0..<count).map { _ in split.next() ?? "none" }.joined()
    }

    @Test(
        "the base first, then whose part is the least filled",
        arguments: [
            ("x1", "", 3, "xxx"),
            ("x1 y1", "", 4, "xyxy"),
            ("x1 y3", "", 8, "yxyyyxyy"),
            ("x1b2 y1", "", 6, "xxxyxy"),
            ("x1b1 y3", "", 5, "xyxyy"),
            ("x0b3 y1", "", 5, "xxxyy"),
            ("x1b2 y1", "xxxx", 2, "yy"),
            ("x1 y1", "zz--", 2, "xy"),
            ("x1000 y1", "", 3, "xxx"),
            ("x0 y0", "", 1, "none"),
        ])
    func starting(shares: String, tasks: String, count: Int, expected: String) {
        #expect(Self.next(shares, tasks, count) == expected)
    }

    static func leaving(_ shares: String, _ tasks: String, _ count: Int) -> String {
        var left = tasks.map { $0 == "-" ? "" : String($0) }
        var split = CapacityProviderSplit(
            Self.shares(shares), having: left.map { $0.isEmpty ? nil : $0 })
        var gone = ""
        for _ in 0..<count {
            guard let provider = split.leaving(among: Set(left)),
                let place = left.firstIndex(of: provider)
            else { break }
            left.remove(at: place)
            gone += provider.isEmpty ? "-" : provider
        }
        return gone
    }

    @Test(
        "strangers go first, then whose part is the most filled, and the base last",
        arguments: [
            ("x1 y1", "xxxy", 2, "xx"),
            ("x1 y3", "xxxyyyyyy", 4, "xyxy"),
            ("x1b2 y1", "xxxyy", 5, "yxyxx"),
            ("x1 y1", "xy-z", 3, "-zx"),
            ("x0b2 y1", "xxyy", 3, "yyx"),
            ("x1", "", 1, ""),
        ])
    func giving(shares: String, tasks: String, count: Int, expected: String) {
        #expect(Self.leaving(shares, tasks, count) == expected)
    }

    @Test("after any number of starts each is within one task of its part")
    func property() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<300 {
            let base = Int.random(in: 0...5, using: &random)
            let shares = (0..<Int.random(in: 1...6, using: &random)).map { number in
                CapacityProviderShare(
                    provider: "p\(number)", weight: Int.random(in: 0...20, using: &random),
                    base: number == 0 ? base : 0)
            }
            guard CapacityProviderSplit.isUsable(shares) else { continue }
            var split = CapacityProviderSplit(shares)
            let count = Int.random(in: 0...200, using: &random)
            var counts: [String: Int] = [:]
            for _ in 0..<count { counts[split.next() ?? "", default: 0] += 1 }
            let beyond = max(0, count - base)
            let weight = shares.reduce(0) { $0 + $1.weight }
            for share in shares {
                let own = counts[share.provider, default: 0] - min(share.base, count)
                let part = Double(beyond * share.weight) / Double(weight)
                #expect(abs(Double(own) - part) <= Double(shares.count - 1), "\(shares) \(counts)")
            }
        }
    }
}
