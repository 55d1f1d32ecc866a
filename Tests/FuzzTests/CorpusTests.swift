import Foundation
import FuzzTargets
import Testing

/// The fuzzer's corpus, what it found wrong included, run once by an ordinary build.
@Suite("The fuzzer's corpus")
struct CorpusTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fuzz/corpus")

    @Test("Every input does no harm", arguments: FuzzTarget.all.map(\.name))
    func replay(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.corpus.appendingPathComponent(name), includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        // A trap inside is the failure; the file's name is the last one printed.
        for file in files {
            try Data(contentsOf: file).withUnsafeBytes { target.run($0) }
        }
    }

    @Test("Every folder of the corpus has its target, and is small")
    func folders() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
        var bytes = 0
        for path in FileManager.default.enumerator(atPath: Self.corpus.path) ?? .init() {
            let full = Self.corpus.appendingPathComponent("\(path)").path
            bytes += try FileManager.default.attributesOfItem(atPath: full)[.size] as? Int ?? 0
        }
        #expect(bytes < 1 << 20)
    }
}
