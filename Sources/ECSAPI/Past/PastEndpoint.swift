public import ClusterState
import HashTreeCollections
public import Model

/// Muster's own operations that look back: `history`, and `status` as of a time. They read from
/// disk and may take long.
public struct PastEndpoint: Sendable {
    private let account: String
    private let defaultRegion: String
    private let snapshot: @Sendable () -> ClusterState
    private let past: (any Past)?

    /// - Parameters:
    ///   - snapshot: The newest state.
    ///   - past: `nil` where no changes are kept.
    public init(
        account: String, defaultRegion: String, snapshot: @escaping @Sendable () -> ClusterState,
        past: (any Past)?
    ) {
        self.account = account
        self.defaultRegion = defaultRegion
        self.snapshot = snapshot
        self.past = past
    }

    /// The most entries of an answer.
    public static let entriesMaximum = RecordQuery.pageMaximum

    /// Answers `{"object", "cluster", "region", "parts", "since", "until", "records", "maxResults",
    /// "nextToken"}`, all of which may be left out, with a ``HistoryReport``.
    public func history(_ body: [UInt8]) throws(APIError) -> [UInt8] {
        let request = try OwnCoding.decode(
            HistoryRequest.self, from: body,
            help: #"{"object": "…", "since": 1735732800250}"#)
        let past = try available()
        let state = snapshot()
        var query = RecordQuery(
            includesParts: request.parts ?? false,
            since: request.since.map { WallTime(milliseconds: $0) },
            until: request.until.map { WallTime(milliseconds: $0) },
            maximum: request.maxResults ?? 100)
        guard (1...Self.entriesMaximum).contains(query.maximum) else {
            throw APIError(
                .invalidParameter, "maxResults must be from 1 to \(Self.entriesMaximum).")
        }
        if let object = request.object, !object.isEmpty {
            let subject = HistorySubject(
                state: state, past: past, region: request.region ?? defaultRegion,
                cluster: request.cluster ?? "default")
            query.key = try subject.key(of: object)
        }
        if let token = request.nextToken {
            guard let before = UInt64(token) else {
                throw APIError(.invalidParameter, "Invalid token.")
            }
            query.before = before
        }
        let page: RecordPage
        do {
            page = try past.records(query)
        } catch {
            throw APIError(error)
        }
        return try OwnCoding.encode(
            HistoryReport(
                entries: page.records.map { Self.entry($0, state, whole: request.records == true) },
                nextToken: page.next.map { "\($0)" }, oldest: page.oldest?.milliseconds))
    }

    /// Answers `{"asOf": <milliseconds since 1970>}` with a ``StatusReport``; of now without it.
    public func status(_ body: [UInt8], at now: WallTime) throws(APIError) -> [UInt8] {
        let request = try OwnCoding.decode(
            AsOfRequest.self, from: body, help: #"{"asOf": 1735732800250}"#)
        let time = request.asOf.map { WallTime(milliseconds: $0) }
        let state = try self.state(asOf: time, now: now)
        return try OwnCoding.encode(StatusReport(state, account: account, at: time ?? now))
    }

    /// The state as of a time, for any question that can be asked of the past; of now for `nil`.
    public func state(asOf time: WallTime?, now: WallTime) throws(APIError) -> ClusterState {
        guard let time else { return snapshot() }
        guard time <= now else {
            throw APIError(
                .invalidParameter,
                "\(time.text) is yet to come: it is \(now.text). Give a time that is over.")
        }
        do {
            return try available().state(asOf: time)
        } catch let error as APIError {
            throw error
        } catch let error as PastError {
            throw APIError(error)
        } catch {
            throw APIError(.server, "\(error)")
        }
    }

    private func available() throws(APIError) -> any Past {
        guard let past else {
            throw APIError(.unsupportedFeature, "No changes are kept here.")
        }
        return past
    }

    private static func entry(
        _ record: ChangeRecord, _ state: ClusterState, whole: Bool
    ) -> HistoryReport.Entry {
        let summary = ChangeSummary(record.change, in: state)
        return HistoryReport.Entry(
            revision: record.revision, time: record.time.milliseconds, cause: record.cause,
            kind: summary.kind, id: summary.id, name: summary.name, summary: summary.text,
            record: whole ? record.withoutSecrets : nil)
    }

    private struct HistoryRequest: Decodable {
        var object: String?
        var cluster: String?
        var region: String?
        var parts: Bool?
        var since: Int64?
        var until: Int64?
        var records: Bool?
        var maxResults: Int?
        var nextToken: String?
    }

    private struct AsOfRequest: Decodable {
        var asOf: Int64?
    }
}

extension APIError {
    init(_ error: PastError) {
        switch error {
        case .notKept(let oldest?):
            self.init(
                .invalidParameter,
                "What was then is not kept any more. The earliest time that can be shown is "
                    + "\(oldest.text).")
        case .notKept(nil):
            self.init(.invalidParameter, "Nothing had happened by then.")
        case .tooLarge(let objects, let maximum):
            self.init(
                .limitExceeded,
                "The state then has to be put together from \(objects) objects, and at most "
                    + "\(maximum) are here. Copy journal.db and journal.db-wal of the manager's "
                    + "data folder, and give the copy with --data.")
        case .unreadable(let reason):
            self.init(.server, reason)
        }
    }
}
