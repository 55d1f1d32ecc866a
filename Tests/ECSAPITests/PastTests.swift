import ClusterState
import ECSAPI
import Foundation
import HashTreeCollections
import Model
import Testing

/// A past that is kept in memory.
private struct ToldPast: Past {
    var kept: [ChangeRecord] = []
    var names: [String: [String]] = [:]
    var refusal: PastError?
    /// Told each query that comes.
    var asked: @Sendable (RecordQuery) -> Void = { _ in }

    func records(_ query: RecordQuery) throws(PastError) -> RecordPage {
        asked(query)
        if let refusal { throw refusal }
        let found = kept.reversed().filter { record in
            query.before.map { record.revision < $0 } ?? true
        }
        let page = Array(found.prefix(query.maximum))
        return RecordPage(
            records: page, next: page.count < found.count ? page.last?.revision : nil,
            oldest: kept.first?.time)
    }

    func state(asOf time: WallTime) throws(PastError) -> ClusterState {
        if let refusal { throw refusal }
        var state = ClusterState()
        for record in kept where record.time <= time { state.apply(record) }
        return state
    }

    func state(at revision: UInt64) throws(PastError) -> ClusterState {
        if let refusal { throw refusal }
        var state = ClusterState()
        for record in kept where record.revision <= revision { state.apply(record) }
        return state
    }

    func revision(asOf time: WallTime) throws(PastError) -> UInt64 {
        if let refusal { throw refusal }
        return kept.last { $0.time <= time }?.revision ?? 0
    }

    func keys(named name: String, maximum: Int) throws(PastError) -> [String] {
        names[name] ?? []
    }
}

@Suite("Looking back")
struct PastTests {
    private let cluster = ClusterID(high: 1, low: 1)

    private var past: ToldPast {
        ToldPast(kept: [
            record(
                1,
                .cluster(
                    Cluster(
                        id: cluster, region: "us-east-1", name: "default", createdAt: .noon))),
            record(2, .service(service("web"))),
            record(
                3,
                .serviceEvent(
                    ServiceEvent(
                        service: ServiceID(high: 2, low: 2), sequence: 1,
                        id: .init(high: 5, low: 5),
                        createdAt: .noon, message: "(service web) has reached a steady state."))),
            record(4, .removeTask(TaskID(high: 9, low: 9))),
        ])
    }

    private func service(_ name: String) -> Model.Service {
        Model.Service(
            id: ServiceID(high: 2, low: 2), cluster: cluster, name: name, desiredCount: 3,
            deployments: [], createdAt: .noon)
    }

    private func record(_ revision: UInt64, _ change: Change) -> ChangeRecord {
        ChangeRecord(
            revision: revision,
            time: WallTime(milliseconds: WallTime.noon.milliseconds + Int64(revision) * 1_000),
            cause: "cause \(revision)", change: change)
    }

    private func endpoint(_ past: (any Past)?) -> PastEndpoint {
        var state = ClusterState()
        for record in self.past.kept { state.apply(record) }
        return PastEndpoint(
            account: "123456789012", defaultRegion: "us-east-1", snapshot: { [state] in state },
            past: past)
    }

    private func history(
        _ past: (any Past)?, _ body: String
    ) throws(APIError) -> HistoryReport? {
        let answer = try endpoint(past).history(Array(body.utf8))
        return try? JSONDecoder().decode(HistoryReport.self, from: Data(answer))
    }

