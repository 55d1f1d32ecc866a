/// One thing that takes bytes of a peer, for the fuzzer in `Tests/Fuzz` and for the replay of its
/// corpus.
///
/// A run traps when the bytes did something that no bytes may do. What a run finds wrong, a crash
/// says; there is no other result.
public struct FuzzTarget: Sendable {
    /// The folder of its corpus.
    public let name: String
    public let run: @Sendable (UnsafeRawBufferPointer) -> Void

    public static let all: [FuzzTarget] =
        frames + headers + texts + messages + queries + signatures

    public static func named(_ name: String) -> FuzzTarget? {
        all.first { $0.name == name }
    }
}
