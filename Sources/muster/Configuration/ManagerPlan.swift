import Events
import Logging
import Model

/// All that `muster manager` can be told, settled.
struct ManagerPlan: Equatable, Sendable {
    var data: String
    var api: Address
    var workers: Address
    var region: String
    var account: String
    var heartbeat: Duration
    var lease: Duration
    /// Whether AWS's quotas, page sizes, rates and times hold.
    var isStrict: Bool
    /// What strict mode leaves alone when it is said.
    var healthyAfter: Duration?
    /// Whether others than this machine reach the API, and nobody said that this is well.
    var demandsAccessKey: Bool
    /// Whether test suites may have everything forgotten.
    var allowsReset: Bool
    /// Whether workers prove who they are.
    var tls: Bool
    var certificateLife: Duration
    /// What of the changes is kept for those who look back.
    var historyRecords: Int
    var historyAge: Duration
    /// Where events are posted to, if anywhere.
    var webhook: WebhookTarget?
    var logLevel: Logger.Level
}

extension ManagerPlan {
    enum Keys {
        static let data = Key("data", "MUSTER_MANAGER_DATA")
        static let api = Key("api-listen", "MUSTER_API_LISTEN")
        static let workers = Key("worker-listen", "MUSTER_WORKER_LISTEN")
        static let region = Key("region", "MUSTER_REGION")
        static let account = Key("account-id", "MUSTER_ACCOUNT_ID")
        static let heartbeat = Key("heartbeat", "MUSTER_HEARTBEAT")
        static let lease = Key("lease", "MUSTER_LEASE")
        static let healthyAfter = Key("healthy-after", "MUSTER_HEALTHY_AFTER")
        static let strictAWS = Key("strict-aws", "MUSTER_STRICT_AWS")
        static let noTLS = Key("no-tls", "MUSTER_NO_TLS")
        static let certificateLife = Key(
            "worker-certificate-life", "MUSTER_WORKER_CERTIFICATE_LIFE")
        static let historyRecords = Key("history-records", "MUSTER_HISTORY_RECORDS")
        static let historyAge = Key("history-age", "MUSTER_HISTORY_AGE")
        static let webhook = Key("events-webhook", "MUSTER_EVENTS_WEBHOOK")
        /// Not in `all`: a file names no other.
        static let config = Key("config", "MUSTER_MANAGER_CONFIG")
        static let logLevel = Key("log-level", "MUSTER_LOG_LEVEL")
        static let testReset = Key("enable-test-reset", "MUSTER_ENABLE_TEST_RESET")
        static let insecure = Key("insecure", "MUSTER_INSECURE")

        static let all = [
            data, api, workers, region, account, heartbeat, lease, healthyAfter, strictAWS, noTLS,
            certificateLife, historyRecords, historyAge, webhook, logLevel, testReset, insecure,
        ]
    }

    init(_ layers: Layers, home: Home) throws(Failure) {
        data = Home.absolute(try layers.value(Keys.data, Parse.text) ?? home.manager)
        api = try layers.value(Keys.api, Parse.address) ?? Address(host: "127.0.0.1", port: 4_566)
        workers =
            try layers.value(Keys.workers, Parse.address) ?? Address(host: "127.0.0.1", port: 4_567)
        region = try layers.value(Keys.region, Parse.region) ?? "us-east-1"
        account = try layers.value(Keys.account, Parse.account) ?? "000000000000"
        heartbeat =
            try layers.value(Keys.heartbeat, Parse.duration(.milliseconds(100) ... .seconds(60)))
            ?? .seconds(1)
        lease =
            try layers.value(Keys.lease, Parse.duration(.milliseconds(300) ... .seconds(3_600)))
            ?? .seconds(3)
        isStrict = try layers.value(Keys.strictAWS, Parse.flag) == true
        healthyAfter =
            try layers.value(Keys.healthyAfter, Parse.duration(.zero ... .seconds(3_600)))
        tls = try layers.value(Keys.noTLS, Parse.flag) != true
        certificateLife =
            try layers.value(
                Keys.certificateLife, Parse.duration(.seconds(10) ... .seconds(366 * 86_400)))
            ?? .seconds(86_400)
        historyRecords =
            try layers.value(Keys.historyRecords, Parse.number(1_000...100_000_000)) ?? 200_000
        historyAge =
            try layers.value(
                Keys.historyAge, Parse.duration(.seconds(60) ... .seconds(3_660 * 86_400)))
            ?? .seconds(7 * 86_400)
        webhook = try layers.value(Keys.webhook, Parse.webhook)
        logLevel = try layers.value(Keys.logLevel, Parse.logLevel) ?? .info
        allowsReset = try layers.value(Keys.testReset, Parse.flag) == true
        let isInsecure = try layers.value(Keys.insecure, Parse.flag) == true
        demandsAccessKey = !api.isLoopback && !isInsecure
        guard lease >= heartbeat * 2 else {
            throw Failure(
                .usage,
                "A lease of \(lease.short) is too short for a heartbeat every \(heartbeat.short): "
                    + "give at least two heartbeats' time, best three.")
        }
        guard !tls, !workers.isLoopback, !isInsecure else { return }
        throw Failure(
            .usage,
            "\(Keys.workers.name) \(workers) is open to other machines, and with --no-tls nothing "
                + "on it is encrypted or checked. Leave out --no-tls, or listen on 127.0.0.1, or "
                + "say --insecure if you trust that network.")
    }

    /// What is said when ``demandsAccessKey`` finds none.
    var noAccessKey: Failure {
        Failure(
            .usage,
            "\(Keys.api.name) \(api) is open to other machines, and there is no access key in "
                + "\(data) that requests would have to be signed with. Make one first with `muster "
                + "key create --data \(data)`, or listen on 127.0.0.1, or say --insecure if you "
                + "trust that network.")
    }
}