    @Test("Each change is a line: of what, why, and what it became")
    func lines() throws {
        let report = try #require(try history(past, "{}"))
        #expect(
            report.entries.map { "\($0.revision) \($0.cause): \($0.kind) \($0.summary)" } == [
                "4 cause 4: task no longer kept",
                "3 cause 3: event (service web) has reached a steady state.",
                "2 cause 2: service ACTIVE, desired 3", "1 cause 1: cluster ACTIVE",
            ])
        #expect(report.entries[1].name == "web" && report.entries[1].record == nil)
        #expect(report.oldest == past.kept[0].time.milliseconds && report.nextToken == nil)
    }

    @Test("Whole records come when they are asked for, and pages follow each other")
    func pages() throws {
        let first = try #require(try history(past, #"{"records": true, "maxResults": 3}"#))
        #expect(first.entries.compactMap(\.record) == past.kept.suffix(3).reversed())
        let token = try #require(first.nextToken)
        let second = try #require(try history(past, #"{"nextToken": "\#(token)"}"#))
        #expect(second.entries.map(\.revision) == [1] && second.nextToken == nil)
    }

    @Test(
        "Objects are named in every way that people have",
        arguments: [
            ("web", ServiceID(high: 2, low: 2).description),
            ("service/web", ServiceID(high: 2, low: 2).description),
            ("default", ClusterID(high: 1, low: 1).description),
            ("00000000000000030000000000000003", TaskID(high: 3, low: 3).description),
            ("00000000-0000-0003-0000-000000000003", TaskID(high: 3, low: 3).description),
            ("ecs-svc/1234567890123456789", "1234567890123456789"),
            ("web:7", "us-east-1/web:7"),
            ("gone", "g"),
            (
                "arn:aws:ecs:us-east-1:123456789012:service/default/web",
                ServiceID(high: 2, low: 2).description
            ),
            ("arn:aws:ecs:us-east-1:123456789012:service/default/gone", "g"),
            (
                "arn:aws:ecs:us-east-1:1:task/default/00000000000000030000000000000003",
                TaskID(high: 3, low: 3).description
            ),
            ("arn:aws:ecs:us-east-1:1:task-definition/web:7", "us-east-1/web:7"),
            ("arn:aws:ecs:us-east-1:1:service-revision/default/web/77", "77"),
        ])
    func subjects(text: String, key: String) throws {
        var past = past
        past.names = ["gone": ["g"]]
        past.asked = { #expect($0.key == key) }
        _ = try history(past, #"{"object": "\#(text)"}"#)
    }

    @Test(
        "What can't be understood or shown is refused with what to do",
        arguments: [
            (#"{"object": "nothing"}"#, "Nothing in cluster default of us-east-1 is called"),
            (#"{"object": "twice"}"#, "'twice' may be any of: a, b."),
            (#"{"maxResults": 0}"#, "maxResults must be from 1 to 1000."),
            (#"{"nextToken": "x"}"#, "Invalid token."), ("[]", "Send {"),
        ])
    func refusals(body: String, text: String) {
        var past = past
        past.names = ["twice": ["a", "b"]]
        let refusal = #expect(throws: APIError.self) { try history(past, body) }
        #expect(refusal?.message.hasPrefix(text) == true)
    }

    @Test("The status as of a time is that of then")
    func status() throws {
        let time = past.kept[0].time.milliseconds
        let now = WallTime(milliseconds: time + 60_000)
        func report(_ body: String) throws -> StatusReport {
            let answer = try endpoint(past).status(Array(body.utf8), at: now)
            return try JSONDecoder().decode(StatusReport.self, from: Data(answer))
        }
        let then = try report(#"{"asOf": \#(time)}"#)
        #expect(then.revision == 1 && then.time == time && then.clusters[0].services.isEmpty)
        let present = try report("{}")
        #expect(present.revision == 4 && present.clusters[0].services.map(\.name) == ["web"])
        let refusal = #expect(throws: APIError.self) {
            try report(#"{"asOf": \#(time + 60_001)}"#)
        }
        #expect(
            refusal?.message == "2025-01-01T12:01:01.251Z is yet to come: it is "
                + "2025-01-01T12:01:01.250Z. Give a time that is over.")
    }

    @Test(
        "What is not kept is said with the earliest time that is",
        arguments: [
            (PastError.notKept(oldest: .noon), "can be shown is 2025-01-01T12:00:00.250Z."),
            (.notKept(oldest: nil), "Nothing had happened by then."),
            (.tooLarge(objects: 5, maximum: 4), "from 5 objects, and at most 4 are here."),
            (.unreadable("the disk is gone"), "the disk is gone"),
        ])
    func notKept(error: PastError, text: String) {
        var past = past
        past.refusal = error
        let refusal = #expect(throws: APIError.self) {
            try endpoint(past).status(Array(#"{"asOf": 1}"#.utf8), at: .noon)
        }
        #expect(refusal?.message.contains(text) == true)
        let none = #expect(throws: APIError.self) { try history(nil, "{}") }
        #expect(none?.code == .unsupportedFeature)
    }

    @Test(
        "Civil time",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_735_732_800_250, "2025-01-01T12:00:00.250Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func civil(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).text == text)
    }
}
