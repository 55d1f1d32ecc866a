import Model

/// A file of environment variables, as ECS's agent reads it: `NAME=VALUE` lines, comments after
/// `#` at a line's start, nothing quoted. A line without a name or without a value sets nothing.
struct EnvironmentFile: Hashable, Sendable {
    let variables: [EnvironmentVariable]

    init(_ bytes: [UInt8]) {
        variables = bytes.split(separator: UInt8(ascii: "\n")).compactMap { bytes in
            var line = String(decoding: bytes, as: UTF8.self)
            if line.hasSuffix("\r") { line.removeLast() }
            guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "="),
                sign != line.startIndex, line.index(after: sign) != line.endIndex
            else { return nil }
            return EnvironmentVariable(
                name: String(line[..<sign]), value: String(line[line.index(after: sign)...]))
        }
    }

    /// Where the file that an ARN names lies below the operator's folder: `bucket/key`. `nil` for
    /// what is no ARN of an object in S3.
    static func path(of arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "s3",
            parts[5].contains("/")
        else { return nil }
        return String(parts[5])
    }
}
