import ClusterState
import Foundation
import Model
import Testing

@Suite("A list")
struct PagingTests {
    private func services(_ count: UInt64) -> API {
        var state = State()
        state.put(.cluster(Fixture.cluster))
        for number in 0..<count {
            state.put(.service(Fixture.service("s\(100 + number)", number: number)))
        }
        return API(FakeControlPlane(state))
    }

    @Test("of services comes in pages of ten unless asked otherwise, each service once")
    func pages() async throws {
        let api = services(25)
        var seen: [String] = []
        var token = ""
        var pages = 0
        repeat {
            let body = token.isEmpty ? "{}" : #"{"nextToken": "\#(token)"}"#
            let answer = try await api.call("ListServices", body)
            seen += value(answer, at: "serviceArns") as? [String] ?? []
            token = value(answer, at: "nextToken") as? String ?? ""
            pages += 1
        } while !token.isEmpty
        #expect(pages == 3)
        #expect(seen.count == 25)
        #expect(Set(seen).count == 25)
        #expect(seen == seen.sorted())
    }

    @Test("has no token when its last page is full")
    func lastPage() async throws {
        let answer = try await services(10).call("ListServices")
        #expect(value(answer, at: "nextToken") == nil)
    }

    @Test("refuses a page size out of bounds", arguments: [0, 101, -1])
    func sizes(_ size: Int) async {
        let refusal = await services(1).refusal("ListServices", #"{"maxResults": \#(size)}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.contains("'maxResults'") == true)
    }

    @Test("refuses a token that it did not give", arguments: ["x", "!!!", "TGlzdFRhc2tzIGEgYg=="])
    func tokens(_ token: String) async {
        let refusal = await services(1).refusal("ListServices", #"{"nextToken": "\#(token)"}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.hasPrefix("Invalid token") == true)
    }

    @Test("of revisions is sorted by number, and backwards on demand")
    func revisions() async throws {
        var state = State()
        for revision in [1, 2, 10] {
            state.put(.taskDefinition(Fixture.definition(revision: revision)))
        }
        state.put(.taskDefinition(Fixture.definition(revision: 3, status: .inactive)))
        state.put(.taskDefinition(Fixture.definition(revision: 1, family: "api")))
        let api = API(FakeControlPlane(state))
        let names = { (answer: String) in
            (value(answer, at: "taskDefinitionArns") as? [String] ?? [])
                .map { $0.split(separator: "/").last.map(String.init) ?? "" }
        }
        #expect(
            names(try await api.call("ListTaskDefinitions")) == [
                "api:1", "web:1", "web:2", "web:10",
            ])
        let first = try await api.call(
            "ListTaskDefinitions", #"{"sort": "DESC", "familyPrefix": "web", "maxResults": 2}"#)
        #expect(names(first) == ["web:10", "web:2"])
        let token = value(first, at: "nextToken") as? String ?? ""
        let second = try await api.call(
            "ListTaskDefinitions",
            #"{"sort": "DESC", "familyPrefix": "web", "nextToken": "\#(token)"}"#)
        #expect(names(second) == ["web:1"])
        #expect(
            names(try await api.call("ListTaskDefinitions", #"{"status": "INACTIVE"}"#)) == [
                "web:3"
            ])
        let families = try await api.call("ListTaskDefinitionFamilies", #"{"familyPrefix": "w"}"#)
        #expect(families == canonical(#"{"families": ["web"]}"#))
    }
}
