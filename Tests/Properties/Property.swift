package import Model

/// Something that must hold for any input: tried with inputs drawn from seeds, and what breaks it
/// is made as small as can be.
///
/// `#expect(Property.search(...) == nil)` prints the seed, the smallest input and what it broke.
package enum Property {
    /// An input for which a property does not hold.
    package struct Counterexample: Hashable, Sendable, CustomStringConvertible {
        package var seed: UInt64
        /// The smallest input found that breaks it.
        package var input: String
        package var violation: String
        /// How many times the input got smaller.
        package var shrinks: Int

        package var description: String {
            "seed \(seed), made smaller \(shrinks) times: \(violation)\n  with \(input)"
        }
    }

    /// Inputs that a shrink may look at before it is content.
    static let attemptsMaximum = 5_000

    /// Looks for an input that breaks a property.
    ///
    /// - Parameters:
    ///   - generate: Draws an input.
    ///   - shrink: Smaller inputs that are like the given one, the smallest first.
    ///   - violation: What an input breaks; `nil` where the property holds.
    package static func search<Input>(
        seeds: ClosedRange<UInt64>, generate: (inout SeededRandom) -> Input,
        shrink: (Input) -> [Input], violation: (Input) -> String?
    ) -> Counterexample? {
        for seed in seeds {
            var random = SeededRandom(seed: seed)
            var input = generate(&random)
            guard var broken = violation(input) else { continue }
            var (attempts, shrinks) = (0, 0)
            search: while true {
                for smaller in shrink(input) where attempts < attemptsMaximum {
                    attempts += 1
                    guard let stillBroken = violation(smaller) else { continue }
                    (input, broken) = (smaller, stillBroken)
                    shrinks += 1
                    continue search
                }
                break
            }
            return Counterexample(
                seed: seed, input: String(describing: input), violation: broken, shrinks: shrinks)
        }
        return nil
    }

    /// A list without some of its members: halves first, then smaller runs, down to single ones.
    package static func shorter<Member>(_ list: [Member]) -> [[Member]] {
        var lists: [[Member]] = []
        var length = list.count
        while length > 0 {
            for start in stride(from: 0, to: list.count, by: length) {
                let end = min(start + length, list.count)
                lists.append(Array(list[..<start] + list[end...]))
            }
            length /= 2
        }
        return lists
    }

    /// A list with one member replaced by a smaller one, for each member.
    package static func simpler<Member>(
        _ list: [Member], _ shrink: (Member) -> [Member]
    ) -> [[Member]] {
        list.indices.flatMap { index in
            shrink(list[index]).map { member in
                var list = list
                list[index] = member
                return list
            }
        }
    }

    /// Numbers nearer to zero.
    package static func smaller(_ number: Int) -> [Int] {
        number == 0 ? [] : Set([0, number / 2, number - number.signum()]).sorted()
    }
}
