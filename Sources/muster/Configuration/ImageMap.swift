import Foundation
import Yams

/// Which command stands for an image on a worker that runs host processes:
///
///     python: python3
///     busybox:1.36: [busybox]
enum ImageMap {
    static func read(_ path: String) throws(Failure) -> [String: [String]] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(
                .noInput, "The image map \(path) can't be read. Check its name and permissions.")
        }
        return try parse(text, path: path)
    }

    static func parse(_ text: String, path: String) throws(Failure) -> [String: [String]] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Failure(.configuration, "The image map \(path) is not YAML: \(error)")
        }
        guard let root, root.null == nil else { return [:] }
        guard let mapping = root.mapping else { throw wrong(path) }
        var commands: [String: [String]] = [:]
        for (image, command) in mapping {
            let words =
                command.scalar.map { $0.string.split(separator: " ").map(String.init) }
                ?? command.sequence?.compactMap(\.scalar?.string) ?? []
            guard let image = image.string, !words.isEmpty else { throw wrong(path) }
            commands[image] = words
        }
        return commands
    }

    private static func wrong(_ path: String) -> Failure {
        Failure(
            .configuration,
            "The image map \(path): lines like `busybox: [busybox]` are expected, an image and the "
                + "command that stands for it.")
    }
}
