import Model
import Placement
import Testing

@Suite("Scale-in")
struct ScaleInTests {
    /// `x1 x2 y3`: zone and instance of each task, oldest first; `-` is no zone.
    static func occupants(_ picture: String) -> [Occupant] {
        picture.split(separator: " ").enumerated().map { index, place in
            let zone = place.prefix(1) == "-" ? nil : String(place.prefix(1))
            let instance = place.utf8.dropFirst().reduce(0) { $0 * 10 + UInt64($1 - 48) }
            return Occupant(
                task: TaskID(high: 0, low: UInt64(index)),
                instance: InstanceID(high: 0, low: instance), zone: zone,
                createdAt: WallTime(milliseconds: Int64(index)))
        }
    }

    static func order(_ picture: String) -> [Int] {
        ScaleIn.order(occupants(picture)).map { Int($0.low) }
    }

    @Test(
        "takes from the fullest zone, there from the fullest instance, there the youngest",
        arguments: [
            ("", []),
            ("x1 x1 y2", [1, 2, 0]),
            ("x1 x1 x2 y3 y3 y3 y3", [6, 5, 1, 4, 2, 3, 0]),
            ("-1 -2 -2", [2, 1, 0]),
            ("x1 y2 z3", [2, 1, 0]),
        ])
    func order(picture: String, expected: [Int]) {
        #expect(Self.order(picture) == expected)
    }

    @Test("does not depend on the order in which it is told", arguments: 1...20)
    func shuffled(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let picture = (0..<30).map { _ in
            let zone = ["x", "y", "-"].randomElement(using: &random) ?? "x"
            return "\(zone)\(Int.random(in: 1...4, using: &random))"
        }.joined(separator: " ")
        let occupants = Self.occupants(picture)
        let order = ScaleIn.order(occupants)
        #expect(ScaleIn.order(occupants.shuffled(using: &random)) == order)
        #expect(Set(order).count == 30)
    }

    @Test("orders thousands without trouble")
    func many() {
        let occupants = (0..<5_000).map { index in
            Occupant(
                task: TaskID(high: 0, low: UInt64(index)),
                instance: InstanceID(high: 0, low: UInt64(index % 500)), zone: "z\(index % 3)",
                createdAt: WallTime(milliseconds: 0))
        }
        #expect(ScaleIn.order(occupants).count == 5_000)
    }
}
