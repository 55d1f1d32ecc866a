import RPCServices
import Testing
import Wire

@Suite("What reflection tells")
struct ReflectionIndexTests {
    private let index = ReflectionIndex(
        files: [
            ProtoFile(
                name: "top.proto", imports: ["left.proto", "right.proto"],
                services: ["test.Top", "test.Other"],
                symbols: ["test.Top", "test.Top.Call", "test.Other"], descriptor: [1]),
            ProtoFile(
                name: "left.proto", imports: ["base.proto"], services: [], symbols: ["test.Left"],
                extensions: [.init(of: "test.Base", number: 100)], descriptor: [2]),
            ProtoFile(
                name: "right.proto", imports: ["base.proto", "elsewhere.proto"], services: [],
                symbols: ["test.Right"],
                extensions: [
                    .init(of: "test.Base", number: 7), .init(of: "test.Base", number: 101),
                ], descriptor: [3]),
            ProtoFile(
                name: "base.proto", imports: [], services: [],
                symbols: ["test.Base", "test.Base.field"], descriptor: [4]),
        ], services: ["test.Top", "test.First"])

    private func answer(_ question: ReflectionRequest.Question?) -> ReflectionResponse.Answer? {
        index.answer(ReflectionRequest(host: "here", question)).answer
    }

    @Test("The server's services, sorted, whatever the text of the question")
    func services() {
        for text in ["", "*", "test.Top"] {
            #expect(answer(.services(text)) == .services(["test.First", "test.Top"]))
        }
    }

    @Test("A file comes with all that it imports, once, itself first")
    func files() {
        #expect(answer(.file(name: "top.proto")) == .files([[1], [2], [3], [4]]))
        #expect(answer(.file(name: "right.proto")) == .files([[3], [4]]))
        #expect(answer(.file(name: "base.proto")) == .files([[4]]))
    }

    @Test(
        "A declaration is found by its full name, with or without the dot before it",
        arguments: ["test.Top", ".test.Top", "test.Top.Call", "test.Other"])
    func symbols(name: String) {
        #expect(answer(.fileDeclaring(symbol: name)) == .files([[1], [2], [3], [4]]))
    }

    @Test("Extensions are found from what they extend")
    func extensions() {
        #expect(answer(.fileExtending(message: "test.Base", number: 100)) == .files([[2], [4]]))
        #expect(answer(.fileExtending(message: ".test.Base", number: 7)) == .files([[3], [4]]))
        #expect(
            answer(.extensionNumbers(message: "test.Base"))
                == .extensionNumbers(message: "test.Base", [7, 100, 101]))
        #expect(
            answer(.extensionNumbers(message: ".test.Left"))
                == .extensionNumbers(message: "test.Left", []))
    }

    @Test(
        "What is not there is NOT_FOUND, by its name",
        arguments: [
            (.file(name: "none.proto"), "none.proto"), (.file(name: ""), "''"),
            (.fileDeclaring(symbol: "test.None"), "test.None"),
            (.fileDeclaring(symbol: "test"), "test"),
            (.fileExtending(message: "test.Base", number: 8), "extension 8 of 'test.Base'"),
            (.fileExtending(message: "test.None", number: 7), "test.None"),
            (.extensionNumbers(message: "test.None"), "test.None"),
        ] as [(ReflectionRequest.Question, String)])
    func missing(question: ReflectionRequest.Question, part: String) throws {
        guard case .error(let code, let message) = answer(question) else {
            Issue.record("answered: \(String(describing: answer(question)))")
            return
        }
        #expect(code == 5)
        #expect(message.contains(part), "\(message)")
    }

    @Test("No question is INVALID_ARGUMENT, and the request comes back with the answer")
    func noQuestion() {
        let request = ReflectionRequest(host: "here", nil)
        let response = index.answer(request)
        #expect(response.request == request)
        #expect(response.answer == .error(code: 3, message: "the request asks nothing known"))
    }
}
