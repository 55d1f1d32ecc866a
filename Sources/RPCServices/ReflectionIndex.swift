package import Wire

/// What a server tells of itself, made ready for every question: the decisions of ``Reflection``.
package struct ReflectionIndex: Sendable {
    private let services: [String]
    private let files: [String: ProtoFile]
    /// From the full name of a declaration to the name of its file.
    private let symbols: [String: String]
    /// From a message to the numbers of its extensions, and from each to the name of its file.
    private let extensions: [String: [Int32: String]]

    /// - Parameter services: the names of those that the server has. What other services of the
    ///   files are like can be asked, but they are not listed.
    package init(files: [ProtoFile], services: [String]) {
        self.services = services.sorted()
        self.files = Dictionary(
            files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        symbols = Dictionary(
            files.flatMap { file in file.symbols.map { ($0, file.name) } },
            uniquingKeysWith: { first, _ in first })
        var extensions: [String: [Int32: String]] = [:]
        for file in files {
            for found in file.extensions {
                extensions[found.extended, default: [:]][found.number] = file.name
            }
        }
        self.extensions = extensions
    }

    package func answer(_ request: ReflectionRequest) -> ReflectionResponse {
        ReflectionResponse(to: request, answer(request.question))
    }

    private func answer(_ question: ReflectionRequest.Question?) -> ReflectionResponse.Answer {
        switch question {
        case .services:
            return .services(services)
        case .file(let name):
            guard files[name] != nil else { return missing("file '\(name)'") }
            return .files(withImports(name))
        case .fileDeclaring(let symbol):
            // Some tools write the dot that stands before a full name in a descriptor.
            guard let file = symbols[withoutDot(symbol)] else {
                return missing("symbol '\(symbol)'")
            }
            return .files(withImports(file))
        case .fileExtending(let extended, let number):
            guard let file = extensions[withoutDot(extended)]?[number] else {
                return missing("extension \(number) of '\(extended)'")
            }
            return .files(withImports(file))
        case .extensionNumbers(let extended):
            let name = withoutDot(extended)
            guard extensions[name] != nil || symbols[name] != nil else {
                return missing("message '\(extended)'")
            }
            return .extensionNumbers(message: name, (extensions[name] ?? [:]).keys.sorted())
        case nil:
            return .error(code: Self.invalidArgument, message: "the request asks nothing known")
        }
    }

    /// The descriptor of a file and of all that it imports, itself or through others: the file
    /// first, each once.
    private func withImports(_ name: String) -> [[UInt8]] {
        var descriptors: [[UInt8]] = []
        var names = [name]
        var next = 0
        while next < names.count {
            if let file = files[names[next]] {
                descriptors.append(file.descriptor)
                names += file.imports.filter { !names.contains($0) }
            }
            next += 1
        }
        return descriptors
    }

    private func withoutDot(_ name: String) -> String {
        name.hasPrefix(".") ? String(name.dropFirst()) : name
    }

    private func missing(_ what: String) -> ReflectionResponse.Answer {
        .error(code: Self.notFound, message: "this server has no \(what)")
    }

    /// The numbers of gRPC's statuses.
    private static let invalidArgument: Int32 = 3
    private static let notFound: Int32 = 5
}
