/// Why a benchmark can't be run or its figures can't be believed, for a person.
struct BenchError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
